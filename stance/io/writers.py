"""What the writers of all formats share: the columns they add to rows, and checks of column names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from stance.errors import ColumnExistsError, UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stance.io.row_batches import RowBatch


@dataclass(frozen=True)
class AddedColumns:
    """Columns to add to rows, in the form in which the writer of a format takes them.

    Attributes
    ----------
    column_names
        Their names.
    values
        For a text format, an array with all of them as one string per row; else a table.
    """

    column_names: tuple[str, ...]
    values: pa.Table | pa.Array


class BatchWriter(Protocol):
    """Writes rows, each with added columns after its own."""

    def write_batch(self, batch: RowBatch, added: AddedColumns) -> None:
        """Write rows with the columns to add to them."""

    def close(self) -> None:
        """Finish the output; if no row has come, an empty one."""


def align_columns(table: pa.Table, column_names: Sequence[str], name: str) -> pa.Table:
    """Return later rows with the columns of the first ones; a column that they lack is empty.

    Raises
    ------
    UnreadableFileError
        They have a column that the first rows do not have.
    """
    if table.column_names == column_names:
        return table
    if new := [column for column in table.column_names if column not in column_names]:
        reason = f"a column {new[0]!r} that the first rows do not have"
        raise UnreadableFileError(name, reason, "score such inputs one by one, or use --format jsonl")
    empty = pa.nulls(len(table), pa.string())
    columns = [table.column(column) if column in table.column_names else empty for column in column_names]
    return pa.table(columns, names=column_names)


def reject_existing_columns(column_names: Sequence[str], added: AddedColumns, name: str) -> None:
    """Check that rows do not have a column that is to be added.

    Raises
    ------
    ColumnExistsError
        They have; the error names the first one.
    """
    if existing := [column for column in added.column_names if column in column_names]:
        raise ColumnExistsError(existing[0], name)
