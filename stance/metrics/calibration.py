"""Calibrate predicted probabilities, and measure how good they are: log loss, Brier score, reliability diagram."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_softmax

from stance.metrics import intervals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stance.metrics.intervals import Interval

MIN_PROBABILITY = 5e-7
"""Smaller probabilities count as this in the log loss: tables have six decimals, where they read 0."""

MAX_BINS = 10
MIN_ITEMS_PER_BIN = 10

_MAX_TEMPERATURE = 100.0
_SD_OF_LOG_TEMPERATURE = float(np.log(4))


@dataclass(frozen=True, eq=False)
class Calibration:
    """Calibrate logits: divide them by `temperature`, and add `bias` of shape (n_stances,)."""

    temperature: float
    bias: NDArray[np.float64]

    def apply(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return calibrated logits, of shape (n, n_stances)."""
        calibrated: NDArray[np.float64] = logits / self.temperature + self.bias
        return calibrated

    def invert(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the uncalibrated logits, of shape (n, n_stances), from calibrated ones."""
        uncalibrated: NDArray[np.float64] = (logits - self.bias) * self.temperature
        return uncalibrated


@dataclass(frozen=True)
class ReliabilityBin:
    """Predictions of similar confidence.

    Attributes
    ----------
    low, high
        The lowest and the highest confidence.
    n
        The number of items; each repeat counts as a fraction of its item.
    confidence
        The mean confidence.
    accuracy
        The share of predictions that are correct.
    interval
        Wilson's interval of the accuracy.
    """

    low: float
    high: float
    n: float
    confidence: float
    accuracy: float
    interval: Interval


def fit_calibration(
    logits: NDArray[np.float64], truth: NDArray[np.int64], weights: NDArray[np.float64], *, only_soften: bool = False
) -> Calibration:
    """Fit one temperature, and one bias per stance, to out-of-fold logits by penalised maximum likelihood.

    The objective is the weighted sum of log losses plus half the squared distance of (log(temperature) / log(4), bias)
    from 0, a normal prior that is outweighed by a hundred items. Without it, the probabilities of a model that is
    always correct, or of a stance that never occurs, would become 0 and 1. The temperature is at most 100; apart from
    the bias, the order of the stances does not change.

    Parameters
    ----------
    logits
        Of shape (n, n_stances), each row from a model that was not trained on its item.
    truth
        The index of the true stance of each row, of shape (n,).
    weights
        The weight of each row, of shape (n,), 1 on average; an item in several repeats is divided among its rows.
    only_soften
        Whether to fit no bias, and a temperature of at least 1. With few items, a bias and more confidence are noise.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks, ICML (temperature). Alexandari,
    Kundaje and Shrikumar (2020), Maximum likelihood with bias-corrected calibration is hard-to-beat at label shift
    adaptation, ICML (one bias per class).
    """
    from scipy.optimize import minimize

    n_stances = logits.shape[1]
    # A constant added to all logits of a row changes no probability; removing it improves the precision.
    centred = logits - logits.mean(axis=1, keepdims=True)
    is_true = np.eye(n_stances)[truth]
    prior_sd = np.append(_SD_OF_LOG_TEMPERATURE, np.ones(n_stances))

    def objective(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Return the penalised loss and its gradient; the first parameter is -log(temperature), the others the bias."""
        scaled = centred * np.exp(parameters[0])
        log_probabilities = log_softmax(scaled + parameters[1:], axis=1)
        residuals = (np.exp(log_probabilities) - is_true) * weights[:, None]
        distance = parameters / prior_sd
        gradient = np.append((residuals * scaled).sum(), residuals.sum(axis=0)) + distance / prior_sd
        return float(-weights @ log_probabilities[is_true > 0] + distance @ distance / 2), gradient

    no_bias: tuple[float | None, float | None] = (0.0, 0.0)
    bounds = [
        (-np.log(_MAX_TEMPERATURE), 0.0 if only_soften else np.log(_MAX_TEMPERATURE)),
        *[no_bias if only_soften else (None, None)] * n_stances,
    ]
    optimum = minimize(
        objective,
        np.zeros(n_stances + 1),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"ftol": 0, "gtol": 1e-8},
    ).x
    return Calibration(float(np.exp(-optimum[0])), optimum[1:])


