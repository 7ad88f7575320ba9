"""Agreement coefficients and their intervals equal those of scikit-learn, published examples and direct computation."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score

from stance.metrics.agreement_coefficients import MISSING_LABEL, Agreement, Estimate, measure_agreement
from stance.metrics.intervals import Interval, clopper_pearson_interval

Codes = NDArray[np.int64]
FEW_DRAWS = 500  # enough where the limits of intervals are not compared


def _from_table(table: list[list[int]]) -> Codes:
    """Return the labels of two annotators from their confusion matrix."""
    return np.array([(a, b) for a, row in enumerate(table) for b, n in enumerate(row) for _ in range(n)])


def _from_lines(*lines: str) -> Codes:
    """Return the labels from a reliability data matrix: one line per annotator, a dot for a missing label."""
    return np.array([[MISSING_LABEL if cell == "." else int(cell) for cell in line.split()] for line in lines]).T


def _estimates(agreement: Agreement) -> list[Estimate]:
    return [
        estimate
        for estimate in (agreement.observed, agreement.kappa, agreement.alpha, *agreement.by_stance)
        if estimate
    ]


@st.composite
def draw_codes(draw: st.DrawFn, n_annotators: int | None = None, min_code: int = MISSING_LABEL) -> Codes:
    """Draw the labels of two or more annotators; the first item has no missing label."""
    n_annotators = n_annotators or draw(st.integers(2, 4))
    rows = draw(st.lists(st.lists(st.integers(min_code, 3), min_size=n_annotators, max_size=n_annotators), max_size=25))
    first = draw(st.lists(st.integers(0, 3), min_size=n_annotators, max_size=n_annotators))
    return np.array([first, *rows])


@given(draw_codes(n_annotators=2, min_code=0))
def test_kappa_equals_scikit_learns(codes: Codes) -> None:
    first, second = codes.T
    agreement = measure_agreement(codes, 4, n_draws=FEW_DRAWS)
    assert agreement.observed.value == pytest.approx(accuracy_score(first, second), abs=1e-12)
    if len(np.unique(codes)) == 1:
        assert (agreement.kappa, agreement.alpha) == (None, None)
    else:
        assert agreement.kappa is not None
        assert agreement.kappa.value == pytest.approx(cohen_kappa_score(first, second), abs=1e-12)
    f1 = f1_score(first, second, labels=range(4), average=None, zero_division=np.nan)
    assert [estimate.value if estimate else None for estimate in agreement.by_stance] == [
        None if np.isnan(score) else pytest.approx(score) for score in f1
    ]


@given(draw_codes())
def test_alpha_equals_its_definition_by_pairs_of_labels(codes: Codes) -> None:
    """Alpha compares how often two labels of one item differ with how often any two labels differ."""
    items = [[label for label in row if label != MISSING_LABEL] for row in codes.tolist()]
    items = [item for item in items if len(item) > 1]
    all_labels = [label for item in items for label in item]
    observed_disagreement = sum(
        sum(first != second for first, second in permutations(item, 2)) / (len(item) - 1) for item in items
    ) / len(all_labels)  # fmt: skip
    chance_disagreement = sum(first != second for first, second in permutations(all_labels, 2)) / (
        len(all_labels) * (len(all_labels) - 1)
    )
    agreement = measure_agreement(codes, 4, n_draws=FEW_DRAWS)
    assert agreement.n_items == len(items)
    assert agreement.observed.value == pytest.approx(1 - observed_disagreement)
    if chance_disagreement:
        assert agreement.alpha is not None
        assert agreement.alpha.value == pytest.approx(1 - observed_disagreement / chance_disagreement)
    else:
        assert agreement.alpha is None


# Krippendorff (2011), Computing Krippendorff's alpha-reliability: the binary data of two observers, and the nominal
# data of four with missing values.
BINARY = _from_lines("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0")
NOMINAL = _from_lines(
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)


@pytest.mark.parametrize(("codes", "alpha"), [(BINARY, 0.095), (NOMINAL, 0.743)])
def test_alpha_of_published_examples(codes: Codes, alpha: float) -> None:
    estimate = measure_agreement(codes, 6).alpha
    assert estimate is not None
    assert round(estimate.value, 3) == alpha


def test_coincidence_matrix_of_a_published_example() -> None:
    """The diagonal is 7, 10, 8, 4 and 3, and the row sums are 9, 13, 10, 5 and 3: 32 of 40 labels coincide."""
    agreement = measure_agreement(NOMINAL, 6)
    assert agreement.n_items == 11
    assert agreement.observed.value == pytest.approx(32 / 40)
    shares = [None, 7 / 9, 10 / 13, 8 / 10, 4 / 5, 3 / 3]
    assert [estimate.value if estimate else None for estimate in agreement.by_stance] == [
        share if share is None else pytest.approx(share) for share in shares
    ]


# Of 100 cases, from Fleiss (1981), Statistical methods for rates and proportions: kappa .676, standard error .088. And
# the example of SAS's documentation that statsmodels tests against: .4842, .1380.
@pytest.mark.parametrize(
    ("table", "kappa", "standard_error"),
    [([[75, 1, 4], [5, 4, 1], [0, 0, 10]], 0.676, 0.088), ([[0, 4, 1], [0, 8, 0], [0, 1, 5]], 0.484, 0.138)],
)
def test_kappa_of_published_examples(table: list[list[int]], kappa: float, standard_error: float) -> None:
    estimate = measure_agreement(_from_table(table), 3).kappa
    assert estimate is not None
    assert estimate.value == pytest.approx(kappa, abs=5e-4)
    width = estimate.interval.high - estimate.interval.low
    # It is wider than the interval by the standard error, which is too narrow, but not much wider.
    assert 1 < width / (2 * 1.96 * standard_error) < 1.35


@pytest.mark.parametrize(("n_agreed", "n"), [(0, 5), (3, 10), (24, 24), (190, 200)])
def test_interval_of_observed_agreement_is_clopper_and_pearsons(n_agreed: int, n: int) -> None:
    table = [[n_agreed - n_agreed // 2, (n - n_agreed)], [0, n_agreed // 2]]
    expected = clopper_pearson_interval(n_agreed, n)
    interval = measure_agreement(_from_table(table), 2).observed.interval
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=0.01)


def test_interval_of_a_stance_is_clopper_and_pearsons_of_its_items() -> None:
    estimate = measure_agreement(_from_table([[7, 1, 1], [0, 20, 0], [1, 0, 0]]), 3).by_stance[0]
    # Of 10 items that either annotator gave the stance, 7 agree; 7 / 10 of items is 14 / 17 of labels.
    expected = clopper_pearson_interval(7, 10)
    assert estimate is not None
    assert estimate.value == pytest.approx(14 / 17)
    low, high = (2 * share / (1 + share) for share in (expected.low, expected.high))
    assert (estimate.interval.low, estimate.interval.high) == pytest.approx((low, high), abs=0.01)


@given(draw_codes())
def test_intervals_contain_the_coefficient_and_have_a_width(codes: Codes) -> None:
    agreement = measure_agreement(codes, 4, n_draws=FEW_DRAWS)
    for estimate in _estimates(agreement):
        assert -1.0001 <= estimate.interval.low <= estimate.value <= estimate.interval.high <= 1.0001
        assert estimate.interval.high - estimate.interval.low > 0.02


@pytest.mark.parametrize("n", [2, 10, 24, 50, 200, 1000])
@pytest.mark.parametrize("annotators", [2, 3])
def test_full_agreement_is_not_certain(n: int, annotators: int) -> None:
    codes = np.repeat(np.arange(n)[:, None] % 2, annotators, axis=1)
    agreement = measure_agreement(codes, 2)
    for estimate in _estimates(agreement):
        assert estimate.value == estimate.interval.high == 1
        assert estimate.interval.low < 0.05 ** (1 / n)  # with this agreement, 1 of 20 samples agree fully


def test_kappa_and_alpha_of_a_single_stance_are_undefined() -> None:
    agreement = measure_agreement(np.zeros((8, 2), dtype=np.int64), 3)
    assert (agreement.kappa, agreement.alpha) == (None, None)
    assert agreement.observed.interval.low == pytest.approx(clopper_pearson_interval(8, 8).low, abs=0.01)


@given(draw_codes())
def test_order_of_annotators_and_codes_of_stances_do_not_matter(codes: Codes) -> None:
    rng = np.random.default_rng(codes.size)
    new_codes, order = rng.permutation(6), rng.permutation(codes.shape[1])
    renamed = np.where(codes == MISSING_LABEL, MISSING_LABEL, new_codes[codes])[:, order]
    agreement = measure_agreement(codes, 4, n_draws=FEW_DRAWS)
    renamed_agreement = measure_agreement(renamed, 6, n_draws=FEW_DRAWS)
    for first, second in (
        (agreement.observed, renamed_agreement.observed),
        (agreement.kappa, renamed_agreement.kappa),
        (agreement.alpha, renamed_agreement.alpha),
        *(
            (estimate, renamed_agreement.by_stance[new_codes[code]])
            for code, estimate in enumerate(agreement.by_stance)
        ),
    ):
        assert (first is None) == (second is None)
        if first and second:
            assert _value_and_limits(first) == pytest.approx(_value_and_limits(second))


def _value_and_limits(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.value, estimate.interval.low, estimate.interval.high


def test_items_of_one_cluster_are_one_case() -> None:
    codes = np.tile(_from_table([[30, 5], [5, 20]]), (4, 1))
    independent = measure_agreement(codes, 2)
    clustered = measure_agreement(codes, 2, clusters=np.arange(len(codes)) % 60)
    once = measure_agreement(codes[:60], 2)
    assert independent.kappa is not None
    assert clustered.kappa is not None
    assert once.kappa is not None
    assert clustered.kappa.value == independent.kappa.value
    # Four equal items of a cluster are as informative as one.
    assert _width(clustered.kappa.interval) == pytest.approx(_width(once.kappa.interval), rel=0.03)
    assert _width(clustered.kappa.interval) == pytest.approx(2 * _width(independent.kappa.interval), rel=0.15)


def _width(interval: Interval) -> float:
    return interval.high - interval.low


def test_intervals_are_reproducible() -> None:
    assert measure_agreement(NOMINAL, 6) == measure_agreement(NOMINAL.copy(), 6)


def test_weights_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = measure_agreement(NOMINAL, 6, n_draws=4_000).alpha
    monkeypatch.setattr("stance.metrics.bayesian_bootstrap._MAX_WEIGHTS_AT_ONCE", 70)
    parts = measure_agreement(NOMINAL, 6, n_draws=4_000).alpha
    assert whole is not None
    assert parts is not None
    assert _value_and_limits(parts) == pytest.approx(_value_and_limits(whole), abs=0.02)


def test_labels_without_an_item_in_common_are_an_error() -> None:
    with pytest.raises(ValueError, match="no item has two labels"):
        measure_agreement(np.array([[0, MISSING_LABEL], [MISSING_LABEL, 1]]), 2)
