from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from stance import intervals
from stance.intervals import Interval

PROPORTIONS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def _close(interval: Interval) -> object:
    return pytest.approx((interval.low, interval.high), abs=1e-9)


@given(PROPORTIONS)
def test_intervals_of_a_proportion_are_scipys(case: tuple[int, int]) -> None:
    test = binomtest(*case)
    wilson, exact = test.proportion_ci(method="wilson"), test.proportion_ci(method="exact")
    assert (wilson.low, wilson.high) == _close(intervals.wilson(*case))
    assert (exact.low, exact.high) == _close(intervals.clopper_pearson(*case))


def test_the_difference_of_paired_proportions() -> None:
    # Agresti's approval ratings, 794 150 / 86 570: Wald's .04 +- 1.96 * .00955, which half a case hardly moves.
    interval = intervals.agresti_min(150, 86, 1600)
    assert (interval.low, interval.high) == pytest.approx((0.021, 0.059), abs=5e-4)


def test_two_systems_that_never_differ_get_no_zero_width() -> None:
    interval = intervals.agresti_min(0, 0, 24)
    assert interval.low < 0 < interval.high


def test_t_over_groups_is_the_textbooks() -> None:
    interval = intervals.t_over_groups([5, 6, 7, 8, 9], [10] * 5)
    half = 2.776445 * np.std([0.5, 0.6, 0.7, 0.8, 0.9], ddof=1) / np.sqrt(5)
    assert (interval.low, interval.high) == pytest.approx((0.7 - half, 0.7 + half), abs=1e-6)


def test_t_over_groups_of_unequal_sizes_is_about_the_mean_over_cases() -> None:
    interval = intervals.t_over_groups([45, 1, 1, 0, 1], [50, 2, 2, 2, 2])
    assert interval.low < 48 / 58 < interval.high <= 1


def test_the_bootstrap_of_a_mean_comes_near_its_normal_interval() -> None:
    values = np.random.default_rng(1).normal(size=400)
    interval = intervals.bootstrap(lambda counts: counts @ values / 400, 400, seed=0)
    half = 1.96 * values.std() / 20
    assert (interval.low, interval.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.01)


def test_the_bootstrap_draws_the_same_for_the_same_seed() -> None:
    draw = [intervals.bootstrap(lambda counts: counts[:, 0], 9, seed=seed) for seed in (3, 3)]
    assert draw[0] == draw[1]
