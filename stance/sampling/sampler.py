"""A random sample of a stream of comments, in one pass and bounded memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from stance import tables
from stance.errors import ColumnTakenError, StanceError
from stance.io.formatting import text_cells
from stance.sampling import random_keys
from stance.sampling.allocation import allocate, most_of_one
from stance.sampling.reservoir import Entry, Reservoir

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from stance.io.row_batches import Chunk, Columns
    from stance.sampling.allocation import Allocation

STRATUM = "stratum"

_BETWEEN = "\x1f"


@dataclass(frozen=True)
class Known:
    """Comments that are not to be drawn: their ids, their texts, and the texts of those without an id, normalised."""

    ids: Collection[str] = frozenset()
    texts: Collection[str] = frozenset()
    nameless: Collection[str] = frozenset()

    def holds(self, comment_id: str, text: str) -> bool:
        """Tell whether a comment is one of them: by its id, or by its text where either of the two has no id."""
        if comment_id and comment_id in self.ids:
            return True
        texts = self.nameless if comment_id else self.texts
        return bool(texts) and tables.normalised(text) in texts


@dataclass(frozen=True)
class Plan:
    """What to draw: how many, by which seed, and from which strata, if any."""

    n: int
    seed: int = 0
    stratify_by: str | None = None
    allocation: Allocation = "equal"


@dataclass(frozen=True)
class Stratum:
    """A part of the population: how many comments it has, and how many of them were drawn."""

    name: str
    size: float
    drawn: int

    @property
    def probability(self) -> float:
        """How likely each of its comments was to be drawn."""
        return min(1.0, self.drawn / self.size)


@dataclass(frozen=True)
class Drawn:
    """A sample.

    Attributes
    ----------
    entries
        The comments that were drawn, in the order of the input.
    strata
        All strata by name; one without a name where there are none.
    empty, known
        How many rows have no text, and how many hold a comment that was not to be drawn.
    doubts
        Which rows of the input may have been read wrongly.
    """

    entries: tuple[Entry, ...]
    strata: tuple[Stratum, ...]
    empty: int
    known: int
    doubts: tuple[str, ...] = ()

    @property
    def repeated(self) -> int:
        """How many of the comments stand in several rows, which makes probabilities estimates."""
        return sum(entry.rows > 1 for entry in self.entries)


class _Rows(NamedTuple):
    """Rows of a chunk: the place of each, its comment_id, its stratum, and what tells its comment from all others."""

    places: list[int]
    ids: list[str]
    strata: list[str]
    units: list[str]


class Sampler:
    """Draw comments from chunks of rows.

    Every comment gets a key by chance, and those of a stratum with the smallest keys are its sample. So the same seed
    and rows give the same sample however they are cut into chunks, a larger sample holds the smaller one, and a
    stratum never needs to keep more comments than could be drawn from it.

    A row is a comment. Rows with one comment_id (and target) are one comment: they have one key, so that all of them
    are met if it is drawn. Equal texts are comments of their own, as they are everywhere in this program.

    References
    ----------
    Vitter (1985), Random sampling with a reservoir, ACM Transactions on Mathematical Software 11, 37-57. Cohen and
    Kaplan (2007), Summarizing data using bottom-k sketches, PODC (samples by the smallest hashes).
    """

    def __init__(self, plan: Plan, wanted: Columns, known: Known | None = None) -> None:
        self._plan, self._wanted, self._known = plan, wanted, known or Known()
        self._strata: dict[str, Reservoir] = {}
        self._source, self._number, self._order = -1, 0, 0
        self._name: str | None = None
        self._text = ""
        self._empty = self._excluded = 0

    def add(self, name: str, chunk: Chunk) -> None:
        """Take in some rows of an input.

        Raises
        ------
        MissingColumnError, ColumnTakenError
            There is no column to stratify by, or one has the name of a column that is to be added.
        TwoTextsError
            One comment_id stands beside two texts.
        StanceError
            There are more strata than comments to draw.
        """
        if name != self._name:
            self._begin(name, chunk)
        for column in (STRATUM,) * (self._plan.stratify_by not in (None, STRATUM)) + ("text",) * (self._text != "text"):
            if column in chunk.names:
                raise ColumnTakenError(column, name)
        table = chunk.table()
        rows = self._rows(chunk, table)
        for stratum, count in Counter(rows.strata).items():
            self._strata.setdefault(stratum, Reservoir()).rows += count
        if len(self._strata) > self._plan.n:
            cause = f"column {self._plan.stratify_by!r} makes more than {self._plan.n} strata"
            raise StanceError(cause, "draw more comments by --n, or stratify by a column with fewer values", path=name)
        most = most_of_one([each.rows for each in self._strata.values()], self._plan.n, self._plan.allocation)
        for reservoir in self._strata.values():
            reservoir.cut(most)
        keys = random_keys.keys(rows.units, self._plan.seed, random_keys.DRAW)
        last = {stratum: reservoir.last(most) for stratum, reservoir in self._strata.items()}
        near = np.flatnonzero(keys <= np.array([last[stratum] for stratum in rows.strata], np.uint64))
        kept = []
        for number in near[np.argsort(keys[near], kind="stable")].tolist():  # so that few come in to be thrown out
            place = rows.places[number]
            text = chunk.texts[place].as_py()
            entry = Entry(
                int(keys[number]), self._order + place, rows.ids[number], text, rows.strata[number], rows.units[number]
            )
            row = chunk.numbers[place] if chunk.numbers else self._number + place + 1
            self._strata[entry.stratum].offer(entry, most, name, row)
            kept.append((place, entry))
        self._fill([(place, entry) for place, entry in kept if self._strata[entry.stratum].keeps(entry)], table, chunk)
        self._number += len(chunk.texts)
        self._order += len(chunk.texts)

    def drawn(self) -> Drawn:
        """Draw the sample.

        Raises
        ------
        StanceError
            There is nothing to draw from, or one comment stands in two strata.
        """
        names = sorted(self._strata)
        sizes = [self._strata[name].size for name in names]
        whole = [round(size) for size in sizes]
        shares = allocate(whole, self._plan.n, self._plan.allocation)
        entries: list[Entry] = []
        strata = []
        for name, size, share in zip(names, sizes, shares, strict=True):
            chosen = self._strata[name].first(share)
            entries += chosen
            strata.append(Stratum(name, size, len(chosen)))
        twice = [unit for unit, count in Counter(entry.unit for entry in entries).items() if count > 1]
        if twice:
            cause = f"comment {twice[0].split(_BETWEEN)[0]!r} stands in two strata"
            raise StanceError(cause, "stratify by a column that is the same in all rows of a comment")
        in_order = sorted(entries, key=lambda entry: entry.order)
        return Drawn(tuple(in_order), tuple(strata), self._empty, self._excluded)

    def _begin(self, name: str, chunk: Chunk) -> None:
        self._name, self._number = name, 0
        self._source += 1
        self._text = self._wanted.text_among(chunk.names, name)
        if self._plan.stratify_by is not None:
            tables.require(chunk.names, (self._plan.stratify_by,), name, "name the right one by --stratify-by")

    def _rows(self, chunk: Chunk, table: pa.Table) -> _Rows:
        """List the rows of a chunk that count."""
        texts, by = chunk.texts.to_pylist(), self._plan.stratify_by
        ids, targets = _column(table, "comment_id"), _column(table, "target")
        strata = [""] * len(texts) if by is None else _column(table, by)
        rows = _Rows([], [], [], [])
        for place, (text, comment_id) in enumerate(zip(texts, ids, strict=True)):
            if not text or text.isspace():
                self._empty += 1
            elif self._known.holds(comment_id, text):
                self._excluded += 1
            else:
                # A row that names no comment is known by its place.
                own = comment_id or f"{_BETWEEN}{self._source}{_BETWEEN}{self._number + place}"
                rows.places.append(place)
                rows.ids.append(comment_id)
                rows.strata.append(strata[place])
                rows.units.append(own + _BETWEEN + targets[place])
        return rows

    def _fill(self, kept: Sequence[tuple[int, Entry]], table: pa.Table, chunk: Chunk) -> None:
        """Give entries the cells of their rows; an object of JSON has those cells only that it names."""
        if not kept:
            return
        rows = table.take(pa.array([place for place, _ in kept]))
        for name, column in zip(rows.column_names, rows.columns, strict=True):
            named = [True] * len(kept) if chunk.lines is None else column.is_valid().to_pylist()
            for (_, entry), cell, is_named in zip(kept, text_cells(column).to_pylist(), named, strict=True):
                if is_named and name != self._text:
                    entry.cells[name] = cell


def _column(table: pa.Table, name: str) -> list[str]:
    """Give the cells of a column without the blanks around them; empty ones where it is not there."""
    if name not in table.column_names:
        return [""] * len(table)
    return [cell.strip() for cell in text_cells(table.column(name)).to_pylist()]
