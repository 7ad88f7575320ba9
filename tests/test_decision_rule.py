"""The decision rule predicts each stance as often as expected, and raises the score."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from stance.models import decision_rule
from stance.models.decision_rule import choose_decision_rule, fit_multiplier_rule, most_probable_rule

N = 4_000


def draw_predictions(
    seed: int = 0, n_targets: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Draw probabilities of three stances, the last being common; return them with true stances drawn from them."""
    rng = np.random.default_rng(seed)
    odds = np.exp(rng.normal(size=(N, 3)) + np.array([-1.5, -1.0, 1.0]))
    probabilities = odds / odds.sum(axis=1, keepdims=True)
    truth = (rng.random((N, 1)) > probabilities.cumsum(axis=1)).sum(axis=1)
    return probabilities, truth, np.arange(N) % n_targets


def _mean_f1(truth: NDArray[np.int64], predicted: NDArray[np.int64], scored: tuple[int, ...]) -> float:
    return float(f1_score(truth, predicted, labels=list(scored), average="macro"))


@pytest.mark.parametrize("scored", [(0, 1, 2), (0, 1)])
@pytest.mark.parametrize("n_targets", [1, 3])
def test_the_rule_raises_the_score_of_other_labels(scored: tuple[int, ...], n_targets: int) -> None:
    probabilities, truth, targets = draw_predictions(n_targets=n_targets)
    rule = choose_decision_rule(probabilities[::2], truth[::2], targets[::2], n_targets, scored)
    assert rule.name == (
        decision_rule.RULE_MATCHED_FREQUENCIES if len(scored) == 3 else decision_rule.RULE_HIGHEST_EXPECTED_SCORE
    )
    score = _mean_f1(truth[1::2], rule.predict(probabilities[1::2], targets[1::2]), scored)
    assert score > _mean_f1(truth[1::2], probabilities[1::2].argmax(axis=1), scored) + 0.02


def test_no_threshold_is_much_better() -> None:
    """With two stances the best rule is a threshold, so all of them can be tried."""
    probabilities, _, targets = draw_predictions()
    two_stances = np.column_stack([probabilities[:, 0], 1 - probabilities[:, 0]])
    truth = (np.random.default_rng(1).random(N) > two_stances[:, 0]).astype(np.int64)
    rule = fit_multiplier_rule(two_stances, targets, 1, (0,))
    thresholds = np.linspace(0.02, 0.6, 59)
    best = max(_mean_f1(truth, (two_stances[:, 0] < threshold).astype(int), (0,)) for threshold in thresholds)
    assert _mean_f1(truth, rule.predict(two_stances, targets), (0,)) > best - 0.01


@pytest.mark.slow
@given(st.integers(0, 99), st.integers(1, 3), st.sampled_from([(0, 1, 2), (0, 1), (2,)]))
def test_the_expected_score_never_falls(seed: int, n_targets: int, scored: tuple[int, ...]) -> None:
    all_probabilities, _, all_targets = draw_predictions(seed, n_targets)
    probabilities, targets = all_probabilities[:60], all_targets[:60]
    most_probable, multiplied = (
        decision_rule._compute_expected_score(
            probabilities, rule.predict(probabilities, targets), targets, scored, np.ones(60)
        )
        for rule in (most_probable_rule(n_targets, 3), fit_multiplier_rule(probabilities, targets, n_targets, scored))
    )
    assert multiplied >= most_probable - 1e-9


def _expected_macro_f1(probabilities: NDArray[np.float64], predicted: NDArray[np.int64]) -> float:
    is_predicted = np.eye(probabilities.shape[1])[predicted]
    true_positives = (is_predicted * probabilities).sum(axis=0)
    return float((2 * true_positives / (is_predicted + probabilities).sum(axis=0).clip(1e-9)).mean())


@pytest.mark.parametrize("concentration", [3, 12, 50])
@pytest.mark.parametrize("prior", [(0.5, 0.3, 0.2), (0.9, 0.1), (0.96, 0.04), (0.7, 0.2, 0.06, 0.04)])
def test_no_multipliers_are_much_better_for_an_uncertain_model(prior: tuple[float, ...], concentration: int) -> None:
    """The most probable stance is then nearly always the most common one: a plateau that small steps do not leave."""
    probabilities = np.random.default_rng(concentration).dirichlet(np.array(prior) * concentration, 400)
    targets = np.zeros(400, np.int64)
    rule = fit_multiplier_rule(probabilities, targets, 1, range(len(prior)))
    score = _expected_macro_f1(probabilities, rule.predict(probabilities, targets))
    grid = product(np.geomspace(1, 60, 9), repeat=len(prior) - 1)
    best = max(
        _expected_macro_f1(probabilities, (probabilities * (1, *multipliers)).argmax(axis=1)) for multipliers in grid
    )
    assert score >= 0.95 * best
    assert score >= _expected_macro_f1(probabilities, probabilities.argmax(axis=1))


@pytest.mark.parametrize("n_targets", [1, 3])
def test_each_stance_is_predicted_as_often_as_expected_toward_each_target(n_targets: int) -> None:
    probabilities, truth, targets = draw_predictions(3, n_targets)
    rule = choose_decision_rule(probabilities, truth, targets, n_targets, (0, 1, 2))
    predicted = rule.predict(probabilities, targets)
    for target in range(n_targets):
        rows = targets == target
        assert np.bincount(predicted[rows], minlength=3) == pytest.approx(probabilities[rows].sum(axis=0), abs=1)


def test_weights_correct_for_unequal_sampling() -> None:
    """Comments with a keyword are ten times as likely to be sampled, so each represents a tenth as many comments."""
    probabilities, truth, targets = draw_predictions(4)
    rng = np.random.default_rng(4)
    inclusion = np.where(probabilities[:, 0] > 0.2, 0.5, 0.05)
    is_sampled = rng.random(N) < inclusion
    weights = 1 / inclusion[is_sampled] / np.mean(1 / inclusion[is_sampled])
    sample = probabilities[is_sampled], truth[is_sampled], targets[is_sampled], 1, (0, 1, 2)
    weighted, unweighted = (
        np.abs(np.bincount(rule.predict(probabilities, targets), minlength=3) - probabilities.sum(axis=0)).sum() / N
        for rule in (choose_decision_rule(*sample, weights), choose_decision_rule(*sample))
    )
    assert weighted < 0.07
    assert unweighted > 0.1


def test_labels_that_contradict_the_rule_leave_the_most_probable_stance() -> None:
    """The true stance is always the most probable one, so predicting a rare stance is wrong every time."""
    probabilities, _, targets = draw_predictions(5)
    truth = probabilities[:400].argmax(axis=1)
    rule = choose_decision_rule(probabilities[:400], truth, targets[:400], 1, (0, 1, 2))
    assert rule.name == decision_rule.RULE_MOST_PROBABLE


def test_the_most_probable_stance_is_kept_if_its_frequencies_match() -> None:
    probabilities = np.tile(np.eye(3) * 0.97 + 0.01, (40, 1))
    rule = choose_decision_rule(probabilities, probabilities.argmax(axis=1), np.zeros(120, np.int64), 1, (0, 1, 2))
    assert rule.name == decision_rule.RULE_MOST_PROBABLE
