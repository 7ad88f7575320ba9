"""The plan decides whether stances are predicted as often as expected, or the most probable one; weights count."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stance.labels.codebook import codebook_from_names
from stance.metrics.folds import stratified_group_kfold
from stance.models import decision_rule, fitting
from stance.models.calibrated_rule import CalibratedRule, OutOfFoldMargins, fit_calibrated_rule
from stance.models.decision_rule import DecisionMode
from stance.models.fitting import LabelledText, TrainingData
from stance.models.procedure import TrainingPlan
from stance.models.settings import default_settings

N = 160
STANCES = ("for", "against", "none")
SETTINGS = default_settings()


def make_data(weights: list[float] | None = None) -> TrainingData:
    """Make labels that are hard to learn: words indicate stances, but not always the right one."""
    rng = np.random.default_rng(0)
    labels = []
    for _ in range(N):
        stance = rng.choice(STANCES, p=[0.55, 0.3, 0.15])
        hints = [stance if rng.random() < 0.5 else rng.choice(STANCES) for _ in range(4)]
        text = " ".join(f"{hint}{rng.integers(9)} word{rng.integers(40)}" for hint in hints)
        labels.append(LabelledText(text, "", str(stance)))
    label_weights = None if weights is None else np.resize(np.array(weights), N)
    return fitting.prepare_training_data(labels, [], codebook_from_names(STANCES), SETTINGS, weights=label_weights)


def fit(data: TrainingData, decision_mode: DecisionMode) -> tuple[CalibratedRule, OutOfFoldMargins]:
    plan = TrainingPlan(SETTINGS, quick=False, scored_stances=STANCES, decision_mode=decision_mode)
    folds = stratified_group_kfold(data.stance_codes.tolist(), np.arange(N), 5, np.random.default_rng(0))
    margins = np.zeros((N, len(STANCES)))
    for fold in range(5):
        tested = np.flatnonzero(folds == fold)
        model = fitting.fit_model(data, np.flatnonzero(folds != fold), SETTINGS)
        margins[tested] = np.log(model.predict(data.text_indices[tested], data.target_codes[tested]).probabilities)
    out_of_fold = OutOfFoldMargins(
        margins, data.stance_codes, data.target_codes, data.weights, np.zeros(N, np.int64), np.ones(N)
    )
    fitted = fit_calibrated_rule(out_of_fold, 1, range(len(STANCES)), use_multipliers=plan.uses_multipliers)
    return fitted, out_of_fold


@pytest.mark.parametrize("weights", [None, [1.9, 0.1]])
def test_out_of_fold_predictions_are_as_frequent_as_expected(weights: list[float] | None) -> None:
    data = make_data(weights)
    fitted, out_of_fold = fit(data, DecisionMode.MATCHED)
    assert fitted.rule.name == decision_rule.RULE_MATCHED_FREQUENCIES
    probabilities = fitted.compute_probabilities(out_of_fold.margins, out_of_fold.target_codes)
    predicted = np.eye(3)[fitted.rule.predict(probabilities, out_of_fold.target_codes)]
    expected = data.weights @ probabilities
    assert data.weights @ predicted == pytest.approx(expected, abs=data.weights.max())
    most_probable = np.eye(3)[probabilities.argmax(axis=1)]
    assert np.abs(data.weights @ most_probable - expected).sum() > 5


def test_the_plan_can_ask_for_the_most_probable_stance() -> None:
    fitted, _ = fit(make_data(), DecisionMode.MOST_PROBABLE)
    assert fitted.rule.name == decision_rule.RULE_MOST_PROBABLE
    assert (fitted.rule.multipliers == 1).all()
    assert (fitted.rule.costs == 0).all()


def test_probabilities_do_not_depend_on_the_decision_mode() -> None:
    first, second = (
        rule.compute_probabilities(rows.margins, rows.target_codes)
        for rule, rows in (fit(make_data(), mode) for mode in DecisionMode)
    )
    assert (first == second).all()


def test_a_calibrated_model_has_the_probabilities_of_the_rule() -> None:
    data = make_data()
    model = fitting.fit_model(data, np.arange(N), SETTINGS).to_model()
    fitted, _ = fit(data, DecisionMode.MATCHED)
    texts = ["for1 word3", "against2", "word7 none1"]
    assert model.stances == data.codebook.stance_names
    expected = fitted.compute_probabilities(np.log(model.predict_proba(texts)), np.zeros(3, np.int64))
    assert fitted.apply_to_model(model, range(3)).predict_proba(texts) == pytest.approx(expected, abs=1e-12)


def test_the_prior_is_that_of_the_weighted_labels() -> None:
    """Labels of half of the comments each stand for nine of them."""
    labels = [LabelledText(f"same words {n % 4}", "", STANCES[n % 2]) for n in range(40)]
    weights = np.array([1.8, 0.2] * 20)
    data = fitting.prepare_training_data(labels, [], codebook_from_names(STANCES), SETTINGS, weights=weights)
    settings = replace(SETTINGS, c=1e-6)  # only the prior counts
    model = fitting.fit_model(data, np.arange(40), settings).to_model()
    probabilities = dict(zip(model.stances, model.predict_proba(["same words 1"])[0], strict=True))
    assert probabilities == pytest.approx({"for": 0.9, "against": 0.1}, abs=1e-3)


def test_few_labels_cannot_make_predictions_more_confident() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 300)
    margins = np.stack([truth == 0, truth == 1], axis=1) + rng.normal(0, 0.1, (300, 2))  # right, but not confident
    for n, temperature in ((90, pytest.approx(1)), (300, pytest.approx(0.2, abs=0.1))):
        rows = OutOfFoldMargins(
            margins[:n], truth[:n], np.zeros(n, np.int64), np.ones(n), np.zeros(n, np.int64), np.ones(n)
        )
        (fitted,) = fit_calibrated_rule(rows, 1, (0, 1), use_multipliers=False).calibrations
        assert fitted.temperature == temperature


@pytest.mark.parametrize(
    ("n_labels", "has_examples", "uses_multipliers"),
    [(44, True, False), (45, True, True), (3, False, True)],
)
def test_few_labels_with_examples_have_no_multipliers(
    n_labels: int, *, has_examples: bool, uses_multipliers: bool
) -> None:
    plan = TrainingPlan(SETTINGS, quick=False, scored_stances=STANCES)
    assert plan.resolve(n_labels, has_examples=has_examples).uses_multipliers == uses_multipliers
