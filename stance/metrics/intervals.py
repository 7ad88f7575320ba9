"""95 % confidence intervals of proportions and means of independent cases, each with its source."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from scipy.special import betaincinv, ndtri, stdtrit  # scipy.stats has them, too, but takes half a second to import

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CONFIDENCE_LEVEL = 0.95
_NORMAL_QUANTILE = float(ndtri((1 + CONFIDENCE_LEVEL) / 2))

MIN_LABELS_PER_STANCE = 10
"""Below this many labels of a stance, its recall gets an interval for few cases, and users are asked for more."""


@dataclass(frozen=True)
class Interval:
    """A confidence interval.

    Attributes
    ----------
    low
        The lower limit.
    high
        The upper limit.
    """

    low: float
    high: float


def wilson_interval(successes: float, n: float, quantile: float = _NORMAL_QUANTILE) -> Interval:
    """Return Wilson's interval of a proportion.

    Parameters
    ----------
    successes
        The number of successes; a mean over repeats need not be a whole number.
    n
        The number of cases, or of independent cases that are worth as much.
    quantile
        How many standard errors the interval extends to either side; that of the normal distribution by default.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22, 209-212.

    Examples
    --------
    >>> wilson_interval(19, 24)
    Interval(low=0.5952..., high=0.9075...)
    """
    share = successes / n
    centre = (share + quantile**2 / (2 * n)) / (1 + quantile**2 / n)
    half_width = quantile / (1 + quantile**2 / n) * sqrt(max(0.0, share * (1 - share)) / n + quantile**2 / (4 * n**2))
    # The interval contains the proportion, except for rounding errors.
    return Interval(max(0.0, min(share, centre - half_width)), min(1.0, max(share, centre + half_width)))


def clopper_pearson_interval(successes: float, n: float) -> Interval:
    """Return Clopper and Pearson's interval of a proportion, which has at least the nominal coverage for any n.

    Parameters
    ----------
    successes, n
        As in `wilson_interval`.

    References
    ----------
    Clopper and Pearson (1934), The use of confidence or fiducial limits, Biometrika 26, 404-413.

    Examples
    --------
    >>> clopper_pearson_interval(2, 2)
    Interval(low=0.1581..., high=1.0)
    """
    tail = (1 - CONFIDENCE_LEVEL) / 2
    low = float(betaincinv(successes, n - successes + 1, tail)) if successes > 0 else 0.0
    high = float(betaincinv(successes + 1, n - successes, 1 - tail)) if successes < n else 1.0
    return Interval(low, high)


def effective_sample_size(weights: NDArray[np.float64]) -> float:
    """Return the number of equally weighted items that are as informative as items of these weights, of shape (n,).

    References
    ----------
    Kish (1965), Survey sampling.

    Examples
    --------
    >>> import numpy as np
    >>> effective_sample_size(np.array([1.0, 1.0, 1.0, 3.0]))
    3.0
    """
    return float(weights.sum() ** 2 / (weights @ weights))


def t_quantile(degrees_of_freedom: float) -> float:
    """Return how many estimated standard errors an interval extends to either side, by Student's t distribution."""
    return float(stdtrit(degrees_of_freedom, (1 + CONFIDENCE_LEVEL) / 2))


def agresti_min_interval(
    only_first: float, only_second: float, n: float, quantile: float = _NORMAL_QUANTILE
) -> Interval:
    """Return Agresti and Min's interval of the difference of two proportions on the same cases.

    Half a case is added to each of the four cells, so the interval has a width even if the two never differ.

    Parameters
    ----------
    only_first, only_second
        The numbers of cases in which only one of the two is a success.
    n
        The number of cases.
    quantile
        As in `wilson_interval`.

    References
    ----------
    Agresti and Min (2005), Simple improved confidence intervals for comparing matched proportions, Statistics in
    Medicine 24, 729-740.

    Examples
    --------
    >>> agresti_min_interval(5, 1, 24)
    Interval(low=-0.0366..., high=0.3443...)
    """
    first, second, total = only_first + 0.5, only_second + 0.5, n + 2
    difference = (first - second) / total
    half_width = quantile * sqrt(max(0.0, first + second - (first - second) ** 2 / total)) / total
    return Interval(max(-1.0, difference - half_width), min(1.0, difference + half_width))
