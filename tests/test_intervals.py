from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from stance.metrics import intervals
from stance.metrics.intervals import Interval

PROPORTIONS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def _close(interval: Interval) -> object:
    return pytest.approx((interval.low, interval.high), abs=1e-9)


@given(PROPORTIONS)
def test_intervals_of_a_proportion_are_scipys(case: tuple[int, int]) -> None:
    test = binomtest(*case)
    wilson, exact = test.proportion_ci(method="wilson"), test.proportion_ci(method="exact")
    assert (wilson.low, wilson.high) == _close(intervals.wilson_interval(*case))
    assert (exact.low, exact.high) == _close(intervals.clopper_pearson_interval(*case))


def test_the_difference_of_paired_proportions() -> None:
    # Agresti's approval ratings, 794 150 / 86 570: Wald's .04 +- 1.96 * .00955, which half a case hardly moves.
    interval = intervals.agresti_min_interval(150, 86, 1600)
    assert (interval.low, interval.high) == pytest.approx((0.021, 0.059), abs=5e-4)


def test_two_systems_that_never_differ_get_no_zero_width() -> None:
    interval = intervals.agresti_min_interval(0, 0, 24)
    assert interval.low < 0 < interval.high


def test_t_over_groups_is_the_textbooks() -> None:
    interval = intervals.grouped_mean_interval([5, 6, 7, 8, 9], [10] * 5)
    half = 2.776445 * np.std([0.5, 0.6, 0.7, 0.8, 0.9], ddof=1) / np.sqrt(5)
    assert (interval.low, interval.high) == pytest.approx((0.7 - half, 0.7 + half), abs=1e-6)


def test_t_over_groups_of_unequal_sizes_is_about_the_mean_over_cases() -> None:
    interval = intervals.grouped_mean_interval([45, 1, 1, 0, 1], [50, 2, 2, 2, 2])
    assert interval.low < 48 / 58 < interval.high <= 1


@pytest.mark.parametrize(("folds", "times"), [(None, 1.0), (2, 3.0), (5, 2.25), (10, 1 + 10 / 9)])
def test_the_variance_of_folds_is_nadeau_and_bengios(folds: int | None, times: float) -> None:
    assert intervals.design_effect(folds) == pytest.approx(times)


def test_weights_count_by_kish() -> None:
    assert intervals.effective_sample_size(np.ones(24)) == pytest.approx(24)
    assert intervals.effective_sample_size(np.array([3.0, 1.0, 1.0, 1.0])) == pytest.approx(36 / 12)


@given(PROPORTIONS)
def test_what_learnt_nothing_from_the_labels_has_wilsons_interval(case: tuple[int, int]) -> None:
    k, n = case
    plain, expected = intervals.accuracy_interval(k / n, n, None), intervals.wilson_interval(k, n)
    assert (plain.low, plain.high) == _close(expected)


def test_a_difference_of_accuracies_counts_as_many_items_as_are_independent() -> None:
    plain, folded = (intervals.accuracy_difference_interval(0.25, 0.125, 38, folds) for folds in (None, 10))
    fixed, halved = intervals.agresti_min_interval(9.5, 4.75, 38), intervals.agresti_min_interval(4.5, 2.25, 18)
    assert (plain.low, plain.high) == _close(fixed)
    assert (folded.low, folded.high) == _close(halved)


@given(PROPORTIONS, st.sampled_from([None, 2, 10]))
def test_intervals_of_folds_hold_the_figure(case: tuple[int, int], folds: int | None) -> None:
    k, n = case
    inside = intervals.accuracy_interval(k / n, n, folds)
    assert 0 <= inside.low <= k / n + 1e-9
    assert k / n - 1e-9 <= inside.high <= 1
    of_stance = intervals.recall_interval(k / n, n, folds)
    assert 0 <= of_stance.low <= k / n + 1e-9
    assert k / n - 1e-9 <= of_stance.high <= 1
    # Surer of all items than of one stance's.
    assert of_stance.high - of_stance.low >= inside.high - inside.low - 1e-9


def test_recall_by_hand() -> None:
    # 19 labels in ten folds count for 9, so the quantile is 2.306, Student's with 8 degrees of freedom.
    interval = intervals.recall_interval(2 / 3, 19, n_folds=10)
    n, t = 9, 2.306004
    centre, half = (2 / 3 + t**2 / 18) / (1 + t**2 / n), t / (1 + t**2 / n) * np.sqrt(2 / 9 / n + t**2 / (4 * n**2))
    assert (interval.low, interval.high) == pytest.approx((centre - half, centre + half), abs=1e-6)
