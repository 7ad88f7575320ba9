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

from stance.errors import ColumnTakenError, MissingColumnError, StanceError, TwoTextsError
from stance.io import row_batches
from stance.io.row_batches import Chunk, Columns
from stance.sampling.allocation import allocate, most_of_one
from stance.sampling.random_keys import DRAW, keys, shuffled
from stance.sampling.reservoir import Reservoir
from stance.sampling.sampler import Drawn, Known, Plan, Sampler


def _chunks(columns: dict[str, list[str]], size: int) -> list[Chunk]:
    table = pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})
    place = table.column_names.index("text")
    return [
        row_batches.from_table(part, (place, None), range(start + 2, start + 2 + len(part)), None)
        for start in range(0, max(len(table), 1), size)
        for part in [table.slice(start, size).combine_chunks()]
    ]


def _draw(plan: Plan, *inputs: dict[str, list[str]], size: int = 7, known: Known | None = None) -> Drawn:
    sampler = Sampler(plan, Columns(), known)
    for number, columns in enumerate(inputs):
        for chunk in _chunks(columns, size):
            sampler.add(f"input {number}", chunk)
    return sampler.drawn()


def _comments(n: int, strata: tuple[int, ...] = (1,)) -> dict[str, list[str]]:
    """Make comments of which every sum(strata) fall to strata in these numbers."""
    cycle = [f"s{number}" for number, count in enumerate(strata) for _ in range(count)]
    return {
        "comment_id": [f"c{number}" for number in range(n)],
        "text": [f"text {number}" for number in range(n)],
        "kind": [cycle[number % len(cycle)] for number in range(n)],
    }


def _ids(drawn: Drawn) -> list[str]:
    return [entry.comment_id for entry in drawn.entries]


def test_the_order_by_chance_is_sha256_of_seed_and_id() -> None:
    digests = {name: hashlib.sha256(f"order\x1f5\x1f{name}".encode()).hexdigest() for name in ("a", "b", "ф", "")}
    assert shuffled(digests, seed=5) == sorted(digests, key=digests.__getitem__)
    assert shuffled(["b", "a", "b"], 5) in (["b", "b", "a"], ["a", "b", "b"])
    assert keys(["\ud800"], 0).shape == (1,)


@given(st.lists(st.text(), unique=True), st.integers(0, 9))
def test_ids_keep_their_order_when_others_go(ids: list[str], seed: int) -> None:
    whole = shuffled(ids, seed)
    assert [each for each in whole if each in set(ids[::2])] == shuffled(ids[::2], seed)


def test_the_order_says_nothing_about_the_draw() -> None:
    names = [f"c{number}" for number in range(2_000)]
    first, second = (np.argsort(np.argsort(keys(names, 0, purpose))) for purpose in (DRAW, "order"))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.07  # three standard errors


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=8), st.integers(0, 60), st.sampled_from(["equal", "proportional"])
)
def test_draws_are_shared_out(sizes: list[int], more: int, how: Any) -> None:
    n = len(sizes) + more
    shares, fewer = allocate(sizes, n, how), allocate(sizes, n - 1, how)
    assert sum(shares) == min(n, sum(sizes))
    assert all(0 < share <= size for share, size in zip(shares, sizes, strict=True))
    assert all(share >= before for share, before in zip(shares, fewer, strict=True))
    assert max(shares) <= most_of_one(sizes, n, how)
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
    assert most_of_one(grown, n) <= most_of_one(sizes, n)


@pytest.mark.parametrize("plan", [Plan(50), Plan(50, 3, "kind"), Plan(50, 3, "kind", "proportional")])
@pytest.mark.parametrize("strata", [(1,), (5, 1), (60, 30, 9, 1)])
def test_inverse_probabilities_add_up_to_the_population(plan: Plan, strata: tuple[int, ...]) -> None:
    drawn = _draw(plan, _comments(600, strata))
    chance = {stratum.name: stratum.probability for stratum in drawn.strata}
    assert len(drawn.entries) == 50
    assert sum(1 / chance[entry.stratum] for entry in drawn.entries) == pytest.approx(600)
    of_each = Counter(entry.stratum for entry in drawn.entries)
    assert of_each == {stratum.name: stratum.drawn for stratum in drawn.strata}


def test_comments_are_drawn_as_often_as_is_recorded() -> None:
    runs, columns = 2_000, _comments(30, (4, 1))
    counts: Counter[str] = Counter()
    for seed in range(runs):
        counts.update(_ids(_draw(Plan(8, seed, "kind"), columns, size=11)))
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
        tuple(sorted(_ids(_draw(Plan(2, seed), columns)))) for seed in range(runs)
    )
    expected = runs / 15
    assert len(pairs) == 15
    assert sum((count - expected) ** 2 / expected for count in pairs.values()) < chi2.ppf(0.999, 14)


@pytest.mark.parametrize("plan", [Plan(12), Plan(12, 1, "kind"), Plan(12, 1, "kind", "proportional")])
def test_chunks_do_not_matter_and_a_larger_sample_holds_the_smaller(plan: Plan) -> None:
    for columns in (
        _comments(300, (9, 3, 1)),
        {k: v for k, v in _comments(300, (9, 3, 1)).items() if k != "comment_id"},
    ):
        one = _draw(plan, columns, size=300)
        assert [entry.text for entry in _draw(plan, columns, size=7).entries] == [entry.text for entry in one.entries]
        larger = _draw(Plan(40, plan.seed, plan.stratify_by, plan.allocation), columns)
        assert {entry.text for entry in one.entries} < {entry.text for entry in larger.entries}


