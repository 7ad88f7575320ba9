"""95 % intervals that hold for few cases and lopsided ones: the Bayesian bootstrap with one imaginary case more.

A figure such as Cohen's kappa is a function of sums over cases. What it would be of all cases there are is drawn again
and again, each case weighing as much as an exponential variable says: Rubin (1981), The Bayesian bootstrap, The Annals
of Statistics 9, 130-134. That alone takes what did not occur for impossible, so that a figure of 1 would get no width.
So one imaginary case is added, wherever it moves the figure most: the lower end is the lowest of all its places, the
upper end the highest. It stands for a prior of which nothing is known but that it weighs as much as one case: Walley
(1996), Inferences from multinomial data: learning about a bag of marbles, Journal of the Royal Statistical Society B
58, 3-57; for samples of any kind, Benavoli, Mangili, Ruggeri and Zaffalon (2015), Imprecise Dirichlet process with
application to the hypothesis test on the probability that X <= Y, Journal of Statistical Theory and Practice 9,
658-684. That it is used for kappa and alpha, and that it holds for them, rests on `benchmarks/agreement.py` alone.

Of a proportion this is the interval of Clopper and Pearson, but for the luck of the draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stance.metrics.intervals import CONFIDENCE_LEVEL, Interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

N_DRAWS = 10_000
"""With so many, an end of an interval is sure to about a hundredth of the interval's length."""

_SEED = 0
_MAX_WEIGHTS_AT_ONCE = 2_000_000


def bootstrap_intervals(
    cases: NDArray[np.float64],
    imaginary_cases: NDArray[np.float64],
    compute_statistics: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    n_draws: int = N_DRAWS,
) -> tuple[Interval, ...]:
    """Give the interval of each figure of a sample; the same cases in the same order always get the same ones.

    Parameters
    ----------
    cases
        What each independent case adds to the sums, of shape (n, sums).
    imaginary_cases
        What one case more might add, one of them a row, of shape (places, sums).
    compute_statistics
        Sums of shape (sums, draws) to figures of shape (figures, draws). They must not depend on how large the sums are
        in all, and should be defined wherever they are of the cases themselves.
    n_draws
        How often to draw weights.

    Returns
    -------
    tuple of Interval
        One a figure; NaN where a figure is not defined.
    """
    rng = np.random.default_rng(_SEED)
    extra = rng.standard_exponential(n_draws)
    sums = _draw_weighted_sums(cases, n_draws, rng)
    tails = [(1 - CONFIDENCE_LEVEL) / 2, (1 + CONFIDENCE_LEVEL) / 2]
    ends = np.array(
        [np.quantile(compute_statistics(sums + place[:, None] * extra), tails, axis=1) for place in imaginary_cases]
    )
    lows, highs = ends[:, 0].min(axis=0), ends[:, 1].max(axis=0)
    return tuple(Interval(float(low), float(high)) for low, high in zip(lows, highs, strict=True))


def _draw_weighted_sums(cases: NDArray[np.float64], n_draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw weights and sum the cases by them, of shape (sums, draws)."""
    # Equal cases are drawn as one, whose weight is a gamma variable. They stay in their order: the names of stances
    # must not decide what is drawn.
    kinds, first, counts = np.unique(cases, axis=0, return_index=True, return_counts=True)
    order = np.argsort(first)
    kinds, counts = kinds[order], counts[order]
    at_once = max(1, _MAX_WEIGHTS_AT_ONCE // len(kinds))
    parts = [
        kinds.T @ rng.standard_gamma(counts, (min(at_once, n_draws - start), len(kinds))).T
        for start in range(0, n_draws, at_once)
    ]
    return np.concatenate(parts, axis=1)
