"""Settings are chosen on the given labels alone, and the simplest of equally good settings wins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp

from stance.labels.codebook import Codebook, Stance
from stance.models import fitting, hyperparameter_search
from stance.models.cross_validation import CrossValidator
from stance.models.fitting import LabelledText, TrainingData
from stance.models.hyperparameter_search import SearchResult, search_hyperparameters
from stance.models.settings import ModelSettings, default_settings

STANCES = ("for", "against", "none")
CODEBOOK = Codebook(tuple(Stance(name, examples=(f"quite {name} it", f"so {name} this")) for name in STANCES))
SETTINGS = replace(default_settings(), features=hyperparameter_search.WIDEST_NGRAMS)


def make_labels(n: int, n_targets: int = 1) -> list[LabelledText]:
    """Make labelled texts in which some words indicate the stance, not always the right one."""
    rng = np.random.default_rng(0)
    labels = []
    for number in range(n):
        stance = rng.choice(STANCES, p=[0.5, 0.3, 0.2])
        hinted = stance if rng.random() < 0.7 else rng.choice(STANCES)
        words = [f"{hinted}{rng.integers(9)}" if rng.random() < 0.3 else f"word{rng.integers(60)}" for _ in range(8)]
        labels.append(LabelledText(" ".join([*words, f"own{number}"]), f"target {number % n_targets}", str(stance)))
    return labels


def make_data(n: int, n_targets: int = 1, *, examples: bool = False) -> TrainingData:
    return prepare(make_labels(n, n_targets), examples=CODEBOOK.examples if examples else ())


def prepare(
    labels: list[LabelledText],
    is_evaluable: np.ndarray | None = None,
    examples: Sequence[tuple[str, str]] = (),
) -> TrainingData:
    return fitting.prepare_training_data(labels, examples, CODEBOOK, SETTINGS, is_evaluable)


def search(
    data: TrainingData, label_indices: np.ndarray | None = None, settings: ModelSettings = SETTINGS
) -> SearchResult:
    """Search with every label in a group of its own."""
    groups = np.arange(len(data.text_indices))
    return search_hyperparameters(data, groups if label_indices is None else label_indices, groups, settings, seed=0)


def without_stance(labels: list[LabelledText], stance: str) -> list[LabelledText]:
    return [label for label in labels if label.stance != stance]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (make_data(99), "99 labels, 100 are needed"),
        (
            prepare(
                [
                    *without_stance(without_stance(make_labels(450), "none"), "against"),
                    *(LabelledText(f"t{n}", "", "none") for n in "abcd"),
                ]
            ),
            "4 labels of none, 10 of at least two stances are needed",
        ),
    ],
)
def test_too_few_labels_skip_the_search(data: TrainingData, reason: str) -> None:
    result = search(data)
    assert (result.skip_reason, result.settings, len(result.label_indices)) == (reason, SETTINGS, 0)


def test_labels_of_a_rare_stance_do_not_evaluate() -> None:
    common = without_stance(make_labels(240), "none")
    rare = [LabelledText(f"t{n} u{n}", "", "none") for n in "abcd"]
    with_rare = search(prepare([*common, *rare]))
    assert with_rare.skip_reason == ""
    swapped = search(prepare([*common, *(LabelledText(f"for {label.text}", "", "none") for label in rare)]))
    assert len(with_rare.label_indices) == len(common) + 4
    assert with_rare.settings == swapped.settings


def test_margins_are_out_of_fold() -> None:
    data = make_data(160)
    result = search(data)
    assert result.skip_reason == ""
    assert result.label_indices.tolist() == list(range(160))
    losses = logsumexp(result.margins, axis=1) - result.margins[np.arange(160), data.stance_codes]
    # A model fitted to these labels would be nearly certain; the class frequencies have a log loss of 1.03.
    assert 0.2 < losses.mean() < 1.03


def test_other_labels_have_no_effect() -> None:
    even = np.arange(0, 240, 2)
    settings = replace(SETTINGS, shared=0.0)
    misleading = [
        label if number % 2 == 0 else LabelledText(f"for1 for2 against3 {number}", "target 0", STANCES[number % 3])
        for number, label in enumerate(make_labels(240))
    ]
    first, second = search(make_data(240), even, settings), search(prepare(misleading), even, settings)
    assert first.settings == second.settings
    assert (first.margins == second.margins).all()


@pytest.mark.slow
def test_approximate_margins_are_close_to_exact_ones() -> None:
    data = make_data(160, n_targets=2, examples=True)
    validator = CrossValidator(data, np.arange(160), np.arange(160), np.random.default_rng(0))
    settings = replace(SETTINGS, c=3.0, shared=0.5, word_weight=2.0, example_mass=5.0, balance=0.5)
    assert validator.choose_best([settings]) == settings
    exact = np.empty((160, 3))
    for fold in validator.folds:
        model = fitting.fit_model(data, np.setdiff1d(np.arange(160), fold), settings)
        texts, targets = zip(*[make_labels(160, 2)[number][:2] for number in fold], strict=True)
        exact[fold] = np.log(model.predict_proba(texts, targets))
    margins = validator.margins[settings]
    # They are not equal: in cross-validation, terms and idf come from all texts, not only those of the training folds.
    assert np.abs(margins - logsumexp(margins, axis=1, keepdims=True) - exact).mean() < 0.05


def test_noise_selects_the_simplest_settings() -> None:
    rng = np.random.default_rng(1)
    texts = [" ".join(f"w{word}" for word in rng.integers(500, size=8)) for _ in range(150)]
    result = search(prepare([LabelledText(text, "", STANCES[number % 3]) for number, text in enumerate(texts)]))
    assert (result.settings.c, result.settings.balance) == (hyperparameter_search._C_GRID[0], 0.0)


@pytest.mark.parametrize(("n_targets", "examples"), [(1, False), (1, True), (2, False)])
def test_axes_depend_on_examples_and_targets(n_targets: int, examples: bool) -> None:
    axes = hyperparameter_search.search_axes(make_data(120, n_targets, examples=examples))
    assert (hyperparameter_search.EXAMPLE_MASS_AXIS in axes) == examples
    assert (hyperparameter_search.SHARED_AXIS in axes) == (n_targets > 1)
    assert (0.0,) in hyperparameter_search.EXAMPLE_MASS_AXIS.candidates


@pytest.mark.parametrize("max_texts", [120, 130])
def test_a_subset_of_the_labels_keeps_rare_stances(max_texts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hyperparameter_search, "_MAX_TEXTS", max_texts)
    common = without_stance(make_labels(220), "none")
    rare = [LabelledText(f"none{n} word{n} own", "target 0", "none") for n in range(10)]
    result = search(prepare([*common, *rare]))
    assert len(result.label_indices) == max_texts
    assert set(range(len(common), len(common) + 10)) <= set(result.label_indices.tolist())


def test_two_groups_can_be_cross_validated_and_one_cannot() -> None:
    data, indices = make_data(160), np.arange(160)
    assert search_hyperparameters(data, indices, indices % 2, SETTINGS, 0).skip_reason == ""
    one_group = search_hyperparameters(data, indices, indices * 0, SETTINGS, 0)
    assert one_group.skip_reason == "all labels belong to one group"


def test_labels_selected_by_a_model_do_not_evaluate() -> None:
    misleading = [
        label if number % 2 else LabelledText(label.text, label.target, STANCES[number % 3])
        for number, label in enumerate(make_labels(240))
    ]
    is_evaluable = np.arange(240) % 2 == 1
    result = search(prepare(misleading, is_evaluable))
    assert result.label_indices.tolist() == np.flatnonzero(is_evaluable).tolist()
    assert search(prepare(misleading, np.arange(240) < 90)).skip_reason == (
        "90 labels, 100 are needed, not counting 150 labels of comments selected by a model"
    )