def test_another_seed_is_another_sample_and_order_of_rows_is_none() -> None:
    columns = _comments(200)
    backwards = {name: cells[::-1] for name, cells in columns.items()}
    assert set(_ids(_draw(Plan(20, 1), columns))) == set(_ids(_draw(Plan(20, 1), backwards)))
    assert set(_ids(_draw(Plan(20, 2), columns))) != set(_ids(_draw(Plan(20, 1), columns)))


def test_each_entry_has_the_cells_of_its_row() -> None:
    drawn = _draw(Plan(9, 4, "kind"), _comments(100, (3, 1)), _comments(0))
    number = {entry.comment_id: entry for entry in drawn.entries}
    for name, entry in number.items():
        assert entry.text == f"text {name[1:]}"
        assert entry.cells == {"comment_id": name, "kind": entry.stratum}


def test_rows_without_text_and_known_comments_are_not_of_the_population() -> None:
    columns = {
        "comment_id": ["1", "2", "", "", "5", ""],
        "text": ["a", " \n", "known  text", "b", "known text", "nameless"],
    }
    known = Known(frozenset({"1"}), frozenset({"a", "known text", "nameless"}), frozenset({"nameless"}))
    drawn = _draw(Plan(5), columns, known=known)
    assert [entry.text for entry in drawn.entries] == ["b", "known text"]  # the latter has an id that is not known
    assert (drawn.empty, drawn.known) == (1, 3)
    assert [(stratum.size, stratum.probability) for stratum in drawn.strata] == [(2, 1.0)]


def test_equal_texts_are_comments_of_their_own_and_rows_of_one_id_are_one() -> None:
    drawn = _draw(Plan(9), {"text": ["Yes!"] * 4})
    assert (len(drawn.entries), drawn.repeated) == (4, 0)
    twice = {"comment_id": ["1", "2", "1", "1"], "text": ["a", "b", "a ", "a"], "target": ["", "", "", "t"]}
    drawn = _draw(Plan(9), twice)
    assert [(entry.comment_id, entry.rows) for entry in drawn.entries] == [("1", 2), ("2", 1), ("1", 1)]
    assert drawn.repeated == 1


def test_the_population_of_comments_in_several_rows_is_told_by_those_that_are_kept() -> None:
    columns = _comments(400)
    drawn = _draw(Plan(40), *[columns] * 3, size=64)
    assert [(stratum.size, stratum.drawn) for stratum in drawn.strata] == [(400, 40)]
    assert set(_ids(drawn)) == set(_ids(_draw(Plan(40), columns)))


@pytest.mark.parametrize("allocation", ["equal", "proportional"])
def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch, allocation: Any) -> None:
    kept: list[int] = []
    offer = Reservoir.offer

    def counting(self: Reservoir, *arguments: Any) -> None:
        offer(self, *arguments)
        kept.append(len(self._heap))

    monkeypatch.setattr(Reservoir, "offer", counting)
    n, strata = 30, (50, 30, 15, 5)
    sampler = Sampler(Plan(n, 0, "kind", allocation), Columns())
    for chunk in _chunks(_comments(5_000, strata), 100):
        sampler.add("in", chunk)
        held = sum(len(reservoir._heap) for reservoir in sampler._strata.values())
        assert held <= (n + len(strata) if allocation == "equal" else n * len(strata))
    assert max(kept) <= n


@pytest.mark.parametrize(
    ("columns", "plan", "error", "message"),
    [
        ({"text": ["a"]}, Plan(5, 0, "kind"), MissingColumnError, "no column 'kind', there are: text .*--stratify-by"),
        ({"text": ["a", "b"], "k": ["1", "2"]}, Plan(1, 0, "k"), StanceError, "makes more than 1 strata .*by --n"),
        ({"text": ["a"], "k": ["1"], "stratum": ["x"]}, Plan(5, 0, "k"), ColumnTakenError, "a column 'stratum'"),
        (
            {"text": ["a", "b"], "comment_id": ["1", "1"]},
            Plan(5),
            TwoTextsError,
            r"'1' has another text .* \(input 0:3\)",
        ),
        (
            {"text": ["a", "a"], "comment_id": ["1", "1"], "k": ["x", "y"]},
            Plan(5, 0, "k"),
            StanceError,
            "comment '1' stands in two strata",
        ),
    ],
)
def test_what_cannot_be_drawn_from(columns: dict[str, list[str]], plan: Plan, error: Any, message: str) -> None:
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
        name: [row_batches.encodable(row[place]) for row in rows]
        for place, name in enumerate(("comment_id", "text", "kind"))
    }
    plan = Plan(n, 0, "kind" if stratified else None)
    try:
        drawn = _draw(plan, columns, size=size)
    except StanceError:
        return
    with_text = sum(bool(text.strip()) for text in columns["text"])
    units = sum(stratum.size for stratum in drawn.strata)
    assert drawn.empty == len(rows) - with_text
    assert units <= with_text + 1e-9
    assert all(0 < stratum.probability <= 1 for stratum in drawn.strata)
    assert len(drawn.entries) <= n
    assert len(drawn.entries) == min(n, round(units)) or stratified or drawn.repeated
