"""95 % intervals of any function of sums over cases, by the Bayesian bootstrap with one added imaginary case.

The intervals hold for few cases and for cases that are nearly all alike. A coefficient such as Cohen's kappa is a
function of sums over cases. Its distribution is simulated by weighting each case with a random exponential weight
(Rubin). That alone takes what was not observed to be impossible, so that a coefficient of 1 would get no width.
Therefore one imaginary case is added, wherever it changes the coefficient most: the lower limit is the lowest over all
imaginary cases, the upper limit the highest. This corresponds to a prior of which nothing is known except its
weight, that of one case (Walley; for samples of any kind, Benavoli et al.). That it works for kappa and alpha is shown
by simulation only: docs/explanation/decisions/agreement-intervals.md. For a proportion, the interval is that of Clopper
and Pearson, except for random error.

References
----------
Rubin (1981), The Bayesian bootstrap, The Annals of Statistics 9, 130-134. Walley (1996), Inferences from multinomial
data: learning about a bag of marbles, Journal of the Royal Statistical Society B 58, 3-57. Benavoli, Mangili, Ruggeri
and Zaffalon (2015), Imprecise Dirichlet process with application to the hypothesis test on the probability that X <= Y,
Journal of Statistical Theory and Practice 9, 658-684.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stance.metrics.intervals import CONFIDENCE_LEVEL, Interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

N_DRAWS = 10_000
"""With this many draws, the random error of a limit is about a hundredth of the interval's width."""

_SEED = 0
_MAX_WEIGHTS_AT_ONCE = 2_000_000


def bootstrap_intervals(
    cases: NDArray[np.float64],
    imaginary_cases: NDArray[np.float64],
    compute_statistics: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    n_draws: int = N_DRAWS,
) -> tuple[Interval, ...]:
    """Return the interval of each statistic of a sample; the seed is fixed, so the same cases give the same intervals.

    Parameters
    ----------
    cases
        The summands of each independent case, of shape (n_cases, n_sums).
    imaginary_cases
        The summands of each possible additional case, of shape (n_imaginary_cases, n_sums).
    compute_statistics
        Computes statistics of shape (n_statistics, n_draws) from sums of shape (n_sums, n_draws). They must not depend
        on the scale of the sums, and should be defined wherever they are defined for the cases themselves.
    n_draws
        The number of draws of the weights.

    Returns
    -------
    tuple of Interval
        One per statistic; NaN where a statistic is undefined.
    """
    rng = np.random.default_rng(_SEED)
    imaginary_weights = rng.standard_exponential(n_draws)
    sums = _draw_weighted_sums(cases, n_draws, rng)
    probabilities = [(1 - CONFIDENCE_LEVEL) / 2, (1 + CONFIDENCE_LEVEL) / 2]
    limits = np.array(
        [
            np.quantile(compute_statistics(sums + case[:, None] * imaginary_weights), probabilities, axis=1)
            for case in imaginary_cases
        ]
    )
    lows, highs = limits[:, 0].min(axis=0), limits[:, 1].max(axis=0)
    return tuple(Interval(float(low), float(high)) for low, high in zip(lows, highs, strict=True))


def _draw_weighted_sums(cases: NDArray[np.float64], n_draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return sums over the cases with random weights, of shape (n_sums, n_draws)."""
    # Equal cases are drawn together: the sum of their weights is a gamma variable. They keep the order of their first
    # occurrence, so that the draws do not depend on the names of the stances.
    distinct_cases, first, counts = np.unique(cases, axis=0, return_index=True, return_counts=True)
    order = np.argsort(first)
    distinct_cases, counts = distinct_cases[order], counts[order]
    n_cases = len(distinct_cases)
    draws_at_once = max(1, _MAX_WEIGHTS_AT_ONCE // n_cases)
    parts = [
        distinct_cases.T @ rng.standard_gamma(counts, (min(draws_at_once, n_draws - start), n_cases)).T
        for start in range(0, n_draws, draws_at_once)
    ]
    return np.concatenate(parts, axis=1)
