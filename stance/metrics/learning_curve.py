"""The learning curve: which labels to learn from for each of its points, and what it says in one plain sentence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import ceil, log2, sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

    from stance.metrics.intervals import Interval

MAX_SIZES = 6
MIN_SIZE = 20
"""With fewer labels to learn from than this hardly any stance has some."""

NEGLIGIBLE_GAIN = 0.01
"""A gain below this is none that a reader would notice: tables show two decimals."""

_MIN_POINTS_TO_EXTRAPOLATE = 4
_MAX_STANCES_NAMED = 2
SCORE_NAMES = {"macro_f1": "macro F1", "f_avg": "F_avg", "accuracy": "accuracy"}
"""What figures are called in sentences."""


@dataclass(frozen=True)
class LearningCurvePoint:
    """The score that is reached with `n` labels to learn from."""

    n: int
    score: float


@dataclass(frozen=True)
class StanceRecall:
    """How many labels a stance has, and what part of them is found; None if there is none to find."""

    stance: str
    n: int
    recall: float | None


def choose_training_sizes(n_labels: int, n_folds: int) -> tuple[int, ...]:
    """Choose how many labels to learn from, from about 20 to what k-fold leaves of n.

    They are six at most. The last but one is half of the last, and those up to it are about the same factor apart, 2 or
    more. Where k-fold leaves fewer than 40 there is nothing to compare, and only this number is given.

    >>> choose_training_sizes(1_000, 10)
    (20, 44, 95, 207, 450, 900)
    >>> choose_training_sizes(24, 10)
    (21,)
    """
    full = n_labels - ceil(n_labels / n_folds)
    if full < 2 * MIN_SIZE:
        return (full,)
    steps = min(MAX_SIZES - 1, 1 + int(log2(full / 2 / MIN_SIZE)))
    return (*np.geomspace(MIN_SIZE, full / 2, steps).round().astype(int).tolist()[: steps - 1], full // 2, full)


def draw_nested_subsets(
    strata: Sequence[Hashable], groups: NDArray[np.int64], sizes: Sequence[int], rng: np.random.Generator
) -> tuple[NDArray[np.int64], ...]:
    """Draw items to learn from, each larger subset with all of the smaller ones in it.

    Groups stay whole, so that a subset has its size but for half a group; it has one group at least. Strata have their
    shares in every subset as near as that goes, so a rare one may be missing from a small subset.

    Parameters
    ----------
    strata
        The stratum of each item, such as its stance; a group counts for the commonest of its strata.
    groups
        The group of each item, from 0 without gaps.
    sizes
        How many items each subset is to have.
    rng
        Decides the order in which items are taken.

    Returns
    -------
    tuple of ndarray
        The places of the items of each subset, ascending.
    """
    size = np.bincount(groups)
    of_group: list[Counter[Hashable]] = [Counter() for _ in size]
    for stratum, group in zip(strata, groups.tolist(), strict=True):
        of_group[group][stratum] += 1
    leading = [counts.most_common(1)[0][0] for counts in of_group]
    # Where in its stratum a group comes, from 0 to 1: what is below a given place has all strata in their shares.
    place = np.empty(len(size))
    for stratum in dict.fromkeys(leading):
        members = rng.permutation([group for group, each in enumerate(leading) if each == stratum])
        before = np.cumsum(size[members]) - size[members]
        place[members] = (before + rng.random() * size[members]) / size[members].sum()
    turn = np.empty(len(size), np.int64)
    turn[np.argsort(place)] = np.arange(len(size))
    ends = np.cumsum(size[np.argsort(place)])
    return tuple(np.flatnonzero(turn[groups] <= int(np.abs(ends - wanted).argmin())) for wanted in sizes)


def extrapolate_score(points: Sequence[LearningCurvePoint]) -> float | None:
    """Guess the score with twice as many labels as the last point has.

    The distance of the score from 1 is taken for a floor plus an inverse power of the number of labels, neither of them
    negative, fitted by least squares; the last point is raised by what that gains. None where there are fewer than four
    points, or where the curve misses them by more, on average, than it gains.

    References
    ----------
    Cortes, Jackel, Solla, Vapnik and Denker (1994), Learning curves: asymptotic values and rate of convergence, NIPS 6.
    """
    if len(points) < _MIN_POINTS_TO_EXTRAPOLATE:
        return None
    from scipy.optimize import nnls

    n, missed = np.array([point.n for point in points]), np.array([1 - point.score for point in points])
    best, gain = np.inf, 0.0
    for power in np.linspace(0.05, 1, 20):
        terms = np.column_stack([np.ones(len(n)), n**-power])
        (_, scale), residual = nnls(terms, missed)
        if residual < best:
            best, gain = residual, scale * n[-1] ** -power * (1 - 2**-power)
    if best / sqrt(len(n)) >= gain:
        return None
    return points[-1].score + float(gain)


def describe_curve(
    points: Sequence[LearningCurvePoint], gain: Interval | None, stance_recalls: Sequence[StanceRecall], headline: str
) -> str:
    """Say in one sentence whether more labels will help, and of which stances.

    Parameters
    ----------
    points
        The curve, by rising number of labels.
    gain
        The paired 95 % interval of the last step's gain.
    stance_recalls
        The stances.
    headline
        Which score it is: macro_f1, f_avg or accuracy.
    """
    needed = _name_stances_in_need(stance_recalls)
    asked = f"; most in need of labels: {needed}" if needed else ""
    if len(points) < 2 or gain is None:  # noqa: PLR2004 - a step has two ends
        return f"Whether more labels will help cannot be told: there are too few to set aside half of them{asked}."
    before, last = points[-2:]
    change = f"{last.score - before.score:+z.2f} [{gain.low:+z.2f}, {gain.high:+z.2f}]"
    step = f"with {last.n} labels to learn from instead of {before.n}, {SCORE_NAMES[headline]} changed by {change}"
    if gain.high < NEGLIGIBLE_GAIN:
        return f"More labels of the same kind will hardly help: {step}."
    if gain.low <= 0:
        return f"Whether more labels will help cannot be told yet: {step}{asked}."
    guess = extrapolate_score(points)
    further = f"; {2 * last.n} may bring it to about {guess:.2f}" if guess is not None else ""
    return f"More labels are likely to help: {step}{further}{asked}."


def _name_stances_in_need(stance_recalls: Sequence[StanceRecall]) -> str:
    """Name the stances that have fewer labels than the mean stance, and are found less often than it."""
    recalls = [each.recall for each in stance_recalls if each.recall is not None]
    n_mean = sum(each.n for each in stance_recalls) / max(1, len(stance_recalls))
    recall_mean = sum(recalls) / max(1, len(recalls))
    rare = [each for each in stance_recalls if each.n < n_mean and (each.recall is None or each.recall < recall_mean)]
    rare.sort(key=lambda each: (each.n, each.recall or 0))
    return " and ".join(
        f"{each.stance} (no label)"
        if each.recall is None
        else f"{each.stance} ({each.n} label{'s' if each.n > 1 else ''}, recall {each.recall:.2f})"
        for each in rare[:_MAX_STANCES_NAMED]
    )
