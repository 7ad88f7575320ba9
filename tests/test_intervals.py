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


def test_grouped_mean_interval_with_equal_sizes_is_students() -> None:
    interval = intervals.grouped_mean_interval([5, 6, 7, 8, 9], [10] * 5)
    half_width = 2.776445 * np.std([0.5, 0.6, 0.7, 0.8, 0.9], ddof=1) / np.sqrt(5)
    assert (interval.low, interval.high) == pytest.approx((0.7 - half_width, 0.7 + half_width), abs=1e-6)


def test_grouped_mean_interval_with_unequal_sizes_contains_the_mean_over_cases() -> None:
    interval = intervals.grouped_mean_interval([45, 1, 1, 0, 1], [50, 2, 2, 2, 2])
    assert interval.low < 48 / 58 < interval.high <= 1


@pytest.mark.parametrize(("n_folds", "expected"), [(None, 1.0), (2, 3.0), (5, 2.25), (10, 1 + 10 / 9)])
def test_design_effect_is_nadeau_and_bengios(n_folds: int | None, expected: float) -> None:
    assert intervals.design_effect(n_folds) == pytest.approx(expected)


def test_effective_sample_size_is_kishs() -> None:
    assert intervals.effective_sample_size(np.ones(24)) == pytest.approx(24)
    assert intervals.effective_sample_size(np.array([3.0, 1.0, 1.0, 1.0])) == pytest.approx(36 / 12)


@given(PROPORTIONS)
def test_systems_not_trained_on_labels_have_wilsons_interval(successes_and_n: tuple[int, int]) -> None:
    successes, n = successes_and_n
    fixed_model, expected = intervals.accuracy_interval(successes / n, n, None), intervals.wilson_interval(successes, n)
    assert (fixed_model.low, fixed_model.high) == _approx(expected)


def test_difference_of_accuracies_uses_the_number_of_independent_items() -> None:
    fixed_model = intervals.accuracy_difference_interval(0.25, 0.125, 38, None)
    assert (fixed_model.low, fixed_model.high) == _approx(intervals.agresti_min_interval(9.5, 4.75, 38))
    cross_validated = intervals.accuracy_difference_interval(0.25, 0.125, 38, 10)
    assert (cross_validated.low, cross_validated.high) == _approx(intervals.agresti_min_interval(4.5, 2.25, 18))


@given(PROPORTIONS, st.sampled_from([None, 2, 10]))
def test_cross_validated_intervals_contain_the_score(successes_and_n: tuple[int, int], n_folds: int | None) -> None:
    successes, n = successes_and_n
    accuracy = intervals.accuracy_interval(successes / n, n, n_folds)
    assert 0 <= accuracy.low <= successes / n + 1e-9
    assert successes / n - 1e-9 <= accuracy.high <= 1
    recall = intervals.recall_interval(successes / n, n, n_folds)
    assert 0 <= recall.low <= successes / n + 1e-9
    assert successes / n - 1e-9 <= recall.high <= 1
    # The accuracy of all items is more certain than the recall of one stance.
    assert recall.high - recall.low >= accuracy.high - accuracy.low - 1e-9


def test_recall_interval_computed_by_hand() -> None:
    # 19 labels in ten folds are worth 9 independent ones; the quantile is that of 8 degrees of freedom.
    interval = intervals.recall_interval(2 / 3, 19, n_folds=10)
    n, t = 9, 2.306004
    centre = (2 / 3 + t**2 / 18) / (1 + t**2 / n)
    half_width = t / (1 + t**2 / n) * np.sqrt(2 / 9 / n + t**2 / (4 * n**2))
    assert (interval.low, interval.high) == pytest.approx((centre - half_width, centre + half_width), abs=1e-6)
