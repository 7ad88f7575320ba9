"""Agreement between annotators: observed agreement, Cohen's kappa and Krippendorff's alpha, with 95 % intervals.

All coefficients are computed from two or three sums per stance:

- `n_agreed`: for each label of the stance, the share of the item's other labels that are equal. These are the diagonal
  cells of Krippendorff's coincidence matrix.
- `n_labels`: the number of labels of the stance; for two annotators, the number of each of them.

Observed agreement is the sum of `n_agreed` divided by that of `n_labels`; for two annotators it is the share of items
they agree on. The agreement of a stance is the same for its labels alone: how often another annotator chose the stance,
given that one did. For two annotators it is 2 both / (first + second), which Cicchetti and Feinstein call positive and
negative agreement.

Kappa takes chance agreement to be that of annotators who assign stances at random, each with their own frequencies.
Alpha takes them to draw from the pooled labels without replacement. Neither is defined if all labels are of one stance.

The intervals are those of `bayesian_bootstrap`; the alternatives that were tried are in
docs/explanation/decisions/agreement-intervals.md.

References
----------
Cohen (1960), A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20, 37-46.
Krippendorff (2011), Computing Krippendorff's alpha-reliability, University of Pennsylvania. Cicchetti and Feinstein
(1990), High agreement but low kappa: II. Resolving the paradoxes, Journal of Clinical Epidemiology 43, 551-558.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from stance.metrics import bayesian_bootstrap
from stance.metrics.intervals import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

MISSING_LABEL = -1
_PAIR_SIZE = 2


@dataclass(frozen=True)
class Estimate:
    """A coefficient and its interval.

    Attributes
    ----------
    value
        The coefficient.
    interval
        Its 95 % interval.
    """

    value: float
    interval: Interval


@dataclass(frozen=True)
class Agreement:
    """The agreement of annotators on the items that at least two of them labelled.

    Attributes
    ----------
    n_items
        The number of these items.
    observed
        The observed agreement.
    kappa
        Cohen's kappa; None for more than two annotators, or if all labels are of one stance.
    alpha
        Krippendorff's alpha; None if all labels are of one stance.
    by_stance
        The agreement of each stance; None for a stance without a label.
    """

    n_items: int
    observed: Estimate
    kappa: Estimate | None
    alpha: Estimate | None
    by_stance: tuple[Estimate | None, ...]


def measure_agreement(
    codes: NDArray[np.int64],
    n_stances: int,
    clusters: NDArray[np.int64] | None = None,
    n_draws: int = bayesian_bootstrap.N_DRAWS,
) -> Agreement:
    """Compute agreement coefficients; neither the order of annotators nor that of stances matters.

    Parameters
    ----------
    codes
        The stance, from 0, that each annotator chose for each item, of shape (n_items, n_annotators); `MISSING_LABEL`
        where there is none. Items with fewer than two labels are ignored.
    n_stances
        The number of stances.
    clusters
        The independent unit that each item belongs to, of shape (n_items,), such as a comment that is labelled for
        several targets. By default each item is independent.
    n_draws
        The number of draws for the intervals.

    Raises
    ------
    ValueError
        No item has two labels.

    Examples
    --------
    >>> codes = np.array([[0, 0], [0, 0], [1, 1], [1, 0]])
    >>> measure_agreement(codes, n_stances=2).kappa.value
    0.5
    """
    has_two_labels = (codes != MISSING_LABEL).sum(axis=1) >= _PAIR_SIZE
    if not has_two_labels.any():
        raise ValueError("no item has two labels")
    codes = codes[has_two_labels]
    item_clusters = np.arange(len(codes)) if clusters is None else clusters[has_two_labels]
    is_pair = codes.shape[1] == _PAIR_SIZE
    used_stances = np.unique(codes[codes != MISSING_LABEL])
    n_counted = len(used_stances) + 1  # one stance without a label may exist
    cases = _sum_by_cluster(_item_sums(codes, np.append(used_stances, n_stances)), item_clusters)
    n_labels = int((codes != MISSING_LABEL).sum())

    def compute(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        return _compute_coefficients(sums.reshape(-1, n_counted, sums.shape[1]), n_labels, is_pair=is_pair)

    values = compute(cases.sum(axis=0)[:, None])[:, 0].tolist()
    imaginary_cases = _imaginary_cases(cases, n_counted, is_pair=is_pair)
    intervals = bayesian_bootstrap.bootstrap_intervals(cases, imaginary_cases, compute, n_draws)
    estimates = [_make_estimate(value, interval) for value, interval in zip(values, intervals, strict=True)]
    observed, kappa, alpha, *of_stances = estimates
    if observed is None:
        raise AssertionError  # observed agreement is always defined
    by_stance = dict(zip(used_stances.tolist(), of_stances[:-1], strict=True))
    return Agreement(len(codes), observed, kappa, alpha, tuple(by_stance.get(code) for code in range(n_stances)))


def _item_sums(codes: NDArray[np.int64], stances: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the summands of each item by stance: agreed labels, then labels; for a pair, those of each annotator."""
    is_label = (codes[:, :, None] == stances).astype(np.float64)
    n_labels = is_label.sum(axis=1)
    n_other_labels = n_labels.sum(axis=1, keepdims=True) - 1
    n_agreed = n_labels * (n_labels - 1) / n_other_labels
    label_sums = is_label if codes.shape[1] == _PAIR_SIZE else n_labels[:, None]
    return np.concatenate([n_agreed[:, None], label_sums], axis=1).reshape(len(codes), -1)


