"""Learning curves: choose the training subsets, extrapolate the score, and describe the curve in a sentence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import count
from math import ceil, log2, sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

    from stance.metrics.intervals import Interval

MAX_SIZES = 6
MIN_SIZE = 20
"""The smallest number of training labels: with fewer, most stances have hardly any label."""

NEGLIGIBLE_GAIN = 0.01
"""Smaller gains are ignored: tables show two decimals."""

SCORE_NAMES = {"macro_f1": "macro F1", "f_avg": "F_avg", "accuracy": "accuracy"}
"""The names of scores in sentences."""

_MIN_POINTS_TO_EXTRAPOLATE = 4
_MAX_STANCES_NAMED = 2


@dataclass(frozen=True)
class LearningCurvePoint:
    """The score of a model trained on `n` labels."""

    n: int
    score: float


@dataclass(frozen=True)
class StanceRecall:
    """The number of labels of a stance, and its recall; None if it has no label."""

    stance: str
    n: int
    recall: float | None


def choose_training_sizes(n_labels: int, n_folds: int) -> tuple[int, ...]:
    """Return the numbers of training labels for the learning curve, from about 20 to the size of a training fold.

    There are at most six. The last but one is half of the last, and the sizes up to it grow by about the same factor,
    at least 2. If a training fold has fewer than 40 labels, its size is the only one.

    Parameters
    ----------
    n_labels
        The number of labels that are split into folds.
    n_folds
        The number of folds.

    Examples
    --------
    >>> choose_training_sizes(1_000, 10)
    (20, 44, 95, 207, 450, 900)
    >>> choose_training_sizes(24, 10)
    (21,)
    """
    largest = n_labels - ceil(n_labels / n_folds)
    if largest < 2 * MIN_SIZE:
        return (largest,)
    n_steps = min(MAX_SIZES - 1, 1 + int(log2(largest / 2 / MIN_SIZE)))
    smaller = np.geomspace(MIN_SIZE, largest / 2, n_steps).round().astype(int).tolist()[: n_steps - 1]
    return (*smaller, largest // 2, largest)


def count_labels_needed(n_folds: int) -> int:
    """Return the smallest number of labels with more than one size in the learning curve.

    >>> count_labels_needed(10)
    45
    """
    return next(n for n in count(2 * MIN_SIZE) if len(choose_training_sizes(n, n_folds)) > 1)


def draw_nested_subsets(
    strata: Sequence[Hashable], groups: NDArray[np.int64], sizes: Sequence[int], rng: np.random.Generator
) -> tuple[NDArray[np.int64], ...]:
    """Draw random stratified subsets of items, each of which contains the smaller ones.

    Groups are not split, so a subset may differ from its size by half a group; it has at least one group. Each stratum
    has about the same share in every subset, so a rare stratum may be missing from a small one.

    Parameters
    ----------
    strata
        The stratum of each item, such as its stance; a group counts for its most frequent stratum.
    groups
        The group of each item, numbered from 0 without gaps.
    sizes
        The number of items of each subset.
    rng
        Draws the order in which groups are added.

    Returns
    -------
    tuple of ndarray
        The sorted indices of the items of each subset.
    """
    group_sizes = np.bincount(groups)
    stratum_counts: list[Counter[Hashable]] = [Counter() for _ in group_sizes]
    for stratum, group in zip(strata, groups.tolist(), strict=True):
        stratum_counts[group][stratum] += 1
    stratum_of_group = [counts.most_common(1)[0][0] for counts in stratum_counts]
    # The position of each group in its stratum, from 0 to 1: below any position, strata have their shares.
    position = np.empty(len(group_sizes))
    for stratum in dict.fromkeys(stratum_of_group):
        members = [group for group, group_stratum in enumerate(stratum_of_group) if group_stratum == stratum]
        shuffled = rng.permutation(members)
        sizes_of_members = group_sizes[shuffled]
        n_before = np.cumsum(sizes_of_members) - sizes_of_members
        position[shuffled] = (n_before + rng.random() * sizes_of_members) / sizes_of_members.sum()
    order = np.argsort(position)
    rank = np.empty(len(group_sizes), np.int64)
    rank[order] = np.arange(len(group_sizes))
    cumulative_sizes = np.cumsum(group_sizes[order])
    return tuple(np.flatnonzero(rank[groups] <= int(np.abs(cumulative_sizes - size).argmin())) for size in sizes)


def extrapolate_score(points: Sequence[LearningCurvePoint]) -> float | None:
    """Estimate the score with twice as many training labels as the last point has.

    An inverse power law, 1 - score = floor + scale * n**-power with a non-negative floor and scale, is fitted by least
    squares, and its gain is added to the last score. The result is None if there are fewer than four points, or if the
    residuals are larger on average than the gain.

    Parameters
    ----------
    points
        The learning curve, by rising number of labels.

    References
    ----------
    Cortes, Jackel, Solla, Vapnik and Denker (1994), Learning curves: asymptotic values and rate of convergence, NIPS 6.
    """
    if len(points) < _MIN_POINTS_TO_EXTRAPOLATE:
        return None
    from scipy.optimize import nnls

    n_labels, errors = np.array([point.n for point in points]), np.array([1 - point.score for point in points])
    smallest_residual, gain = np.inf, 0.0
    for power in np.linspace(0.05, 1, 20):
        terms = np.column_stack([np.ones(len(n_labels)), n_labels**-power])
        (_, scale), residual = nnls(terms, errors)
        if residual < smallest_residual:
            smallest_residual, gain = residual, scale * n_labels[-1] ** -power * (1 - 2**-power)
    if smallest_residual / sqrt(len(n_labels)) >= gain:
        return None
    return points[-1].score + float(gain)


def describe_curve(
    points: Sequence[LearningCurvePoint], gain: Interval | None, stance_recalls: Sequence[StanceRecall], headline: str
) -> str:
    """Return a sentence that says whether more labels will help, and which stances need them most.

    Parameters
    ----------
    points
        The learning curve, by rising number of labels.
    gain
        The 95 % interval of the difference between the last two points; None if there is only one point.
    stance_recalls
        The labels and the recall of each stance.
    headline
        The score: macro_f1, f_avg or accuracy.
    """
    needed = _name_stances_in_need(stance_recalls)
    advice = f"; most in need of labels: {needed}" if needed else ""
    if len(points) < 2 or gain is None:  # noqa: PLR2004 - a difference needs two points
        return f"Whether more labels will help is unknown: there are too few to train on half of them{advice}."
    before, last = points[-2:]
    change = f"{last.score - before.score:+z.2f} [{gain.low:+z.2f}, {gain.high:+z.2f}]"
    comparison = f"with {last.n} training labels instead of {before.n}, {SCORE_NAMES[headline]} changed by {change}"
    if gain.high < NEGLIGIBLE_GAIN:
        return f"More labels of the same kind will hardly help: {comparison}."
    if gain.low <= 0:
        return f"Whether more labels will help is uncertain: {comparison}{advice}."
    estimate = extrapolate_score(points)
    outlook = f"; {2 * last.n} may raise it to about {estimate:.2f}" if estimate is not None else ""
    return f"More labels are likely to help: {comparison}{outlook}{advice}."


def _name_stances_in_need(stance_recalls: Sequence[StanceRecall]) -> str:
    """Name the stances with fewer labels and a lower recall than the average stance."""
    recalls = [stance.recall for stance in stance_recalls if stance.recall is not None]
    mean_n = sum(stance.n for stance in stance_recalls) / max(1, len(stance_recalls))
    mean_recall = sum(recalls) / max(1, len(recalls))
    in_need = [
        stance
        for stance in stance_recalls
        if stance.n < mean_n and (stance.recall is None or stance.recall < mean_recall)
    ]
    in_need.sort(key=lambda stance: (stance.n, stance.recall or 0))
    return " and ".join(
        f"{stance.stance} (no label)"
        if stance.recall is None
        else f"{stance.stance} ({stance.n} label{'s' if stance.n > 1 else ''}, recall {stance.recall:.2f})"
        for stance in in_need[:_MAX_STANCES_NAMED]
    )
