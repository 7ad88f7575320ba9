from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as scikit_learns_log_loss

from stance.metrics import intervals
from stance.metrics.calibration import (
    MAX_BINS,
    MIN_PROBABILITY,
    Calibration,
    brier_score,
    fit_calibration,
    log_loss,
    reliability_bins,
)


def _made(
    n: int, temperature: float, bias: list[float], seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Draw logits, and stances with the probabilities that a calibration makes of them."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, len(bias))) * 2
    wanted = softmax(Calibration(temperature, np.array(bias)).apply(logits), axis=1)
    truth = (wanted.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    return logits, truth, rng.uniform(0.5, 1.5, n)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 4.0])
def test_what_was_done_to_the_logits_is_undone(temperature: float) -> None:
    bias = [0.8, -0.5, -0.3]
    found = fit_calibration(*_made(40_000, temperature, bias))
    assert found.temperature == pytest.approx(temperature, rel=0.05)
    assert found.bias == pytest.approx(bias, abs=0.06)


@given(st.integers(0, 999), st.integers(1, 60), st.integers(2, 5), st.sampled_from([0.01, 1.0, 100.0]))
def test_no_step_from_the_fit_makes_it_better(seed: int, n: int, n_stances: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    logits, truth = rng.normal(size=(n, n_stances)) * scale, rng.integers(0, n_stances, n)
    weight = rng.uniform(0.1, 2, n)

    def loss(sharpness: float, bias: NDArray[np.float64]) -> float:
        given_to_truth = log_softmax(logits * sharpness + bias, axis=1)[np.arange(n), truth]
        return float(-weight @ given_to_truth + ((sharpness - 1) ** 2 + bias @ bias) / 2)

    found = fit_calibration(logits, truth, weight)
    best = loss(1 / found.temperature, found.bias)
    for step in np.vstack([np.eye(n_stances + 1), -np.eye(n_stances + 1)]) * 1e-3:
        sharpness = max(0.01, 1 / found.temperature + step[0])
        assert loss(sharpness, found.bias + step[1:]) >= best - 1e-8


def test_always_right_does_not_mean_certain() -> None:
    logits = np.array([[1.0, 0.0], [0.0, 1.0]] * 50)
    highest = softmax(fit_calibration(logits, logits.argmax(axis=1), np.ones(100)).apply(logits), axis=1).max(axis=1)
    assert (highest > 0.95).all()
    assert (highest < 0.999).all()


def test_confidence_in_what_is_wrong_becomes_none() -> None:
    logits = np.array([[5.0, 0.0], [0.0, 5.0]] * 50)
    found = fit_calibration(logits, logits.argmin(axis=1), np.ones(100))
    assert found.temperature == pytest.approx(100)
    assert softmax(found.apply(logits), axis=1).max() < 0.52


def test_a_stance_that_is_never_true_keeps_a_probability() -> None:
    logits, truth, weight = _made(2_000, 1.0, [0.0, 0.0, 0.0])
    known = truth < 2
    probabilities = softmax(fit_calibration(logits[known], truth[known], weight[known]).apply(logits), axis=1)
    assert 0 < probabilities[:, 2].mean() < 0.05


def test_a_constant_added_to_all_logits_of_a_row_changes_nothing() -> None:
    logits, truth, weight = _made(200, 2.0, [0.5, 0.0, -0.5])
    one, other = (
        fit_calibration(logits, truth, weight),
        fit_calibration(logits + np.arange(200)[:, None] * 10, truth, weight),
    )
    assert other.temperature == pytest.approx(one.temperature, rel=1e-6)
    assert other.bias == pytest.approx(one.bias, abs=1e-6)


@given(st.integers(0, 999), st.integers(1, 50), st.integers(2, 6))
def test_measures_are_scikit_learns(seed: int, n: int, n_stances: int) -> None:
    rng = np.random.default_rng(seed)
    probabilities = softmax(rng.normal(size=(n, n_stances)) * 3, axis=1).clip(1e-5)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    truth, weight = rng.integers(0, n_stances, n), rng.uniform(0.1, 2, n)
    options = {"sample_weight": weight, "labels": range(n_stances)}
    assert log_loss(probabilities, truth, weight) == pytest.approx(
        scikit_learns_log_loss(truth, probabilities, **options)
    )
    assert brier_score(probabilities, truth, weight) == pytest.approx(
        brier_score_loss(truth, probabilities, scale_by_half=False, **options)
    )


def test_an_impossible_truth_costs_much_and_not_everything() -> None:
    probabilities = np.array([[1.0, 0.0], [1.0, 0.0]])
    loss = log_loss(probabilities, np.array([0, 1]), np.ones(2))
    assert loss == pytest.approx(-np.log(MIN_PROBABILITY) / 2)


@pytest.mark.parametrize(
    ("n", "most", "sizes"),
    [(1, 10, [1]), (19, 10, [19]), (20, 10, [10, 10]), (39, 10, [13, 13, 13]),
     (105, 10, [11] * 5 + [10] * 5), (40, 3, [14, 13, 13])],
)  # fmt: skip
def test_bins_of_about_the_same_number(n: int, most: int, sizes: list[int]) -> None:
    confidence = np.random.default_rng(0).permutation(n) / n
    found = reliability_bins(confidence, confidence > 0.5, np.ones(n), most)
    assert [each.n for each in found] == pytest.approx(sizes)


def test_a_bin() -> None:
    confidence = np.repeat([0.4, 0.5, 0.8], [5, 5, 10])
    right = np.array([True] * 3 + [False] * 7 + [True] * 9 + [False])
    low, high = reliability_bins(confidence, right, np.ones(20))
    assert (low.low, low.high, low.n, low.accuracy) == pytest.approx((0.4, 0.5, 10, 0.3))
    assert low.confidence == pytest.approx(0.45)
    assert low.interval == intervals.wilson_interval(3, 10)
    assert (high.low, high.high, high.confidence, high.accuracy) == pytest.approx((0.8, 0.8, 0.8, 0.9))


def test_without_an_answer_there_is_nothing_to_rely_on() -> None:
    confidence = np.append(np.full(12, 0.6), np.nan)
    (found,) = reliability_bins(confidence, confidence > 0, np.ones(13))
    assert (found.n, found.accuracy) == (12, 1)
    assert reliability_bins(np.full(3, np.nan), np.zeros(3, np.bool_), np.ones(3)) == ()


def test_the_same_answers_in_every_repeat_count_once() -> None:
    rng = np.random.default_rng(0)
    confidence, weight = rng.random(100).round(1), rng.uniform(0.5, 1.5, 100)
    right = rng.random(100) < confidence
    once = reliability_bins(confidence, right, weight)
    again = reliability_bins(np.tile(confidence[:, None], 5), np.tile(right[:, None], 5), weight)
    assert len(once) == len(again) > 3
    for one, other in zip(once, again, strict=True):
        assert (one.low, one.n, one.accuracy, one.confidence) == pytest.approx(
            (other.low, other.n, other.accuracy, other.confidence)
        )
        assert (one.interval.low, one.interval.high) == pytest.approx((other.interval.low, other.interval.high))


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=150), st.integers(1, MAX_BINS))
def test_bins_hold_every_item_once_in_order(cells: list[tuple[int, bool]], most: int) -> None:
    confidence = np.array([level / 20 for level, _ in cells])
    right = np.array([hit for _, hit in cells])
    found = reliability_bins(confidence, right, np.ones(len(cells)), most)
    assert 1 <= len(found) <= most
    assert sum(each.n for each in found) == pytest.approx(len(cells))
    assert sum(each.n * each.accuracy for each in found) == pytest.approx(right.sum())
    assert sum(each.n * each.confidence for each in found) == pytest.approx(confidence.sum())
    assert all(lower.high < higher.low for lower, higher in pairwise(found))
    assert all(each.low <= each.confidence + 1e-9 and each.confidence <= each.high + 1e-9 for each in found)
    assert len(cells) < 20 or all(each.n >= 10 for each in found)
