"""The rule of decision predicts each stance as often as expected, serves the measure, and does nothing without need."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from stance.models import decision_rule

N = 4_000

Made = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]


def made(seed: int = 0, n_targets: int = 1) -> Made:
    """Make right probabilities of three stances, of which the last is common, and the truth drawn by them."""
    rng = np.random.default_rng(seed)
    odds = np.exp(rng.normal(size=(N, 3)) + np.array([-1.5, -1.0, 1.0]))
    probabilities = odds / odds.sum(axis=1, keepdims=True)
    truth = (rng.random((N, 1)) > probabilities.cumsum(axis=1)).sum(axis=1)
    return probabilities, truth, np.arange(N) % n_targets


def _score(truth: NDArray[np.int64], answers: NDArray[np.int64], counted: tuple[int, ...]) -> float:
    return float(f1_score(truth, answers, labels=list(counted), average="macro"))


@pytest.mark.parametrize("counted", [(0, 1, 2), (0, 1)])
@pytest.mark.parametrize("n_targets", [1, 3])
def test_the_measure_gains_on_labels_that_had_no_part_in_the_choice(counted: tuple[int, ...], n_targets: int) -> None:
    probabilities, truth, targets = made(n_targets=n_targets)
    rule = decision_rule.choose_decision_rule(probabilities[::2], truth[::2], targets[::2], n_targets, counted)
    assert rule.name == (
        decision_rule.RULE_MATCHED_FREQUENCIES if len(counted) == 3 else decision_rule.RULE_HIGHEST_EXPECTED_SCORE
    )
    of_others = _score(truth[1::2], rule.predict(probabilities[1::2], targets[1::2]), counted)
    assert of_others > _score(truth[1::2], probabilities[1::2].argmax(axis=1), counted) + 0.02


def test_no_threshold_does_better_by_much() -> None:
    """For two stances the best rule is a threshold, so all of them can be tried."""
    probabilities, _, targets = made()
    two = np.column_stack([probabilities[:, 0], 1 - probabilities[:, 0]])
    truth = (np.random.default_rng(1).random(N) > two[:, 0]).astype(np.int64)
    rule = decision_rule.fit_multiplier_rule(two, targets, 1, (0,))
    best = max(_score(truth, (two[:, 0] < threshold).astype(int), (0,)) for threshold in np.linspace(0.02, 0.6, 59))
    assert _score(truth, rule.predict(two, targets), (0,)) > best - 0.01


@given(st.integers(0, 99), st.integers(1, 3), st.sampled_from([(0, 1, 2), (0, 1), (2,)]))
def test_the_expected_measure_never_falls(seed: int, n_targets: int, counted: tuple[int, ...]) -> None:
    everything, _, of_everything = made(seed, n_targets)
    probabilities, targets = everything[:60], of_everything[:60]
    rules = (
        decision_rule.most_probable_rule(n_targets, 3),
        decision_rule.fit_multiplier_rule(probabilities, targets, n_targets, counted),
    )
    before, after = (
        decision_rule._compute_expected_score(
            probabilities, rule.predict(probabilities, targets), targets, counted, np.ones(60)
        )
        for rule in rules
    )
    assert after >= before - 1e-9


def _expected_macro_f1(probabilities: NDArray[np.float64], answers: NDArray[np.int64]) -> float:
    is_answer = np.eye(probabilities.shape[1])[answers]
    hits = (is_answer * probabilities).sum(axis=0)
    return float((2 * hits / (is_answer + probabilities).sum(axis=0).clip(1e-9)).mean())


@pytest.mark.parametrize("sureness", [3, 12, 50])
@pytest.mark.parametrize("prior", [(0.5, 0.3, 0.2), (0.9, 0.1), (0.96, 0.04), (0.7, 0.2, 0.06, 0.04)])
def test_no_multipliers_do_better_by_much_where_a_model_is_unsure(prior: tuple[float, ...], sureness: int) -> None:
    """The most probable stance is then nearly always the most common one, which small steps do not get away from."""
    probabilities = np.random.default_rng(sureness).dirichlet(np.array(prior) * sureness, 400)
    rule = decision_rule.fit_multiplier_rule(probabilities, np.zeros(400, np.int64), 1, range(len(prior)))
    reached = _expected_macro_f1(probabilities, rule.predict(probabilities, np.zeros(400, np.int64)))
    grid = product(np.geomspace(1, 60, 9), repeat=len(prior) - 1)
    best = max(_expected_macro_f1(probabilities, (probabilities * (1, *each)).argmax(axis=1)) for each in grid)
    assert reached >= 0.95 * best
    assert reached >= _expected_macro_f1(probabilities, probabilities.argmax(axis=1))


@pytest.mark.parametrize("n_targets", [1, 3])
def test_each_stance_is_predicted_as_often_as_expected_toward_each_target(n_targets: int) -> None:
    probabilities, truth, targets = made(3, n_targets)
    rule = decision_rule.choose_decision_rule(probabilities, truth, targets, n_targets, (0, 1, 2))
    answers = rule.predict(probabilities, targets)
    for target in range(n_targets):
        rows = targets == target
        assert np.bincount(answers[rows], minlength=3) == pytest.approx(probabilities[rows].sum(axis=0), abs=1)


def test_comments_count_by_their_weight() -> None:
    """Of comments that a keyword made ten times as probable to be drawn, each stands for a tenth as many."""
    probabilities, truth, targets = made(4)
    rng = np.random.default_rng(4)
    chance = np.where(probabilities[:, 0] > 0.2, 0.5, 0.05)
    drawn = rng.random(N) < chance
    weight = 1 / chance[drawn] / np.mean(1 / chance[drawn])
    of_drawn = probabilities[drawn], truth[drawn], targets[drawn], 1, (0, 1, 2)
    off = [
        np.abs(np.bincount(rule.predict(probabilities, targets), minlength=3) - probabilities.sum(axis=0)).sum() / N
        for rule in (
            decision_rule.choose_decision_rule(*of_drawn, weight),
            decision_rule.choose_decision_rule(*of_drawn),
        )
    ]
    assert off[0] < 0.07
    assert off[1] > 0.1


def test_labels_that_contradict_the_probabilities_leave_the_most_probable_stance() -> None:
    """What passes for a rare stance never is it, so predicting it is wrong each time."""
    probabilities, _, targets = made(5)
    rule = decision_rule.choose_decision_rule(
        probabilities[:400], probabilities[:400].argmax(axis=1), targets[:400], 1, (0, 1, 2)
    )
    assert rule.name == decision_rule.RULE_MOST_PROBABLE


def test_what_gains_nothing_is_left_alone() -> None:
    even = np.tile(np.eye(3) * 0.97 + 0.01, (40, 1))
    rule = decision_rule.choose_decision_rule(even, even.argmax(axis=1), np.zeros(120, np.int64), 1, (0, 1, 2))
    assert rule.name == decision_rule.RULE_MOST_PROBABLE
