"""Settings are chosen by the labels given, by no other, and the simplest that will do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp

from stance.labels.codebook import Codebook, Stance
from stance.models import fitting, hyperparameter_search
from stance.models.fitting import LabelledText, TrainingData
from stance.models.settings import ModelSettings, default_settings

STANCES = ("for", "against", "none")
CODEBOOK = Codebook(tuple(Stance(name, examples=(f"quite {name} it", f"so {name} this")) for name in STANCES))
RARE = [LabelledText(f"text {n}", "target 0", "none") for n in "abcd"]
SETTINGS = replace(default_settings(), features=hyperparameter_search.WIDEST_NGRAMS)


def labels(n: int, targets: int = 1, seed: int = 0) -> list[LabelledText]:
    """Make labels of which some words tell the stance, more or less."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(n):
        stance = rng.choice(STANCES, p=[0.5, 0.3, 0.2])
        hinted = stance if rng.random() < 0.7 else rng.choice(STANCES)
        hints = [f"{hinted}{rng.integers(9)}" if rng.random() < 0.3 else f"word{rng.integers(60)}" for _ in range(8)]
        made.append(LabelledText(" ".join([*hints, f"own{number}"]), f"target {number % targets}", str(stance)))
    return made


def prepared(n: int, targets: int = 1, *, examples: bool = False) -> TrainingData:
    return fitting.prepare_training_data(labels(n, targets), CODEBOOK.examples if examples else [], CODEBOOK, SETTINGS)


def found(
    training: TrainingData, chosen: np.ndarray | None = None, settings: ModelSettings = SETTINGS
) -> hyperparameter_search.SearchResult:
    n = len(training.text_indices)
    return hyperparameter_search.search_hyperparameters(
        training, np.arange(n) if chosen is None else chosen, np.arange(n), settings, 0
    )


@pytest.mark.parametrize(
    ("training", "reason"),
    [
        (prepared(99), "99 labels, 100 are needed"),
        (
            fitting.prepare_training_data(
                [
                    *(each for each in labels(150) if each.stance != "none"),
                    *[LabelledText(f"t{n}", "", "none") for n in "abcd"],
                ],
                [],
                CODEBOOK,
                SETTINGS,
            ),
            "4 labels of none, 10 are needed",
        ),
    ],
)
def test_of_too_few_labels_nothing_is_chosen(training: TrainingData, reason: str) -> None:
    nothing = found(training)
    assert (nothing.skip_reason, nothing.settings, len(nothing.label_indices)) == (reason, SETTINGS, 0)


def test_every_label_is_answered_by_models_that_had_not_seen_it() -> None:
    training = prepared(160)
    chosen = found(training)
    assert chosen.skip_reason == ""
    assert chosen.label_indices.tolist() == list(range(160))
    truth = training.stance_codes
    losses = logsumexp(chosen.margins, axis=1) - chosen.margins[np.arange(160), truth]
    # A model that had seen them would be nearly sure; one that learnt nothing would be at the entropy of the shares.
    assert 0.2 < losses.mean() < 1.03


def test_no_other_label_has_a_part() -> None:
    """Labels outside those chosen by may say what they like."""
    some = np.arange(0, 240, 2)
    settings = replace(SETTINGS, shared=0.0)
    one = prepared(240)
    twisted = [
        label if number % 2 == 0 else LabelledText(f"for1 for2 against3 {number}", "target 0", STANCES[number % 3])
        for number, label in enumerate(labels(240))
    ]
    other = fitting.prepare_training_data(twisted, [], CODEBOOK, SETTINGS)
    first, second = found(one, some, settings), found(other, some, settings)
    assert first.settings == second.settings
    assert (first.margins == second.margins).all()


def test_margins_are_those_of_models_of_these_settings() -> None:
    """The rough fits that settings are chosen by come near the exact ones."""
    training = prepared(160, targets=2, examples=True)
    trial = hyperparameter_search._CrossValidator(training, np.arange(160), np.arange(160), np.random.default_rng(0))
    settings = replace(SETTINGS, c=3.0, shared=0.5, word_weight=2.0, example_mass=5.0, balance=0.5)
    assert trial.choose_best([settings]) == settings
    exact = np.empty((160, 3))
    for fold in trial._folds:
        model = fitting.fit_model(training, np.setdiff1d(np.arange(160), fold), settings)
        texts, targets = zip(*[labels(160, 2)[number][:2] for number in fold], strict=True)
        exact[fold] = np.log(model.predict_proba(texts, targets))
    rough = trial.margins[settings]
    # The terms and their idf are those of all texts that are tried, so that they are near and not the same.
    assert np.abs(rough - logsumexp(rough, axis=1, keepdims=True) - exact).mean() < 0.05


def test_the_simplest_of_equals_is_chosen() -> None:
    rng = np.random.default_rng(1)
    noise = [
        LabelledText(" ".join(f"w{word}" for word in rng.integers(500, size=8)), "", STANCES[n % 3]) for n in range(150)
    ]
    chosen = found(fitting.prepare_training_data(noise, [], CODEBOOK, SETTINGS)).settings
    assert (chosen.c, chosen.balance) == (hyperparameter_search._C_GRID[0], 0.0)


@pytest.mark.parametrize(("targets", "examples"), [(1, False), (1, True), (2, False)])
def test_what_there_is_to_choose(targets: int, examples: bool) -> None:
    axes = hyperparameter_search.search_axes(prepared(120, targets, examples=examples))
    assert (hyperparameter_search.EXAMPLE_MASS_AXIS in axes) == examples
    assert (hyperparameter_search.SHARED_AXIS in axes) == (targets > 1)
    assert (0.0,) in hyperparameter_search.EXAMPLE_MASS_AXIS.candidates


@pytest.mark.parametrize("room", [120, 130])
def test_a_part_of_the_labels_keeps_rare_stances(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hyperparameter_search, "_MAX_TEXTS", room)
    common = [label for label in labels(220) if label.stance != "none"]
    rare = [LabelledText(f"none{n} word{n} own", "target 0", "none") for n in range(10)]
    chosen = found(fitting.prepare_training_data([*common, *rare], [], CODEBOOK, SETTINGS))
    assert len(chosen.label_indices) == room
    assert set(range(len(common), len(common) + 10)) <= set(chosen.label_indices.tolist())


def test_two_groups_make_two_folds_and_one_none() -> None:
    training = prepared(160)
    everything, halves = np.arange(160), np.arange(160) % 2
    assert hyperparameter_search.search_hyperparameters(training, everything, halves, SETTINGS, 0).skip_reason == ""
    assert (
        hyperparameter_search.search_hyperparameters(training, everything, halves * 0, SETTINGS, 0).skip_reason
        == "all labels are of one group"
    )


def test_nothing_is_judged_by_labels_that_a_model_chose() -> None:
    made = labels(240)
    twisted = [
        label if number % 2 else LabelledText(label.text, label.target, STANCES[number % 3])
        for number, label in enumerate(made)
    ]
    judges = np.arange(240) % 2 == 1
    chosen = found(fitting.prepare_training_data(twisted, [], CODEBOOK, SETTINGS, judges))
    assert chosen.label_indices.tolist() == np.flatnonzero(judges).tolist()
    few = fitting.prepare_training_data(twisted, [], CODEBOOK, SETTINGS, np.arange(240) < 90)
    assert found(few).skip_reason == "90 labels, 100 are needed"
