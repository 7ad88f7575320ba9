"""95 % confidence intervals of proportions, accuracies, recalls and means, each with its source.

A score from cross-validation is less certain than the same score of a fixed model: with other labels, not only the test
items but the models, too, would have been different. `design_effect` says by how much. How often the intervals hold is
printed by `benchmarks/simulation.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaincinv, ndtri, stdtrit  # scipy.stats has them, too, but takes half a second to import

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    >>> effective_sample_size(np.array([1.0, 1.0, 1.0, 3.0]))
    3.0
    """
    return float(weights.sum() ** 2 / (weights @ weights))


def design_effect(n_folds: int | None) -> float:
    """Return the variance of a cross-validated score, relative to that of a fixed model on as many items.

    The models of all folds are trained on nearly the same labels and make similar errors. This adds n_test / n_train to
    the variance, relative to the variance over test items, by the estimate of Nadeau and Bengio. With k folds that is
    1 / (k - 1) beside the 1 / k of the test items, so that the variance is 1 + k / (k - 1) times as large. It cannot be
    estimated from the folds themselves (Bengio and Grandvalet). Repeats do not reduce it, because they test the same
    items with models trained on the same labels.

    Parameters
    ----------
    n_folds
        The number of folds; None for a system that is not trained on labels, such as a keyword rule.

    References
    ----------
    Nadeau and Bengio (2003), Inference for the generalization error, Machine Learning 52, 239-281. Bengio and
    Grandvalet (2004), No unbiased estimator of the variance of k-fold cross-validation, JMLR 5, 1089-1105.

    Examples
    --------
    >>> design_effect(10)
    2.1111...
    """
    return 1.0 if n_folds is None else 1.0 + n_folds / (n_folds - 1)


def accuracy_interval(accuracy: float, n: float, n_folds: int | None) -> Interval:
    """Return Wilson's interval of an accuracy, for the number of independent items.

    Parameters
    ----------
    accuracy
        The share of items predicted correctly.
    n
        The number of test items, or their `effective_sample_size` if they are weighted.
    n_folds
        As in `design_effect`.

    Examples
    --------
    >>> accuracy_interval(19 / 24, 24, n_folds=10)
    Interval(low=0.5010..., high=0.9349...)
    """
    n_independent = n / design_effect(n_folds)
    return wilson_interval(accuracy * n_independent, n_independent)


def accuracy_difference_interval(only_first: float, only_second: float, n: float, n_folds: int | None) -> Interval:
    """Return the interval of the accuracy of one system minus that of another on the same items.

    Parameters
    ----------
    only_first, only_second
        The shares of items that only one of the two systems predicted correctly.
    n, n_folds
        As in `accuracy_interval`.

    Examples
    --------
    >>> accuracy_difference_interval(5 / 24, 1 / 24, 24, n_folds=10)
    Interval(low=-0.1354..., high=0.4188...)
    """
    n_independent = n / design_effect(n_folds)
    return agresti_min_interval(only_first * n_independent, only_second * n_independent, n_independent)


def recall_interval(recall: float, n: float, n_folds: int | None) -> Interval:
    """Return the interval of the recall of a stance.

    The number of labels that a stance happens to have changes its recall, because a model that was trained on more of
    them predicts the stance more often. (It changes accuracy far less, which is near the maximum that the thresholds
    between stances allow.) So the variance of a recall is itself uncertain when labels are few, and Wilson's interval
    is computed with Student's t instead of the normal distribution. Below `MIN_LABELS_PER_STANCE` it is Clopper and
    Pearson's interval for the number of independent items, after Korn and Graubard.

    Parameters
    ----------
    recall
        The share of the stance's items that were predicted correctly.
    n
        The number of test items of the stance, or their `effective_sample_size` if they are weighted.
    n_folds
        As in `design_effect`.

    References
    ----------
    Korn and Graubard (1998), Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data, Survey Methodology 24, 193-201.

    Examples
    --------
    >>> recall_interval(9 / 12, 12, n_folds=10)
    Interval(low=0.2645..., high=0.9615...)
    """
    n_independent = n / design_effect(n_folds)
    if n < MIN_LABELS_PER_STANCE:
        return clopper_pearson_interval(recall * n_independent, n_independent)
    return wilson_interval(recall * n_independent, n_independent, t_quantile(n_independent - 1))


def t_quantile(degrees_of_freedom: float) -> float:
    """Return how many estimated standard errors an interval extends to either side, by Student's t distribution."""
    return float(stdtrit(degrees_of_freedom, (1 + CONFIDENCE_LEVEL) / 2))


def agresti_min_interval(only_first: float, only_second: float, n: float) -> Interval:
    """Return Agresti and Min's interval of the difference of two proportions on the same cases.

    Half a case is added to each of the four cells, so the interval has a width even if the two never differ.

    Parameters
    ----------
    only_first, only_second
        The numbers of cases in which only one of the two is a success.
    n
        The number of cases.

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
    half_width = _NORMAL_QUANTILE * sqrt(max(0.0, first + second - (first - second) ** 2 / total)) / total
    return Interval(max(-1.0, difference - half_width), min(1.0, difference + half_width))


def grouped_mean_interval(totals: Sequence[float], sizes: Sequence[float]) -> Interval:
    """Return the interval of a mean over cases in groups, such as comments under articles.

    If all groups have the same size, it is Student's interval of the mean over groups. Otherwise the mean is the ratio
    of totals to sizes, and its variance comes from the residuals of the totals.

    Parameters
    ----------
    totals
        The sum over the cases of each group.
    sizes
        The number of cases of each group, or the sum of their weights.

    References
    ----------
    Cochran (1977), Sampling techniques, third edition, chapter 9A.

    Examples
    --------
    >>> grouped_mean_interval([5, 6, 7, 8, 9], [10] * 5)
    Interval(low=0.5036..., high=0.8963...)
    """
    total, size = np.asarray(totals, dtype=np.float64), np.asarray(sizes, dtype=np.float64)
    n_groups, mean = len(size), float(total.sum() / size.sum())
    residual_sum = float(((total - mean * size) ** 2).sum())
    standard_error = sqrt(residual_sum * n_groups / (n_groups - 1)) / float(size.sum())
    half_width = t_quantile(n_groups - 1) * standard_error
    return Interval(max(-1.0 if total.min() < 0 else 0.0, mean - half_width), min(1.0, mean + half_width))
