"""One multiplier per stance, so that each stance is predicted as often as it is expected.

The predicted stance of a row is the one whose multiplier times its probability is highest. The multipliers are right
where the rows of each stance weigh as much as its probabilities add up to. That is a transport problem: rows are
assigned to stances of limited capacity so that the sum of log probabilities is highest, and the logarithms of the
multipliers are the dual variables of the capacities (Peyré and Cuturi 2019, Computational optimal transport). The dual
is convex, and is solved to within a row: a smooth form of it first, then by moving row after row along shortest paths.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logsumexp

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MIN_PROBABILITY = 1e-9
"""A probability below this counts as this, so that multipliers are finite."""

_PROBABILITY_DECIMALS = 12
"""Probabilities that differ by less are equal, as the last digits depend on the machine."""

_SMOOTHING = 0.05
_TOLERANCE = 1e-9  # differences below this are of no account
_NEVER_PREDICTED_MARGIN = (
    0.01  # by how much the logarithm for a stance that is never predicted is below where it would be
)


def fit_stance_multipliers(
    probabilities: NDArray[np.float64], weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Fit the multipliers, of shape (n_stances,); that of the stance which is expected most is 1.

    The predictions of each stance weigh what is expected to within a row, equal rows being one. All multipliers are 1
    where the most probable stances do so already. A stance that is expected so rarely that it is never predicted has
    a multiplier of at most 1. The order of rows does not matter.

    Parameters
    ----------
    probabilities
        Of shape (n, n_stances), each row with the sum 1.
    weights
        How much each row counts, of shape (n,); all alike by default.

    Examples
    --------
    >>> fit_stance_multipliers(np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]])).round(1)
    array([1. , 1.9])
    """
    n, n_stances = probabilities.shape
    if n == 0 or n_stances == 1:
        return np.ones(n_stances)
    weights = np.ones(n) if weights is None else weights
    order = np.lexsort((weights, *probabilities.T))
    # No multiplier can tell equal rows apart, so they count as one.
    distinct, group = np.unique(probabilities[order].round(_PROBABILITY_DECIMALS), axis=0, return_inverse=True)
    summed: NDArray[np.float64] = np.bincount(group, weights[order]).astype(np.float64)
    expected, logs = summed @ distinct, np.log(np.maximum(distinct, _MIN_PROBABILITY))
    most_probable = _Assignment.from_highest_scores(logs, summed, expected)
    if np.abs(most_probable.excess).max() < weights.mean():
        return np.ones(n_stances)
    assignment = _Assignment.from_highest_scores(logs + _solve_smoothed_dual(logs, summed, expected), summed, expected)
    for _ in range(n):
        closer = assignment.reduce_excess()
        if closer is None:
            break
        assignment = closer
    if (assignment.stance_codes == most_probable.stance_codes).all():
        return np.ones(n_stances)
    multipliers: NDArray[np.float64] = np.exp(_centre_offsets(assignment, logs))
    return multipliers


