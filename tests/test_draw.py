"""Samples have the recorded inclusion probabilities and do not depend on batches or row order."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from stance.errors import ColumnExistsError, MissingColumnError, StanceError, TextMismatchError
from stance.io import row_batches
from stance.io.row_batches import ColumnSelection, RowBatch
from stance.sampling.allocation import allocate_draws, max_draws_per_stratum
from stance.sampling.drawn_sample import DrawnSample
from stance.sampling.random_keys import DRAW_PURPOSE, compute_random_keys, shuffle_ids
from stance.sampling.reservoir import Reservoir
from stance.sampling.sampler import ExcludedComments, Sampler, SamplingPlan


def _batches(columns: dict[str, list[str]], size: int) -> list[RowBatch]:
    table = pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})
    text_index = table.column_names.index("text")
    return [
        row_batches.batch_from_table(part, (text_index, None), range(start + 2, start + 2 + len(part)), None)
        for start in range(0, max(len(table), 1), size)
        for part in [table.slice(start, size).combine_chunks()]
    ]


def _draw(
    plan: SamplingPlan, *inputs: dict[str, list[str]], size: int = 7, excluded: ExcludedComments | None = None
) -> DrawnSample:
    sampler = Sampler(plan, ColumnSelection(), excluded)
    for number, columns in enumerate(inputs):
        for batch in _batches(columns, size):
            sampler.add_batch(f"input {number}", batch)
    return sampler.draw()


def _comment_columns(n: int, strata: tuple[int, ...] = (1,)) -> dict[str, list[str]]:
    """Return the columns of n comments; of every sum(strata) comments, strata[i] are in stratum i."""
    cycle = [f"s{number}" for number, count in enumerate(strata) for _ in range(count)]
    return {
        "comment_id": [f"c{number}" for number in range(n)],
        "text": [f"text {number}" for number in range(n)],
        "kind": [cycle[number % len(cycle)] for number in range(n)],
    }


def _comment_ids(sample: DrawnSample) -> list[str]:
    return [comment.comment_id for comment in sample.comments]


def _texts(sample: DrawnSample) -> list[str]:
    return [comment.text for comment in sample.comments]


def test_random_order_is_sha256_of_seed_and_id() -> None:
    digests = {name: hashlib.sha256(f"order\x1f5\x1f{name}".encode()).hexdigest() for name in ("a", "b", "ф", "")}
    assert shuffle_ids(digests, seed=5) == sorted(digests, key=digests.__getitem__)
    assert shuffle_ids(["b", "a", "b"], 5) in (["b", "b", "a"], ["a", "b", "b"])
    assert compute_random_keys(["\ud800"], 0).shape == (1,)


@given(st.lists(st.text(), unique=True), st.integers(0, 9))
def test_ids_keep_their_order_when_others_are_removed(ids: list[str], seed: int) -> None:
    whole = shuffle_ids(ids, seed)
    assert [name for name in whole if name in set(ids[::2])] == shuffle_ids(ids[::2], seed)


def test_order_keys_and_draw_keys_are_uncorrelated() -> None:
    names = [f"c{number}" for number in range(2_000)]
    first, second = (
        np.argsort(np.argsort(compute_random_keys(names, 0, purpose))) for purpose in (DRAW_PURPOSE, "order")
    )
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.07  # three standard errors


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=8), st.integers(0, 60), st.sampled_from(["equal", "proportional"])
)
def test_allocated_draws_fulfil_their_contract(sizes: list[int], more: int, method: Any) -> None:
    n = len(sizes) + more
    draws, fewer = allocate_draws(sizes, n, method), allocate_draws(sizes, n - 1, method)
    assert sum(draws) == min(n, sum(sizes))
    assert all(0 < share <= size for share, size in zip(draws, sizes, strict=True))
    assert all(share >= before for share, before in zip(draws, fewer, strict=True))
    assert max(draws) <= max_draws_per_stratum(sizes, n, method)
    if method == "equal":
        short = [share for share, size in zip(draws, sizes, strict=True) if share < size]
        assert not short or max(draws) - min(short) <= 1


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=5),
    st.lists(st.integers(0, 30), min_size=5, max_size=5),
    st.integers(1, 40),
)
def test_max_draws_do_not_grow_with_strata(sizes: list[int], growth: list[int], n: int) -> None:
    grown = [size + more for size, more in zip(sizes, growth, strict=False)]
    assert max_draws_per_stratum(grown, n) <= max_draws_per_stratum(sizes, n)


@pytest.mark.parametrize(
    "plan", [SamplingPlan(50), SamplingPlan(50, 3, "kind"), SamplingPlan(50, 3, "kind", "proportional")]
)
@pytest.mark.parametrize("strata", [(1,), (5, 1), (60, 30, 9, 1)])
def test_inverse_probabilities_sum_to_the_population(plan: SamplingPlan, strata: tuple[int, ...]) -> None:
    sample = _draw(plan, _comment_columns(600, strata))
    probability = {stratum.name: stratum.probability for stratum in sample.strata}
    assert len(sample.comments) == 50
    assert sum(1 / probability[comment.stratum] for comment in sample.comments) == pytest.approx(600)
    counts = Counter(comment.stratum for comment in sample.comments)
    assert counts == {stratum.name: stratum.n_drawn for stratum in sample.strata}


@pytest.mark.slow
def test_comments_are_drawn_as_often_as_their_probability() -> None:
    runs, columns = 2_000, _comment_columns(30, (4, 1))
    counts: Counter[str] = Counter()
    for seed in range(runs):
        counts.update(_comment_ids(_draw(SamplingPlan(8, seed, "kind"), columns, size=11)))
    probability = np.array([4 / 24 if kind == "s0" else 4 / 6 for kind in columns["kind"]])
    observed = np.array([counts[comment_id] for comment_id in columns["comment_id"]])
    # The sum over each stratum is fixed, so 28 of 30 degrees of freedom remain.
    squares = ((observed - runs * probability) ** 2 / (runs * probability * (1 - probability))).reshape(-1)
    # Draws without replacement are correlated within a stratum.
    correction = np.where(probability < 0.5, 23 / 24, 5 / 6)
    assert chi2.ppf(0.001, 28) < (squares * correction).sum() < chi2.ppf(0.999, 28)


@pytest.mark.slow
def test_all_pairs_are_equally_likely() -> None:
    runs, columns = 2_000, _comment_columns(6)
    pairs: Counter[tuple[str, ...]] = Counter(
        tuple(sorted(_comment_ids(_draw(SamplingPlan(2, seed), columns)))) for seed in range(runs)
    )
    expected = runs / 15
    assert len(pairs) == 15
    assert sum((count - expected) ** 2 / expected for count in pairs.values()) < chi2.ppf(0.999, 14)


@pytest.mark.parametrize(
    "plan", [SamplingPlan(12), SamplingPlan(12, 1, "kind"), SamplingPlan(12, 1, "kind", "proportional")]
)
def test_batch_size_has_no_effect_and_larger_sample_contains_smaller(plan: SamplingPlan) -> None:
    for columns in (
        _comment_columns(300, (9, 3, 1)),
        {k: v for k, v in _comment_columns(300, (9, 3, 1)).items() if k != "comment_id"},
    ):
        one = _draw(plan, columns, size=300)
        assert _texts(_draw(plan, columns, size=7)) == _texts(one)
        larger = _draw(SamplingPlan(40, plan.seed, plan.stratify_by, plan.allocation), columns)
        assert set(_texts(one)) < set(_texts(larger))


def test_seed_changes_the_sample_and_row_order_does_not() -> None:
    columns = _comment_columns(200)
    backwards = {name: cells[::-1] for name, cells in columns.items()}
    ids = set(_comment_ids(_draw(SamplingPlan(20, 1), columns)))
    assert set(_comment_ids(_draw(SamplingPlan(20, 1), backwards))) == ids
    assert set(_comment_ids(_draw(SamplingPlan(20, 2), columns))) != ids


def test_comments_have_the_cells_of_their_rows() -> None:
    sample = _draw(SamplingPlan(9, 4, "kind"), _comment_columns(100, (3, 1)), _comment_columns(0))
    for comment in sample.comments:
        assert comment.text == f"text {comment.comment_id[1:]}"
        assert comment.cells == {"comment_id": comment.comment_id, "kind": comment.stratum}


def test_rows_without_text_and_excluded_comments_are_not_drawn() -> None:
    columns = {
        "comment_id": ["1", "2", "", "", "5", ""],
        "text": ["a", " \n", "known  text", "b", "known text", "no id"],
    }
    excluded = ExcludedComments(frozenset({"1"}), frozenset({"a", "known text", "no id"}), frozenset({"no id"}))
    sample = _draw(SamplingPlan(5), columns, excluded=excluded)
    assert _texts(sample) == ["b", "known text"]  # the latter has an id that is not excluded
    assert (sample.n_without_text, sample.n_excluded) == (1, 3)
    assert [(stratum.size, stratum.probability) for stratum in sample.strata] == [(2, 1.0)]


def test_equal_texts_are_different_comments_and_rows_of_one_id_are_one() -> None:
    sample = _draw(SamplingPlan(9), {"text": ["Yes!"] * 4})
    assert (len(sample.comments), sample.n_repeated) == (4, 0)
    twice = {"comment_id": ["1", "2", "1", "1"], "text": ["a", "b", "a ", "a"], "target": ["", "", "", "t"]}
    sample = _draw(SamplingPlan(9), twice)
    assert [(comment.comment_id, comment.n_rows) for comment in sample.comments] == [("1", 2), ("2", 1), ("1", 1)]
    assert sample.n_repeated == 1


def test_population_of_comments_in_several_rows_is_estimated() -> None:
    columns = _comment_columns(400)
    sample = _draw(SamplingPlan(40), *[columns] * 3, size=64)
    assert [(stratum.size, stratum.n_drawn) for stratum in sample.strata] == [(400, 40)]
    assert set(_comment_ids(sample)) == set(_comment_ids(_draw(SamplingPlan(40), columns)))


@pytest.mark.parametrize("allocation", ["equal", "proportional"])
def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch, allocation: Any) -> None:
    sizes: list[int] = []
    offer = Reservoir.offer

    def offer_and_count(self: Reservoir, *arguments: Any) -> None:
        offer(self, *arguments)
        sizes.append(len(self._heap))

    monkeypatch.setattr(Reservoir, "offer", offer_and_count)
    n, strata = 30, (50, 30, 15, 5)
    sampler = Sampler(SamplingPlan(n, 0, "kind", allocation), ColumnSelection())
    for batch in _batches(_comment_columns(5_000, strata), 100):
        sampler.add_batch("in", batch)
        n_held = sum(len(reservoir._heap) for reservoir in sampler._strata.values())
        assert n_held <= (n + len(strata) if allocation == "equal" else n * len(strata))
    assert max(sizes) <= n


@pytest.mark.parametrize(
    ("columns", "plan", "error", "message"),
    [
        (
            {"text": ["a"]},
            SamplingPlan(5, 0, "kind"),
            MissingColumnError,
            "no column 'kind', there are: text .*--stratify-by",
        ),
        (
            {"text": ["a", "b"], "k": ["1", "2"]},
            SamplingPlan(1, 0, "k"),
            StanceError,
            "the column 'k' has more than 1 values .*with --n",
        ),
        (
            {"text": ["a"], "k": ["1"], "stratum": ["x"]},
            SamplingPlan(5, 0, "k"),
            ColumnExistsError,
            "a column 'stratum'",
        ),
        (
            {"text": ["a", "b"], "comment_id": ["1", "1"]},
            SamplingPlan(5),
            TextMismatchError,
            r"'1' has another text .* \(input 0:3\)",
        ),
        (
            {"text": ["a", "a"], "comment_id": ["1", "1"], "k": ["x", "y"]},
            SamplingPlan(5, 0, "k"),
            StanceError,
            "comment '1' occurs in two strata",
        ),
    ],
)
def test_invalid_input_raises_error(
    columns: dict[str, list[str]], plan: SamplingPlan, error: Any, message: str
) -> None:
    with pytest.raises(error, match=message):
        _draw(plan, columns)


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "1", "2", "3", "4"]), st.text(max_size=3), st.text(max_size=2)), max_size=30
    ),
    st.integers(1, 12),
    st.integers(1, 9),
    st.booleans(),
)
def test_any_rows_are_sampled_or_raise_stance_error(
    rows: list[tuple[str, str, str]], n: int, size: int, stratified: bool
) -> None:
    columns = {
        name: [row_batches.replace_lone_surrogates(row[index]) for row in rows]
        for index, name in enumerate(("comment_id", "text", "kind"))
    }
    plan = SamplingPlan(n, 0, "kind" if stratified else None)
    try:
        sample = _draw(plan, columns, size=size)
    except StanceError:
        return
    n_with_text = sum(bool(text.strip()) for text in columns["text"])
    n_comments = sum(stratum.size for stratum in sample.strata)
    assert sample.n_without_text == len(rows) - n_with_text
    assert n_comments <= n_with_text + 1e-9
    assert all(0 < stratum.probability <= 1 for stratum in sample.strata)
    assert len(sample.comments) <= n
    assert len(sample.comments) == min(n, round(n_comments)) or stratified or sample.n_repeated
