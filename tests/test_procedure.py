"""Stances are predicted as often as expected, or the most probable one is, as the plan says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stance.labels.codebook import codebook_from_names
from stance.models import decision_rule, fitting, hyperparameter_search, procedure
from stance.models.decision_rule import DecisionMode
from stance.models.fitting import LabelledText, TrainingData
from stance.models.model import softmax
from stance.models.procedure import FittedProcedure, TrainingPlan
from stance.models.settings import default_settings

N = 160
STANCES = ("for", "against", "none")
SETTINGS = replace(default_settings(), features=hyperparameter_search.WIDEST_NGRAMS)


def prepared(weights: list[float] | None = None) -> TrainingData:
    """Make labels that are hard to learn from: words hint at stances, and not always at the right one."""
    rng = np.random.default_rng(2)
    labels = []
    for _ in range(N):
        stance = rng.choice(STANCES, p=[0.55, 0.3, 0.15])
        hints = [stance if rng.random() < 0.5 else rng.choice(STANCES) for _ in range(4)]
        text = " ".join(f"{hint}{rng.integers(9)} word{rng.integers(40)}" for hint in hints)
        labels.append(LabelledText(text, "", str(stance)))
    given = None if weights is None else np.resize(np.array(weights), N)
    return fitting.prepare_training_data(labels, [], codebook_from_names(STANCES), SETTINGS, weights=given)


def taught(training: TrainingData, decide: DecisionMode, counted: tuple[str, ...] = STANCES) -> FittedProcedure:
    plan = TrainingPlan(SETTINGS, quick=False, scored_stances=counted, calibrated_targets=("",), decision_mode=decide)
    return procedure.fit_procedure(training, np.arange(N), np.arange(N), plan, seed=0)


def _probabilities(training: TrainingData, learnt: FittedProcedure) -> np.ndarray:
    (calibrated,) = learnt.calibrations
    assert calibrated is not None
    margins = learnt.search_result.margins[
        :, [training.codebook.stance_names.index(stance) for stance in learnt.model.stances]
    ]
    return softmax(calibrated.apply(margins))


@pytest.mark.parametrize("weights", [None, [1.9, 0.1]])
def test_stances_are_as_frequent_among_inner_predictions_as_expected(weights: list[float] | None) -> None:
    training = prepared(weights)
    learnt = taught(training, DecisionMode.MATCHED)
    assert learnt.rule.name == decision_rule.RULE_MATCHED_FREQUENCIES
    probabilities = _probabilities(training, learnt)
    predicted = np.eye(3)[(probabilities * learnt.model.multipliers[0]).argmax(axis=1)]
    expected = training.weights @ probabilities
    assert training.weights @ predicted == pytest.approx(expected, abs=training.weights.max())
    most_probable = np.eye(3)[probabilities.argmax(axis=1)]
    assert np.abs(training.weights @ most_probable - expected).sum() > 5


def test_the_most_probable_stance_is_predicted_where_the_plan_says_so() -> None:
    learnt = taught(prepared(), DecisionMode.MOST_PROBABLE)
    assert learnt.search_result.skip_reason == ""
    assert learnt.rule.name == decision_rule.RULE_MOST_PROBABLE
    assert (learnt.model.multipliers == 1).all()
    assert (learnt.model.costs == 0).all()


def test_probabilities_do_not_depend_on_how_stances_are_predicted() -> None:
    texts = ["for1 word3", "against2", "word7 none1"]
    by_both = [taught(prepared(), decide).model.predict_proba(texts) for decide in DecisionMode]
    assert (by_both[0] == by_both[1]).all()
