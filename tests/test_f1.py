from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from stance.metrics import f1
from stance.metrics.score_intervals import TRAINING_FACTOR

STANCES = ("favour", "against", "none")
Stances = NDArray[np.object_]


def _spell_stances(*rows: str) -> Stances:
    """Return stances from their first letters, one string per item; `c` is a prediction that is not a stance."""
    stance_of = {name[0]: name for name in (*STANCES, "cannot-tell")}
    return np.array([[stance_of[initial] for initial in row] for row in rows], dtype=object)


@st.composite
def samples(draw: st.DrawFn) -> tuple[Stances, Stances, Stances, NDArray[np.float64]]:
    """Draw the stances of some items, the predictions of two systems in some repeats, and weights."""
    n, repeats = draw(st.integers(1, 30)), draw(st.integers(1, 3))
    truth = _spell_stances(*draw(st.lists(st.sampled_from("fan"), min_size=n, max_size=n)))[:, 0]
    rows = st.lists(st.text("fanc", min_size=repeats, max_size=repeats), min_size=n, max_size=n)
    weights = np.array(draw(st.lists(st.sampled_from([0.5, 1.0, 4.0]), min_size=n, max_size=n)))
    return truth, _spell_stances(*draw(rows)), _spell_stances(*draw(rows)), weights / weights.mean()


@given(samples())
def test_mean_f1_equals_scikit_learns(sample: tuple[Stances, Stances, Stances, NDArray[np.float64]]) -> None:
    truth, predicted, _, weights = sample
    for stances in (None, STANCES[:2]):
        labels = sorted(set(truth) & set(stances or truth))
        if labels:
            expected = [
                f1_score(truth, column, labels=labels, average="macro", sample_weight=weights) for column in predicted.T
            ]
            assert f1.mean_f1(truth, predicted, weights, stances) == pytest.approx(np.mean(expected))


def test_false_positives_of_other_stances_lower_f_avg() -> None:
    truth, predicted = _spell_stances("f", "f", "a", "n", "n")[:, 0], _spell_stances("f", "n", "a", "f", "n")
    # F1 of favour 2 / (2 + 1 + 1), of against 1; the item of none that was predicted as favour is a false positive.
    assert f1.mean_f1(truth, predicted, stances=STANCES[:2]) == pytest.approx((0.5 + 1) / 2)


def test_variance_of_one_stance_equals_the_closed_form() -> None:
    truth = _spell_stances(*"f" * 12, *"a" * 10)[:, 0]
    predicted = _spell_stances(*"f" * 8, *"a" * 4, *"f" * 2, *"a" * 8)
    uncertainty = f1._estimate_uncertainty(truth, [predicted], None, STANCES[:1], None)
    # With one added hit and one added miss: 9 TP, 2 FP, 5 FN. Given their sum, F = 2 TP / (2 TP + FP + FN) has the
    # variance F (1 - F) (2 - F) / (2 N), where N = TP + (FP + FN) / 2.
    f, n = 18 / 25, 12.5
    assert uncertainty.smoothed_mean == pytest.approx(f)
    assert uncertainty.variance == pytest.approx(f * (1 - f) * (2 - f) / (2 * n))


@given(samples())
def test_gradient_is_the_change_of_the_mean_with_the_weight_of_an_item(
    sample: tuple[Stances, Stances, Stances, NDArray[np.float64]],
) -> None:
    truth, predicted, _, weights = sample
    tested = list(dict.fromkeys(truth))
    true_codes, predicted_codes = f1._encode_stances(truth, tested), f1._encode_stances(predicted[:, 0], tested)
    counts = np.zeros((len(tested) + 1, len(tested) + 1))
    np.add.at(counts, (true_codes, predicted_codes), weights)
    gradient, mean = f1._mean_f1_gradient(counts)
    assert mean == pytest.approx(f1.mean_f1(truth, predicted[:, :1], weights))
    increased = weights.copy()
    increased[0] += 1e-6
    change = f1.mean_f1(truth, predicted[:, :1], increased) - f1.mean_f1(truth, predicted[:, :1], weights)
    assert change / 1e-6 == pytest.approx(gradient[true_codes[0], predicted_codes[0]], abs=1e-4)


