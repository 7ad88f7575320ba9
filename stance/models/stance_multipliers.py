"""Fit one multiplier per stance, so that each stance is predicted as often as it is expected.

The predicted stance of a row is the one with the highest multiplier times probability. The multipliers are right when
the rows predicted as a stance weigh as much as the sum of its probabilities. This is an optimal transport problem: rows
are assigned to stances of limited capacity so that the sum of log probabilities is highest, and the log multipliers are
the dual variables of the capacities (Peyré and Cuturi 2019, Computational optimal transport). The dual is convex. A
smoothed version of it is solved first, then rows are moved along shortest paths until the assignment is exact to one
row.
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
"""Probabilities are clipped here, so that multipliers are finite."""

_PROBABILITY_DECIMALS = 12
"""Probabilities are rounded to this, as further digits depend on the machine."""

_SMOOTHING = 0.05
_TOLERANCE = 1e-9
_NEVER_PREDICTED_MARGIN = 0.01
"""The log multiplier of a stance that is never predicted stays this far below the value where it would be."""


def fit_stance_multipliers(
    probabilities: NDArray[np.float64], weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Return multipliers, of shape (n_stances,), with which each stance is predicted as often as it is expected.

    The expected and predicted weight of each stance differ by at most one row, where equal rows count as one. The most
    expected stance has the multiplier 1. All multipliers are 1 if the most probable stances already match. A stance so
    rare that it is never predicted has a multiplier of at most 1. The order of rows does not matter.

    Parameters
    ----------
    probabilities
        Of shape (n, n_stances), rows summing to 1.
    weights
        Weight of each row, of shape (n,); equal by default.

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
    # Multipliers cannot separate equal rows, so they are merged.
    distinct, group = np.unique(probabilities[order].round(_PROBABILITY_DECIMALS), axis=0, return_inverse=True)
    group_weights: NDArray[np.float64] = np.bincount(group, weights[order]).astype(np.float64)
    expected, logs = group_weights @ distinct, np.log(np.maximum(distinct, _MIN_PROBABILITY))
    most_probable = _Assignment.from_highest_scores(logs, group_weights, expected)
    if np.abs(most_probable.excess).max() < weights.mean():
        return np.ones(n_stances)
    smoothed = _solve_smoothed_dual(logs, group_weights, expected)
    assignment = _Assignment.from_highest_scores(logs + smoothed, group_weights, expected)
    for _ in range(n):
        improved = assignment.reduce_excess()
        if improved is None:
            break
        assignment = improved
    if (assignment.stance_codes == most_probable.stance_codes).all():
        return np.ones(n_stances)
    multipliers: NDArray[np.float64] = np.exp(_centre_offsets(assignment, logs))
    return multipliers


def _solve_smoothed_dual(
    logs: NDArray[np.float64], weights: NDArray[np.float64], expected: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return approximate log multipliers, at the minimum of a smoothed version of the dual problem."""
    from scipy.optimize import minimize

    def smoothed_dual(offsets: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = (logs + offsets) / _SMOOTHING
        log_sums = logsumexp(scores, axis=1)
        gradient = weights @ np.exp(scores - log_sums[:, None]) - expected
        return float(_SMOOTHING * weights @ log_sums - expected @ offsets) / weights.sum(), gradient / weights.sum()

    start = np.zeros(logs.shape[1])
    result = minimize(smoothed_dual, start, jac=True, method="L-BFGS-B", options={"ftol": 0, "gtol": 1e-6})
    offsets: NDArray[np.float64] = result.x
    return offsets


@dataclass(frozen=True, eq=False)
class _Assignment:
    """An assignment of each row to the stance with its highest score.

    Attributes
    ----------
    scores
        Log probabilities plus log multipliers, of shape (n, n_stances).
    stance_codes
        The stance of each row, of shape (n,).
    weights
        Weight of each row, of shape (n,).
    expected
        The weight that each stance should have, of shape (n_stances,).
    """

    scores: NDArray[np.float64]
    stance_codes: NDArray[np.int64]
    weights: NDArray[np.float64]
    expected: NDArray[np.float64]

    @classmethod
    def from_highest_scores(
        cls, scores: NDArray[np.float64], weights: NDArray[np.float64], expected: NDArray[np.float64]
    ) -> _Assignment:
        """Assign each row to the stance with the highest score."""
        return cls(scores, scores.argmax(axis=1), weights, expected)

    @property
    def excess(self) -> NDArray[np.float64]:
        """The weight of the rows of each stance minus its expected weight."""
        excess: NDArray[np.float64] = np.bincount(self.stance_codes, self.weights, len(self.expected)) - self.expected
        return excess

    def smallest_leads(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return for each pair of stances how close the rows of the first come to being assigned to the second.

        Returns
        -------
        tuple of two arrays of shape (n_stances, n_stances)
            The smallest lead in score of the first stance over the second among the rows of the first, infinite if it
            has none; and the index of the row with that lead.
        """
        n_stances = len(self.expected)
        leads, rows = np.full((n_stances, n_stances), np.inf), np.zeros((n_stances, n_stances), np.int64)
        for stance in range(n_stances):
            members = np.flatnonzero(self.stance_codes == stance)
            if len(members):
                member_leads = self.scores[members, stance][:, None] - self.scores[members]
                closest = member_leads.argmin(axis=0)
                leads[stance], rows[stance] = member_leads[closest, np.arange(n_stances)], members[closest]
        np.fill_diagonal(leads, 0)
        return leads, rows

    def reduce_excess(self) -> _Assignment | None:
        """Move one row per step along the cheapest path from a stance with too many rows to one with too few.

        Returns
        -------
        _Assignment or None
            None if no path reduces the total excess.
        """
        excess = self.excess
        leads, closest_rows = self.smallest_leads()
        distance, predecessor = _find_shortest_paths(leads)
        difference = excess[:, None] - excess
        for pair in np.argsort(-difference, axis=None, kind="stable"):
            source, sink = divmod(int(pair), len(excess))
            if difference[source, sink] <= _TOLERANCE:
                return None
            if np.isinf(distance[source, sink]):
                continue
            path = [sink]
            while path[-1] != source and len(path) <= len(excess):
                path.append(int(predecessor[source, path[-1]]))
            if path[-1] != source:  # leads of almost 0 can form a cycle
                continue
            stance_codes = self.stance_codes.copy()
            for receiver, donor in pairwise(path):
                stance_codes[closest_rows[donor, receiver]] = receiver
            scores = self.scores + np.minimum(distance[source], distance[source, sink])
            moved = _Assignment(scores, stance_codes, self.weights, self.expected)
            if np.abs(moved.excess).sum() < np.abs(excess).sum() - _TOLERANCE:
                return moved
        return None


def _find_shortest_paths(lengths: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the length of the shortest path between each pair of nodes, and its last node but one (Floyd-Warshall)."""
    nodes = np.arange(len(lengths))
    distance, predecessor = lengths, np.broadcast_to(nodes[:, None], lengths.shape)
    for node in nodes:
        via_node = distance[:, [node]] + distance[node]
        is_shorter = via_node < distance - _TOLERANCE
        distance, predecessor = (
            np.where(is_shorter, via_node, distance),
            np.where(is_shorter, predecessor[node], predecessor),
        )
    return distance, predecessor


def _centre_offsets(assignment: _Assignment, logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log multipliers in the middle of all that lead to an assignment."""
    offsets: NDArray[np.float64] = assignment.scores[0] - logs[0]
    distance, _ = _find_shortest_paths(assignment.smallest_leads()[0])
    is_predicted = np.isin(np.arange(len(distance)), assignment.stance_codes)
    distance_of_predicted = distance[np.ix_(is_predicted, is_predicted)]
    offsets[is_predicted] += (distance_of_predicted.mean(axis=0) - distance_of_predicted.mean(axis=1)) / 2
    offsets -= offsets[is_predicted][assignment.expected[is_predicted].argmax()]
    highest = (logs + offsets)[:, is_predicted].max(axis=1)
    for stance in np.flatnonzero(~is_predicted):
        offsets[stance] = min(0.0, (highest - logs[:, stance]).min() - _NEVER_PREDICTED_MARGIN)
    return offsets
