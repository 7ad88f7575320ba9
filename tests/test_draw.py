"""Samples are drawn as they say: each comment as likely as recorded, the same however the rows come in."""

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
from stance.sampling.random_keys import DRAW_PURPOSE, compute_random_keys, shuffle_ids
from stance.sampling.reservoir import Reservoir
from stance.sampling.sampler import DrawnSample, ExcludedComments, Sampler, SamplingPlan


def _chunks(columns: dict[str, list[str]], size: int) -> list[RowBatch]:
    table = pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})
    place = table.column_names.index("text")
    return [
        row_batches.batch_from_table(part, (place, None), range(start + 2, start + 2 + len(part)), None)
        for start in range(0, max(len(table), 1), size)
        for part in [table.slice(start, size).combine_chunks()]
    ]


def _draw(
    plan: SamplingPlan, *inputs: dict[str, list[str]], size: int = 7, known: ExcludedComments | None = None
) -> DrawnSample:
    sampler = Sampler(plan, ColumnSelection(), known)
    for number, columns in enumerate(inputs):
        for chunk in _chunks(columns, size):
            sampler.add_batch(f"input {number}", chunk)
    return sampler.draw()


def _comments(n: int, strata: tuple[int, ...] = (1,)) -> dict[str, list[str]]:
    """Make comments of which every sum(strata) fall to strata in these numbers."""
    cycle = [f"s{number}" for number, count in enumerate(strata) for _ in range(count)]
    return {
        "comment_id": [f"c{number}" for number in range(n)],
        "text": [f"text {number}" for number in range(n)],
        "kind": [cycle[number % len(cycle)] for number in range(n)],
    }


def _ids(drawn: DrawnSample) -> list[str]:
    return [entry.comment_id for entry in drawn.comments]


def test_the_order_by_chance_is_sha256_of_seed_and_id() -> None:
    digests = {name: hashlib.sha256(f"order\x1f5\x1f{name}".encode()).hexdigest() for name in ("a", "b", "ф", "")}
    assert shuffle_ids(digests, seed=5) == sorted(digests, key=digests.__getitem__)
    assert shuffle_ids(["b", "a", "b"], 5) in (["b", "b", "a"], ["a", "b", "b"])
    assert compute_random_keys(["\ud800"], 0).shape == (1,)


@given(st.lists(st.text(), unique=True), st.integers(0, 9))
def test_ids_keep_their_order_when_others_go(ids: list[str], seed: int) -> None:
    whole = shuffle_ids(ids, seed)
    assert [each for each in whole if each in set(ids[::2])] == shuffle_ids(ids[::2], seed)


def test_the_order_says_nothing_about_the_draw() -> None:
    names = [f"c{number}" for number in range(2_000)]
    first, second = (
        np.argsort(np.argsort(compute_random_keys(names, 0, purpose))) for purpose in (DRAW_PURPOSE, "order")
    )
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.07  # three standard errors


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=8), st.integers(0, 60), st.sampled_from(["equal", "proportional"])
)
def test_draws_are_shared_out(sizes: list[int], more: int, how: Any) -> None:
    n = len(sizes) + more
    shares, fewer = allocate_draws(sizes, n, how), allocate_draws(sizes, n - 1, how)
    assert sum(shares) == min(n, sum(sizes))
    assert all(0 < share <= size for share, size in zip(shares, sizes, strict=True))
    assert all(share >= before for share, before in zip(shares, fewer, strict=True))
    assert max(shares) <= max_draws_per_stratum(sizes, n, how)
    if how == "equal":
        short = [share for share, size in zip(shares, sizes, strict=True) if share < size]
        assert not short or max(shares) - min(short) <= 1


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=5),
    st.lists(st.integers(0, 30), min_size=5, max_size=5),
    st.integers(1, 40),
)
def test_no_share_grows_when_strata_do(sizes: list[int], growth: list[int], n: int) -> None:
    grown = [size + more for size, more in zip(sizes, growth, strict=False)]
    assert max_draws_per_stratum(grown, n) <= max_draws_per_stratum(sizes, n)


