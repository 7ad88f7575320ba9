"""Reading and writing Parquet in batches of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa

from stance.errors import UnreadableFileError
from stance.io.csv_format import parse_header
from stance.io.row_batches import BATCH_BYTES, BATCH_ROWS, batch_from_table
from stance.io.writers import AddedColumns, align_columns, reject_existing_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyarrow.parquet import FileMetaData

    from stance.io.row_batches import ColumnSelection, RowBatch

_BUFFER_BYTES = 1 << 20  # of each column, read at a time
_ROW_GROUP_ROWS = 1 << 16
_ROW_GROUP_BYTES = 1 << 26


def read_batches(
    stream: BinaryIO,
    name: str,
    selection: ColumnSelection,
    *,
    partial_batches: bool = False,  # noqa: ARG001 - part of the interface; the index of Parquet is at its end
) -> Iterator[RowBatch]:
    """Yield the rows of a seekable Parquet file in batches.

    Raises
    ------
    UnreadableFileError, MissingColumnError
        It is not a sound Parquet file, or has no text column.
    """
    from pyarrow import parquet

    try:
        # A buffer per column takes 80 MB for row groups of a million comments; reading them whole takes 235 MB.
        file = parquet.ParquetFile(stream, buffer_size=_BUFFER_BYTES, pre_buffer=False)
        column_names = parse_header(file.schema_arrow.names, name)
        column_indices = selection.find_column_indices(column_names, name)
        n_rows = file.metadata.num_rows
        if not n_rows:
            yield batch_from_table(file.schema_arrow.empty_table(), column_indices, (), None)
        n_read = 0
        for batch in file.iter_batches(_rows_per_batch(file.metadata), use_threads=False):
            batch.validate(full=True)  # bytes that are not UTF-8 would go on into the output
            row_numbers = range(n_read + 1, n_read + 1 + len(batch))
            n_read += len(batch)
            yield batch_from_table(pa.Table.from_batches([batch]), column_indices, row_numbers, n_read / n_rows)
    except (pa.ArrowInvalid, OSError) as error:
        reason = f"not a Parquet file, or a damaged one ({str(error).splitlines()[0]})"
        raise UnreadableFileError(name, reason, "check its --input-format, or write the file again") from None


def _rows_per_batch(metadata: FileMetaData) -> int:
    """Return how many rows make a batch, judged by the row group with the longest rows."""
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    bytes_per_row = max((group.total_byte_size / group.num_rows for group in groups if group.num_rows), default=0)
    return max(1, min(BATCH_ROWS, int(BATCH_BYTES / max(bytes_per_row, 1))))


def format_columns(table: pa.Table) -> AddedColumns:
    """Return columns as they are."""
    return AddedColumns(tuple(table.column_names), table)


def open_writer(stream: BinaryIO, name: str, *, write_bom: bool) -> ParquetWriter:  # noqa: ARG001 - for CSV only
    """Return a writer of Parquet."""
    return ParquetWriter(stream, name)


class ParquetWriter:
    """Writes rows with added columns as Parquet, in row groups of many batches.

    A file of many small row groups is slow to read, and writing it takes ever more memory.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        from pyarrow import parquet

        self._stream, self._name = stream, name
        self._writer_class = parquet.ParquetWriter
        self._writer: Any = None
        self._pending: list[pa.Table] = []

    def write_batch(self, batch: RowBatch, added: AddedColumns) -> None:
        """Write rows; the first ones determine the columns and their types.

        Raises
        ------
        UnreadableFileError
            A column changes its type.
        """
        reject_existing_columns(batch.column_names, added, self._name)
        table = batch.make_table()
        for name, column in zip(added.column_names, added.values.columns, strict=True):
            table = table.append_column(name, column)
        if self._writer is None:
            # A column that has no value yet has no type; strings can hold whatever comes.
            fields = [pa.field(f.name, pa.string()) if pa.types.is_null(f.type) else f for f in table.schema]
            self._writer = self._writer_class(self._stream, pa.schema(fields))
        aligned = align_columns(table, self._writer.schema.names, self._name)
        for first, later in zip(self._writer.schema, aligned.schema, strict=True):
            # Arrow would cast 7 to true without an error.
            if later.type != first.type and not pa.types.is_null(later.type):
                reason = f"{first.name!r} is {first.type} in the first rows and {later.type} in later ones"
                raise UnreadableFileError(self._name, reason, "use --format jsonl")
        self._pending.append(aligned.cast(self._writer.schema))
        if sum(map(len, self._pending)) >= _ROW_GROUP_ROWS or sum(t.nbytes for t in self._pending) >= _ROW_GROUP_BYTES:
            self._write_row_group()

    def close(self) -> None:
        """Finish the file; one without rows has no columns."""
        self._write_row_group()
        if self._writer is None:
            self._writer = self._writer_class(self._stream, pa.schema([]))
        self._writer.close()

    def _write_row_group(self) -> None:
        if self._pending:
            self._writer.write_table(pa.concat_tables(self._pending))
            self._pending.clear()
