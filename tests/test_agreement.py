"""The figures of agreement and their intervals, beside scikit-learn, published examples and other computations."""

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
FEW = 500  # draws, where only the figures or the course of the computation matter


def _from_table(table: list[list[int]]) -> Codes:
    """Spell out the labels that a table of two annotators counts."""
    return np.array([(a, b) for a, row in enumerate(table) for b, n in enumerate(row) for _ in range(n)])


def _from_lines(*lines: str) -> Codes:
    """Read a reliability data matrix, an annotator a line, a dot where there is no label."""
    return np.array([[MISSING_LABEL if cell == "." else int(cell) for cell in line.split()] for line in lines]).T


def _estimates(found: Agreement) -> list[Estimate]:
    return [each for each in (found.observed, found.kappa, found.alpha, *found.by_stance) if each]


@st.composite
def labels(draw: st.DrawFn, annotators: int | None = None, least: int = MISSING_LABEL) -> Codes:
    """Draw what some annotators say of some items, at least two of them of the first one."""
    m = annotators or draw(st.integers(2, 4))
    rows = draw(st.lists(st.lists(st.integers(least, 3), min_size=m, max_size=m), max_size=25))
    first = draw(st.lists(st.integers(0, 3), min_size=m, max_size=m))
    return np.array([first, *rows])


@given(labels(annotators=2, least=0))
def test_kappa_is_scikit_learns(codes: Codes) -> None:
    one, other = codes.T
    found = measure_agreement(codes, 4, n_draws=FEW)
    assert found.observed.value == pytest.approx(accuracy_score(one, other), abs=1e-12)
    if len(np.unique(codes)) == 1:
        assert (found.kappa, found.alpha) == (None, None)
    else:
        assert found.kappa is not None
        assert found.kappa.value == pytest.approx(cohen_kappa_score(one, other), abs=1e-12)
    f1 = f1_score(one, other, labels=range(4), average=None, zero_division=np.nan)
    assert [each.value if each else None for each in found.by_stance] == [
        None if np.isnan(each) else pytest.approx(each) for each in f1
    ]


@given(labels())
def test_alpha_is_what_pairs_of_labels_say(codes: Codes) -> None:
    """Alpha by its words: how often labels of one item differ, and how often any two labels do."""
    items = [[label for label in row if label != MISSING_LABEL] for row in codes.tolist()]
    items = [item for item in items if len(item) > 1]
    pool = [label for item in items for label in item]
    differ = sum(
        sum(one != other for one, other in permutations(item, 2)) / (len(item) - 1) for item in items
    ) / len(pool)  # fmt: skip
    any_two = sum(one != other for one, other in permutations(pool, 2)) / (len(pool) * (len(pool) - 1))
    found = measure_agreement(codes, 4, n_draws=FEW)
    assert found.n_items == len(items)
    assert found.observed.value == pytest.approx(1 - differ)
    if any_two:
        assert found.alpha is not None
        assert found.alpha.value == pytest.approx(1 - differ / any_two)
    else:
        assert found.alpha is None


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
def test_alpha_of_the_published_examples(codes: Codes, alpha: float) -> None:
    found = measure_agreement(codes, 6).alpha
    assert found is not None
    assert round(found.value, 3) == alpha


def test_the_coincidences_of_the_published_example() -> None:
    """Its matrix has 7, 10, 8, 4 and 3 on the diagonal, in rows of 9, 13, 10, 5 and 3; of 40 labels 32 coincide."""
    found = measure_agreement(NOMINAL, 6)
    assert found.n_items == 11
    assert found.observed.value == pytest.approx(32 / 40)
    shares = [None, 7 / 9, 10 / 13, 8 / 10, 4 / 5, 3 / 3]
    assert [each.value if each else None for each in found.by_stance] == [
        each if each is None else pytest.approx(each) for each in shares
    ]


# Of 100 cases, from Fleiss (1981), Statistical methods for rates and proportions: kappa .676, standard error .088. And
# the example of SAS's documentation that statsmodels tests against: .4842, .1380.
@pytest.mark.parametrize(
    ("table", "kappa", "error"),
    [([[75, 1, 4], [5, 4, 1], [0, 0, 10]], 0.676, 0.088), ([[0, 4, 1], [0, 8, 0], [0, 1, 5]], 0.484, 0.138)],
)
def test_kappa_of_published_examples(table: list[list[int]], kappa: float, error: float) -> None:
    found = measure_agreement(_from_table(table), 3).kappa
    assert found is not None
    assert found.value == pytest.approx(kappa, abs=5e-4)
    length = found.interval.high - found.interval.low
    # It is longer than by the standard error, which is too small, but not by far.
    assert 1 < length / (2 * 1.96 * error) < 1.35


