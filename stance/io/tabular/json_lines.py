"""Reading and writing JSON lines, one object per line, in batches of rows."""

from __future__ import annotations

import json
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa

from stance.arrow_arrays import string_array
from stance.errors import UnreadableFileError
from stance.io.csv_rows import reject_merge_conflicts
from stance.io.formatting import encode_lines, format_cell, format_json_decimals, format_json_values, join_columns
from stance.io.line_reader import open_line_reader
from stance.io.row_batches import (
    BATCH_BYTES,
    BATCH_ROWS,
    LONE_SURROGATE,
    RowBatch,
    replace_lone_surrogates,
    to_string_array,
)
from stance.io.writers import AddedColumns, reject_existing_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stance.io.row_batches import ColumnSelection

_BLANKS = " \t\r\n"


def read_batches(
    stream: BinaryIO, name: str, selection: ColumnSelection, *, partial_batches: bool = False
) -> Iterator[RowBatch]:
    """Yield the objects of JSON lines in batches, without blank lines.

    Raises
    ------
    UnreadableFileError, MissingColumnError
        A line is not a JSON object, or the first batch has no text column.
    """
    text_column: str | None = None
    n_lines_before = 0
    with open_line_reader(stream, name, partial_batches=partial_batches) as (reader, _):
        for batch in reader.split_batches(reject_merge_conflicts(reader, name), BATCH_ROWS, BATCH_BYTES):
            numbered = [(n, line) for n, line in enumerate(batch, start=n_lines_before + 1) if not line.isspace()]
            records = [_parse_line(line, name, line_number) for line_number, line in numbered]
            n_lines_before += len(batch)
            if not records:
                continue
            column_names = list(dict.fromkeys(chain.from_iterable(records)))
            text_column = text_column or selection.find_text_column(column_names, name)
            yield RowBatch(
                texts=to_string_array([format_cell(record.get(text_column)) for record in records]),
                column_names=column_names,
                make_table=partial(_table_from_records, records, column_names),
                targets=_read_targets(records, selection.target_column),
                row_numbers=[line_number for line_number, _ in numbered],
                json_lines=string_array(line for _, line in numbered),
                fraction_read=reader.fraction_read,
            )


def _parse_line(line: str, name: str, line_number: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        reason, remedy = "the line is not valid JSON", "write one JSON object per line"
        raise UnreadableFileError(name, reason, remedy, row=line_number) from None
    if not isinstance(record, dict):
        reason, remedy = "the line is JSON, but not an object", "write one JSON object per line"
        raise UnreadableFileError(name, reason, remedy, row=line_number)
    if LONE_SURROGATE.search("".join(record)):
        return {replace_lone_surrogates(key): value for key, value in record.items()}
    return record


def _read_targets(records: Sequence[dict[str, Any]], target_column: str | None) -> pa.Array | None:
    """Return the target of each record, null where it has none; None if no record has one."""
    if target_column is None or not any(target_column in record for record in records):
        return None
    return to_string_array(
        [format_cell(record[target_column]) if target_column in record else None for record in records]
    )


def _table_from_records(records: Sequence[dict[str, Any]], column_names: Sequence[str]) -> pa.Table:
    columns = [_column_from_json([record.get(name) for record in records]) for name in column_names]
    return pa.table(columns, names=column_names)


def _column_from_json(values: list[Any]) -> pa.Array:
    """Return JSON values as a column: numbers or truth values if all of them are of one such type, else text."""
    types = set(map(type, values)) - {type(None)}
    if len(types) == 1 and types <= {int, float, bool}:
        try:
            return pa.array(values)
        except (OverflowError, pa.ArrowInvalid):
            pass
    return to_string_array(
        values if types <= {str} else [None if value is None else format_cell(value) for value in values]
    )


def format_columns(table: pa.Table) -> AddedColumns:
    """Return columns as members of JSON objects, those of a row joined into one string; numbers get six decimals."""
    values = [
        format_json_decimals(column) if pa.types.is_floating(column.type) else format_json_values(column)
        for column in table.columns
    ]
    return AddedColumns(tuple(table.column_names), _format_members(table.column_names, values))


def open_writer(stream: BinaryIO, name: str, *, write_bom: bool) -> JsonLinesWriter:  # noqa: ARG001 - JSON has no mark
    """Return a writer of JSON lines."""
    return JsonLinesWriter(stream, name)


class JsonLinesWriter:
    """Writes rows with added columns as JSON lines, each batch at once."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream, self._name = stream, name

    def write_batch(self, batch: RowBatch, added: AddedColumns) -> None:
        """Write rows; a row that was read from JSON keeps its own part character for character."""
        reject_existing_columns(batch.column_names, added, self._name)
        import pyarrow.compute as pc

        if batch.json_lines is not None:
            unclosed = _strip_closing_brace(batch.json_lines)
        else:
            table = batch.make_table()
            unclosed = join_columns(["{", _format_members(table.column_names, map(format_json_values, table.columns))])
        separator = pc.if_else(pc.ends_with(unclosed, "{"), "", ", ")
        self._stream.write(encode_lines(join_columns([unclosed, separator, added.values, "}"])))
        self._stream.flush()

    def close(self) -> None:
        """Do nothing: every batch has been written."""


def _strip_closing_brace(objects: pa.Array) -> pa.Array:
    """Return JSON objects without their closing brace and the blanks around it."""
    import pyarrow.compute as pc

    return pc.ascii_rtrim(pc.utf8_slice_codeunits(pc.ascii_rtrim(objects, _BLANKS), 0, -1), _BLANKS)


def _format_members(names: Sequence[str], values: Iterable[pa.Array]) -> pa.Array:
    """Return the members of JSON objects, without braces, one string per row."""
    keys = (json.dumps(name, ensure_ascii=False) for name in names)
    return join_columns([join_columns([f"{key}: ", value]) for key, value in zip(keys, values, strict=True)], ", ")
