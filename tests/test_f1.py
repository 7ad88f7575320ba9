from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from stance.metrics import f1
from stance.metrics.intervals import design_effect

STANCES = ("favour", "against", "none")
Names = NDArray[np.object_]


def _names(*rows: str) -> Names:
    """Spell stances by their first letters, one string an item; `c` is an answer that is no stance."""
    spelled = {name[0]: name for name in (*STANCES, "cannot-tell")}
    return np.array([[spelled[letter] for letter in row] for row in rows], dtype=object)


@st.composite
def answered(draw: st.DrawFn) -> tuple[Names, Names, Names, NDArray[np.float64]]:
    """Draw the stances of some items, what two systems took them for in some repeats, and weights."""
    n, repeats = draw(st.integers(1, 30)), draw(st.integers(1, 3))
    truth = _names(*draw(st.lists(st.sampled_from("fan"), min_size=n, max_size=n)))[:, 0]
    rows = st.lists(st.text("fanc", min_size=repeats, max_size=repeats), min_size=n, max_size=n)
    weight = np.array(draw(st.lists(st.sampled_from([0.5, 1.0, 4.0]), min_size=n, max_size=n)))
    return truth, _names(*draw(rows)), _names(*draw(rows)), weight / weight.mean()


@given(answered())
def test_mean_f1_is_scikit_learns(case: tuple[Names, Names, Names, NDArray[np.float64]]) -> None:
    truth, predicted, _, weight = case
    for stances in (None, STANCES[:2]):
        labels = sorted(set(truth) & set(stances or truth))
        if labels:
            expected = [
                f1_score(truth, column, labels=labels, average="macro", sample_weight=weight) for column in predicted.T
            ]
            assert f1.mean_f1(truth, predicted, weight, stances) == pytest.approx(np.mean(expected))


def test_f_avg_counts_what_neither_is_taken_for() -> None:
    truth, predicted = _names("f", "f", "a", "n", "n")[:, 0], _names("f", "n", "a", "f", "n")
    # F1 of favour 2 / (2 + 1 + 1), of against 1; the item of none that was taken for favour is a false positive.
    assert f1.mean_f1(truth, predicted, stances=STANCES[:2]) == pytest.approx((0.5 + 1) / 2)


def test_the_variance_of_one_stance_is_the_closed_form() -> None:
    truth = _names(*"f" * 12, *"a" * 10)[:, 0]
    predicted = _names(*"f" * 8, *"a" * 4, *"f" * 2, *"a" * 8)
    spread = f1._estimate_uncertainty(truth, [predicted], None, STANCES[:1])
    # With one more found and one more missed: 9 TP, 2 FP, 5 FN. Given their sum, F = 2 TP / (2 TP + FP + FN) has the
    # variance F (1 - F) (2 - F) / (2 N), where N = TP + (FP + FN) / 2.
    f, n = 18 / 25, 12.5
    assert spread.smoothed_mean == pytest.approx(f)
    assert spread.variance == pytest.approx(f * (1 - f) * (2 - f) / (2 * n))


@given(answered())
def test_the_slope_is_how_the_mean_moves_when_an_item_weighs_more(
    case: tuple[Names, Names, Names, NDArray[np.float64]],
) -> None:
    truth, predicted, _, weight = case
    tested = list(dict.fromkeys(truth))
    true, answer = f1._encode_stances(truth, tested), f1._encode_stances(predicted[:, 0], tested)
    counts = np.zeros((len(tested) + 1, len(tested) + 1))
    np.add.at(counts, (true, answer), weight)
    slope, mean = f1._mean_f1_gradient(counts)
    assert mean == pytest.approx(f1.mean_f1(truth, predicted[:, :1], weight))
    heavier = weight.copy()
    heavier[0] += 1e-6
    moved = f1.mean_f1(truth, predicted[:, :1], heavier) - f1.mean_f1(truth, predicted[:, :1], weight)
    assert moved / 1e-6 == pytest.approx(slope[true[0], answer[0]], abs=1e-4)


@given(answered())
def test_an_interval_holds_the_figure_and_has_a_width(
    case: tuple[Names, Names, Names, NDArray[np.float64]],
) -> None:
    truth, predicted, other, weight = case
    value = f1.mean_f1(truth, predicted, weight)
    interval = f1.mean_f1_interval(truth, predicted, 10, weight, STANCES)
    assert 0 <= interval.low <= value <= interval.high <= 1
    assert interval.high - interval.low > 0.02
    ahead = value - f1.mean_f1(truth, other, weight)
    difference = f1.mean_f1_difference_interval(truth, predicted, other, 10, weight, STANCES)
    assert -1 <= difference.low <= ahead <= difference.high <= 1
    assert difference.high - difference.low > 0.02
    turned = f1.mean_f1_difference_interval(truth, other, predicted, 10, weight, STANCES)
    assert (turned.low, turned.high) == pytest.approx((-difference.high, -difference.low))


@given(answered())
def test_neither_order_nor_the_same_answers_once_more_change_an_interval(
    case: tuple[Names, Names, Names, NDArray[np.float64]],
) -> None:
    truth, predicted, _, weight = case
    order = np.random.default_rng(len(truth)).permutation(len(truth))
    twice = np.hstack([predicted, predicted])[order]
    first = f1.mean_f1_interval(truth, predicted, 10, weight)
    second = f1.mean_f1_interval(truth[order], twice, 10, weight[order])
    assert (second.low, second.high) == pytest.approx((first.low, first.high))


def test_a_stance_that_was_not_drawn_lowers_the_low_end_alone() -> None:
    truth, predicted = _names(*"ffffaaaa")[:, 0], _names(*"fffaaaaf")
    drawn = f1.mean_f1_interval(truth, predicted, 10, stances=STANCES[:2])
    named = f1.mean_f1_interval(truth, predicted, 10, stances=STANCES)
    assert (named.low, named.high) == pytest.approx((drawn.low * 2 / 3, drawn.high))


def test_what_has_learnt_nothing_has_the_shorter_interval() -> None:
    truth, predicted = _names(*"f" * 60, *"a" * 60)[:, 0], _names(*"f" * 45, *"a" * 60, *"f" * 15)
    learnt, fixed = (f1.mean_f1_interval(truth, predicted, folds) for folds in (10, None))
    ratio = (learnt.high - learnt.low) / (fixed.high - fixed.low)
    assert ratio == pytest.approx(np.sqrt(design_effect(10)), rel=0.03)


def test_heavy_items_make_an_interval_longer() -> None:
    truth, predicted = _names(*"f" * 40, *"a" * 40)[:, 0], _names(*"fffa" * 10, *"aaaf" * 10)
    uneven = np.tile([0.25, 1.75], 40)
    even, heavy = (f1.mean_f1_interval(truth, predicted, 10, weight) for weight in (np.ones(80), uneven))
    assert heavy.high - heavy.low > 1.1 * (even.high - even.low)


def test_there_is_no_mean_without_items() -> None:
    with pytest.raises(ValueError, match="no item"):
        f1.mean_f1(_names("n")[:, 0], _names("n"), stances=STANCES[:2])
