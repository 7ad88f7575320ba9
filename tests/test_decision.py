"""The rule of decision serves the measure, and changes nothing without need."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from stance.learning import decision

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
    rule = decision.choose(probabilities[::2], truth[::2], targets[::2], n_targets, counted)
    assert rule.name == decision.MOST_USEFUL
    of_others = _score(truth[1::2], rule.answer(probabilities[1::2], targets[1::2]), counted)
    assert of_others > _score(truth[1::2], probabilities[1::2].argmax(axis=1), counted) + 0.02


def test_no_threshold_does_better_by_much() -> None:
    """For two stances the best rule is a threshold, so all of them can be tried."""
    probabilities, _, targets = made()
    two = np.column_stack([probabilities[:, 0], 1 - probabilities[:, 0]])
    truth = (np.random.default_rng(1).random(N) > two[:, 0]).astype(np.int64)
    rule = decision.most_useful(two, targets, 1, (0,))
    best = max(_score(truth, (two[:, 0] < threshold).astype(int), (0,)) for threshold in np.linspace(0.02, 0.6, 59))
    assert _score(truth, rule.answer(two, targets), (0,)) > best - 0.01


@given(st.integers(0, 99), st.integers(1, 3), st.sampled_from([(0, 1, 2), (0, 1), (2,)]))
def test_the_expected_measure_never_falls(seed: int, n_targets: int, counted: tuple[int, ...]) -> None:
    everything, _, of_everything = made(seed, n_targets)
    probabilities, targets = everything[:60], of_everything[:60]
    rules = (decision.most_probable(n_targets, 3), decision.most_useful(probabilities, targets, n_targets, counted))
    before, after = (
        decision._improved(probabilities, rule.answer(probabilities, targets), targets, n_targets, counted)[0]
        for rule in rules
    )
    assert after >= before - 1e-9


def test_what_gains_nothing_is_left_alone() -> None:
    even = np.tile(np.eye(3) * 0.97 + 0.01, (40, 1))
    rule = decision.choose(even, even.argmax(axis=1), np.zeros(120, np.int64), 1, (0, 1, 2))
    assert rule.name == decision.MOST_PROBABLE
