from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from stance.metrics import intervals, score_intervals
from stance.metrics.intervals import Interval

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def _approx(interval: Interval) -> object:
    return pytest.approx((interval.low, interval.high), abs=1e-9)


def _shares(n_successes: int, n: int) -> Floats:
    return np.repeat([1.0, 0.0], [n_successes, n - n_successes])


@st.composite
def items(draw: st.DrawFn) -> tuple[Floats, Floats, Ints]:
    """Draw the shares of correct predictions of some items, their weights and their groups."""
    n = draw(st.integers(2, 40))
    shares = np.array(draw(st.lists(st.sampled_from([0.0, 0.2, 1.0]), min_size=n, max_size=n)))
    weights = np.array(draw(st.lists(st.sampled_from([0.5, 1.0, 4.0]), min_size=n, max_size=n)))
    groups = np.array(draw(st.lists(st.integers(0, n), min_size=n, max_size=n)))
    return shares, weights / weights.mean(), groups


@given(st.integers(2, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_fixed_system_on_independent_items_has_wilsons_interval_with_students_t(counts: tuple[int, int]) -> None:
    successes, n = counts
    fixed = score_intervals.accuracy_interval(_shares(*counts), np.ones(n), np.arange(n), variance_factor=1)
    assert (fixed.low, fixed.high) == _approx(intervals.wilson_interval(successes, n, intervals.t_quantile(n - 1)))


def test_a_trained_system_has_a_variance_1_25_times_as_large() -> None:
    trained = score_intervals.accuracy_interval(_shares(30, 40), np.ones(40), np.arange(40))
    expected = intervals.wilson_interval(24, 32, intervals.t_quantile(39))
    assert (trained.low, trained.high) == _approx(expected)


@pytest.mark.parametrize("n_copies", [1, 2, 5])
def test_copies_of_an_item_add_nothing(n_copies: int) -> None:
    shares, groups = np.repeat(_shares(15, 20), n_copies), np.repeat(np.arange(20), n_copies)
    once = score_intervals.accuracy_interval(_shares(15, 20), np.ones(20), np.arange(20))
    copied = score_intervals.accuracy_interval(shares, np.ones(20 * n_copies), groups)
    assert (copied.low, copied.high) == pytest.approx((once.low, once.high), abs=0.01)


def test_few_large_groups_make_an_interval_wide() -> None:
    shares = np.tile([1.0, 1.0, 1.0, 0.0], 25)
    alike, mixed = (np.argsort(np.argsort(shares, kind="stable")) // 10, np.arange(100) // 10)
    wide, narrow = (score_intervals.accuracy_interval(shares, np.ones(100), groups) for groups in (alike, mixed))
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_one_group_says_nothing() -> None:
    assert score_intervals.count_independent_items(np.ones(5), np.ones(5), np.zeros(5, np.int64)).n == 1
    interval = score_intervals.accuracy_interval(_shares(5, 10), np.ones(10), np.zeros(10, np.int64))
    assert interval.high - interval.low > 0.98


@given(items())
def test_intervals_contain_the_score_and_do_not_depend_on_order(sample: tuple[Floats, Floats, Ints]) -> None:
    shares, weights, groups = sample
    score = np.average(shares, weights=weights)
    order = np.random.default_rng(len(shares)).permutation(len(shares))
    for interval_of in (score_intervals.accuracy_interval, score_intervals.recall_interval):
        interval = interval_of(shares, weights, groups)
        assert 0 <= interval.low <= score + 1e-9
        assert score - 1e-9 <= interval.high <= 1
        permuted = interval_of(shares[order], weights[order], groups[order])
        assert (permuted.low, permuted.high) == _approx(interval)


@given(items())
def test_groups_never_make_an_interval_narrower(sample: tuple[Floats, Floats, Ints]) -> None:
    shares, weights, groups = sample
    grouped = score_intervals.accuracy_interval(shares, weights, groups)
    independent = score_intervals.accuracy_interval(shares, weights, np.arange(len(shares)))
    assert grouped.high - grouped.low >= independent.high - independent.low - 1e-9


@given(items())
def test_the_difference_of_two_systems_is_antisymmetric(sample: tuple[Floats, Floats, Ints]) -> None:
    shares, weights, groups = sample
    first = (shares > 0.5)[:, None]
    second = np.roll(first, 1, axis=0)
    forth = score_intervals.accuracy_difference_interval(first, second, weights, groups)
    back = score_intervals.accuracy_difference_interval(second, first, weights, groups)
    assert (back.low, back.high) == pytest.approx((-forth.high, -forth.low))


def test_the_difference_of_accuracies_is_agresti_and_mins_for_independent_items() -> None:
    first, second = (_shares(n, 40)[:, None] > 0 for n in (30, 25))
    fixed = score_intervals.accuracy_difference_interval(first, second, np.ones(40), np.arange(40), variance_factor=1)
    assert (fixed.low, fixed.high) == _approx(intervals.agresti_min_interval(5, 0, 40, intervals.t_quantile(39)))


def test_the_recall_of_few_items_has_clopper_and_pearsons_interval() -> None:
    fixed = score_intervals.recall_interval(_shares(6, 8), np.ones(8), np.arange(8), variance_factor=1)
    assert (fixed.low, fixed.high) == _approx(intervals.clopper_pearson_interval(6, 8))


def test_the_interval_over_articles_of_equal_size_is_students() -> None:
    correct = np.concatenate([_shares(n, 10) for n in (2, 4, 6, 8, 10)])
    interval = score_intervals.new_groups_interval(correct, np.ones(50), np.arange(50) // 10)
    of_articles = np.array([0.2, 0.4, 0.6, 0.8, 1.0])
    # Leaving out one article of five moves the mean by a quarter of its distance: the jackknife is Student's interval.
    half_width = 2.776445 * np.sqrt(score_intervals.NEW_GROUPS_FACTOR * of_articles.var(ddof=1) / 5)
    assert (interval.low, interval.high) == pytest.approx((max(0.0, 0.6 - half_width), min(1.0, 0.6 + half_width)))


def test_the_interval_over_articles_is_not_narrower_than_over_comments() -> None:
    alike = np.tile(_shares(6, 10), 5)
    interval = score_intervals.new_groups_interval(alike, np.ones(50), np.arange(50) // 10)
    assert interval.high - interval.low > 0.3


def test_the_interval_over_articles_of_unequal_size_contains_the_mean_over_comments() -> None:
    sizes, hits = [50, 2, 2, 2, 2], [45, 1, 1, 0, 1]
    correct = np.concatenate([_shares(hit, size) for hit, size in zip(hits, sizes, strict=True)])
    interval = score_intervals.new_groups_interval(correct, np.ones(58), np.repeat(np.arange(5), sizes))
    assert interval.low < 48 / 58 < interval.high <= 1
