"""95 % confidence intervals of the scores of out-of-fold predictions, for items in groups that are not independent.

The intervals are about the model that is written, on further comments under the same articles. Variances are summed
over the groups that folds respect, such as the comments of one author. They are then multiplied by a factor, since the
models of folds are not the written one, and with other labels all of them would have been others. Nadeau and Bengio
(2003, Inference for the generalization error, Machine Learning 52, 239-281) estimate it as 1 + k / (k - 1) for the
expected score of training on other labels with k folds, which is 2.1 for ten. Bayle, Bayle, Janson and Mackey (2020,
Cross-validation confidence intervals for test error, NeurIPS) show that none is needed if training is stable enough.
The factor used here was chosen by `benchmarks/simulation.py`, which prints how often the intervals hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stance.metrics.intervals import (
    MIN_LABELS_PER_STANCE,
    Interval,
    agresti_min_interval,
    clopper_pearson_interval,
    effective_sample_size,
    t_quantile,
    wilson_interval,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

TRAINING_FACTOR = 1.25
"""The variance of a score of cross-validation around that of the written model, relative to that of a fixed model."""

NEW_GROUPS_FACTOR = 1.5
"""The same for items of groups that were not trained on, which are less like those that were (other_articles.py)."""


@dataclass(frozen=True)
class IndependentItems:
    """As many independent items as are as informative as some items in groups.

    Attributes
    ----------
    n
        Their number.
    n_groups
        The number of groups.
    """

    n: float
    n_groups: int

    @property
    def quantile(self) -> float:
        """How many standard errors an interval extends to either side."""
        return t_quantile(max(1, self.n_groups - 1))


def procedure_variance_factor(n_folds: int) -> float:
    """Return the variance of a score of cross-validation around the expected score of training on other labels.

    It is relative to the variance of a fixed model, by the estimate of Nadeau and Bengio. Repeats do not reduce it,
    because they test the same items with models trained on the same labels.

    Examples
    --------
    >>> procedure_variance_factor(10)
    2.1111...
    """
    return 1 + n_folds / (n_folds - 1)


def count_independent_items(
    residuals: NDArray[np.float64], weights: NDArray[np.float64], groups: NDArray[np.int64]
) -> IndependentItems:
    """Return how many independent items of equal weight would give the same variance of a weighted mean.

    The variance is summed over groups, with each group's residuals scaled as if it were left out (delete-one-group
    jackknife), and never less than if all items were independent.

    Parameters
    ----------
    residuals
        The differences of the items from their mean, of shape (n_items,).
    weights
        The weights of the items, of shape (n_items,).
    groups
        The group of each item, of shape (n_items,); items of different groups are independent.

    References
    ----------
    Bell and McCaffrey (2002), Bias reduction in standard errors for linear regression with multi-stage samples, Survey
    Methodology 28, 169-181. Cameron and Miller (2015), A practitioner's guide to cluster-robust inference, Journal of
    Human Resources 50, 317-372.

    Examples
    --------
    >>> residuals, weights = np.array([0.5, 0.5, -0.5, -0.5]), np.ones(4)
    >>> count_independent_items(residuals, weights, np.array([0, 1, 2, 3]))
    IndependentItems(n=4.0, n_groups=4)
    >>> count_independent_items(residuals, weights, np.array([0, 0, 1, 1]))
    IndependentItems(n=1.3333..., n_groups=2)
    """
    n_groups = len(np.unique(groups))
    if n_groups == 1:
        return IndependentItems(1.0, 1)
    by_group, by_item = _compare_variances(residuals, weights, groups)
    return IndependentItems(effective_sample_size(weights) / max(1.0, by_group / by_item if by_item else 1.0), n_groups)


def _compare_variances(
    residuals: NDArray[np.float64], weights: NDArray[np.float64], groups: NDArray[np.int64]
) -> tuple[float, float]:
    """Return the variance of the weighted sum of residuals, for items in groups and for independent items."""
    totals = (residuals * weights)[:, None]
    by_group, by_item = (
        float(sum_jackknife_squares(totals, weights, codes).sum()) for codes in (groups, np.arange(len(weights)))
    )
    return by_group, by_item


def sum_jackknife_squares(
    totals: NDArray[np.float64], weights: NDArray[np.float64], groups: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the square of the sum over each group, scaled as if the group were left out; their sum is a variance.

    Parameters
    ----------
    totals
        What is summed, such as weighted residuals, of shape (n_items, n_repeats); squares are averaged over repeats.
    weights, groups
        As in `count_independent_items`.

    Returns
    -------
    ndarray of shape (n_groups,)
    """
    codes = np.unique(groups, return_inverse=True)[1]
    weight = np.bincount(codes, weights)
    n_groups = len(weight)
    sums = np.zeros((n_groups, totals.shape[1]))
    np.add.at(sums, codes, totals)
    # A group that is nearly all there is has no others to compare it with.
    share_of_others = np.maximum(1 - weight / weight.sum(), 1 / len(codes))
    squares: NDArray[np.float64] = (sums**2).mean(axis=1) / share_of_others**2
    return squares * max(1, n_groups - 1) / n_groups


