"""Scored rows -> CSV, JSON lines or Parquet, a chunk at a time."""

from __future__ import annotations

import io
import json
from math import isfinite
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from stance.csvtext import format_csv
from stance.errors import ColumnTakenError, UnreadableFileError
from stance.rows import cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from stance.rows import Chunk

OutputFormat = Literal["csv", "jsonl", "parquet"]

DECIMALS = 6
"""How many decimals of a probability are written to text formats."""


class Writer(Protocol):
    """What rows and their scores are written to."""

    def write(self, chunk: Chunk, scores: pd.DataFrame) -> None:
        """Add rows, each with its scores behind its own columns."""

    def close(self) -> None:
        """Finish the output; without any row, an empty one."""


def open_writer(stream: BinaryIO, kind: OutputFormat, name: str, *, mark: bool) -> Writer:
    """Open a writer on a binary stream; `mark` puts the byte-order mark that Excel needs before CSV."""
    if kind == "parquet":
        return _ParquetWriter(stream, name)
    text = io.TextIOWrapper(stream, encoding="utf-8-sig" if mark and kind == "csv" else "utf-8", newline="")
    return _CsvWriter(text, name) if kind == "csv" else _JsonLinesWriter(text, name)


class _CsvWriter:
    def __init__(self, text: io.TextIOWrapper, name: str) -> None:
        self._text, self._name = text, name
        self._columns: list[str] | None = None

    def write(self, chunk: Chunk, scores: pd.DataFrame) -> None:
        _refuse_taken(chunk.table.column_names, scores, self._name)
        if self._columns is None:
            self._columns = chunk.table.column_names
            self._text.write(format_csv([[*self._columns, *scores.columns]], ",", "\n"))
        table = _align(chunk.table, self._columns, self._name)
        own = [map(cell, column.to_pylist()) for column in table.columns]
        added = [map(_score_cell, scores[column]) for column in scores.columns]
        self._text.write(format_csv(zip(*own, *added, strict=True), ",", "\n"))
        self._text.flush()

    def close(self) -> None:
        self._text.flush()
        self._text.detach()


class _JsonLinesWriter:
    def __init__(self, text: io.TextIOWrapper, name: str) -> None:
        self._text, self._name = text, name

    def write(self, chunk: Chunk, scores: pd.DataFrame) -> None:
        _refuse_taken(chunk.table.column_names, scores, self._name)
        lines = chunk.lines or [_json_line(row) for row in chunk.table.to_pylist()]
        for line, row in zip(lines, scores.to_dict("records"), strict=True):
            added = json.dumps({key: _score_value(value) for key, value in row.items()}, ensure_ascii=False)
            # Spliced in before the closing brace, so that the input's own part stays letter for letter.
            own = line.rstrip()[:-1].rstrip()
            self._text.write(f"{own}{'' if own.endswith('{') else ', '}{added[1:]}\n")
        self._text.flush()

    def close(self) -> None:
        self._text.flush()
        self._text.detach()


def _json_line(row: dict[str, Any]) -> str:
    valid = {key: None if isinstance(value, float) and not isfinite(value) else value for key, value in row.items()}
    return json.dumps(valid, ensure_ascii=False, default=cell)


class _ParquetWriter:
    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream, self._name = stream, name
        self._writer: pq.ParquetWriter | None = None

    def write(self, chunk: Chunk, scores: pd.DataFrame) -> None:
        _refuse_taken(chunk.table.column_names, scores, self._name)
        table = chunk.table
        for column in scores.columns:
            table = table.append_column(column, pa.array(scores[column], from_pandas=True))
        if self._writer is None:
            # A column without a value so far has no type; text can hold whatever comes.
            fields = [pa.field(f.name, pa.string()) if pa.types.is_null(f.type) else f for f in table.schema]
            self._writer = pq.ParquetWriter(self._stream, pa.schema(fields))
        aligned = _align(table, self._writer.schema.names, self._name)
        for known, new in zip(self._writer.schema, aligned.schema, strict=True):
            # Arrow would turn a 7 into true without a word.
            if new.type != known.type and not pa.types.is_null(new.type):
                reason = f"{known.name!r} is {known.type} in the first rows and {new.type} in later ones"
                raise UnreadableFileError(self._name, reason, "use --format jsonl")
        self._writer.write_table(aligned.cast(self._writer.schema))

    def close(self) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._stream, pa.schema([]))
        self._writer.close()


def _align(table: pa.Table, columns: list[str], name: str) -> pa.Table:
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


def _refuse_taken(columns: Sequence[str], scores: pd.DataFrame, name: str) -> None:
    if taken := [column for column in scores.columns if column in columns]:
        raise ColumnTakenError(taken[0], name)


def _score_value(value: Any) -> Any:
    if isinstance(value, float):
        return None if value != value else round(value, DECIMALS)  # noqa: PLR0124 - only a missing number differs from itself
    return value


def _score_cell(value: Any) -> str:
    written = _score_value(value)
    return "" if written is None else f"{written:.{DECIMALS}f}" if isinstance(written, float) else str(written)
