"""95 % confidence intervals, each with its source."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaincinv, ndtri, stdtrit  # scipy.stats has the same, and takes half a second to load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

LEVEL = 0.95
_Z = float(ndtri((1 + LEVEL) / 2))


@dataclass(frozen=True)
class Interval:
    """The two ends of a confidence interval."""

    low: float
    high: float


def wilson(successes: float, n: float) -> Interval:
    """Interval of a proportion; `successes` may be a mean over repeats and need not be whole.

    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22, 209-212.

    >>> wilson(19, 24)
    Interval(low=0.5952..., high=0.9075...)
    """
    share = successes / n
    centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def clopper_pearson(successes: float, n: int) -> Interval:
    """Interval of a proportion that covers at any n, for few cases.

    Clopper and Pearson (1934), The use of confidence or fiducial limits, Biometrika 26, 404-413.

    >>> clopper_pearson(2, 2)
    Interval(low=0.1581..., high=1.0)
    """
    tail = (1 - LEVEL) / 2
    low = float(betaincinv(successes, n - successes + 1, tail)) if successes > 0 else 0.0
    high = float(betaincinv(successes + 1, n - successes, 1 - tail)) if successes < n else 1.0
    return Interval(low, high)


def agresti_min(only_first: float, only_second: float, n: int) -> Interval:
    """Interval of the difference of two proportions on the same cases.

    `only_first` and `only_second` count the cases that just one of the two got right. It has a width even where the two
    never differ. Agresti and Min (2005), Simple improved confidence intervals for comparing matched proportions,
    Statistics in Medicine 24, 729-740 (half a case added to each of the four cells).

    >>> agresti_min(5, 1, 24)
    Interval(low=-0.0366..., high=0.3443...)
    """
    first, second, total = only_first + 0.5, only_second + 0.5, n + 2
    difference = (first - second) / total
    half = _Z * sqrt(max(0.0, first + second - (first - second) ** 2 / total)) / total
    return Interval(max(-1.0, difference - half), min(1.0, difference + half))


def t_over_groups(totals: Sequence[float], sizes: Sequence[int]) -> Interval:
    """Interval of a mean over cases that come in groups, such as comments under articles.

    With groups of one size this is Student's interval of the mean over groups; else the ratio of the groups' totals to
    their sizes, its variance from how far each total is from what the ratio makes of the group's size.
    Cochran (1977), Sampling techniques, third edition, chapter 9A.

    >>> t_over_groups([5, 6, 7, 8, 9], [10] * 5)
    Interval(low=0.5036..., high=0.8963...)
    """
    of_group, size = np.asarray(totals, dtype=np.float64), np.asarray(sizes, dtype=np.float64)
    m, mean = len(size), float(of_group.sum() / size.sum())
    spread = sqrt(float(((of_group - mean * size) ** 2).sum()) * m / (m - 1)) / float(size.sum())
    half = float(stdtrit(m - 1, (1 + LEVEL) / 2)) * spread
    return Interval(max(-1.0 if of_group.min() < 0 else 0.0, mean - half), min(1.0, mean + half))


def bootstrap(
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]], n: int, seed: int, draws: int = 2_000
) -> Interval:
    """Percentile interval of a statistic over cases drawn again with replacement.

    Parameters
    ----------
    statistic
        From how often each case was drawn, of shape (draws, n), to the statistic of each draw, of shape (draws,).
    n
        The number of cases.
    seed
        Draws the same for the same seed.
    draws
        How many samples are drawn.

    References
    ----------
    Efron and Tibshirani (1993), An introduction to the bootstrap, chapter 13.
    """
    counts = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=draws).astype(np.float64)
    low, high = np.nanquantile(statistic(counts), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high))
