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
from stance.io.csv_format import detect_delimiter, pad_row, parse_header
from stance.io.csv_rows import has_cr_line_ends, is_unquoted, parse_csv_rows, reject_merge_conflicts, strip_line_end
from stance.io.decoding import detect_encoding
from stance.io.formatting import format_cell
from stance.io.line_reader import LineReader
from stance.io.row_batches import RowBatch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pyarrow.parquet import FileMetaData

    from stance.io.row_batches import ColumnSelection

InputFormat = Literal["csv", "tsv", "jsonl", "parquet", "text"]

BATCH_ROWS = 8_192
"""How many rows are scored together: fewer cost more a row, more take memory."""
BATCH_BYTES = 1 << 24
"""About how many bytes of an input make a chunk even if they are fewer rows."""

_PARQUET_BUFFER_BYTES = 1 << 20  # of a column of Parquet, read at a time
_INPUT_FORMATS = ("csv", "tsv", "jsonl", "parquet", "text")
_FORMAT_BY_SUFFIX: dict[str, InputFormat] = {
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


def resolve_input_format(path: Path, requested: InputFormat | None) -> InputFormat:
    """Tell the format of an input by its name, unless it is given.

    Raises
    ------
    StanceError
        The suffix is unknown.
    """
    known = requested or _FORMAT_BY_SUFFIX.get(path.suffix.lower())
    if known is None:
        raise StanceError(
            f"unknown kind of file {path.suffix!r}", f"add --input-format {'|'.join(_INPUT_FORMATS)}", path=path
        )
    return known


def read_batches(
    stream: BinaryIO, input_format: InputFormat, name: str, selection: ColumnSelection, *, partial_batches: bool = False
) -> Iterator[RowBatch]:
    """Read rows in chunks.

    Parameters
    ----------
    stream
        The open input; for Parquet it must be seekable.
    input_format
        Its format.
    name
        What messages call it.
    selection
        The columns to read. In TSV without a header quotes are letters: what writes no header puts no cell in quotes,
        and a comment may begin with a quotation.
    partial_batches
        Whether to hand over what there is when the stream has to be waited for. Where a chunk of JSON lines ends can
        tell what columns it has, so that these differ from run to run.

    Raises
    ------
    UnreadableFileError, MissingColumnError
        The input is not of that format, or has no column with texts.
    """
    if selection.column_names and input_format not in ("csv", "tsv"):
        raise StanceError("only CSV and TSV can lack the names of columns", "leave --columns out", path=name)
    if input_format == "parquet":
        yield from _read_parquet(stream, name, selection)
        return
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast("Any", stream), SAMPLE_BYTES)
    sample = buffered.peek(SAMPLE_BYTES)
    encoding, _ = detect_encoding(sample, is_complete=False)
    beginning = sample.decode(encoding, "replace")
    lines = LineReader(buffered, encoding, cr_line_ends=has_cr_line_ends(beginning), partial_batches=partial_batches)
    try:
        if input_format == "text":
            yield from _read_text_lines(lines, name)
        elif input_format == "jsonl":
            yield from _read_json_lines(lines, name, selection)
        else:
            delimiter = "\t" if input_format == "tsv" else detect_delimiter(beginning, selection.column_names)
            quoted = not (selection.column_names and input_format == "tsv") and not is_unquoted(beginning, delimiter)
            doubts: list[str] = []
            rows = parse_csv_rows(lines, delimiter, name, quoted=quoted, warn=doubts.append)
            for chunk in _read_csv(lines, rows, name, selection):
                yield replace(chunk, warnings=tuple(doubts))
                doubts.clear()
    except UnicodeDecodeError:
        reason = f"the file begins as {encoding} but does not go on so"
        raise UnreadableFileError(name, reason, "save it as UTF-8") from None


def _read_text_lines(lines: LineReader, name: str) -> Iterator[RowBatch]:
    for chunk in lines.split_batches(reject_merge_conflicts(lines, name), BATCH_ROWS, BATCH_BYTES):
        yield row_batches.batch_from_texts(list(map(strip_line_end, chunk)), lines.fraction_read)


