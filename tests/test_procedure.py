"""The plan decides whether stances are predicted as often as expected, or the most probable one."""

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


def make_data(weights: list[float] | None = None) -> TrainingData:
    """Make labels that are hard to learn: words indicate stances, but not always the right one."""
    rng = np.random.default_rng(2)
    labels = []
    for _ in range(N):
        stance = rng.choice(STANCES, p=[0.55, 0.3, 0.15])
        hints = [stance if rng.random() < 0.5 else rng.choice(STANCES) for _ in range(4)]
        text = " ".join(f"{hint}{rng.integers(9)} word{rng.integers(40)}" for hint in hints)
        labels.append(LabelledText(text, "", str(stance)))
    label_weights = None if weights is None else np.resize(np.array(weights), N)
    return fitting.prepare_training_data(labels, [], codebook_from_names(STANCES), SETTINGS, weights=label_weights)


def fit(data: TrainingData, decision_mode: DecisionMode) -> FittedProcedure:
    plan = TrainingPlan(
        SETTINGS, quick=False, scored_stances=STANCES, calibrated_targets=("",), decision_mode=decision_mode
    )
    return procedure.fit_procedure(data, np.arange(N), np.arange(N), plan, seed=0)


def _calibrated_probabilities(data: TrainingData, fitted: FittedProcedure) -> np.ndarray:
    """Return the calibrated out-of-fold probabilities of the labels."""
    (calibration,) = fitted.calibrations
    assert calibration is not None
    stance_codes = [data.codebook.stance_names.index(stance) for stance in fitted.model.stances]
    return softmax(calibration.apply(fitted.search_result.margins[:, stance_codes]))


@pytest.mark.parametrize("weights", [None, [1.9, 0.1]])
def test_out_of_fold_predictions_are_as_frequent_as_expected(weights: list[float] | None) -> None:
    data = make_data(weights)
    fitted = fit(data, DecisionMode.MATCHED)
    assert fitted.rule.name == decision_rule.RULE_MATCHED_FREQUENCIES
    probabilities = _calibrated_probabilities(data, fitted)
    predicted = np.eye(3)[(probabilities * fitted.model.multipliers[0]).argmax(axis=1)]
    expected = data.weights @ probabilities
    assert data.weights @ predicted == pytest.approx(expected, abs=data.weights.max())
    most_probable = np.eye(3)[probabilities.argmax(axis=1)]
    assert np.abs(data.weights @ most_probable - expected).sum() > 5


def test_the_plan_can_ask_for_the_most_probable_stance() -> None:
    fitted = fit(make_data(), DecisionMode.MOST_PROBABLE)
    assert fitted.search_result.skip_reason == ""
    assert fitted.rule.name == decision_rule.RULE_MOST_PROBABLE
    assert (fitted.model.multipliers == 1).all()
    assert (fitted.model.costs == 0).all()


def test_probabilities_do_not_depend_on_the_decision_mode() -> None:
    texts = ["for1 word3", "against2", "word7 none1"]
    first, second = (fit(make_data(), mode).model.predict_proba(texts) for mode in DecisionMode)
    assert (first == second).all()
