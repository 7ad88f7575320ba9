"""Rows of text from files of any supported format, a chunk at a time."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TypeVar, cast

import pyarrow as pa
import pyarrow.parquet as pq

from stance import tables
from stance.csvtext import detect_delimiter, fit_row, header, numbered_rows
from stance.decoding import detect
from stance.errors import StanceError, UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

InputFormat = Literal["csv", "tsv", "jsonl", "parquet", "text"]

CHUNK_ROWS = 1_000

_FORMATS = ("csv", "tsv", "jsonl", "parquet", "text")
_SUFFIXES: dict[str, InputFormat] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".txt": "text",
}
SAMPLE_BYTES = 1 << 20
Item = TypeVar("Item")

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Chunk:
    """Some rows of an input: the text of each, all its columns, and the lines it came in if these were JSON."""

    texts: list[str]
    table: pa.Table
    lines: tuple[str, ...] | None = None


def format_of(path: Path, named: InputFormat | None) -> InputFormat:
    """Tell the format of an input by its name, unless it is given.

    Raises
    ------
    StanceError
        The suffix is unknown.
    """
    known = named or _SUFFIXES.get(path.suffix.lower())
    if known is None:
        raise StanceError(
            f"unknown kind of file {path.suffix!r}", f"add --input-format {'|'.join(_FORMATS)}", path=path
        )
    return known


def read(stream: BinaryIO, kind: InputFormat, name: str, text_column: str) -> Iterator[Chunk]:
    """Read rows in chunks.

    Parameters
    ----------
    stream
        The open input; for Parquet it must be seekable.
    kind
        Its format.
    name
        What messages call it.
    text_column
        The column with the texts; a table of one column needs none of that name.

    Raises
    ------
    UnreadableFileError, MissingColumnError
        The input is not of that format, or has no such column.
    """
    if kind == "parquet":
        yield from _read_parquet(stream, name, text_column)
        return
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast("Any", stream), SAMPLE_BYTES)
    sample = buffered.peek(SAMPLE_BYTES)
    encoding, _ = detect(sample, whole=False)
    text = io.TextIOWrapper(buffered, encoding=encoding, newline="" if kind in ("csv", "tsv") else None)
    try:
        if kind == "text":
            yield from _read_lines(text)
        elif kind == "jsonl":
            yield from _read_json_lines(text, name, text_column)
        else:
            delimiter = "\t" if kind == "tsv" else detect_delimiter(sample.decode(encoding, "replace"))
            yield from _read_csv(text, delimiter, name, text_column)
    except UnicodeDecodeError:
        reason = f"the file begins as {encoding} but does not go on so"
        raise UnreadableFileError(name, reason, "save it as UTF-8") from None
    finally:
        text.detach()


def from_texts(texts: Sequence[str]) -> Chunk:
    """Make a chunk of texts that came from no file."""
    return Chunk(list(texts), pa.table({"text": pa.array([_encodable(text) for text in texts], pa.string())}))


def _read_lines(text: Iterable[str]) -> Iterator[Chunk]:
    for lines in _chunks(text):
        yield from_texts([line.rstrip("\n") for line in lines])


def _read_csv(text: io.TextIOWrapper, delimiter: str, name: str, text_column: str) -> Iterator[Chunk]:
    rows = ((number, row) for number, row in numbered_rows(text, delimiter, name) if row)
    _, first = next(rows, (0, []))
    columns = header(first, name)
    place = columns.index(_choose(columns, text_column, name))
    for chunk in _chunks(rows):
        cells = [fit_row(row, len(columns), name, number) for number, row in chunk]
        of_column = list(zip(*cells, strict=True)) or [()] * len(columns)
        arrays = [pa.array(map(_encodable, column), pa.string()) for column in of_column]
        yield Chunk([row[place] for row in cells], pa.table(arrays, names=columns))


def _read_json_lines(text: Iterable[str], name: str, text_column: str) -> Iterator[Chunk]:
    numbered = ((number, line) for number, line in enumerate(text, start=1) if line.strip())
    chosen: str | None = None
    for chunk in _chunks(numbered):
        records = [_record(line, name, number) for number, line in chunk]
        if not records:
            return
        columns = list(dict.fromkeys(key for record in records for key in record))
        chosen = chosen or _choose(columns, text_column, name)
        texts = [cell(record.get(chosen)) for record in records]
        arrays = [_json_column([record.get(column) for record in records]) for column in columns]
        yield Chunk(texts, pa.table(arrays, names=columns), tuple(line for _, line in chunk))


def _record(line: str, name: str, number: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise UnreadableFileError(
            name, "a line is no JSON that can be read", "write one JSON object a line", row=number
        ) from None
    if not isinstance(record, dict):
        raise UnreadableFileError(name, "a line is no JSON object", "write one object a line", row=number)
    return {_encodable(key): value for key, value in record.items()}


def _json_column(values: list[Any]) -> pa.Array:
    """Make a column of JSON values: numbers and truth values as such, all else as text."""
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) == 1 and kinds <= {int, float, bool}:
        try:
            return pa.array(values)
        except (OverflowError, pa.ArrowInvalid):
            pass
    return pa.array([None if value is None else _encodable(cell(value)) for value in values], pa.string())


def _read_parquet(stream: BinaryIO, name: str, text_column: str) -> Iterator[Chunk]:
    try:
        file = pq.ParquetFile(stream)
        columns = header(file.schema_arrow.names, name)
        chosen = _choose(columns, text_column, name)
        if not file.metadata.num_rows:
            yield Chunk([], file.schema_arrow.empty_table())
        for batch in file.iter_batches(batch_size=CHUNK_ROWS):
            table = pa.Table.from_batches([batch])
            yield Chunk([cell(value) for value in table.column(chosen).to_pylist()], table)
    except (pa.ArrowInvalid, OSError) as error:
        reason = f"no Parquet file, or a damaged one ({str(error).splitlines()[0]})"
        raise UnreadableFileError(name, reason, "name its --input-format, or write it anew") from None


def _choose(columns: Sequence[str], text_column: str, name: str) -> str:
    if len(columns) == 1 and text_column == "text" and columns[0].isidentifier():
        return columns[0]
    tables.require(columns, (text_column,), name, "name the column with the texts by --text-column")
    return text_column


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Cut rows into chunks; without any there is one empty chunk, so that its columns still come out."""
    chunk: list[Item] = []
    empty = True
    for item in items:
        chunk.append(item)
        if len(chunk) == CHUNK_ROWS:
            yield chunk
            chunk, empty = [], False
    if chunk or empty:
        yield chunk


def _encodable(text: str) -> str:
    """Replace halves of letters, which no file can hold."""
    return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def cell(value: Any) -> str:
    """Write a value as it would stand in a cell of a spreadsheet."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (bool, dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