@pytest.mark.parametrize(
    "plan", [SamplingPlan(50), SamplingPlan(50, 3, "kind"), SamplingPlan(50, 3, "kind", "proportional")]
)
@pytest.mark.parametrize("strata", [(1,), (5, 1), (60, 30, 9, 1)])
def test_inverse_probabilities_add_up_to_the_population(plan: SamplingPlan, strata: tuple[int, ...]) -> None:
    drawn = _draw(plan, _comments(600, strata))
    chance = {stratum.name: stratum.probability for stratum in drawn.strata}
    assert len(drawn.comments) == 50
    assert sum(1 / chance[entry.stratum] for entry in drawn.comments) == pytest.approx(600)
    of_each = Counter(entry.stratum for entry in drawn.comments)
    assert of_each == {stratum.name: stratum.n_drawn for stratum in drawn.strata}


def test_comments_are_drawn_as_often_as_is_recorded() -> None:
    runs, columns = 2_000, _comments(30, (4, 1))
    counts: Counter[str] = Counter()
    for seed in range(runs):
        counts.update(_ids(_draw(SamplingPlan(8, seed, "kind"), columns, size=11)))
    chance = np.array([4 / 24 if kind == "s0" else 4 / 6 for kind in columns["kind"]])
    seen = np.array([counts[each] for each in columns["comment_id"]])
    # Each sum over a stratum is fixed, so that two degrees of freedom of thirty are lost.
    squares = ((seen - runs * chance) ** 2 / (runs * chance * (1 - chance))).reshape(-1)
    correction = np.where(
        chance < 0.5, 23 / 24, 5 / 6
    )  # drawn without replacement, comments of a stratum are correlated
    assert chi2.ppf(0.001, 28) < (squares * correction).sum() < chi2.ppf(0.999, 28)


def test_pairs_are_drawn_as_often_as_chance_has_it() -> None:
    runs, columns = 2_000, _comments(6)
    pairs: Counter[tuple[str, ...]] = Counter(
        tuple(sorted(_ids(_draw(SamplingPlan(2, seed), columns)))) for seed in range(runs)
    )
    expected = runs / 15
    assert len(pairs) == 15
    assert sum((count - expected) ** 2 / expected for count in pairs.values()) < chi2.ppf(0.999, 14)


@pytest.mark.parametrize(
    "plan", [SamplingPlan(12), SamplingPlan(12, 1, "kind"), SamplingPlan(12, 1, "kind", "proportional")]
)
def test_chunks_do_not_matter_and_a_larger_sample_holds_the_smaller(plan: SamplingPlan) -> None:
    for columns in (
        _comments(300, (9, 3, 1)),
        {k: v for k, v in _comments(300, (9, 3, 1)).items() if k != "comment_id"},
    ):
        one = _draw(plan, columns, size=300)
        assert [entry.text for entry in _draw(plan, columns, size=7).comments] == [entry.text for entry in one.comments]
        larger = _draw(SamplingPlan(40, plan.seed, plan.stratify_by, plan.allocation), columns)
        assert {entry.text for entry in one.comments} < {entry.text for entry in larger.comments}


def test_another_seed_is_another_sample_and_order_of_rows_is_none() -> None:
    columns = _comments(200)
    backwards = {name: cells[::-1] for name, cells in columns.items()}
    assert set(_ids(_draw(SamplingPlan(20, 1), columns))) == set(_ids(_draw(SamplingPlan(20, 1), backwards)))
    assert set(_ids(_draw(SamplingPlan(20, 2), columns))) != set(_ids(_draw(SamplingPlan(20, 1), columns)))


def test_each_entry_has_the_cells_of_its_row() -> None:
    drawn = _draw(SamplingPlan(9, 4, "kind"), _comments(100, (3, 1)), _comments(0))
    number = {entry.comment_id: entry for entry in drawn.comments}
    for name, entry in number.items():
        assert entry.text == f"text {name[1:]}"
        assert entry.cells == {"comment_id": name, "kind": entry.stratum}


