"""Reading and writing CSV in batches of rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa

from stance.io import row_batches
from stance.io.csv_format import detect_csv_dialect, format_csv, pad_row, parse_header
from stance.io.csv_rows import parse_csv_rows
from stance.io.formatting import format_csv_cells, format_decimals, join_columns, join_csv_lines
from stance.io.line_reader import open_line_reader
from stance.io.row_batches import BATCH_BYTES, BATCH_ROWS
from stance.io.writers import AddedColumns, align_columns, reject_existing_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stance.io.line_reader import LineReader
    from stance.io.row_batches import ColumnSelection, RowBatch


def read_batches(
    stream: BinaryIO,
    name: str,
    selection: ColumnSelection,
    *,
    partial_batches: bool = False,
    delimiter: str | None = None,
) -> Iterator[RowBatch]:
    """Yield the rows of CSV in batches; the delimiter is detected unless it is passed.

    Raises
    ------
    UnreadableFileError, MissingColumnError
        It cannot be read as CSV, or has no text column.
    """
    with open_line_reader(stream, name, partial_batches=partial_batches) as (lines, sample):
        dialect = detect_csv_dialect(sample, selection.column_names, delimiter)
        warnings: list[str] = []
        rows = parse_csv_rows(lines, dialect.delimiter, name, quoted=dialect.is_quoted, warn=warnings.append)
        for batch in _split_rows(lines, rows, name, selection):
            yield replace(batch, warnings=tuple(warnings))
            warnings.clear()


def _split_rows(
    lines: LineReader, rows: Iterator[list[str]], name: str, selection: ColumnSelection
) -> Iterator[RowBatch]:
    n_rows_before, header = 0, selection.column_names
    if header is None:
        n_rows_before, header = next(
            ((row_number, tuple(row)) for row_number, row in enumerate(rows, start=1) if row), (0, ())
        )
    column_names = parse_header(header, name)
    column_indices = selection.find_column_indices(column_names, name)
    for batch in lines.split_batches(rows, BATCH_ROWS, BATCH_BYTES):
        padded_rows = batch
        row_numbers: Sequence[int] = range(n_rows_before + 1, n_rows_before + 1 + len(batch))
        n_rows_before += len(batch)
        if set(map(len, batch)) != {len(column_names)}:
            nonempty = [(number, row) for number, row in zip(row_numbers, batch, strict=True) if row]
            row_numbers = [number for number, _ in nonempty]
            padded_rows = [pad_row(row, len(column_names), name, number) for number, row in nonempty]
        columns = list(zip(*padded_rows, strict=True)) or [()] * len(column_names)
        table = pa.table(list(map(row_batches.to_string_array, columns)), names=column_names)
        yield row_batches.batch_from_table(table, column_indices, row_numbers, lines.fraction_read)


def format_columns(table: pa.Table) -> AddedColumns:
    """Return columns as CSV cells, those of a row joined into one string; numbers get six decimals."""
    cells = [
        format_decimals(column) if pa.types.is_floating(column.type) else format_csv_cells(column)
        for column in table.columns
    ]
    return AddedColumns(tuple(table.column_names), join_columns(cells, ","))


def open_writer(stream: BinaryIO, name: str, *, write_bom: bool) -> CsvWriter:
    """Return a writer of CSV; `write_bom` puts the byte-order mark that Excel needs before it."""
    return CsvWriter(stream, name, write_bom=write_bom)


class CsvWriter:
    """Writes rows with added columns as CSV, each batch at once."""

    def __init__(self, stream: BinaryIO, name: str, *, write_bom: bool) -> None:
        self._stream, self._name = stream, name
        self._encoding = "utf-8-sig" if write_bom else "utf-8"
        self._column_names: Sequence[str] | None = None

    def write_batch(self, batch: RowBatch, added: AddedColumns) -> None:
        """Write rows; the first ones determine the columns."""
        reject_existing_columns(batch.column_names, added, self._name)
        if self._column_names is None:
            self._column_names = batch.column_names
            header = format_csv([[*self._column_names, *added.column_names]], ",", "\n")
            self._stream.write(header.encode(self._encoding))
        table = align_columns(batch.make_table(), self._column_names, self._name)
        self._stream.write(join_csv_lines([*map(format_csv_cells, table.columns), added.values]))
        self._stream.flush()

    def close(self) -> None:
        """Do nothing: every batch has been written."""
