"""Mean F1 over stances (macro F1, F_avg) of out-of-fold predictions, and its 95 % interval.

In all functions, `truth` of shape (n_items,) is the stance of each item, `predicted` of shape (n_items, n_repeats) the
predicted ones, and `weights` of shape (n_items,) the weight of each item, 1 on average. A prediction that is not a
stance, such as `cannot-tell`, is a miss of the true stance. The mean is over the stances that have an item.

The interval is that of the expected score of the training procedure with this number of labels. It is Wilson's interval
of the proportion with the variance computed here, which consists of:

- the variance over groups of test items, by the delta method, with two items added to each stance;
- a factor for the variance over training labels, `score_intervals.TRAINING_FACTOR`;
- the uncertainty of the variance itself, by Student's t;
- an allowance for stances without any item, which are assumed never to be predicted correctly at the lower limit.

Sources, reasons and limits: docs/explanation/decisions/macro-f1-intervals.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stance.metrics.intervals import Interval, t_quantile, wilson_interval
from stance.metrics.score_intervals import TRAINING_FACTOR, sum_jackknife_squares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# The smallest variance of the variance, relative to its square, which occurs if all items have the same influence. The
# degrees of freedom are then 2 divided by it, enough for the quantile of a known variance.
_MIN_RELATIVE_VARIANCE = 1e-6
_TINY = 1e-12


def mean_f1(
    truth: NDArray[np.object_],
    predicted: NDArray[np.object_],
    weights: NDArray[np.float64] | None = None,
    stances: Sequence[str] | None = None,
) -> float:
    """Return the mean of F1 = 2 TP / (2 TP + FP + FN) over stances, computed per repeat and averaged over repeats.

    Parameters
    ----------
    truth, predicted
        As described above.
    weights
        As described above; all items weigh the same by default.
    stances
        The stances to average over, for instance favour and against only (F_avg of Mohammad et al.); all by default.
        Stances without an item are left out.

    References
    ----------
    Mohammad, Kiritchenko, Sobhani, Zhu and Cherry (2016), SemEval-2016 Task 6: Detecting stance in tweets, SemEval.

    Examples
    --------
    >>> truth = np.array(["for", "for", "against", "none"], dtype=object)
    >>> mean_f1(truth, np.array([["for"], ["against"], ["against"], ["for"]], dtype=object))
    0.3888...
    """
    weights = np.ones(len(truth)) if weights is None else weights
    scores = []
    for stance in _find_tested_stances(truth, stances):
        is_true, is_predicted = truth == stance, predicted == stance
        true_positives = weights @ (is_predicted & is_true[:, None])
        scores.append(2 * true_positives / (weights @ is_predicted + weights @ is_true))
    return float(np.mean(scores))


def mean_f1_interval(
    truth: NDArray[np.object_],
    predicted: NDArray[np.object_],
    weights: NDArray[np.float64] | None = None,
    stances: Sequence[str] | None = None,
    *,
    groups: NDArray[np.int64] | None = None,
    variance_factor: float = TRAINING_FACTOR,
) -> Interval:
    """Return the interval of `mean_f1`.

    Parameters
    ----------
    truth, predicted, weights
        As in `mean_f1`.
    stances
        As in `mean_f1`. Pass all stances to allow for those without an item; by default there are no others.
    groups
        The group of each item, of shape (n_items,); by default each item is a group of its own.
    variance_factor
        The variance relative to that of a fixed system, such as 1 for one that was not trained on labels.
    """
    value, tested = mean_f1(truth, predicted, weights, stances), _find_tested_stances(truth, stances)
    uncertainty = _estimate_uncertainty(truth, [predicted], weights, tested, groups)
    mean = uncertainty.smoothed_mean
    # The number of independent items for which the variance of a proportion is this variance.
    n_independent = mean * (1 - mean) / (uncertainty.variance * variance_factor)
    interval = wilson_interval(value * n_independent, n_independent, uncertainty.quantile)
    return _widen_for_unsampled_stances(interval, tested, stances)


def mean_f1_difference_interval(
    truth: NDArray[np.object_],
    first: NDArray[np.object_],
    second: NDArray[np.object_],
    weights: NDArray[np.float64] | None = None,
    stances: Sequence[str] | None = None,
    *,
    groups: NDArray[np.int64] | None = None,
    variance_factor: float = TRAINING_FACTOR,
) -> Interval:
    """Return the interval of the `mean_f1` of one system minus that of another on the same items.

    Parameters
    ----------
    truth, weights
        As in `mean_f1`.
    first, second
        The predictions of each system, of shape (n_items, n_repeats).
    stances, groups, variance_factor
        As in `mean_f1_interval`.
    """
    value = mean_f1(truth, first, weights, stances) - mean_f1(truth, second, weights, stances)
    tested = _find_tested_stances(truth, stances)
    uncertainty = _estimate_uncertainty(truth, [first, second], weights, tested, groups)
    half_width = uncertainty.quantile * float(np.sqrt(uncertainty.variance * variance_factor))
    interval = Interval(max(-1.0, value - half_width), min(1.0, value + half_width))
    return _widen_for_unsampled_stances(interval, tested, stances)


@dataclass(frozen=True)
class _Uncertainty:
    """The uncertainty of a mean of F1, or of the difference of two, over test items.

    Attributes
    ----------
    variance
        The variance over test items.
    quantile
        How many standard errors the interval extends to either side.
    smoothed_mean
        The mean F1 of the first system, with the two items added to each stance.
    """

    variance: float
    quantile: float
    smoothed_mean: float


def _find_tested_stances(truth: NDArray[np.object_], stances: Sequence[str] | None) -> list[str]:
    """Return the stances to average over that have an item."""
    has_item = dict.fromkeys(truth.tolist())
    tested = [stance for stance in (has_item if stances is None else stances) if stance in has_item]
    if not tested:
        raise ValueError("none of the stances has an item")
    return tested


def _estimate_uncertainty(
    truth: NDArray[np.object_],
    predictions: Sequence[NDArray[np.object_]],
    weights: NDArray[np.float64] | None,
    stances: Sequence[str],
    groups: NDArray[np.int64] | None,
) -> _Uncertainty:
    """Compute the variance of the mean F1 of one system, or of the first system's minus the second's.

    Parameters
    ----------
    truth, weights
        As in `mean_f1`.
    predictions
        The predictions of one or two systems, each of shape (n_items, n_repeats).
    stances
        The stances to average over, which must have an item.
    groups
        As in `mean_f1_interval`.
    """
    n_items, n_stances, n_systems = len(truth), len(stances), len(predictions)
    weights = np.ones(n_items) if weights is None else weights / weights.mean()
    true, *predicted = (_encode_stances(names, stances) for names in (truth[:, None], *predictions))
    # Of the two items added to a stance, one is predicted correctly; the other is spread evenly over the wrong codes.
    added_codes = np.indices((n_stances, *[n_stances + 1] * n_systems)).reshape(1 + n_systems, -1)
    added_true, *added_predicted = added_codes
    is_correct = [codes == added_true for codes in added_predicted]
    added_weights = 2 * np.prod(np.where(is_correct, 1 / 2, 1 / (2 * n_stances)), axis=0)

    gradients, means = [], []
    for codes, added in zip(predicted, added_predicted, strict=True):
        counts = np.zeros((n_stances + 1, n_stances + 1))
        np.add.at(counts, (true, codes), weights[:, None] / codes.shape[1])
        np.add.at(counts, (added_true, added), added_weights)
        gradient, mean = _mean_f1_gradient(counts)
        gradients.append((gradient[true, codes], gradient[added_true, added]))
        means.append(mean)
    item_gradients, added_gradients = gradients[0] if n_systems == 1 else map(np.subtract, *gradients)
    influences = weights[:, None] * item_gradients
    item_variances = (influences**2).mean(axis=1)
    group_variances = item_variances
    if groups is not None:
        group_variances = sum_jackknife_squares(influences, weights, groups)
        independent = sum_jackknife_squares(influences, weights, np.arange(n_items)).sum()
        ratio = max(1.0, group_variances.sum() / independent) if independent else 1.0
        group_variances = group_variances * (ratio * item_variances.sum() / max(group_variances.sum(), _TINY))
    variance = group_variances.sum() + added_weights @ added_gradients**2
    # Satterthwaite: twice the squared variance, divided by the variance of the variance, without the added items.
    n_groups = len(group_variances)
    variance_of_variance = group_variances @ group_variances - group_variances.sum() ** 2 / n_groups
    degrees_of_freedom = 2 * variance**2 / max(variance_of_variance, _MIN_RELATIVE_VARIANCE * variance**2)
    if n_groups < n_items:
        degrees_of_freedom = min(degrees_of_freedom, max(1.0, n_groups - 1.0))
    return _Uncertainty(float(variance), t_quantile(float(degrees_of_freedom)), means[0])


def _encode_stances(names: NDArray[np.object_], stances: Sequence[str]) -> NDArray[np.int64]:
    """Return the index of each stance, and len(stances) for everything else."""
    codes = np.full(names.shape, len(stances), dtype=np.int64)
    for code, stance in enumerate(stances):
        codes[names == stance] = code
    return codes


def _mean_f1_gradient(counts: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return the derivative of the mean F1 with respect to the confusion matrix, and the mean F1.

    F1 of a stance is 2 TP / D with D = 2 TP + FP + FN, so each item of the stance adds one to D, and so does each
    prediction of it.

    Parameters
    ----------
    counts
        The confusion matrix, with the true stance in rows; the last row and column are not a stance.
    """
    n_stances = len(counts) - 1
    denominators = (counts.sum(axis=0) + counts.sum(axis=1))[:n_stances]
    f1 = 2 * np.diag(counts)[:n_stances] / denominators
    loss = np.append(f1 / denominators, 0.0) / n_stances
    gain = np.append(2 / denominators, 0.0) / n_stances
    gradient: NDArray[np.float64] = np.diag(gain) - loss[:, None] - loss
    return gradient, float(f1.mean())


def _widen_for_unsampled_stances(interval: Interval, tested: Sequence[str], stances: Sequence[str] | None) -> Interval:
    """Widen an interval for stances without an item, whose F1 may be 0 or that of the other stances."""
    share = len(tested) / len(tested if stances is None else stances)
    return Interval(min(interval.low, share * interval.low), max(interval.high, share * interval.high))
