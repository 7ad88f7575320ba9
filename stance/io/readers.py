"""Rows of text from files of any supported format, a chunk at a time."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, cast

import pyarrow as pa

from stance.arrow_arrays import string_array
from stance.errors import StanceError, UnreadableFileError
from stance.io import row_batches
from stance.io.csv_format import detect_delimiter, fit_row, header
from stance.io.csv_rows import has_old_line_ends, is_unquoted, read_rows, refusing_conflicts, without_end
from stance.io.decoding import detect
from stance.io.formatting import cell
from stance.io.line_reader import Lines
from stance.io.row_batches import Chunk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pyarrow.parquet import FileMetaData

    from stance.io.row_batches import Columns

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


def read(stream: BinaryIO, kind: InputFormat, name: str, wanted: Columns, *, prompt: bool = False) -> Iterator[Chunk]:
    """Read rows in chunks.

    Parameters
    ----------
    stream
        The open input; for Parquet it must be seekable.
    kind
        Its format.
    name
        What messages call it.
    wanted
        The columns to read. In TSV without a header quotes are letters: what writes no header puts no cell in quotes,
        and a comment may begin with a quotation.
    prompt
        Whether to hand over what there is when the stream has to be waited for. Where a chunk of JSON lines ends can
        tell what columns it has, so that these differ from run to run.

    Raises
    ------
    UnreadableFileError, MissingColumnError
        The input is not of that format, or has no column with texts.
    """
    if wanted.names and kind not in ("csv", "tsv"):
        raise StanceError("only CSV and TSV can lack the names of columns", "leave --columns out", path=name)
    if kind == "parquet":
        yield from _read_parquet(stream, name, wanted)
        return
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast("Any", stream), SAMPLE_BYTES)
    sample = buffered.peek(SAMPLE_BYTES)
    encoding, _ = detect(sample, whole=False)
    beginning = sample.decode(encoding, "replace")
    lines = Lines(buffered, encoding, old_line_ends=has_old_line_ends(beginning), prompt=prompt)
    try:
        if kind == "text":
            yield from _read_lines(lines, name)
        elif kind == "jsonl":
            yield from _read_json_lines(lines, name, wanted)
        else:
            delimiter = "\t" if kind == "tsv" else detect_delimiter(beginning, wanted.names)
            quoted = not (wanted.names and kind == "tsv") and not is_unquoted(beginning, delimiter)
            doubts: list[str] = []
            rows = read_rows(lines, delimiter, name, quoted=quoted, warn=doubts.append)
            for chunk in _read_csv(lines, rows, name, wanted):
                yield replace(chunk, warnings=tuple(doubts))
                doubts.clear()
    except UnicodeDecodeError:
        reason = f"the file begins as {encoding} but does not go on so"
        raise UnreadableFileError(name, reason, "save it as UTF-8") from None


def _read_lines(lines: Lines, name: str) -> Iterator[Chunk]:
    for chunk in lines.chunks(refusing_conflicts(lines, name), CHUNK_ROWS, CHUNK_BYTES):
        yield row_batches.from_texts(list(map(without_end, chunk)), lines.share)


def _read_csv(lines: Lines, rows: Iterator[list[str]], name: str, wanted: Columns) -> Iterator[Chunk]:
    number, first = 0, wanted.names
    if first is None:
        number, first = next(((number, tuple(row)) for number, row in enumerate(rows, start=1) if row), (0, ()))
    columns = header(first, name)
    places = wanted.places(columns, name)
    for chunk in lines.chunks(rows, CHUNK_ROWS, CHUNK_BYTES):
        fitting, numbers = chunk, _following(number, len(chunk))
        number += len(chunk)
        if set(map(len, chunk)) != {len(columns)}:
            numbers = [each for each, row in zip(numbers, chunk, strict=True) if row]
            held = zip(numbers, filter(None, chunk), strict=True)
            fitting = [fit_row(row, len(columns), name, each) for each, row in held]
        of_column = list(zip(*fitting, strict=True)) or [()] * len(columns)
        table = pa.table(list(map(row_batches.strings, of_column)), names=columns)
        yield row_batches.from_table(table, places, numbers, lines.share)


def _read_json_lines(lines: Lines, name: str, wanted: Columns) -> Iterator[Chunk]:
    chosen: str | None = None
    number = 0
    for chunk in lines.chunks(refusing_conflicts(lines, name), CHUNK_ROWS, CHUNK_BYTES):
        held = [line for line in chunk if not line.isspace()]
        numbers = [each for each, line in enumerate(chunk, start=number + 1) if not line.isspace()]
        records = [_record(line, name, each) for each, line in zip(numbers, held, strict=True)]
        number += len(chunk)
        if not records:
            continue
        columns = list(dict.fromkeys(chain.from_iterable(records)))
        chosen = chosen or wanted.text_among(columns, name)
        texts = row_batches.strings([cell(record.get(chosen)) for record in records])
        targets = None
        if wanted.target in columns:
            targets = row_batches.strings([cell(r[wanted.target]) if wanted.target in r else None for r in records])
        table = partial(_json_table, records, columns)
        yield Chunk(texts, columns, table, targets, numbers, string_array(held), lines.share)


def _record(line: str, name: str, number: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise UnreadableFileError(
            name, "a line is no JSON that can be read", "write one JSON object a line", row=number
        ) from None
    if not isinstance(record, dict):
        raise UnreadableFileError(name, "a line is no JSON object", "write one object a line", row=number)
    if row_batches.LONE_SURROGATE.search("".join(record)):
        return {row_batches.encodable(key): value for key, value in record.items()}
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
    return row_batches.strings(
        values if kinds <= {str} else [None if value is None else cell(value) for value in values]
    )


def _read_parquet(stream: BinaryIO, name: str, wanted: Columns) -> Iterator[Chunk]:
    from pyarrow import parquet

    try:
        # Row groups of a million comments take 80 MB so and 235 MB when they are read whole, in the same time.
        file = parquet.ParquetFile(stream, buffer_size=_PAGES_BYTES, pre_buffer=False)
        columns = header(file.schema_arrow.names, name)
        places = wanted.places(columns, name)
        total = file.metadata.num_rows
        if not total:
            yield row_batches.from_table(file.schema_arrow.empty_table(), places, (), None)
        done = 0
        for batch in file.iter_batches(_batch_rows(file.metadata), use_threads=False):
            batch.validate(full=True)  # bytes that are no UTF-8 would go on into the output
            numbers = _following(done, len(batch))
            done += len(batch)
            yield row_batches.from_table(pa.Table.from_batches([batch]), places, numbers, done / total)
    except (pa.ArrowInvalid, OSError) as error:
        reason = f"no Parquet file, or a damaged one ({str(error).splitlines()[0]})"
        raise UnreadableFileError(name, reason, "name its --input-format, or write it anew") from None


def _batch_rows(metadata: FileMetaData) -> int:
    """Tell how many rows make a chunk, by the longest rows of any row group."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    longest = max((group.total_byte_size / group.num_rows for group in groups if group.num_rows), default=0)
    return max(1, min(CHUNK_ROWS, int(CHUNK_BYTES / max(longest, 1))))


def _following(number: int, count: int) -> Sequence[int]:
    return range(number + 1, number + 1 + count)