@pytest.mark.parametrize(("both", "n"), [(0, 5), (3, 10), (24, 24), (190, 200)])
def test_the_interval_of_a_share_is_clopper_and_pearsons(both: int, n: int) -> None:
    table = [[both - both // 2, (n - both)], [0, both // 2]]
    exact = clopper_pearson_interval(both, n)
    found = measure_agreement(_from_table(table), 2).observed.interval
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=0.01)


def test_the_interval_of_a_stance_is_clopper_and_pearsons_of_the_items_that_got_it() -> None:
    found = measure_agreement(_from_table([[7, 1, 1], [0, 20, 0], [1, 0, 0]]), 3).by_stance[0]
    exact = clopper_pearson_interval(
        7, 10
    )  # of 10 items that either gave the stance; 7 / 10 is 2 * 7 / (2 * 7 + 3) of labels
    assert found is not None
    assert found.value == pytest.approx(14 / 17)
    low, high = (2 * share / (1 + share) for share in (exact.low, exact.high))
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=0.01)


@given(labels())
def test_an_interval_holds_the_figure_and_has_a_width(codes: Codes) -> None:
    found = measure_agreement(codes, 4, n_draws=FEW)
    for each in _estimates(found):
        assert -1.0001 <= each.interval.low <= each.value <= each.interval.high <= 1.0001
        assert each.interval.high - each.interval.low > 0.02


@pytest.mark.parametrize("n", [2, 10, 24, 50, 200, 1000])
@pytest.mark.parametrize("annotators", [2, 3])
def test_full_agreement_is_not_certain(n: int, annotators: int) -> None:
    codes = np.repeat(np.arange(n)[:, None] % 2, annotators, axis=1)
    found = measure_agreement(codes, 2)
    for each in _estimates(found):
        assert each.value == each.interval.high == 1
        assert each.interval.low < 0.05 ** (1 / n)  # a share below that gives as much in 1 of 20 samples


def test_one_stance_alone_says_nothing_about_chance() -> None:
    found = measure_agreement(np.zeros((8, 2), dtype=np.int64), 3)
    assert (found.kappa, found.alpha) == (None, None)
    assert found.observed.interval.low == pytest.approx(clopper_pearson_interval(8, 8).low, abs=0.01)


@given(labels())
def test_neither_order_nor_names_matter(codes: Codes) -> None:
    shuffled = np.random.default_rng(codes.size)
    names, order = shuffled.permutation(6), shuffled.permutation(codes.shape[1])
    renamed = np.where(codes == MISSING_LABEL, MISSING_LABEL, names[codes])[:, order]
    found, again = measure_agreement(codes, 4, n_draws=FEW), measure_agreement(renamed, 6, n_draws=FEW)
    for one, other in (
        (found.observed, again.observed),
        (found.kappa, again.kappa),
        (found.alpha, again.alpha),
        *((each, again.by_stance[names[code]]) for code, each in enumerate(found.by_stance)),
    ):
        assert (one is None) == (other is None)
        if one and other:
            assert _values(one) == pytest.approx(_values(other))


def _values(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.value, estimate.interval.low, estimate.interval.high


def test_items_of_one_comment_are_one_case() -> None:
    codes = np.tile(_from_table([[30, 5], [5, 20]]), (4, 1))
    by_itself = measure_agreement(codes, 2)
    together = measure_agreement(codes, 2, clusters=np.arange(len(codes)) % 60)
    once = measure_agreement(codes[:60], 2)
    assert by_itself.kappa is not None
    assert together.kappa is not None
    assert once.kappa is not None
    assert together.kappa.value == by_itself.kappa.value
    # Four equal items of a comment say as much as one.
    assert _width(together.kappa.interval) == pytest.approx(_width(once.kappa.interval), rel=0.03)
    assert _width(together.kappa.interval) == pytest.approx(2 * _width(by_itself.kappa.interval), rel=0.15)


def _width(interval: Interval) -> float:
    return interval.high - interval.low


def test_the_same_labels_get_the_same_interval() -> None:
    assert measure_agreement(NOMINAL, 6) == measure_agreement(NOMINAL.copy(), 6)


def test_many_cases_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = measure_agreement(NOMINAL, 6, n_draws=4_000).alpha
    monkeypatch.setattr("stance.metrics.bayesian_bootstrap._MAX_WEIGHTS_AT_ONCE", 70)
    parts = measure_agreement(NOMINAL, 6, n_draws=4_000).alpha
    assert whole is not None
    assert parts is not None
    assert _values(parts) == pytest.approx(_values(whole), abs=0.02)


def test_there_is_no_agreement_without_two_labels_of_an_item() -> None:
    with pytest.raises(ValueError, match="no item has two labels"):
        measure_agreement(np.array([[0, MISSING_LABEL], [MISSING_LABEL, 1]]), 2)