def _solve_smoothed_dual(
    logs: NDArray[np.float64], weights: NDArray[np.float64], expected: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the logarithms approximately: where the dual problem, made smooth, has its minimum."""
    from scipy.optimize import minimize

    def dual(offsets: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = (logs + offsets) / _SMOOTHING
        highest = logsumexp(scores, axis=1)
        slope = weights @ np.exp(scores - highest[:, None]) - expected
        return float(_SMOOTHING * weights @ highest - expected @ offsets) / weights.sum(), slope / weights.sum()

    found = minimize(dual, np.zeros(logs.shape[1]), jac=True, method="L-BFGS-B", options={"ftol": 0, "gtol": 1e-6})
    offsets: NDArray[np.float64] = found.x
    return offsets


@dataclass(frozen=True, eq=False)
class _Assignment:
    """Rows with a stance each, none of which has a higher score than that.

    Attributes
    ----------
    scores
        Log probabilities plus the logarithms of the multipliers, of shape (n, n_stances).
    stance_codes
        The stance of each row, of shape (n,).
    weights, expected
        How much each row counts, and how much the rows of each stance are to weigh.
    """

    scores: NDArray[np.float64]
    stance_codes: NDArray[np.int64]
    weights: NDArray[np.float64]
    expected: NDArray[np.float64]

    @classmethod
    def from_highest_scores(
        cls, scores: NDArray[np.float64], weights: NDArray[np.float64], expected: NDArray[np.float64]
    ) -> _Assignment:
        """Assign to each row the stance of the highest score."""
        return cls(scores, scores.argmax(axis=1), weights, expected)

    @property
    def excess(self) -> NDArray[np.float64]:
        """By how much the rows of each stance weigh more than they are to."""
        counts: NDArray[np.float64] = np.bincount(self.stance_codes, self.weights, len(self.expected)) - self.expected
        return counts

    def smallest_leads(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return by how much the score of each stance is higher than that of each other stance, where it is least.

        Returns
        -------
        tuple of two arrays of shape (n_stances, n_stances)
            The lead of the row's stance over another, at least among the rows of the first; and which row that is.
        """
        n_stances = len(self.expected)
        least, rows = np.full((n_stances, n_stances), np.inf), np.zeros((n_stances, n_stances), np.int64)
        for stance in range(n_stances):
            members = np.flatnonzero(self.stance_codes == stance)
            if len(members):
                ahead = self.scores[members, stance][:, None] - self.scores[members]
                first = ahead.argmin(axis=0)
                least[stance], rows[stance] = ahead[first, np.arange(n_stances)], members[first]
        np.fill_diagonal(least, 0)
        return least, rows

    def reduce_excess(self) -> _Assignment | None:
        """Move rows along the cheapest path from a stance with too many to one with too few, one row per step.

        Returns
        -------
        _Assignment or None
            None where no path comes closer to what is expected.
        """
        excess = self.excess
        lead, rows = self.smallest_leads()
        distance, before = _find_shortest_paths(lead)
        difference = excess[:, None] - excess
        for pair in np.argsort(-difference, axis=None, kind="stable"):
            source, sink = divmod(int(pair), len(excess))
            if difference[source, sink] <= _TOLERANCE:
                return None
            if np.isinf(distance[source, sink]):
                continue
            path = [sink]
            while path[-1] != source and len(path) <= len(excess):
                path.append(int(before[source, path[-1]]))
            if path[-1] != source:  # lengths of almost 0 can make a circle
                continue
            stances = self.stance_codes.copy()
            for stance, donor in pairwise(path):
                stances[rows[donor, stance]] = stance
            scores = self.scores + np.minimum(distance[source], distance[source, sink])
            moved = _Assignment(scores, stances, self.weights, self.expected)
            if np.abs(moved.excess).sum() < np.abs(excess).sum() - _TOLERANCE:
                return moved
        return None


def _find_shortest_paths(lengths: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the lengths of the shortest paths between nodes, and the last node but one of each (Floyd-Warshall)."""
    nodes = np.arange(len(lengths))
    distance, before = lengths, np.broadcast_to(nodes[:, None], lengths.shape)
    for node in nodes:
        through = distance[:, [node]] + distance[node]
        shorter = through < distance - _TOLERANCE
        distance, before = np.where(shorter, through, distance), np.where(shorter, before[node], before)
    return distance, before


def _centre_offsets(assignment: _Assignment, logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithms in the middle of all that lead to an assignment."""
    offsets: NDArray[np.float64] = assignment.scores[0] - logs[0]
    distance, _ = _find_shortest_paths(assignment.smallest_leads()[0])
    predicted = np.isin(np.arange(len(distance)), assignment.stance_codes)
    among = distance[np.ix_(predicted, predicted)]
    offsets[predicted] += (among.mean(axis=0) - among.mean(axis=1)) / 2
    offsets -= offsets[predicted][assignment.expected[predicted].argmax()]
    highest = (logs + offsets)[:, predicted].max(axis=1)
    for stance in np.flatnonzero(~predicted):
        offsets[stance] = min(0.0, (highest - logs[:, stance]).min() - _NEVER_PREDICTED_MARGIN)
    return offsets