@given(samples())
def test_intervals_contain_the_score_and_have_a_width(
    sample: tuple[Stances, Stances, Stances, NDArray[np.float64]],
) -> None:
    truth, predicted, other, weights = sample
    value = f1.mean_f1(truth, predicted, weights)
    interval = f1.mean_f1_interval(truth, predicted, weights, STANCES)
    assert 0 <= interval.low <= value <= interval.high <= 1
    assert interval.high - interval.low > 0.02
    expected_difference = value - f1.mean_f1(truth, other, weights)
    difference = f1.mean_f1_difference_interval(truth, predicted, other, weights, STANCES)
    assert -1 <= difference.low <= expected_difference <= difference.high <= 1
    assert difference.high - difference.low > 0.02
    reversed_difference = f1.mean_f1_difference_interval(truth, other, predicted, weights, STANCES)
    assert (reversed_difference.low, reversed_difference.high) == pytest.approx((-difference.high, -difference.low))


@given(samples())
def test_intervals_do_not_depend_on_order_or_on_repeated_predictions(
    sample: tuple[Stances, Stances, Stances, NDArray[np.float64]],
) -> None:
    truth, predicted, _, weights = sample
    order = np.random.default_rng(len(truth)).permutation(len(truth))
    twice = np.hstack([predicted, predicted])[order]
    first = f1.mean_f1_interval(truth, predicted, weights)
    second = f1.mean_f1_interval(truth[order], twice, weights[order])
    assert (second.low, second.high) == pytest.approx((first.low, first.high))


def test_a_stance_without_items_lowers_the_lower_limit_only() -> None:
    truth, predicted = _spell_stances(*"ffffaaaa")[:, 0], _spell_stances(*"fffaaaaf")
    two_stances = f1.mean_f1_interval(truth, predicted, stances=STANCES[:2])
    three_stances = f1.mean_f1_interval(truth, predicted, stances=STANCES)
    assert (three_stances.low, three_stances.high) == pytest.approx((two_stances.low * 2 / 3, two_stances.high))


def test_systems_not_trained_on_labels_have_narrower_intervals() -> None:
    truth, predicted = _spell_stances(*"f" * 60, *"a" * 60)[:, 0], _spell_stances(*"f" * 45, *"a" * 60, *"f" * 15)
    trained, fixed = (f1.mean_f1_interval(truth, predicted, variance_factor=factor) for factor in (TRAINING_FACTOR, 1))
    ratio = (trained.high - trained.low) / (fixed.high - fixed.low)
    assert ratio == pytest.approx(np.sqrt(TRAINING_FACTOR), rel=0.03)


def test_unequal_weights_widen_intervals() -> None:
    truth, predicted = _spell_stances(*"f" * 40, *"a" * 40)[:, 0], _spell_stances(*"fffa" * 10, *"aaaf" * 10)
    weights_of_items = np.tile([0.25, 1.75], 40)
    equal, unequal = (f1.mean_f1_interval(truth, predicted, weights) for weights in (np.ones(80), weights_of_items))
    assert unequal.high - unequal.low > 1.1 * (equal.high - equal.low)


def test_groups_of_items_that_are_predicted_alike_widen_intervals() -> None:
    truth, predicted = _spell_stances(*"f" * 40, *"a" * 40)[:, 0], _spell_stances(*"ffff" * 7, *"aaaa" * 13)
    alone, together = (f1.mean_f1_interval(truth, predicted, groups=np.arange(80) // size) for size in (1, 4))
    assert together.high - together.low > 1.7 * (alone.high - alone.low)
    default = f1.mean_f1_interval(truth, predicted)
    assert (default.low, default.high) == pytest.approx((alone.low, alone.high))


def test_stances_without_items_are_an_error() -> None:
    with pytest.raises(ValueError, match="none of the stances has an item"):
        f1.mean_f1(_spell_stances("n")[:, 0], _spell_stances("n"), stances=STANCES[:2])
