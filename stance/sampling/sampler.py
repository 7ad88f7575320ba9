"""Draw a random sample from a stream of comments in one pass, with bounded memory."""

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
from stance.sampling.drawn_sample import DrawnSample, Stratum
from stance.sampling.reservoir import CandidateComment, Reservoir

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from stance.io.row_batches import ColumnSelection, RowBatch
    from stance.sampling.allocation import AllocationMethod

STRATUM_COLUMN = "stratum"

_SEPARATOR = "\x1f"  # between the parts of a comment key


@dataclass(frozen=True)
class ExcludedComments:
    """Comments that must not be drawn.

    Attributes
    ----------
    ids, texts
        Their comment ids and normalised texts.
    texts_without_id
        The normalised texts of those that have no id.
    """

    ids: Collection[str] = frozenset()
    texts: Collection[str] = frozenset()
    texts_without_id: Collection[str] = frozenset()

    def contains(self, comment_id: str, text: str) -> bool:
        """Return whether a comment is excluded: by its id, or by its text if either of the two has no id."""
        if comment_id and comment_id in self.ids:
            return True
        texts = self.texts_without_id if comment_id else self.texts
        return bool(texts) and tables.normalise_text(text) in texts


@dataclass(frozen=True)
class SamplingPlan:
    """What to draw.

    Attributes
    ----------
    n
        The number of comments.
    seed
        The random seed.
    stratify_by
        The column of the strata, or None.
    allocation
        How to allocate draws to strata.
    """

    n: int
    seed: int = 0
    stratify_by: str | None = None
    allocation: AllocationMethod = "equal"


class _EligibleRows(NamedTuple):
    """The rows of a batch that may be drawn: their index in the batch, comment_id, stratum and comment key."""

    indices: list[int]
    comment_ids: list[str]
    strata: list[str]
    comment_keys: list[str]


