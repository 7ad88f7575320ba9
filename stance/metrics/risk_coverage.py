"""The trade-off between coverage and accuracy if predictions of low confidence are withheld."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_POINTS = 101


@dataclass(frozen=True)
class RiskCoveragePoint:
    """What happens if only predictions of at least this confidence are kept.

    Attributes
    ----------
    confidence
        The lowest confidence that is kept.
    coverage
        The share of items whose prediction is kept.
    accuracy
        The share of kept predictions that are correct.
    """

    confidence: float
    coverage: float
    accuracy: float


def risk_coverage_curve(
    confidence: NDArray[np.float64], is_correct: NDArray[np.bool_], weights: NDArray[np.float64]
) -> tuple[RiskCoveragePoint, ...]:
    """Return coverage and accuracy for each threshold on the confidence.

    Parameters
    ----------
    confidence
        Of shape (n_items,) or (n_items, n_repeats), where each repeat counts as a fraction of its item; NaN where there
        is no prediction, which is never covered.
    is_correct
        Whether each prediction is correct, of the same shape.
    weights
        The weight of each item, of shape (n_items,).

    Returns
    -------
    tuple of RiskCoveragePoint
        One point per distinct confidence, in ascending order. If there are more than 101, about one per hundredth of
        the coverage, including the first and the last. The last points are based on few predictions.

    References
    ----------
    El-Yaniv and Wiener (2010), On the foundations of noise-free selective classification, Journal of Machine Learning
    Research 11, 1605-1641.

    Examples
    --------
    >>> curve = risk_coverage_curve(np.array([0.9, 0.6]), np.array([True, False]), np.ones(2))
    >>> [(point.coverage, point.accuracy) for point in curve]
    [(1.0, 0.5), (0.5, 1.0)]
    """
    by_repeat = confidence.reshape(len(weights), -1)
    items, repeats = np.nonzero(~np.isnan(by_repeat))
    value_weights = (weights / weights.sum() / by_repeat.shape[1])[items]
    levels, level = np.unique(by_repeat[items, repeats], return_inverse=True)
    coverage = _cumulate_from_top(value_weights, level)
    covered_and_correct = _cumulate_from_top(value_weights * is_correct.reshape(by_repeat.shape)[items, repeats], level)
    accuracy = covered_and_correct / coverage
    return tuple(
        RiskCoveragePoint(float(levels[index]), float(min(1.0, coverage[index])), float(min(1.0, accuracy[index])))
        for index in _select_evenly_spaced(coverage)
    )


def _cumulate_from_top(weights: NDArray[np.float64], level: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the sum of the weights at each level and above."""
    return np.bincount(level, weights)[::-1].cumsum()[::-1]


def _select_evenly_spaced(coverage: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the indices of at most `MAX_POINTS` falling values, about evenly spaced, with the first and the last."""
    if len(coverage) <= MAX_POINTS:
        return np.arange(len(coverage))
    targets = np.linspace(coverage[0], coverage[-1], MAX_POINTS)
    return np.unique(np.searchsorted(-coverage, -targets).clip(0, len(coverage) - 1))
