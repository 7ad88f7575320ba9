"""A random sample of a stream of comments, in one pass and bounded memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from stance import tables
from stance.errors import ColumnExistsError, StanceError
from stance.io.formatting import format_text_cells
from stance.sampling import random_keys
from stance.sampling.allocation import allocate_draws, max_draws_per_stratum
from stance.sampling.reservoir import CandidateComment, Reservoir

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from stance.io.row_batches import ColumnSelection, RowBatch
    from stance.sampling.allocation import AllocationMethod

STRATUM_COLUMN = "stratum"

_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class ExcludedComments:
    """Comments that are not to be drawn: their ids, their texts, and the texts of those without an id, normalised."""

    ids: Collection[str] = frozenset()
    texts: Collection[str] = frozenset()
    texts_without_id: Collection[str] = frozenset()

    def contains(self, comment_id: str, text: str) -> bool:
        """Tell whether a comment is one of them: by its id, or by its text where either of the two has no id."""
        if comment_id and comment_id in self.ids:
            return True
        texts = self.texts_without_id if comment_id else self.texts
        return bool(texts) and tables.normalise_text(text) in texts


@dataclass(frozen=True)
class SamplingPlan:
    """What to draw: how many, by which seed, and from which strata, if any."""

    n: int
    seed: int = 0
    stratify_by: str | None = None
    allocation: AllocationMethod = "equal"


@dataclass(frozen=True)
class Stratum:
    """A part of the population: how many comments it has, and how many of them were drawn."""

    name: str
    size: float
    n_drawn: int

    @property
    def probability(self) -> float:
        """How likely each of its comments was to be drawn."""
        return min(1.0, self.n_drawn / self.size)


@dataclass(frozen=True)
class DrawnSample:
    """A sample.

    Attributes
    ----------
    comments
        The comments that were drawn, in the order of the input.
    strata
        All strata by name; one without a name where there are none.
    n_without_text, n_excluded
        How many rows have no text, and how many hold a comment that was not to be drawn.
    parse_warnings
        Which rows of the input may have been read wrongly.
    """

    comments: tuple[CandidateComment, ...]
    strata: tuple[Stratum, ...]
    n_without_text: int
    n_excluded: int
    parse_warnings: tuple[str, ...] = ()

    @property
    def n_repeated(self) -> int:
        """How many of the comments stand in several rows, which makes probabilities estimates."""
        return sum(entry.n_rows > 1 for entry in self.comments)


class _EligibleRows(NamedTuple):
    """Rows of a chunk: the place of each, its comment_id, its stratum, and what tells its comment from all others."""

    indices: list[int]
    comment_ids: list[str]
    strata: list[str]
    comment_keys: list[str]


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

    def __init__(self, plan: SamplingPlan, columns: ColumnSelection, excluded: ExcludedComments | None = None) -> None:
        self._plan, self._columns, self._excluded_comments = plan, columns, excluded or ExcludedComments()
        self._strata: dict[str, Reservoir] = {}
        self._input_index, self._row_offset, self._total_row_offset = -1, 0, 0
        self._input_name: str | None = None
        self._text_column = ""
        self._n_without_text = self._n_excluded = 0

    def add_batch(self, input_name: str, batch: RowBatch) -> None:
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
        if input_name != self._input_name:
            self._start_input(input_name, batch)
        for column in (STRATUM_COLUMN,) * (self._plan.stratify_by not in (None, STRATUM_COLUMN)) + ("text",) * (
            self._text_column != "text"
        ):
            if column in batch.column_names:
                raise ColumnExistsError(column, input_name)
        table = batch.make_table()
        rows = self._select_eligible_rows(batch, table)
        for stratum, count in Counter(rows.strata).items():
            self._strata.setdefault(stratum, Reservoir()).n_rows += count
        if len(self._strata) > self._plan.n:
            cause = f"column {self._plan.stratify_by!r} makes more than {self._plan.n} strata"
            raise StanceError(
                cause, "draw more comments by --n, or stratify by a column with fewer values", path=input_name
            )
        most = max_draws_per_stratum(
            [each.n_rows for each in self._strata.values()], self._plan.n, self._plan.allocation
        )
        for reservoir in self._strata.values():
            reservoir.trim(most)
        keys = random_keys.compute_random_keys(rows.comment_keys, self._plan.seed, random_keys.DRAW_PURPOSE)
        last = {stratum: reservoir.largest_key(most) for stratum, reservoir in self._strata.items()}
        near = np.flatnonzero(keys <= np.array([last[stratum] for stratum in rows.strata], np.uint64))
        kept = []
        for number in near[np.argsort(keys[near], kind="stable")].tolist():  # so that few come in to be thrown out
            place = rows.indices[number]
            text = batch.texts[place].as_py()
            entry = CandidateComment(
                int(keys[number]),
                self._total_row_offset + place,
                rows.comment_ids[number],
                text,
                rows.strata[number],
                rows.comment_keys[number],
            )
            row = batch.row_numbers[place] if batch.row_numbers else self._row_offset + place + 1
            self._strata[entry.stratum].offer(entry, most, input_name, row)
            kept.append((place, entry))
        self._fill_cells(
            [(place, entry) for place, entry in kept if self._strata[entry.stratum].contains(entry)], table, batch
        )
        self._row_offset += len(batch.texts)
        self._total_row_offset += len(batch.texts)

    def draw(self) -> DrawnSample:
        """Draw the sample.

        Raises
        ------
        StanceError
            There is nothing to draw from, or one comment stands in two strata.
        """
        names = sorted(self._strata)
        sizes = [self._strata[name].estimated_size for name in names]
        whole = [round(size) for size in sizes]
        shares = allocate_draws(whole, self._plan.n, self._plan.allocation)
        entries: list[CandidateComment] = []
        strata = []
        for name, size, share in zip(names, sizes, shares, strict=True):
            chosen = self._strata[name].smallest(share)
            entries += chosen
            strata.append(Stratum(name, size, len(chosen)))
        twice = [unit for unit, count in Counter(entry.comment_key for entry in entries).items() if count > 1]
        if twice:
            cause = f"comment {twice[0].split(_SEPARATOR)[0]!r} stands in two strata"
            raise StanceError(cause, "stratify by a column that is the same in all rows of a comment")
        in_order = sorted(entries, key=lambda entry: entry.row_order)
        return DrawnSample(tuple(in_order), tuple(strata), self._n_without_text, self._n_excluded)

    def _start_input(self, input_name: str, batch: RowBatch) -> None:
        self._input_name, self._row_offset = input_name, 0
        self._input_index += 1
        self._text_column = self._columns.find_text_column(batch.column_names, input_name)
        if self._plan.stratify_by is not None:
            tables.require_columns(
                batch.column_names, (self._plan.stratify_by,), input_name, "name the right one by --stratify-by"
            )

    def _select_eligible_rows(self, batch: RowBatch, table: pa.Table) -> _EligibleRows:
        """List the rows of a chunk that count."""
        texts, by = batch.texts.to_pylist(), self._plan.stratify_by
        ids, targets = _stripped_column(table, "comment_id"), _stripped_column(table, "target")
        strata = [""] * len(texts) if by is None else _stripped_column(table, by)
        rows = _EligibleRows([], [], [], [])
        for place, (text, comment_id) in enumerate(zip(texts, ids, strict=True)):
            if not text or text.isspace():
                self._n_without_text += 1
            elif self._excluded_comments.contains(comment_id, text):
                self._n_excluded += 1
            else:
                # A row that names no comment is known by its place.
                own = comment_id or f"{_SEPARATOR}{self._input_index}{_SEPARATOR}{self._row_offset + place}"
                rows.indices.append(place)
                rows.comment_ids.append(comment_id)
                rows.strata.append(strata[place])
                rows.comment_keys.append(own + _SEPARATOR + targets[place])
        return rows

    def _fill_cells(self, kept: Sequence[tuple[int, CandidateComment]], table: pa.Table, batch: RowBatch) -> None:
        """Give entries the cells of their rows; an object of JSON has those cells only that it names."""
        if not kept:
            return
        rows = table.take(pa.array([place for place, _ in kept]))
        for name, column in zip(rows.column_names, rows.columns, strict=True):
            named = [True] * len(kept) if batch.json_lines is None else column.is_valid().to_pylist()
            for (_, entry), cell, is_named in zip(kept, format_text_cells(column).to_pylist(), named, strict=True):
                if is_named and name != self._text_column:
                    entry.cells[name] = cell


def _stripped_column(table: pa.Table, name: str) -> list[str]:
    """Give the cells of a column without the blanks around them; empty ones where it is not there."""
    if name not in table.column_names:
        return [""] * len(table)
    return [cell.strip() for cell in format_text_cells(table.column(name)).to_pylist()]
