"""Scores -> probabilities that can be believed, and the measures of how far they can."""

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
"""What a probability counts as, at least, in log loss: tables give six decimals, where less than this reads 0."""

MAX_BINS = 10
MIN_ITEMS_PER_BIN = 10

_MIN_INVERSE_TEMPERATURE = 0.01


@dataclass(frozen=True, eq=False)
class Calibration:
    """What turns logits into calibrated ones: divided by `temperature`, plus `bias` of shape (n_stances,)."""

    temperature: float
    bias: NDArray[np.float64]

    def apply(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the calibrated logits, of shape (n, n_stances)."""
        calibrated: NDArray[np.float64] = logits / self.temperature + self.bias
        return calibrated

    def invert(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the logits that these were before, of shape (n, n_stances)."""
        before: NDArray[np.float64] = (logits - self.bias) * self.temperature
        return before


@dataclass(frozen=True)
class ReliabilityBin:
    """Predictions of similar confidence: from `low` to `high`, `confidence` on average, `accuracy` of them correct.

    `n` is how many items they stand for, a repeat of an item being a part of it; the interval is Wilson's.
    """

    low: float
    high: float
    n: float
    confidence: float
    accuracy: float
    interval: Interval


def fit_calibration(logits: NDArray[np.float64], truth: NDArray[np.int64], weights: NDArray[np.float64]) -> Calibration:
    """Fit one temperature and a bias a stance to out-of-fold logits, so that the true stances are most likely.

    It minimises the sum of weight times log loss, plus half the squared distance of (1 / temperature, bias) from
    (1, 0, ..., 0): as if each had been known to be there give or take 1. A hundred items outweigh that. It keeps the
    probabilities of a model that was always right, or of a stance that never was true, from running to 0 and 1.
    The temperature is 100 at most; stances stay in their order, but for the bias.

    Parameters
    ----------
    logits
        Scores of shape (n, n_stances), whose softmax are the probabilities to mend, each from a model that had not seen
        its item.
    truth
        Codes of the true stances, of shape (n,).
    weights
        How much each row counts, of shape (n,), 1 on average; of an item in several repeats each row has its part.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks, ICML (temperature). Alexandari,
    Kundaje and Shrikumar (2020), Maximum likelihood with bias-corrected calibration is hard-to-beat at label shift
    adaptation, ICML (with a bias a class).
    """
    from scipy.optimize import minimize

    n_stances = logits.shape[1]
    # What all stances of a row have in common is of no account, and of no use to the digits.
    centred = logits - logits.mean(axis=1, keepdims=True)
    is_true = np.eye(n_stances)[truth]
    unfitted = np.append(1.0, np.zeros(n_stances))

    def loss(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logarithms = log_softmax(centred * point[0] + point[1:], axis=1)
        pull = (np.exp(logarithms) - is_true) * weights[:, None]
        away = point - unfitted
        slope = np.append((pull * centred).sum(), pull.sum(axis=0)) + away
        return float(-weights @ logarithms[is_true > 0] + away @ away / 2), slope

    bounds = [(_MIN_INVERSE_TEMPERATURE, None)] + [(None, None)] * n_stances
    found = minimize(loss, unfitted, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 0, "gtol": 1e-8})
    return Calibration(1 / float(found.x[0]), found.x[1:])


def log_loss(probabilities: NDArray[np.float64], truth: NDArray[np.int64], weights: NDArray[np.float64]) -> float:
    """Give the weighted mean of minus the natural logarithm of what probability the true stance was given.

    Parameters
    ----------
    probabilities
        Of shape (n, n_stances), each row with the sum 1; below 5e-7 they count as 5e-7, so that one answer given as
        impossible costs 14.5 and not everything.
    truth
        Codes of the true stances, of shape (n,).
    weights
        How much each row counts, of shape (n,).
    """
    given = probabilities[np.arange(len(truth)), truth]
    return float(np.average(-np.log(np.maximum(given, MIN_PROBABILITY)), weights=weights))


def brier_score(probabilities: NDArray[np.float64], truth: NDArray[np.int64], weights: NDArray[np.float64]) -> float:
    """Give the weighted mean of the squared distance of probabilities from 1 for the true stance and 0 for the others.

    It is between 0 and 2, as Brier defined it: Verification of forecasts expressed in terms of probability (1950),
    Monthly Weather Review 78, 1-3. The parameters are those of `log_loss`.
    """
    missed = probabilities - np.eye(probabilities.shape[1])[truth]
    return float(np.average((missed**2).sum(axis=1), weights=weights))


def reliability_bins(
    confidence: NDArray[np.float64],
    is_correct: NDArray[np.bool_],
    weights: NDArray[np.float64],
    max_bins: int = MAX_BINS,
) -> tuple[ReliabilityBin, ...]:
    """Set how often answers were right beside how confident they were, in bins of about as many items each.

    Equal confidences are never parted, and a bin holds ten items or more, unless there are fewer in all.

    Parameters
    ----------
    confidence
        Of shape (n,) or (n, repeats), in which each repeat stands for its part of an item; NaN where no answer was
        given.
    is_correct
        Whether the answers were right, of the same shape.
    weights
        How much each item counts, of shape (n,), 1 on average.
    max_bins
        How many bins there are at most.
    """
    cells = confidence.reshape(len(weights), -1)
    item, repeat = np.nonzero(~np.isnan(cells))
    values, hits = cells[item, repeat], is_correct.reshape(cells.shape)[item, repeat]
    part = weights[item] / cells.shape[1]
    levels, level = np.unique(values, return_inverse=True)
    # Parts add up to whole items but for the last digits.
    up_to = np.append(0, np.cumsum(np.bincount(level, part, len(levels)))).round(9)
    found: list[ReliabilityBin] = []
    start = 0
    while start < len(levels):
        rest = up_to[-1] - up_to[start]
        left = max(1, min(max_bins - len(found), int(rest // MIN_ITEMS_PER_BIN)))
        end = int(np.searchsorted(up_to, up_to[start] + rest / left - 1e-9))
        if left == 1 or up_to[-1] - up_to[end] < MIN_ITEMS_PER_BIN:
            end = len(levels)
        inside = (start <= level) & (level < end)
        found.append(_make_bin(values[inside], hits[inside], part[inside], item[inside]))
        start = end
    return tuple(found)


def _make_bin(
    confidence: NDArray[np.float64],
    is_correct: NDArray[np.bool_],
    weights: NDArray[np.float64],
    items: NDArray[np.int64],
) -> ReliabilityBin:
    share = float(np.average(is_correct, weights=weights))
    # Repeats of an item are one observation, and items of unequal weight are worth fewer equal ones.
    of_item = np.bincount(items, weights)
    independent = float(weights.sum() ** 2 / (of_item**2).sum())
    return ReliabilityBin(
        float(confidence.min()),
        float(confidence.max()),
        float(weights.sum()),
        float(np.average(confidence, weights=weights)),
        share,
        intervals.wilson_interval(share * independent, independent),
    )
