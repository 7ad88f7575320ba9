"""Rows of text from files of any supported format, a chunk at a time."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, cast

import pyarrow as pa

from stance import tables
from stance.cells import cell, text_cells
from stance.csvtext import detect_delimiter, fit_row, header, read_rows
from stance.decoding import detect
from stance.errors import StanceError, UnreadableFileError
from stance.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pyarrow.parquet import FileMetaData

InputFormat = Literal["csv", "tsv", "jsonl", "parquet", "text"]

CHUNK_ROWS = 8_192
"""How many rows are scored together: fewer cost more a row, more take memory."""
CHUNK_BYTES = 1 << 24
"""About how many bytes of an input make a chunk even if they are fewer rows."""

_PAGES_BYTES = 1 << 20  # of a column of Parquet, read at a time
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

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Chunk:
    """Some rows of an input.

    Attributes
    ----------
    texts
        The text of each, an Arrow array of strings without nulls.
    names
        The names of all their columns.
    table
        Makes these columns.
    lines
        The lines they came in if these were JSON.
    share
        How much of the input has been read with them, from 0 to 1, if its length is known.
    """

    texts: pa.Array
    names: Sequence[str]
    table: Callable[[], pa.Table]
    lines: pa.Array | None = None
    share: float | None = None


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


def read(stream: BinaryIO, kind: InputFormat, name: str, text_column: str, *, prompt: bool = False) -> Iterator[Chunk]:
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
    prompt
        Whether to hand over what there is when the stream has to be waited for. Where a chunk of JSON lines ends can
        tell what columns it has, so that these differ from run to run.

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
    lines = Lines(buffered, encoding, translate=kind in ("text", "jsonl"), prompt=prompt)
    try:
        if kind == "text":
            yield from _read_lines(lines)
        elif kind == "jsonl":
            yield from _read_json_lines(lines, name, text_column)
        else:
            delimiter = "\t" if kind == "tsv" else detect_delimiter(sample.decode(encoding, "replace"))
            yield from _read_csv(lines, delimiter, name, text_column)
    except UnicodeDecodeError:
        reason = f"the file begins as {encoding} but does not go on so"
        raise UnreadableFileError(name, reason, "save it as UTF-8") from None


def from_texts(texts: Sequence[str], share: float | None = None) -> Chunk:
    """Make a chunk of texts that stand in no table."""
    return _of_table(pa.table({"text": _strings(texts)}), 0, share)


def _of_table(table: pa.Table, place: int, share: float | None) -> Chunk:
    texts = table.column(place).combine_chunks()
    if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)) or texts.null_count:
        texts = text_cells(texts)
    return Chunk(texts, table.column_names, lambda: table, share=share)


def _read_lines(lines: Lines) -> Iterator[Chunk]:
    for chunk in lines.chunks(lines, CHUNK_ROWS, CHUNK_BYTES):
        yield from_texts([line.rstrip("\n") for line in chunk], lines.share)


def _read_csv(lines: Lines, delimiter: str, name: str, text_column: str) -> Iterator[Chunk]:
    rows = read_rows(lines, delimiter, name)
    number, first = next(((number, row) for number, row in enumerate(rows, start=1) if row), (0, []))
    columns = header(first, name)
    place = columns.index(_choose(columns, text_column, name))
    for chunk in lines.chunks(rows, CHUNK_ROWS, CHUNK_BYTES):
        fitting = chunk
        if set(map(len, chunk)) != {len(columns)}:
            numbered = enumerate(chunk, start=number + 1)
            fitting = [fit_row(row, len(columns), name, each) for each, row in numbered if row]
        number += len(chunk)
        of_column = list(zip(*fitting, strict=True)) or [()] * len(columns)
        yield _of_table(pa.table(list(map(_strings, of_column)), names=columns), place, lines.share)


def _read_json_lines(lines: Lines, name: str, text_column: str) -> Iterator[Chunk]:
    chosen: str | None = None
    number = 0
    for chunk in lines.chunks(lines, CHUNK_ROWS, CHUNK_BYTES):
        held = [line for line in chunk if not line.isspace()]
        records = [_record(line, name, each) for each, line in enumerate(chunk, start=number + 1) if not line.isspace()]
        number += len(chunk)
        if not records:
            continue
        columns = list(dict.fromkeys(chain.from_iterable(records)))
        chosen = chosen or _choose(columns, text_column, name)
        texts = _strings([cell(record.get(chosen)) for record in records])
        table = partial(_json_table, records, columns)
        yield Chunk(texts, columns, table, pa.array(held, pa.large_string()), lines.share)


def _record(line: str, name: str, number: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise UnreadableFileError(
            name, "a line is no JSON that can be read", "write one JSON object a line", row=number
        ) from None
    if not isinstance(record, dict):
        raise UnreadableFileError(name, "a line is no JSON object", "write one object a line", row=number)
    if _LONE_SURROGATE.search("".join(record)):
        return {_encodable(key): value for key, value in record.items()}
    return record


def _json_table(records: Sequence[dict[str, Any]], columns: Sequence[str]) -> pa.Table:
    return pa.table([_json_column([record.get(name) for record in records]) for name in columns], names=columns)


def _json_column(values: list[Any]) -> pa.Array:
    """Make a column of JSON values: numbers and truth values as such, all else as text."""
    kinds = set(map(type, values)) - {type(None)}
    if len(kinds) == 1 and kinds <= {int, float, bool}:
        try:
            return pa.array(values)
        except (OverflowError, pa.ArrowInvalid):
            pass
    return _strings(values if kinds <= {str} else [None if value is None else cell(value) for value in values])


def _read_parquet(stream: BinaryIO, name: str, text_column: str) -> Iterator[Chunk]:
    from pyarrow import parquet

    try:
        # Row groups of a million comments take 80 MB so and 235 MB when they are read whole, in the same time.
        file = parquet.ParquetFile(stream, buffer_size=_PAGES_BYTES, pre_buffer=False)
        columns = header(file.schema_arrow.names, name)
        place = columns.index(_choose(columns, text_column, name))
        total = file.metadata.num_rows
        if not total:
            yield _of_table(file.schema_arrow.empty_table(), place, None)
        done = 0
        for batch in file.iter_batches(_batch_rows(file.metadata), use_threads=False):
            batch.validate(full=True)  # bytes that are no UTF-8 would go on into the output
            done += len(batch)
            yield _of_table(pa.Table.from_batches([batch]), place, done / total)
    except (pa.ArrowInvalid, OSError) as error:
        reason = f"no Parquet file, or a damaged one ({str(error).splitlines()[0]})"
        raise UnreadableFileError(name, reason, "name its --input-format, or write it anew") from None


def _batch_rows(metadata: FileMetaData) -> int:
    """Tell how many rows make a chunk, by the longest rows of any row group."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    longest = max((group.total_byte_size / group.num_rows for group in groups if group.num_rows), default=0)
    return max(1, min(CHUNK_ROWS, int(CHUNK_BYTES / max(longest, 1))))


def _choose(columns: Sequence[str], text_column: str, name: str) -> str:
    if len(columns) == 1 and text_column == "text" and columns[0].isidentifier():
        return columns[0]
    tables.require(columns, (text_column,), name, "name the column with the texts by --text-column")
    return text_column


def _strings(texts: Sequence[str | None]) -> pa.Array:
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError:
        return pa.array([text and _encodable(text) for text in texts], pa.string())


def _encodable(text: str) -> str:
    """Replace halves of letters, which no file can hold."""
    return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
