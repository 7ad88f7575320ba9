"""CSV as people's spreadsheets write it: its delimiter, its rows with their numbers, its names of columns."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from stance import tables
from stance.errors import StanceError, UnreadableFileError
from stance.io.csv_rows import SEP_LINE, is_unquoted, parse_csv_rows, split_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_DELIMITERS = ",;\t"
_MAX_ROWS_TRIED = 100


def detect_delimiter(text: str, columns: Sequence[str] | None = None) -> str:
    """Tell which of `,` `;` and tab finds the most known columns in the first row of a table, else the most columns.

    Of a table without a header, whose columns are given, it is the one that finds as many in most of the first rows.
    """
    if named := SEP_LINE.match(text):
        return named["delimiter"]
    if columns:
        return max(_DELIMITERS, key=lambda candidate: _count_fitting_rows(text, candidate, len(columns)))
    return max(_DELIMITERS, key=lambda candidate: _count_known_columns(text, candidate))


def parse_header(row: Sequence[str], path: Path | str) -> list[str]:
    """Read the names of the columns, without the nameless ones that spreadsheets leave at the end.

    Raises
    ------
    UnreadableFileError
        A name stands there twice, or a column before the last has none.
    """
    columns = [name.strip() for name in row]
    while columns and not columns[-1]:
        columns.pop()
    for column in columns:
        if columns.count(column) > 1:
            reason = f"the column {column!r} stands there twice" if column else "several columns have no name"
            raise UnreadableFileError(path, reason, "rename or remove one", row=1)
    return columns


def pad_row(row: Sequence[str], n_columns: int, path: Path | str, row_number: int) -> list[str]:
    """Give a row as many cells as there are columns; cells missing at its end are empty.

    Raises
    ------
    UnreadableFileError
        It has text in more cells than there are columns.
    """
    if any(map(str.strip, row[n_columns:])):
        reason = f"the row has {len(row)} cells, there are names for {n_columns} columns"
        raise UnreadableFileError(
            path, reason, "put the text in double quotes, or name the further columns", row=row_number
        )
    return [*row[:n_columns], *[""] * (n_columns - len(row))]


def format_csv(rows: Iterable[Sequence[str]], delimiter: str, newline: str) -> str:
    """Write rows as CSV."""
    buffer = io.StringIO(newline="")
    plain = csv.writer(buffer, delimiter=delimiter, lineterminator=newline)
    quoted = csv.writer(buffer, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL)
    for row in rows:
        # Python before 3.13 leaves a carriage return unquoted, at which every reader ends the row.
        (quoted if any("\r" in cell for cell in row) else plain).writerow(row)
    return buffer.getvalue()


def _count_known_columns(text: str, delimiter: str) -> tuple[int, int]:
    first = next(_parse_nonblank_rows(text, delimiter), [])
    names = {name.strip(' "' + _DELIMITERS) for name in first} - {""}
    return len(names.intersection(tables.SHEET_COLUMNS)), len(names)


def _count_fitting_rows(text: str, delimiter: str, n_columns: int) -> int:
    return sum(len(row) == n_columns for row in islice(_parse_nonblank_rows(text, delimiter), _MAX_ROWS_TRIED))


def _parse_nonblank_rows(text: str, delimiter: str) -> Iterator[list[str]]:
    """Read rows until one cannot be read, as where text that only begins a file ends."""
    quoted = not is_unquoted(text, delimiter)
    with suppress(StanceError):
        yield from (
            row for row in parse_csv_rows(split_lines(text), delimiter, "", quoted=quoted) if any(map(str.strip, row))
        )
