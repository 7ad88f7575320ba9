"""What is gained by leaving unanswered what the model is not sure of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_POINTS = 101


@dataclass(frozen=True)
class RiskCoveragePoint:
    """If only answers of at least this confidence are given: what part of the items has one, and how many are right."""

    confidence: float
    coverage: float
    accuracy: float


def risk_coverage_curve(
    confidence: NDArray[np.float64], is_correct: NDArray[np.bool_], weights: NDArray[np.float64]
) -> tuple[RiskCoveragePoint, ...]:
    """Follow coverage and accuracy from all answers to the most confident ones.

    Parameters
    ----------
    confidence
        Of shape (n,) or (n, repeats), in which each repeat stands for its part of an item; NaN where no answer was
        given, which is never covered.
    is_correct
        Whether the answers were right, of the same shape.
    weights
        How much each item counts, of shape (n,).

    Returns
    -------
    tuple of Point
        A point for each confidence that occurs, the lowest first; where these are more than 101, about one for each
        hundredth part of the coverage, the first and the last among them. Few answers stand behind the last points.

    References
    ----------
    El-Yaniv and Wiener (2010), On the foundations of noise-free selective classification, Journal of Machine Learning
    Research 11, 1605-1641.
    """
    cells = confidence.reshape(len(weights), -1)
    item, repeat = np.nonzero(~np.isnan(cells))
    part = (weights / weights.sum() / cells.shape[1])[item]
    levels, level = np.unique(cells[item, repeat], return_inverse=True)
    coverage = _cumulate_from_top(part, level)
    hits = _cumulate_from_top(part * is_correct.reshape(cells.shape)[item, repeat], level)
    return tuple(
        RiskCoveragePoint(
            float(levels[place]), float(min(1.0, coverage[place])), float(min(1.0, hits[place] / coverage[place]))
        )
        for place in _select_evenly_spaced(coverage)
    )


def _cumulate_from_top(weights: NDArray[np.float64], level: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum the parts of each level and of all above it."""
    return np.bincount(level, weights)[::-1].cumsum()[::-1]


def _select_evenly_spaced(coverage: NDArray[np.float64]) -> NDArray[np.int64]:
    """Choose places in falling values that lie about evenly between the first and the last."""
    if len(coverage) <= MAX_POINTS:
        return np.arange(len(coverage))
    wanted = np.linspace(coverage[0], coverage[-1], MAX_POINTS)
    return np.unique(np.searchsorted(-coverage, -wanted).clip(0, len(coverage) - 1))
