"""95 % confidence intervals, each with its source.

A figure from cross-validation is less sure than the same figure of a fixed model: other labels would have made other
test items, and other models too. `design_effect` says by how much. `benchmarks/simulation.py` shows what then holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaincinv, ndtri, stdtrit  # scipy.stats has the same, and takes half a second to load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CONFIDENCE_LEVEL = 0.95
_NORMAL_QUANTILE = float(ndtri((1 + CONFIDENCE_LEVEL) / 2))

MIN_LABELS_PER_STANCE = 10
"""Below this many labels of a stance its recall has the interval for few cases."""


@dataclass(frozen=True)
class Interval:
    """The two ends of a confidence interval."""

    low: float
    high: float


def wilson_interval(successes: float, n: float, quantile: float = _NORMAL_QUANTILE) -> Interval:
    """Interval of a proportion; `successes` may be a mean over repeats and need not be whole.

    Parameters
    ----------
    successes, n
        How many of how many cases; fewer than there are where they count for fewer independent ones.
    quantile
        How many standard errors to go each way: the normal distribution's unless given.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22, 209-212.

    >>> wilson_interval(19, 24)
    Interval(low=0.5952..., high=0.9075...)
    """
    share = successes / n
    centre = (share + quantile**2 / (2 * n)) / (1 + quantile**2 / n)
    half = quantile / (1 + quantile**2 / n) * sqrt(max(0.0, share * (1 - share)) / n + quantile**2 / (4 * n**2))
    # The share lies inside but for rounding.
    return Interval(max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half)))


def clopper_pearson_interval(successes: float, n: float) -> Interval:
    """Interval of a proportion that covers at any n, for few cases.

    Clopper and Pearson (1934), The use of confidence or fiducial limits, Biometrika 26, 404-413.

    >>> clopper_pearson_interval(2, 2)
    Interval(low=0.1581..., high=1.0)
    """
    tail = (1 - CONFIDENCE_LEVEL) / 2
    low = float(betaincinv(successes, n - successes + 1, tail)) if successes > 0 else 0.0
    high = float(betaincinv(successes + 1, n - successes, 1 - tail)) if successes < n else 1.0
    return Interval(low, high)


def effective_sample_size(weights: NDArray[np.float64]) -> float:
    """Give how many items of equal weight say as much as items of these weights, of shape (n,).

    Kish (1965), Survey sampling.

    >>> effective_sample_size(np.array([1.0, 1.0, 1.0, 3.0]))
    3.0
    """
    return float(weights.sum() ** 2 / (weights @ weights))


def design_effect(n_folds: int | None) -> float:
    """Give how many times the variance of a figure is that of a fixed model's figure on as many items.

    The models of all folds learnt from nearly the same labels and err together. What this adds is taken to be the
    n_test / n_train of Nadeau and Bengio (2003), Inference for the generalization error, Machine Learning 52, 239-281:
    with k folds 1 / (k - 1) beside the 1 / k of the test items. So the variance is 1 + k / (k - 1) times as large.
    It cannot be estimated from the folds themselves (Bengio and Grandvalet 2004, No unbiased estimator of the variance
    of k-fold cross-validation, JMLR 5, 1089-1105). Repeats test the same items by models of the same labels, so they
    make nothing surer here.

    Parameters
    ----------
    n_folds
        The number of folds; None for what has learnt nothing from the labels, such as a keyword rule.

    >>> design_effect(10)
    2.1111...
    """
    return 1.0 if n_folds is None else 1.0 + n_folds / (n_folds - 1)


def accuracy_interval(share: float, n: float, n_folds: int | None) -> Interval:
    """Interval of the share of items answered right: Wilson's, at as many independent items as there are.

    Parameters
    ----------
    share
        The accuracy.
    n
        How many items were tested; their `effective_sample_size` where they have weights.
    n_folds
        As in `design_effect`.

    >>> accuracy_interval(19 / 24, 24, folds=10)
    Interval(low=0.5010..., high=0.9349...)
    """
    independent = n / design_effect(n_folds)
    return wilson_interval(share * independent, independent)


def accuracy_difference_interval(only_first: float, only_second: float, n: float, n_folds: int | None) -> Interval:
    """Interval of how far one system's accuracy is ahead of another's on the same items: Agresti and Min's.

    Parameters
    ----------
    only_first, only_second
        The shares of items that just one of the two got right.
    n, n_folds
        As in `accuracy_interval`.

    >>> accuracy_difference_interval(5 / 24, 1 / 24, 24, folds=10)
    Interval(low=-0.1354..., high=0.4188...)
    """
    independent = n / design_effect(n_folds)
    return agresti_min_interval(only_first * independent, only_second * independent, independent)


def recall_interval(share: float, n: float, n_folds: int | None) -> Interval:
    """Interval of the share of a stance's items that were found.

    How many labels a stance happens to get moves its recall, since a model that saw a stance oftener gives it oftener.
    (It moves accuracy far less, which is about as high as the thresholds between stances can make it.) So the spread of
    a recall is uncertain, too, where labels are few: Student's t stands in Wilson's interval for the normal
    distribution. Below `MIN_LABELS_PER_STANCE` it is Clopper and Pearson's interval at as many independent items
    as there are, after Korn and Graubard (1998), Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data, Survey Methodology 24, 193-201.

    Parameters
    ----------
    share
        The recall.
    n
        How many items of the stance were tested; their `effective_sample_size` where they have weights.
    n_folds
        As in `design_effect`.

    >>> recall_interval(9 / 12, 12, folds=10)
    Interval(low=0.2645..., high=0.9615...)
    """
    independent = n / design_effect(n_folds)
    if n < MIN_LABELS_PER_STANCE:
        return clopper_pearson_interval(share * independent, independent)
    return wilson_interval(share * independent, independent, t_quantile(independent - 1))


def t_quantile(degrees_of_freedom: float) -> float:
    """Give how many standard errors an interval goes each way if their size was estimated."""
    return float(stdtrit(degrees_of_freedom, (1 + CONFIDENCE_LEVEL) / 2))


def agresti_min_interval(only_first: float, only_second: float, n: float) -> Interval:
    """Interval of the difference of two proportions on the same cases.

    `only_first` and `only_second` count the cases that just one of the two got right. It has a width even where the two
    never differ. Agresti and Min (2005), Simple improved confidence intervals for comparing matched proportions,
    Statistics in Medicine 24, 729-740 (half a case added to each of the four cells).

    >>> agresti_min_interval(5, 1, 24)
    Interval(low=-0.0366..., high=0.3443...)
    """
    first, second, total = only_first + 0.5, only_second + 0.5, n + 2
    difference = (first - second) / total
    half = _NORMAL_QUANTILE * sqrt(max(0.0, first + second - (first - second) ** 2 / total)) / total
    return Interval(max(-1.0, difference - half), min(1.0, difference + half))


def grouped_mean_interval(totals: Sequence[float], sizes: Sequence[int]) -> Interval:
    """Interval of a mean over cases that come in groups, such as comments under articles.

    With groups of one size this is Student's interval of the mean over groups; else the ratio of the groups' totals to
    their sizes, its variance from how far each total is from what the ratio makes of the group's size.
    Cochran (1977), Sampling techniques, third edition, chapter 9A.

    >>> grouped_mean_interval([5, 6, 7, 8, 9], [10] * 5)
    Interval(low=0.5036..., high=0.8963...)
    """
    of_group, size = np.asarray(totals, dtype=np.float64), np.asarray(sizes, dtype=np.float64)
    m, mean = len(size), float(of_group.sum() / size.sum())
    spread = sqrt(float(((of_group - mean * size) ** 2).sum()) * m / (m - 1)) / float(size.sum())
    half = t_quantile(m - 1) * spread
    return Interval(max(-1.0 if of_group.min() < 0 else 0.0, mean - half), min(1.0, mean + half))
