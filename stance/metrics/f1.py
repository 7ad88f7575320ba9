"""The mean of stances' F1 from out-of-fold answers, and how sure it is.

Arrays are over items. `truth` of shape (n,) is the stance of each, `predicted` of shape (n, repeats) what it was taken
for, `weight` of shape (n,) how much each counts, with a mean of 1. An answer that is no stance is a miss of the
true one.

The mean is over the stances that have an item. Its interval is for the expected score of the procedure at this number
of labels, and is made of these parts, none of which was fitted to anything:

- Which items were tested. To first order the mean moves, item by item, by its derivative with respect to the counts of
  true and given answers: the delta method, as in Takahashi, Yamamoto, Kuchiba and Koyama (2022), Confidence interval
  for micro-averaged F1 and macro-averaged F1 scores, Applied Intelligence 52, 4961-4972.
- Few items of a stance. A stance of which all or none were found would seem to have no variance. So each stance gets
  one more item that is found and one that is not, taken for any other answer alike, where the derivatives and the
  variance are computed; the figure itself has no part in that. Agresti and Caffo (2000), Simple and effective
  confidence intervals for proportions and differences of proportions result from adding two successes and two failures,
  The American Statistician 54, 280-288, give as much to each of the proportions they compare. Two systems answer the
  items given to them each by itself. Were they to answer alike, but for one item as in `intervals.agresti_min`, the
  difference would be a third surer at 24 labels, and hold in 86 of 100 runs where a stance of one or two labels is
  easily told: no fold can learn it from itself.
- Which labels were learnt from: `intervals.design_effect`. Repeats are no further items: the variance is that of one.
- A variance that hangs on few items is itself uncertain: Student's t, with the degrees of freedom of Satterthwaite
  (1946), An approximate distribution of estimates of variance components, Biometrics Bulletin 2, 110-114.
- Stances of which no item was drawn may exist all the same: those named are never found at the lower end.

The interval is Wilson's for the proportion that has this variance, so it ends at 0 and 1, and is longer on the side of
one half. That the folds learn from fewer labels than there are has no part of its own: it cost .01 of macro F1 at 1,000
labels in `benchmarks/simulation.py`, a sixth of half the interval. It shrinks more slowly than the interval, so with
tens of thousands of labels expect the truth in the upper half.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stance.metrics.intervals import Interval, design_effect, t_quantile, wilson_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Degrees of freedom beyond 2 over this are no different from a known variance; all items may say the same.
_MIN_RELATIVE_VARIANCE = 1e-6


def mean_f1(
    truth: NDArray[np.object_],
    predicted: NDArray[np.object_],
    weights: NDArray[np.float64] | None = None,
    stances: Sequence[str] | None = None,
) -> float:
    """Give the mean of F1 = 2 TP / (2 TP + FP + FN) over stances, computed in each repeat and averaged over repeats.

    Parameters
    ----------
    truth, predicted, weights
        As above; all items count alike unless weights are given.
    stances
        Which stances to average over, for instance favour and against only; all unless given. Those without an item
        are left out.

    >>> truth = np.array(["for", "for", "against", "none"], dtype=object)
    >>> mean_f1(truth, np.array([["for"], ["against"], ["against"], ["for"]], dtype=object))
    0.3888...
    """
    weights = np.ones(len(truth)) if weights is None else weights
    scores = []
    for stance in _find_tested_stances(truth, stances):
        true, answered = truth == stance, predicted == stance
        hits = weights @ (answered & true[:, None])
        scores.append(2 * hits / (weights @ answered + weights @ true))
    return float(np.mean(scores))


def mean_f1_interval(
    truth: NDArray[np.object_],
    predicted: NDArray[np.object_],
    n_folds: int | None,
    weights: NDArray[np.float64] | None = None,
    stances: Sequence[str] | None = None,
) -> Interval:
    """Interval of `mean_f1`.

    Parameters
    ----------
    truth, predicted, weights
        As above.
    n_folds
        The number of folds; None for what has learnt nothing from the labels.
    stances
        As in `mean_f1`. Name all there are, and those without an item are allowed for; unless given there are no more.
    """
    value, tested = mean_f1(truth, predicted, weights, stances), _find_tested_stances(truth, stances)
    spread = _estimate_uncertainty(truth, [predicted], weights, tested)
    # The proportion, on as many independent items as give it this variance.
    independent = spread.smoothed_mean * (1 - spread.smoothed_mean) / (spread.variance * design_effect(n_folds))
    return _widen_for_unsampled_stances(
        wilson_interval(value * independent, independent, spread.quantile), tested, stances
    )


def mean_f1_difference_interval(
    truth: NDArray[np.object_],
    first: NDArray[np.object_],
    second: NDArray[np.object_],
    n_folds: int | None,
    weights: NDArray[np.float64] | None = None,
    stances: Sequence[str] | None = None,
) -> Interval:
    """Interval of how far the `mean_f1` of one system is ahead of another's on the same items.

    Parameters
    ----------
    truth, weights
        As above.
    first, second
        What either system took each item for in each repeat, of shape (n, repeats).
    n_folds, stances
        As in `mean_f1_interval`.
    """
    value = mean_f1(truth, first, weights, stances) - mean_f1(truth, second, weights, stances)
    tested = _find_tested_stances(truth, stances)
    spread = _estimate_uncertainty(truth, [first, second], weights, tested)
    half = spread.quantile * float(np.sqrt(spread.variance * design_effect(n_folds)))
    return _widen_for_unsampled_stances(Interval(max(-1.0, value - half), min(1.0, value + half)), tested, stances)


def find_f_avg_stances(stances: Sequence[str]) -> tuple[str, ...]:
    """Name the stances that F_avg is the mean of: for and against, if they are called so.

    Mohammad, Kiritchenko, Sobhani, Zhu and Cherry (2016), SemEval-2016 Task 6: Detecting stance in tweets, SemEval.

    >>> find_f_avg_stances(["AGAINST", "FAVOR", "NONE"])
    ('FAVOR', 'AGAINST')
    >>> find_f_avg_stances(["pro-ukraine", "anti-csto"])
    ()
    """
    called = {stance.casefold(): stance for stance in stances}
    favour = next((called[name] for name in ("favor", "favour", "for") if name in called), None)
    return (favour, called["against"]) if favour is not None and "against" in called else ()


@dataclass(frozen=True)
class _Uncertainty:
    """How uncertain a mean of F1, or a difference of two, is for the items that were tested.

    `smoothed_mean` is the mean itself, of the first system, with the two items that each stance is given.
    """

    variance: float
    quantile: float
    smoothed_mean: float


def _find_tested_stances(truth: NDArray[np.object_], stances: Sequence[str] | None) -> list[str]:
    """List the stances to average over that have an item."""
    has_item = dict.fromkeys(truth.tolist())
    tested = [stance for stance in (has_item if stances is None else stances) if stance in has_item]
    if not tested:
        raise ValueError("there is no item of any of the stances")
    return tested


def _estimate_uncertainty(
    truth: NDArray[np.object_],
    predictions: Sequence[NDArray[np.object_]],
    weights: NDArray[np.float64] | None,
    stances: Sequence[str],
) -> _Uncertainty:
    """Compute the variance of the mean of F1 of one system, or of the first's less the second's."""
    n, k = len(truth), len(stances)
    weights = np.ones(n) if weights is None else weights / weights.mean()
    true, *answers = (_encode_stances(names, stances) for names in (truth[:, None], *predictions))
    # Of the two items given to a stance one is found, the other is taken for each other answer alike.
    given_true, *given_answers = np.indices((k, *[k + 1] * len(predictions))).reshape(1 + len(predictions), -1)
    found = [answer == given_true for answer in given_answers]
    given_weight = 2 * np.prod(np.where(found, 1 / 2, 1 / (2 * k)), axis=0)

    slopes, means = [], []
    for answer, given_answer in zip(answers, given_answers, strict=True):
        counts = np.zeros((k + 1, k + 1))
        np.add.at(counts, (true, answer), weights[:, None] / answer.shape[1])
        np.add.at(counts, (given_true, given_answer), given_weight)
        slope, mean = _mean_f1_gradient(counts)
        slopes.append((slope[true, answer], slope[given_true, given_answer]))
        means.append(mean)
    of_items, of_given = slopes[0] if len(slopes) == 1 else map(np.subtract, *slopes)
    of_items = weights**2 * (of_items**2).mean(axis=1)
    variance = of_items.sum() + given_weight @ of_given**2
    # Satterthwaite's: twice the variance squared, by the variance of the variance, in which what was given has no part.
    of_variance = of_items @ of_items - of_items.sum() ** 2 / n
    freedom = 2 * variance**2 / max(of_variance, _MIN_RELATIVE_VARIANCE * variance**2)
    return _Uncertainty(float(variance), t_quantile(float(freedom)), means[0])


def _encode_stances(names: NDArray[np.object_], stances: Sequence[str]) -> NDArray[np.int64]:
    """Turn stances into numbers, everything else into one more."""
    codes = np.full(names.shape, len(stances), dtype=np.int64)
    for code, stance in enumerate(stances):
        codes[names == stance] = code
    return codes


def _mean_f1_gradient(counts: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Derive the mean of F1 by counts of true and given answers, of which the last are no stances; and give that mean.

    F1 of a stance is 2 TP / D with D = 2 TP + FP + FN; one more item of the stance adds one to D, and so does one more
    such answer.
    """
    k = len(counts) - 1
    size = (counts.sum(axis=0) + counts.sum(axis=1))[:k]
    f1 = 2 * np.diag(counts)[:k] / size
    loss = np.append(f1 / size, 0.0) / k
    gain = np.append(2 / size, 0.0) / k
    slope: NDArray[np.float64] = np.diag(gain) - loss[:, None] - loss
    return slope, float(f1.mean())


def _widen_for_unsampled_stances(interval: Interval, tested: Sequence[str], stances: Sequence[str] | None) -> Interval:
    """Allow for stances without an item: their F1 may be as that of the others, or 0."""
    share = len(tested) / len(tested if stances is None else stances)
    return Interval(min(interval.low, share * interval.low), max(interval.high, share * interval.high))