def _read_csv(
    lines: LineReader, rows: Iterator[list[str]], name: str, selection: ColumnSelection
) -> Iterator[RowBatch]:
    number, first = 0, selection.column_names
    if first is None:
        number, first = next(((number, tuple(row)) for number, row in enumerate(rows, start=1) if row), (0, ()))
    columns = parse_header(first, name)
    places = selection.find_column_indices(columns, name)
    for chunk in lines.split_batches(rows, BATCH_ROWS, BATCH_BYTES):
        fitting, numbers = chunk, _next_row_numbers(number, len(chunk))
        number += len(chunk)
        if set(map(len, chunk)) != {len(columns)}:
            numbers = [each for each, row in zip(numbers, chunk, strict=True) if row]
            held = zip(numbers, filter(None, chunk), strict=True)
            fitting = [pad_row(row, len(columns), name, each) for each, row in held]
        of_column = list(zip(*fitting, strict=True)) or [()] * len(columns)
        table = pa.table(list(map(row_batches.to_string_array, of_column)), names=columns)
        yield row_batches.batch_from_table(table, places, numbers, lines.fraction_read)


def _read_json_lines(lines: LineReader, name: str, selection: ColumnSelection) -> Iterator[RowBatch]:
    chosen: str | None = None
    number = 0
    for chunk in lines.split_batches(reject_merge_conflicts(lines, name), BATCH_ROWS, BATCH_BYTES):
        held = [line for line in chunk if not line.isspace()]
        numbers = [each for each, line in enumerate(chunk, start=number + 1) if not line.isspace()]
        records = [_parse_json_line(line, name, each) for each, line in zip(numbers, held, strict=True)]
        number += len(chunk)
        if not records:
            continue
        columns = list(dict.fromkeys(chain.from_iterable(records)))
        chosen = chosen or selection.find_text_column(columns, name)
        texts = row_batches.to_string_array([format_cell(record.get(chosen)) for record in records])
        targets = None
        if selection.target_column in columns:
            targets = row_batches.to_string_array(
                [format_cell(r[selection.target_column]) if selection.target_column in r else None for r in records]
            )
        table = partial(_table_from_records, records, columns)
        yield RowBatch(texts, columns, table, targets, numbers, string_array(held), lines.fraction_read)


def _parse_json_line(line: str, name: str, row_number: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise UnreadableFileError(
            name, "a line is no JSON that can be read", "write one JSON object a line", row=row_number
        ) from None
    if not isinstance(record, dict):
        raise UnreadableFileError(name, "a line is no JSON object", "write one object a line", row=row_number)
    if row_batches.LONE_SURROGATE.search("".join(record)):
        return {row_batches.replace_lone_surrogates(key): value for key, value in record.items()}
    return record


def _table_from_records(records: Sequence[dict[str, Any]], columns: Sequence[str]) -> pa.Table:
    return pa.table([_column_from_json([record.get(name) for record in records]) for name in columns], names=columns)


def _column_from_json(values: list[Any]) -> pa.Array:
    """Make a column of JSON values: numbers and truth values as such, all else as text."""
    kinds = set(map(type, values)) - {type(None)}
    if len(kinds) == 1 and kinds <= {int, float, bool}:
        try:
            return pa.array(values)
        except (OverflowError, pa.ArrowInvalid):
            pass
    return row_batches.to_string_array(
        values if kinds <= {str} else [None if value is None else format_cell(value) for value in values]
    )


def _read_parquet(stream: BinaryIO, name: str, selection: ColumnSelection) -> Iterator[RowBatch]:
    from pyarrow import parquet

    try:
        # Row groups of a million comments take 80 MB so and 235 MB when they are read whole, in the same time.
        file = parquet.ParquetFile(stream, buffer_size=_PARQUET_BUFFER_BYTES, pre_buffer=False)
        columns = parse_header(file.schema_arrow.names, name)
        places = selection.find_column_indices(columns, name)
        total = file.metadata.num_rows
        if not total:
            yield row_batches.batch_from_table(file.schema_arrow.empty_table(), places, (), None)
        done = 0
        for batch in file.iter_batches(_rows_per_batch(file.metadata), use_threads=False):
            batch.validate(full=True)  # bytes that are no UTF-8 would go on into the output
            numbers = _next_row_numbers(done, len(batch))
            done += len(batch)
            yield row_batches.batch_from_table(pa.Table.from_batches([batch]), places, numbers, done / total)
    except (pa.ArrowInvalid, OSError) as error:
        reason = f"no Parquet file, or a damaged one ({str(error).splitlines()[0]})"
        raise UnreadableFileError(name, reason, "name its --input-format, or write it anew") from None


def _rows_per_batch(metadata: FileMetaData) -> int:
    """Tell how many rows make a chunk, by the longest rows of any row group."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    longest = max((group.total_byte_size / group.num_rows for group in groups if group.num_rows), default=0)
    return max(1, min(BATCH_ROWS, int(BATCH_BYTES / max(longest, 1))))


def _next_row_numbers(number: int, count: int) -> Sequence[int]:
    return range(number + 1, number + 1 + count)
