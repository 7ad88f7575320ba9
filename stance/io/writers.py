"""Scored rows -> CSV, JSON lines or Parquet, a chunk at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Protocol

import numpy as np
import pyarrow as pa

from stance.arrow_arrays import arrow_to_numpy
from stance.errors import ColumnExistsError, UnreadableFileError
from stance.io.csv_format import format_csv
from stance.io.formatting import (
    encode_lines,
    format_csv_cells,
    format_decimals,
    format_json_decimals,
    format_json_values,
    join_columns,
    join_csv_lines,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stance.io.row_batches import RowBatch

OutputFormat = Literal["csv", "jsonl", "parquet"]

_ROW_GROUP_ROWS = 1 << 16
_ROW_GROUP_BYTES = 1 << 26


@dataclass(frozen=True)
class FormattedScores:
    """What is added to rows.

    Attributes
    ----------
    column_names, columns
        Its columns by name, as they are or as one text a row.
    n_cannot_tell
        How many rows have no answer because their text is empty or holds no known term.
    n_unsure
        How many more have none because the model is not sure enough of it.
    """

    column_names: tuple[str, ...]
    columns: pa.Table | pa.Array
    n_cannot_tell: int
    n_unsure: int = 0


def format_scores(predictions: pa.Table, output_format: OutputFormat, min_confidence: float = 0.0) -> FormattedScores:
    """Bring answers into the form in which they stand in an output, and count those that `min_confidence` withheld."""
    names = tuple(predictions.column_names)
    confidence = predictions.column("confidence")
    cannot_tell = confidence.null_count
    unsure = int(np.count_nonzero(arrow_to_numpy(confidence) < min_confidence)) if min_confidence else 0
    if output_format == "parquet":
        return FormattedScores(names, predictions, cannot_tell, unsure)
    numbers, texts = (
        (format_decimals, format_csv_cells) if output_format == "csv" else (format_json_decimals, format_json_values)
    )
    columns = [(numbers if pa.types.is_floating(column.type) else texts)(column) for column in predictions.columns]
    return FormattedScores(
        names,
        join_columns(columns, ",") if output_format == "csv" else _format_json_members(names, columns),
        cannot_tell,
        unsure,
    )


class BatchWriter(Protocol):
    """What rows and their scores are written to."""

    def write_batch(self, batch: RowBatch, scores: FormattedScores) -> None:
        """Add rows, each with its scores behind its own columns."""

    def close(self) -> None:
        """Finish the output; without any row, an empty one."""


def open_batch_writer(stream: BinaryIO, output_format: OutputFormat, name: str, *, write_bom: bool) -> BatchWriter:
    """Open a writer on a binary stream; `write_bom` puts the byte-order mark that Excel needs before CSV."""
    if output_format == "parquet":
        return _ParquetWriter(stream, name)
    return _CsvWriter(stream, name, write_bom=write_bom) if output_format == "csv" else _JsonLinesWriter(stream, name)


class _CsvWriter:
    def __init__(self, stream: BinaryIO, name: str, *, write_bom: bool) -> None:
        self._stream, self._name = stream, name
        self._encoding = "utf-8-sig" if write_bom else "utf-8"
        self._columns: Sequence[str] | None = None

    def write_batch(self, batch: RowBatch, scores: FormattedScores) -> None:
        _reject_existing_columns(batch.column_names, scores, self._name)
        if self._columns is None:
            self._columns = batch.column_names
            self._stream.write(format_csv([[*self._columns, *scores.column_names]], ",", "\n").encode(self._encoding))
        table = _align_columns(batch.make_table(), self._columns, self._name)
        self._stream.write(join_csv_lines([*map(format_csv_cells, table.columns), scores.columns]))
        self._stream.flush()

    def close(self) -> None:
        pass


class _JsonLinesWriter:
    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream, self._name = stream, name

    def write_batch(self, batch: RowBatch, scores: FormattedScores) -> None:
        _reject_existing_columns(batch.column_names, scores, self._name)
        import pyarrow.compute as pc

        # Spliced in before the closing brace, so that the input's own part stays letter for letter.
        own = (
            _strip_closing_brace(batch.json_lines)
            if batch.json_lines is not None
            else _format_open_objects(batch.make_table())
        )
        comma = pc.if_else(pc.ends_with(own, "{"), "", ", ")
        self._stream.write(encode_lines(join_columns([own, comma, scores.columns, "}"])))
        self._stream.flush()

    def close(self) -> None:
        pass


def _strip_closing_brace(objects: pa.Array) -> pa.Array:
    """Take the closing brace off JSON objects, and the blanks around it."""
    import pyarrow.compute as pc

    blanks = " \t\r\n"
    return pc.ascii_rtrim(pc.utf8_slice_codeunits(pc.ascii_rtrim(objects, blanks), 0, -1), blanks)


def _format_open_objects(table: pa.Table) -> pa.Array:
    return join_columns(["{", _format_json_members(table.column_names, map(format_json_values, table.columns))])


def _format_json_members(names: Sequence[str], values: Iterable[pa.Array]) -> pa.Array:
    """Write the inside of JSON objects."""
    keys = (json.dumps(name, ensure_ascii=False) for name in names)
    return join_columns([join_columns([f"{key}: ", value]) for key, value in zip(keys, values, strict=True)], ", ")


class _ParquetWriter:
    def __init__(self, stream: BinaryIO, name: str) -> None:
        from pyarrow import parquet

        self._stream, self._name = stream, name
        self._writer_class = parquet.ParquetWriter
        self._writer: Any = None
        self._pending: list[pa.Table] = []

    def write_batch(self, batch: RowBatch, scores: FormattedScores) -> None:
        _reject_existing_columns(batch.column_names, scores, self._name)
        table = batch.make_table()
        for name, column in zip(scores.column_names, scores.columns.columns, strict=True):
            table = table.append_column(name, column)
        if self._writer is None:
            # A column without a value so far has no type; text can hold whatever comes.
            fields = [pa.field(f.name, pa.string()) if pa.types.is_null(f.type) else f for f in table.schema]
            self._writer = self._writer_class(self._stream, pa.schema(fields))
        aligned = _align_columns(table, self._writer.schema.names, self._name)
        for known, new in zip(self._writer.schema, aligned.schema, strict=True):
            # Arrow would turn a 7 into true without a word.
            if new.type != known.type and not pa.types.is_null(new.type):
                reason = f"{known.name!r} is {known.type} in the first rows and {new.type} in later ones"
                raise UnreadableFileError(self._name, reason, "use --format jsonl")
        self._pending.append(aligned.cast(self._writer.schema))
        if sum(map(len, self._pending)) >= _ROW_GROUP_ROWS or sum(t.nbytes for t in self._pending) >= _ROW_GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        self._flush()
        if self._writer is None:
            self._writer = self._writer_class(self._stream, pa.schema([]))
        self._writer.close()

    def _flush(self) -> None:
        """Write what is waiting as one row group: a file of many small ones is slow to read and grows in memory."""
        if self._pending:
            self._writer.write_table(pa.concat_tables(self._pending))
            self._pending.clear()


def _align_columns(table: pa.Table, columns: Sequence[str], name: str) -> pa.Table:
    """Bring later rows into the columns of the first ones; a column that they lack is empty."""
    if table.column_names == columns:
        return table
    if new := [column for column in table.column_names if column not in columns]:
        raise UnreadableFileError(
            name,
            f"a column {new[0]!r} that the first rows do not have",
            "score such inputs one by one, or use --format jsonl",
        )
    empty = pa.nulls(len(table), pa.string())
    return pa.table(
        [table.column(column) if column in table.column_names else empty for column in columns], names=columns
    )


def _reject_existing_columns(columns: Sequence[str], scores: FormattedScores, name: str) -> None:
    if taken := [column for column in scores.column_names if column in columns]:
        raise ColumnExistsError(taken[0], name)