def test_rows_without_text_and_known_comments_are_not_of_the_population() -> None:
    columns = {
        "comment_id": ["1", "2", "", "", "5", ""],
        "text": ["a", " \n", "known  text", "b", "known text", "nameless"],
    }
    known = ExcludedComments(frozenset({"1"}), frozenset({"a", "known text", "nameless"}), frozenset({"nameless"}))
    drawn = _draw(SamplingPlan(5), columns, known=known)
    assert [entry.text for entry in drawn.comments] == ["b", "known text"]  # the latter has an id that is not known
    assert (drawn.n_without_text, drawn.n_excluded) == (1, 3)
    assert [(stratum.size, stratum.probability) for stratum in drawn.strata] == [(2, 1.0)]


def test_equal_texts_are_comments_of_their_own_and_rows_of_one_id_are_one() -> None:
    drawn = _draw(SamplingPlan(9), {"text": ["Yes!"] * 4})
    assert (len(drawn.comments), drawn.n_repeated) == (4, 0)
    twice = {"comment_id": ["1", "2", "1", "1"], "text": ["a", "b", "a ", "a"], "target": ["", "", "", "t"]}
    drawn = _draw(SamplingPlan(9), twice)
    assert [(entry.comment_id, entry.n_rows) for entry in drawn.comments] == [("1", 2), ("2", 1), ("1", 1)]
    assert drawn.n_repeated == 1


def test_the_population_of_comments_in_several_rows_is_told_by_those_that_are_kept() -> None:
    columns = _comments(400)
    drawn = _draw(SamplingPlan(40), *[columns] * 3, size=64)
    assert [(stratum.size, stratum.n_drawn) for stratum in drawn.strata] == [(400, 40)]
    assert set(_ids(drawn)) == set(_ids(_draw(SamplingPlan(40), columns)))


@pytest.mark.parametrize("allocation", ["equal", "proportional"])
def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch, allocation: Any) -> None:
    kept: list[int] = []
    offer = Reservoir.offer

    def counting(self: Reservoir, *arguments: Any) -> None:
        offer(self, *arguments)
        kept.append(len(self._heap))

    monkeypatch.setattr(Reservoir, "offer", counting)
    n, strata = 30, (50, 30, 15, 5)
    sampler = Sampler(SamplingPlan(n, 0, "kind", allocation), ColumnSelection())
    for chunk in _chunks(_comments(5_000, strata), 100):
        sampler.add_batch("in", chunk)
        held = sum(len(reservoir._heap) for reservoir in sampler._strata.values())
        assert held <= (n + len(strata) if allocation == "equal" else n * len(strata))
    assert max(kept) <= n


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
            "makes more than 1 strata .*by --n",
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
            "comment '1' stands in two strata",
        ),
    ],
)
def test_what_cannot_be_drawn_from(columns: dict[str, list[str]], plan: SamplingPlan, error: Any, message: str) -> None:
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
def test_any_rows_are_drawn_from_or_refused(
    rows: list[tuple[str, str, str]], n: int, size: int, stratified: bool
) -> None:
    columns = {
        name: [row_batches.replace_lone_surrogates(row[place]) for row in rows]
        for place, name in enumerate(("comment_id", "text", "kind"))
    }
    plan = SamplingPlan(n, 0, "kind" if stratified else None)
    try:
        drawn = _draw(plan, columns, size=size)
    except StanceError:
        return
    with_text = sum(bool(text.strip()) for text in columns["text"])
    units = sum(stratum.size for stratum in drawn.strata)
    assert drawn.n_without_text == len(rows) - with_text
    assert units <= with_text + 1e-9
    assert all(0 < stratum.probability <= 1 for stratum in drawn.strata)
    assert len(drawn.comments) <= n
    assert len(drawn.comments) == min(n, round(units)) or stratified or drawn.n_repeated
