from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from stance.metrics import intervals
from stance.metrics.intervals import Interval

PROPORTIONS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def _approx(interval: Interval) -> object:
    return pytest.approx((interval.low, interval.high), abs=1e-9)


@given(PROPORTIONS)
def test_intervals_of_a_proportion_equal_scipys(successes_and_n: tuple[int, int]) -> None:
    test = binomtest(*successes_and_n)
    wilson, exact = test.proportion_ci(method="wilson"), test.proportion_ci(method="exact")
    assert (wilson.low, wilson.high) == _approx(intervals.wilson_interval(*successes_and_n))
    assert (exact.low, exact.high) == _approx(intervals.clopper_pearson_interval(*successes_and_n))


def test_agresti_min_interval_of_a_published_example() -> None:
    # Agresti's approval ratings, 794 150 / 86 570: Wald's .04 +- 1.96 * .00955, which half a case hardly changes.
    interval = intervals.agresti_min_interval(150, 86, 1600)
    assert (interval.low, interval.high) == pytest.approx((0.021, 0.059), abs=5e-4)


def test_agresti_min_interval_has_a_width_without_differences() -> None:
    interval = intervals.agresti_min_interval(0, 0, 24)
    assert interval.low < 0 < interval.high


def test_effective_sample_size_is_kishs() -> None:
    assert intervals.effective_sample_size(np.ones(24)) == pytest.approx(24)
    assert intervals.effective_sample_size(np.array([3.0, 1.0, 1.0, 1.0])) == pytest.approx(36 / 12)