class Sampler:
    """Draws a random sample from batches of rows.

    Every comment gets a random key, and the comments of a stratum with the smallest keys are its sample. So the same
    seed and rows give the same sample whatever the batch size, a larger sample contains the smaller one, and a stratum
    never has to keep more comments than could be drawn from it.

    Each row is a comment, except that rows with the same comment_id (and target) are one comment with one key. Equal
    texts are different comments, as in all sheets.

    Parameters
    ----------
    plan
        What to draw.
    columns
        Which column of the input holds the texts.
    excluded
        Comments that must not be drawn.

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
        """Add some rows of an input.

        Raises
        ------
        MissingColumnError, ColumnExistsError
            The column to stratify by is missing, or the input has a column that the sample adds.
        TextMismatchError
            Two rows with the same comment_id have different texts.
        StanceError
            There are more strata than comments to draw.
        """
        if input_name != self._input_name:
            self._start_input(input_name, batch)
        added_columns = []
        if self._plan.stratify_by not in (None, STRATUM_COLUMN):
            added_columns.append(STRATUM_COLUMN)
        if self._text_column != "text":
            added_columns.append("text")
        for column in added_columns:
            if column in batch.column_names:
                raise ColumnExistsError(column, input_name)
        table = batch.make_table()
        rows = self._select_eligible_rows(batch, table)
        for stratum, count in Counter(rows.strata).items():
            self._strata.setdefault(stratum, Reservoir()).n_rows += count
        if len(self._strata) > self._plan.n:
            cause = f"the column {self._plan.stratify_by!r} has more than {self._plan.n} values"
            remedy = "draw more comments with --n, or stratify by a column with fewer values"
            raise StanceError(cause, remedy, path=input_name)
        self._offer_comments(rows, input_name, batch, table)
        self._row_offset += len(batch.texts)
        self._total_row_offset += len(batch.texts)

    def draw(self) -> DrawnSample:
        """Draw the sample.

        Raises
        ------
        StanceError
            A comment occurs in two strata.
        """
        names = sorted(self._strata)
        sizes = [self._strata[name].estimated_size for name in names]
        allocated = allocate_draws([round(size) for size in sizes], self._plan.n, self._plan.allocation)
        comments: list[CandidateComment] = []
        strata = []
        for name, size, n_draws in zip(names, sizes, allocated, strict=True):
            drawn = self._strata[name].smallest(n_draws)
            comments += drawn
            strata.append(Stratum(name, size, len(drawn)))
        key_counts = Counter(comment.comment_key for comment in comments)
        if repeated := [key for key, count in key_counts.items() if count > 1]:
            cause = f"comment {repeated[0].split(_SEPARATOR)[0]!r} occurs in two strata"
            raise StanceError(cause, "stratify by a column that is the same in all rows of a comment")
        comments.sort(key=lambda comment: comment.row_order)
        return DrawnSample(tuple(comments), tuple(strata), self._n_without_text, self._n_excluded)

    def _start_input(self, input_name: str, batch: RowBatch) -> None:
        self._input_name, self._row_offset = input_name, 0
        self._input_index += 1
        self._text_column = self._columns.find_text_column(batch.column_names, input_name)
        if self._plan.stratify_by is not None:
            remedy = "choose one with --stratify-by"
            tables.require_columns(batch.column_names, (self._plan.stratify_by,), input_name, remedy)

    def _select_eligible_rows(self, batch: RowBatch, table: pa.Table) -> _EligibleRows:
        """Return the rows of a batch that have a text and are not excluded."""
        texts, stratify_by = batch.texts.to_pylist(), self._plan.stratify_by
        comment_ids, targets = _stripped_column(table, "comment_id"), _stripped_column(table, "target")
        strata = [""] * len(texts) if stratify_by is None else _stripped_column(table, stratify_by)
        rows = _EligibleRows([], [], [], [])
        for index, (text, comment_id) in enumerate(zip(texts, comment_ids, strict=True)):
            if not text or text.isspace():
                self._n_without_text += 1
            elif self._excluded_comments.contains(comment_id, text):
                self._n_excluded += 1
            else:
                # A comment without an id is identified by its row.
                key = comment_id or f"{_SEPARATOR}{self._input_index}{_SEPARATOR}{self._row_offset + index}"
                rows.indices.append(index)
                rows.comment_ids.append(comment_id)
                rows.strata.append(strata[index])
                rows.comment_keys.append(key + _SEPARATOR + targets[index])
        return rows

    def _offer_comments(self, rows: _EligibleRows, input_name: str, batch: RowBatch, table: pa.Table) -> None:
        """Offer the comments whose random key is small enough to the reservoirs of their strata."""
        n_rows = [reservoir.n_rows for reservoir in self._strata.values()]
        capacity = max_draws_per_stratum(n_rows, self._plan.n, self._plan.allocation)
        for reservoir in self._strata.values():
            reservoir.trim(capacity)
        keys = random_keys.compute_random_keys(rows.comment_keys, self._plan.seed, random_keys.DRAW_PURPOSE)
        largest_keys = {stratum: reservoir.largest_key(capacity) for stratum, reservoir in self._strata.items()}
        small = np.flatnonzero(keys <= np.array([largest_keys[stratum] for stratum in rows.strata], np.uint64))
        offered = []
        for number in small[np.argsort(keys[small], kind="stable")].tolist():  # smallest first: few are dropped again
            index = rows.indices[number]
            comment = CandidateComment(
                int(keys[number]),
                self._total_row_offset + index,
                rows.comment_ids[number],
                batch.texts[index].as_py(),
                rows.strata[number],
                rows.comment_keys[number],
            )
            row = batch.row_numbers[index] if batch.row_numbers else self._row_offset + index + 1
            self._strata[comment.stratum].offer(comment, capacity, input_name, row)
            offered.append((index, comment))
        kept = [(index, comment) for index, comment in offered if self._strata[comment.stratum].contains(comment)]
        self._fill_cells(kept, table, batch)

    def _fill_cells(self, kept: Sequence[tuple[int, CandidateComment]], table: pa.Table, batch: RowBatch) -> None:
        """Set the cells of comments from their rows; a JSON object has only the cells that it names."""
        if not kept:
            return
        rows = table.take(pa.array([index for index, _ in kept]))
        for name, column in zip(rows.column_names, rows.columns, strict=True):
            if name == self._text_column:
                continue
            is_present = [True] * len(kept) if batch.json_lines is None else column.is_valid().to_pylist()
            cells = format_text_cells(column).to_pylist()
            for (_, comment), cell, has_cell in zip(kept, cells, is_present, strict=True):
                if has_cell:
                    comment.cells[name] = cell


def _stripped_column(table: pa.Table, name: str) -> list[str]:
    """Return the stripped cells of a column; empty ones if the table does not have it."""
    if name not in table.column_names:
        return [""] * len(table)
    return [cell.strip() for cell in format_text_cells(table.column(name)).to_pylist()]
