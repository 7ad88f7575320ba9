from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as sklearn_log_loss

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


def _draw_labels(
    n: int, temperature: float, bias: list[float], seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Draw random logits, true stances with the probabilities of the calibrated logits, and weights."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, len(bias))) * 2
    probabilities = softmax(Calibration(temperature, np.array(bias)).apply(logits), axis=1)
    truth = (probabilities.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    return logits, truth, rng.uniform(0.5, 1.5, n)


@pytest.mark.slow
@pytest.mark.parametrize("temperature", [0.3, 1.0, 4.0])
def test_the_calibration_of_simulated_labels_is_recovered(temperature: float) -> None:
    bias = [0.8, -0.5, -0.3]
    calibration = fit_calibration(*_draw_labels(40_000, temperature, bias))
    assert calibration.temperature == pytest.approx(temperature, rel=0.05)
    assert calibration.bias == pytest.approx(bias, abs=0.06)


@given(st.integers(0, 999), st.integers(1, 60), st.integers(2, 5), st.sampled_from([0.01, 1.0, 100.0]))
def test_the_fit_minimises_the_objective(seed: int, n: int, n_stances: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    logits, truth = rng.normal(size=(n, n_stances)) * scale, rng.integers(0, n_stances, n)
    weights = rng.uniform(0.1, 2, n)

    def loss(sharpness: float, bias: NDArray[np.float64]) -> float:
        given_to_truth = log_softmax(logits * sharpness + bias, axis=1)[np.arange(n), truth]
        return float(-weights @ given_to_truth + ((np.log(sharpness) / np.log(4)) ** 2 + bias @ bias) / 2)

    calibration = fit_calibration(logits, truth, weights)
    best = loss(1 / calibration.temperature, calibration.bias)
    for step in np.vstack([np.eye(n_stances + 1), -np.eye(n_stances + 1)]) * 1e-3:
        sharpness = max(0.01, 1 / calibration.temperature + step[0])
        assert loss(sharpness, calibration.bias + step[1:]) >= best - 1e-8


def test_a_model_that_is_always_correct_is_not_certain() -> None:
    logits = np.array([[1.0, 0.0], [0.0, 1.0]] * 50)
    highest = softmax(fit_calibration(logits, logits.argmax(axis=1), np.ones(100)).apply(logits), axis=1).max(axis=1)
    assert (highest > 0.95).all()
    assert (highest < 0.999).all()


def test_a_model_that_is_always_wrong_loses_its_confidence() -> None:
    logits = np.array([[5.0, 0.0], [0.0, 5.0]] * 50)
    calibration = fit_calibration(logits, logits.argmin(axis=1), np.ones(100))
    assert calibration.temperature == pytest.approx(100)
    assert softmax(calibration.apply(logits), axis=1).max() < 0.52


def test_a_stance_that_never_occurs_keeps_a_probability() -> None:
    logits, truth, weights = _draw_labels(2_000, 1.0, [0.0, 0.0, 0.0])
    is_kept = truth < 2
    probabilities = softmax(fit_calibration(logits[is_kept], truth[is_kept], weights[is_kept]).apply(logits), axis=1)
    assert 0 < probabilities[:, 2].mean() < 0.05


def test_constants_added_to_rows_of_logits_have_no_effect() -> None:
    logits, truth, weights = _draw_labels(200, 2.0, [0.5, 0.0, -0.5])
    first, second = (
        fit_calibration(logits, truth, weights),
        fit_calibration(logits + np.arange(200)[:, None] * 10, truth, weights),
    )
    assert second.temperature == pytest.approx(first.temperature, rel=1e-6)
    assert second.bias == pytest.approx(first.bias, abs=1e-6)


@given(st.integers(0, 999), st.integers(1, 50), st.integers(2, 6))
def test_log_loss_and_brier_score_equal_scikit_learns(seed: int, n: int, n_stances: int) -> None:
    rng = np.random.default_rng(seed)
    probabilities = softmax(rng.normal(size=(n, n_stances)) * 3, axis=1).clip(1e-5)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    truth, weights = rng.integers(0, n_stances, n), rng.uniform(0.1, 2, n)
    options = {"sample_weight": weights, "labels": range(n_stances)}
    assert log_loss(probabilities, truth, weights) == pytest.approx(sklearn_log_loss(truth, probabilities, **options))
    assert brier_score(probabilities, truth, weights) == pytest.approx(
        brier_score_loss(truth, probabilities, scale_by_half=False, **options)
    )


def test_a_true_stance_with_probability_0_has_a_finite_log_loss() -> None:
    probabilities = np.array([[1.0, 0.0], [1.0, 0.0]])
    loss = log_loss(probabilities, np.array([0, 1]), np.ones(2))
    assert loss == pytest.approx(-np.log(MIN_PROBABILITY) / 2)


@pytest.mark.parametrize(
    ("n_items", "max_bins", "sizes"),
    [(1, 10, [1]), (19, 10, [19]), (20, 10, [10, 10]), (39, 10, [13, 13, 13]),
     (105, 10, [11] * 5 + [10] * 5), (40, 3, [14, 13, 13])],
)  # fmt: skip
def test_bins_have_about_the_same_number_of_items(n_items: int, max_bins: int, sizes: list[int]) -> None:
    confidence = np.random.default_rng(0).permutation(n_items) / n_items
    bins = reliability_bins(confidence, confidence > 0.5, np.ones(n_items), max_bins)
    assert [bin_.n for bin_ in bins] == pytest.approx(sizes)


def test_example_of_bins() -> None:
    confidence = np.repeat([0.4, 0.5, 0.8], [5, 5, 10])
    is_correct = np.array([True] * 3 + [False] * 7 + [True] * 9 + [False])
    low_bin, high_bin = reliability_bins(confidence, is_correct, np.ones(20))
    assert (low_bin.low, low_bin.high, low_bin.n, low_bin.accuracy) == pytest.approx((0.4, 0.5, 10, 0.3))
    assert low_bin.confidence == pytest.approx(0.45)
    assert low_bin.interval == intervals.wilson_interval(3, 10)
    assert (high_bin.low, high_bin.high, high_bin.confidence, high_bin.accuracy) == pytest.approx((0.8, 0.8, 0.8, 0.9))


def test_items_without_a_prediction_are_in_no_bin() -> None:
    confidence = np.append(np.full(12, 0.6), np.nan)
    (bin_,) = reliability_bins(confidence, confidence > 0, np.ones(13))
    assert (bin_.n, bin_.accuracy) == (12, 1)
    assert reliability_bins(np.full(3, np.nan), np.zeros(3, np.bool_), np.ones(3)) == ()


def test_equal_predictions_in_all_repeats_count_once() -> None:
    rng = np.random.default_rng(0)
    confidence, weights = rng.random(100).round(1), rng.uniform(0.5, 1.5, 100)
    is_correct = rng.random(100) < confidence
    once = reliability_bins(confidence, is_correct, weights)
    repeated = reliability_bins(np.tile(confidence[:, None], 5), np.tile(is_correct[:, None], 5), weights)
    assert len(once) == len(repeated) > 3
    for first, second in zip(once, repeated, strict=True):
        assert (first.low, first.n, first.accuracy, first.confidence) == pytest.approx(
            (second.low, second.n, second.accuracy, second.confidence)
        )
        assert (first.interval.low, first.interval.high) == pytest.approx((second.interval.low, second.interval.high))


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=150), st.integers(1, MAX_BINS))
def test_each_item_is_in_one_bin_in_order_of_confidence(cells: list[tuple[int, bool]], max_bins: int) -> None:
    confidence = np.array([level / 20 for level, _ in cells])
    is_correct = np.array([hit for _, hit in cells])
    bins = reliability_bins(confidence, is_correct, np.ones(len(cells)), max_bins)
    assert 1 <= len(bins) <= max_bins
    assert sum(bin_.n for bin_ in bins) == pytest.approx(len(cells))
    assert sum(bin_.n * bin_.accuracy for bin_ in bins) == pytest.approx(is_correct.sum())
    assert sum(bin_.n * bin_.confidence for bin_ in bins) == pytest.approx(confidence.sum())
    assert all(lower.high < higher.low for lower, higher in pairwise(bins))
    assert all(bin_.low <= bin_.confidence + 1e-9 and bin_.confidence <= bin_.high + 1e-9 for bin_ in bins)
    assert len(cells) < 20 or all(bin_.n >= 10 for bin_ in bins)