def _sum_by_cluster(item_sums: NDArray[np.float64], clusters: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum the items of each cluster, in the order of the clusters' first items."""
    _, first, inverse = np.unique(clusters, return_index=True, return_inverse=True)
    cluster_sums = np.zeros((len(first), item_sums.shape[1]))
    np.add.at(cluster_sums, inverse, item_sums)
    return cluster_sums[np.argsort(first)]


def _compute_coefficients(sums: NDArray[np.float64], n_labels: int, *, is_pair: bool) -> NDArray[np.float64]:
    """Compute observed agreement, kappa, alpha and the agreement of each stance.

    Parameters
    ----------
    sums
        Of shape (2 or 3, n_stances, n_draws): agreed labels, and labels; for a pair, the labels of each annotator.
    n_labels
        The number of labels in all.
    is_pair
        Whether there are two annotators.
    """
    n_agreed, n_of_stance = sums[0], sums[1:].sum(axis=0)
    total = n_of_stance.sum(axis=0)
    disagreement = (n_of_stance - n_agreed).sum(axis=0) / total
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled_chance = 1 - (n_of_stance**2).sum(axis=0) / total**2
        alpha = 1 - (1 - 1 / n_labels) * disagreement / pooled_chance
        pair_chance = 1 - (sums[1] * sums[-1]).sum(axis=0) / (total / 2) ** 2
        kappa = 1 - disagreement / pair_chance if is_pair else np.full(len(total), np.nan)
        by_stance = n_agreed / n_of_stance
    return np.vstack([1 - disagreement, kappa, alpha, by_stance])


def _imaginary_cases(cases: NDArray[np.float64], n_stances: int, *, is_pair: bool) -> NDArray[np.float64]:
    """Return possible additional cases: agreement on any stance, or disagreement on a most frequent stance."""
    label_counts = cases.sum(axis=0).reshape(-1, n_stances)[1:]
    # Chance agreement, and so the coefficients, changes most with the most frequent stance, or with an unused one.
    rows = [*label_counts, label_counts.sum(axis=0)]
    most_frequent = {int(code) for row in rows for code in np.flatnonzero(row == row.max())}
    labels_per_case = label_counts.sum() / len(cases)
    one_hot = np.eye(n_stances)
    imaginary_cases = [
        [one_hot[code] * labels_per_case, *([one_hot[code] * labels_per_case / len(label_counts)] * len(label_counts))]
        for code in range(n_stances)
    ]
    for first, second in permutations(range(n_stances), 2):
        if most_frequent & {first, second}:
            label_shares = (
                [one_hot[first] / 2, one_hot[second] / 2] if is_pair else [(one_hot[first] + one_hot[second]) / 2]
            )
            imaginary_cases.append([np.zeros(n_stances), *(share * labels_per_case for share in label_shares)])
    return np.array(imaginary_cases).reshape(len(imaginary_cases), -1)


def _make_estimate(value: float, interval: Interval) -> Estimate | None:
    if np.isnan(value):
        return None
    # The interval contains the value, except for random error.
    return Estimate(value, Interval(min(value, interval.low), max(value, interval.high)))