def log_loss(probabilities: NDArray[np.float64], truth: NDArray[np.int64], weights: NDArray[np.float64]) -> float:
    """Return the weighted mean of the negative natural logarithm of the probability of the true stance.

    Parameters
    ----------
    probabilities
        Of shape (n, n_stances), each row with the sum 1. Below 5e-7 they count as 5e-7, so that a true stance with the
        probability 0 costs 14.5 and not infinity.
    truth
        The index of the true stance of each row, of shape (n,).
    weights
        The weight of each row, of shape (n,).

    Examples
    --------
    >>> log_loss(np.array([[0.5, 0.5], [0.5, 0.5]]), np.array([0, 1]), np.ones(2))
    0.6931...
    """
    true_probabilities = probabilities[np.arange(len(truth)), truth]
    return float(np.average(-np.log(np.maximum(true_probabilities, MIN_PROBABILITY)), weights=weights))


def brier_score(probabilities: NDArray[np.float64], truth: NDArray[np.int64], weights: NDArray[np.float64]) -> float:
    """Return the weighted mean of the squared distance of probabilities from 1 for the true stance and 0 for others.

    It lies between 0 and 2, as Brier defined it. The parameters are those of `log_loss`.

    References
    ----------
    Brier (1950), Verification of forecasts expressed in terms of probability, Monthly Weather Review 78, 1-3.
    """
    errors = probabilities - np.eye(probabilities.shape[1])[truth]
    return float(np.average((errors**2).sum(axis=1), weights=weights))


def reliability_bins(
    confidence: NDArray[np.float64],
    is_correct: NDArray[np.bool_],
    weights: NDArray[np.float64],
    max_bins: int = MAX_BINS,
) -> tuple[ReliabilityBin, ...]:
    """Compare accuracy with confidence, in bins with about the same number of items.

    Predictions of equal confidence are in one bin, and each bin has at least ten items, unless there are fewer in all.

    Parameters
    ----------
    confidence
        Of shape (n_items,) or (n_items, n_repeats), where each repeat counts as a fraction of its item; NaN where there
        is no prediction.
    is_correct
        Whether each prediction is correct, of the same shape.
    weights
        The weight of each item, of shape (n_items,), 1 on average.
    max_bins
        The maximal number of bins.
    """
    by_repeat = confidence.reshape(len(weights), -1)
    items, repeats = np.nonzero(~np.isnan(by_repeat))
    values, is_hit = by_repeat[items, repeats], is_correct.reshape(by_repeat.shape)[items, repeats]
    value_weights = weights[items] / by_repeat.shape[1]
    levels, level = np.unique(values, return_inverse=True)
    # The number of items below each level. Fractions of items add up to whole items, except for rounding errors.
    n_below = np.append(0, np.cumsum(np.bincount(level, value_weights, len(levels)))).round(9)
    bins: list[ReliabilityBin] = []
    start = 0
    while start < len(levels):
        n_remaining = n_below[-1] - n_below[start]
        bins_left = max(1, min(max_bins - len(bins), int(n_remaining // MIN_ITEMS_PER_BIN)))
        end = int(np.searchsorted(n_below, n_below[start] + n_remaining / bins_left - 1e-9))
        if bins_left == 1 or n_below[-1] - n_below[end] < MIN_ITEMS_PER_BIN:
            end = len(levels)
        in_bin = (start <= level) & (level < end)
        bins.append(_make_bin(values[in_bin], is_hit[in_bin], value_weights[in_bin], items[in_bin]))
        start = end
    return tuple(bins)


def _make_bin(
    confidence: NDArray[np.float64],
    is_correct: NDArray[np.bool_],
    weights: NDArray[np.float64],
    items: NDArray[np.int64],
) -> ReliabilityBin:
    accuracy = float(np.average(is_correct, weights=weights))
    # The repeats of an item are one observation.
    item_weights = np.bincount(items, weights)
    n_independent = float(weights.sum() ** 2 / (item_weights**2).sum())
    return ReliabilityBin(
        float(confidence.min()),
        float(confidence.max()),
        float(weights.sum()),
        float(np.average(confidence, weights=weights)),
        accuracy,
        intervals.wilson_interval(accuracy * n_independent, n_independent),
    )
