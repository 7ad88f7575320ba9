"""How far annotators agree, beyond what chance would give them, and how sure that is.

`codes` of shape (items, annotators) holds the stance that each annotator gave to each item, counted from 0, and MISSING
where there is none. Items with fewer than two labels say nothing. All figures come from two or three sums a stance:

- `agreed`: for each label of the stance, the share of the item's other labels that say the same. These are the diagonal
  cells of the coincidence matrix of Krippendorff (2011), Computing Krippendorff's alpha-reliability, University of
  Pennsylvania.
- `given`: how many labels of the stance there are; of two annotators, by each of them.

Observed agreement is the sum of `agreed` by that of `given`, for two annotators the share of items that they agree on.
A stance's own agreement is the same for its labels alone: how often another annotator says so, too, where one does. For
two annotators it is 2 both / (first + second), of which Cicchetti and Feinstein (1990), High agreement but low kappa:
II. Resolving the paradoxes, Journal of Clinical Epidemiology 43, 551-558, speak as positive and negative agreement.

Kappa takes for chance that each annotator deals out stances as often as they did: Cohen (1960), A coefficient of
agreement for nominal scales, Educational and Psychological Measurement 20, 37-46. Alpha takes it that all of them deal
out the stances of one urn, without putting them back. Neither is defined where only one stance was given.

Tried for the intervals of alpha, on samples as `benchmarks/agreement.py` draws them: two annotators who agree on 50 %
to 99 % of 10 to 1,000 items, 2,000 samples each. The share in which an interval holds, where it holds least, for six
stances of 35 % to 3 %, and for two of 90 % and 10 %; and the mean length for the six:

    asymptotic, as of Fleiss, Cohen and Everitt (1969), Psychological Bulletin 72, 323-327        .09    -   .26
    that, of the logarithm of 1 - alpha, by Student's t                                              .05    -   .46
    Wilson's, at as many items as give alpha its variance, with one item more each way               .90    -   .28
    Clopper and Pearson's, at as many                                                                .95  .67   .31
    ratio of disagreement to chance, from Clopper and Pearson's interval of the one (MOVER)          .95  .72   .31

The Bayesian bootstrap with one imaginary item (`imprecise`), which is kept, was tried on 150 to 300 samples each of up
to 200 items, 50 of the lopsided ones: it never held in less than .93 of six stances nor .95 of two, and was a twentieth
longer than Clopper and Pearson's for the six, and a tenth shorter for the two. With half an imaginary item it was a
tenth shorter than with one, and held in .93 where it held least. `benchmarks/agreement.py` prints what it reaches now.
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
    """A figure and its 95 % interval."""

    value: float
    interval: Interval


@dataclass(frozen=True)
class Agreement:
    """How far annotators agree on the `n_items` items that two of them or more labelled.

    `kappa` is None for more than two annotators. It and `alpha` are None where all labels are of one stance, and an
    entry of `by_stance` is where nobody gave it.
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
    """Measure how far annotators agree; neither their order nor that of the stances matters.

    Parameters
    ----------
    codes
        As above.
    n_stances
        How many stances there are.
    clusters
        Of shape (items,), what each item is a part of, such as a comment with stances toward several targets; these are
        what counts as independent. Each item by itself unless given.
    n_draws
        How many draws the intervals are made of.

    Raises
    ------
    ValueError
        No item has two labels.
    """
    doubled = (codes != MISSING_LABEL).sum(axis=1) >= _PAIR_SIZE
    if not doubled.any():
        raise ValueError("no item has two labels")
    codes = codes[doubled]
    own = np.arange(len(codes)) if clusters is None else clusters[doubled]
    pair = codes.shape[1] == _PAIR_SIZE
    seen = np.unique(codes[codes != MISSING_LABEL])
    k = len(seen) + 1  # there may be a stance that did not occur
    cases = _sum_by_cluster(_item_sums(codes, np.append(seen, n_stances)), own)
    labels = int((codes != MISSING_LABEL).sum())

    def figures(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        return _compute_coefficients(sums.reshape(-1, k, sums.shape[1]), labels, is_pair=pair)

    values = figures(cases.sum(axis=0)[:, None])[:, 0]
    found = bayesian_bootstrap.bootstrap_intervals(cases, _imaginary_cases(cases, k, is_pair=pair), figures, n_draws)
    observed, kappa, alpha, *of_seen = (_make_estimate(*each) for each in zip(values.tolist(), found, strict=True))
    if observed is None:
        raise AssertionError  # two labels agree or not
    by_stance = dict(zip(seen.tolist(), of_seen[:-1], strict=True))
    return Agreement(len(codes), observed, kappa, alpha, tuple(by_stance.get(code) for code in range(n_stances)))


def _item_sums(codes: NDArray[np.int64], stances: NDArray[np.int64]) -> NDArray[np.float64]:
    """Count what each item adds: agreed labels of each stance, then given ones, of two annotators by each of them."""
    given = (codes[:, :, None] == stances).astype(np.float64)
    of_item = given.sum(axis=1)
    others = of_item.sum(axis=1, keepdims=True) - 1
    agreed = of_item * (of_item - 1) / others
    sides = given if codes.shape[1] == _PAIR_SIZE else of_item[:, None]
    return np.concatenate([agreed[:, None], sides], axis=1).reshape(len(codes), -1)


def _sum_by_cluster(item_sums: NDArray[np.float64], clusters: NDArray[np.int64]) -> NDArray[np.float64]:
    """Add up the items of each cluster, in order of first mention."""
    _, first, inverse = np.unique(clusters, return_index=True, return_inverse=True)
    added = np.zeros((len(first), item_sums.shape[1]))
    np.add.at(added, inverse, item_sums)
    return added[np.argsort(first)]


def _compute_coefficients(sums: NDArray[np.float64], n_labels: int, *, is_pair: bool) -> NDArray[np.float64]:
    """Observed agreement, kappa, alpha and each stance's agreement, from sums of shape (2 or 3, stances, draws)."""
    agreed, given = sums[0], sums[1:].sum(axis=0)
    total = given.sum(axis=0)
    missed = (given - agreed).sum(axis=0) / total
    with np.errstate(divide="ignore", invalid="ignore"):
        by_chance = 1 - (given**2).sum(axis=0) / total**2
        alpha = 1 - (1 - 1 / n_labels) * missed / by_chance
        by_habit = 1 - (sums[1] * sums[-1]).sum(axis=0) / (total / 2) ** 2
        kappa = 1 - missed / by_habit if is_pair else np.full(len(total), np.nan)
        by_stance = agreed / given
    return np.vstack([1 - missed, kappa, alpha, by_stance])


def _imaginary_cases(cases: NDArray[np.float64], n_stances: int, *, is_pair: bool) -> NDArray[np.float64]:
    """Say what one case more might add: agreement on any stance, or disagreement with a commonest one."""
    counts = cases.sum(axis=0).reshape(-1, n_stances)[1:]
    # The expected agreement, and with it the figures, moves most by what is commonest already, or does not occur.
    leading = {int(code) for row in [*counts, counts.sum(axis=0)] for code in np.flatnonzero(row == row.max())}
    share = counts.sum() / len(cases)
    one = np.eye(n_stances)
    rows = [[one[code] * share, *([one[code] * share / len(counts)] * len(counts))] for code in range(n_stances)]
    for first, second in permutations(range(n_stances), 2):
        if leading & {first, second}:
            sides = [one[first] / 2, one[second] / 2] if is_pair else [(one[first] + one[second]) / 2]
            rows.append([np.zeros(n_stances), *(side * share for side in sides)])
    return np.array(rows).reshape(len(rows), -1)


def _make_estimate(value: float, interval: Interval) -> Estimate | None:
    if np.isnan(value):
        return None
    # It holds the figure itself but for rounding.
    return Estimate(value, Interval(min(value, interval.low), max(value, interval.high)))
