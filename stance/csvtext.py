"""CSV as people's spreadsheets write it: its delimiter, its rows with their numbers, its names of columns."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice
from typing import TYPE_CHECKING, Literal

from stance import tables
from stance.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_DELIMITERS = ",;\t"
_ROWS_TRIED = 100
_LONGEST = 2**31 - 1
# Excel writes, and obeys, a first line that tells the delimiter.
_TOLD_DELIMITER = re.compile(r"\ufeff?sep=(?P<delimiter>[,;\t|])\s*", re.IGNORECASE)


def detect_delimiter(text: str, columns: Sequence[str] | None = None) -> str:
    """Tell which of `,` `;` and tab finds the most known columns in the first row of a table, else the most columns.

    Of a table without a header, whose columns are given, it is the one that finds as many in most of the first rows.
    """
    if told := _TOLD_DELIMITER.match(text):
        return told["delimiter"]
    if columns:
        return max(_DELIMITERS, key=lambda candidate: _fitting_rows(text, candidate, len(columns)))
    return max(_DELIMITERS, key=lambda candidate: _known_columns(text, candidate))


def read_rows(lines: Iterable[str], delimiter: str, path: Path | str, *, quoted: bool = True) -> Iterator[list[str]]:
    """Read the rows of a CSV text, however long their cells are; without `quoted`, a quote is a letter as any other.

    The place of each is the number that a spreadsheet shows, so that a row that holds nothing, or only tells the
    delimiter, is an empty list.

    Raises
    ------
    UnreadableFileError
        A quote is not closed, so that no one knows where the rows below it end.
    """
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    number = 0
    try:
        parsed = _of_any_length(csv.reader(lines, delimiter=delimiter, strict=True, quoting=quoting))
        for number, row in enumerate(parsed, start=1):
            yield [] if number == 1 and _TOLD_DELIMITER.match(delimiter.join(row)) else row
    except csv.Error as error:
        reason = f"a quoted cell does not end as it should ({error})"
        raise UnreadableFileError(
            path, reason, "close the quote, and double quotes inside a cell", row=number + 1
        ) from None


def header(row: Sequence[str], path: Path | str) -> list[str]:
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


def fit_row(row: Sequence[str], width: int, path: Path | str, number: int) -> list[str]:
    """Give a row as many cells as there are columns; cells missing at its end are empty.

    Raises
    ------
    UnreadableFileError
        It has text in more cells than there are columns.
    """
    if any(map(str.strip, row[width:])):
        reason = f"the row has {len(row)} cells, there are names for {width} columns"
        raise UnreadableFileError(
            path, reason, "put the text in double quotes, or name the further columns", row=number
        )
    return [*row[:width], *[""] * (width - len(row))]


def format_csv(rows: Iterable[Sequence[str]], delimiter: str, newline: str) -> str:
    """Write rows as CSV."""
    buffer = io.StringIO(newline="")
    plain = csv.writer(buffer, delimiter=delimiter, lineterminator=newline)
    quoted = csv.writer(buffer, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL)
    for row in rows:
        # Python before 3.13 leaves a carriage return unquoted, at which every reader ends the row.
        (quoted if any("\r" in cell for cell in row) else plain).writerow(row)
    return buffer.getvalue()


def _of_any_length(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Read rows with cells of any length; the limit of the csv module holds for the whole process."""
    while True:
        limit = csv.field_size_limit(_LONGEST)
        try:
            row = next(rows, None)
        finally:
            csv.field_size_limit(limit)
        if row is None:
            return
        yield row


def _known_columns(text: str, delimiter: str) -> tuple[int, int]:
    first = next(_rows_with_text(text, delimiter), [])
    names = {name.strip(' "' + _DELIMITERS) for name in first} - {""}
    return len(names.intersection(tables.SHEET_COLUMNS)), len(names)


def _fitting_rows(text: str, delimiter: str, width: int) -> int:
    return sum(len(row) == width for row in islice(_rows_with_text(text, delimiter), _ROWS_TRIED))


def _rows_with_text(text: str, delimiter: str) -> Iterator[list[str]]:
    rows = _of_any_length(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    return (row for row in rows if any(map(str.strip, row)))