def accuracy_interval(
    correct: NDArray[np.float64],
    weights: NDArray[np.float64],
    groups: NDArray[np.int64],
    *,
    variance_factor: float = TRAINING_FACTOR,
) -> Interval:
    """Return Wilson's interval of an accuracy, for the number of independent items, with Student's t.

    Parameters
    ----------
    correct
        The share of repeats in which each item was predicted correctly, of shape (n_items,).
    weights, groups
        As in `count_independent_items`.
    variance_factor
        The variance relative to that of a fixed system, such as 1 for one that was not trained on labels.

    Examples
    --------
    >>> correct = np.array([1.0] * 19 + [0.0] * 5)
    >>> accuracy_interval(correct, np.ones(24), np.arange(24))
    Interval(low=0.55..., high=0.91...)
    >>> accuracy_interval(correct, np.ones(24), np.arange(24) // 4)  # six authors with four comments each
    Interval(low=0.2..., high=0.9...)
    """
    independent = _count_independent_shares(correct, weights, groups)
    n = independent.n / variance_factor
    return wilson_interval(float(np.average(correct, weights=weights)) * n, n, independent.quantile)


def accuracy_difference_interval(
    first: NDArray[np.bool_],
    second: NDArray[np.bool_],
    weights: NDArray[np.float64],
    groups: NDArray[np.int64],
    *,
    variance_factor: float = TRAINING_FACTOR,
) -> Interval:
    """Return the interval of the accuracy of one system minus that of another on the same items.

    Parameters
    ----------
    first, second
        Whether each item was predicted correctly in each repeat, of shape (n_items, n_repeats).
    weights, groups
        As in `count_independent_items`.
    variance_factor
        The variance relative to that of a fixed system, such as 1 for one that was not trained on labels.

    Examples
    --------
    >>> first = np.array([[True]] * 20 + [[False]] * 4)
    >>> second = np.array([[True]] * 15 + [[False]] * 8 + [[True]])
    >>> accuracy_difference_interval(first, second, np.ones(24), np.arange(24))
    Interval(low=-0.0..., high=0.3...)
    """
    gain = first.mean(axis=1) - second.mean(axis=1)
    independent = count_independent_items(gain - np.average(gain, weights=weights), weights, groups)
    n = independent.n / variance_factor
    only_first, only_second = (
        float(np.average((one & ~other).mean(axis=1), weights=weights))
        for one, other in ((first, second), (second, first))
    )
    return agresti_min_interval(only_first * n, only_second * n, n, independent.quantile)


def recall_interval(
    hits: NDArray[np.float64],
    weights: NDArray[np.float64],
    groups: NDArray[np.int64],
    *,
    variance_factor: float = TRAINING_FACTOR,
) -> Interval:
    """Return the interval of the recall of a stance.

    The number of labels that a stance happens to have changes its recall, because a model that was trained on more of
    them predicts the stance more often. So the variance of a recall is itself uncertain when labels are few, and
    Student's t has no more degrees of freedom than there are independent items. Below `MIN_LABELS_PER_STANCE` it is
    Clopper and Pearson's interval for the number of independent items, after Korn and Graubard.

    Parameters
    ----------
    hits
        The share of repeats in which each item of the stance was predicted correctly, of shape (n_items,).
    weights, groups
        As in `count_independent_items`.
    variance_factor
        The variance relative to that of a fixed system, such as 1 for one that was not trained on labels.

    References
    ----------
    Korn and Graubard (1998), Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data, Survey Methodology 24, 193-201.

    Examples
    --------
    >>> recall_interval(np.array([1.0] * 9 + [0.0] * 3), np.ones(12), np.arange(12))
    Interval(low=0.3..., high=0.9...)
    """
    independent = _count_independent_shares(hits, weights, groups)
    n = independent.n / variance_factor
    successes = float(np.average(hits, weights=weights)) * n
    if effective_sample_size(weights) < MIN_LABELS_PER_STANCE:
        return clopper_pearson_interval(successes, n)
    return wilson_interval(successes, n, t_quantile(max(1.0, min(n, independent.n_groups) - 1)))


def new_groups_interval(
    values: NDArray[np.float64], weights: NDArray[np.float64], groups: NDArray[np.int64]
) -> Interval:
    """Return the interval of a mean over items of groups that were not trained on, such as comments on other articles.

    The groups are a sample of those that may come, so it is Student's interval over groups, each weighted by its items.
    The mean is a ratio of sums, whose variance is that of the delete-one-group jackknife, but not less than if all
    items were independent.

    Parameters
    ----------
    values
        A value of each item, such as whether it was predicted correctly, of shape (n_items,).
    weights, groups
        As in `count_independent_items`.

    References
    ----------
    Cochran (1977), Sampling techniques, third edition, chapter 6 (ratio estimators).

    Examples
    --------
    >>> correct = np.repeat([1.0, 0.0] * 5, [5, 5, 6, 4, 7, 3, 8, 2, 9, 1])  # 5 to 9 of 10 under five articles
    >>> new_groups_interval(correct, np.ones(50), np.arange(50) // 10)
    Interval(low=0.4..., high=0.9...)
    """
    mean = float(np.average(values, weights=weights))
    variance = max(_compare_variances(values - mean, weights, groups)) * NEW_GROUPS_FACTOR
    standard_error = float(np.sqrt(variance)) / float(weights.sum())
    half_width = t_quantile(max(1, len(np.unique(groups)) - 1)) * standard_error
    return Interval(max(-1.0 if values.min() < 0 else 0.0, mean - half_width), min(1.0, mean + half_width))


def _count_independent_shares(
    shares: NDArray[np.float64], weights: NDArray[np.float64], groups: NDArray[np.int64]
) -> IndependentItems:
    """Return the number of independent items of a mean of shares; two successes and two failures keep it above zero."""
    mean_weight = float(weights.mean())
    smoothed = (float(weights @ shares) + 2 * mean_weight) / (float(weights.sum()) + 4 * mean_weight)
    return count_independent_items(shares - smoothed, weights, groups)
