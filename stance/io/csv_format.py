"""CSV as spreadsheets write it: detecting the delimiter and quoting, reading headers and rows, formatting rows."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from stance import tables
from stance.errors import StanceError, UnreadableFileError
from stance.io.csv_rows import SAMPLE_CHARACTERS, SEP_LINE, TAB, is_unquoted, parse_csv_rows, split_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_DELIMITERS = ",;\t"
_MAX_ROWS_TRIED = 100


@dataclass(frozen=True)
class CsvDialect:
    """The delimiter of a file, and whether its cells may be in quotes."""

    delimiter: str
    is_quoted: bool


def detect_csv_dialect(
    text: str, column_names: Sequence[str] | None = None, delimiter: str | None = None
) -> CsvDialect:
    """Return the dialect of a CSV file, judged by its beginning.

    Parameters
    ----------
    text
        The file, or its beginning.
    column_names
        The names of the columns of a table without a header.
    delimiter
        The delimiter if it is known. In a tab-separated file without a header, quotes are not special: programs that
        write no header quote no cell, and a comment may begin with a quotation.

    Examples
    --------
    >>> detect_csv_dialect("text;stance")
    CsvDialect(delimiter=';', is_quoted=True)
    """
    is_headerless_tsv = bool(column_names) and delimiter == TAB
    delimiter = delimiter or detect_delimiter(text, column_names)
    is_quoted = not is_headerless_tsv and not is_unquoted(text[:SAMPLE_CHARACTERS], delimiter)
    return CsvDialect(delimiter, is_quoted)


def detect_delimiter(text: str, column_names: Sequence[str] | None = None) -> str:
    """Return which of comma, semicolon and tab finds the most known columns in the first row, else the most columns.

    For a table without a header, whose `column_names` are passed, it is the delimiter with which most of the first
    rows have that many cells.

    Examples
    --------
    >>> detect_delimiter("comment_id;text;a,b,c")
    ';'
    """
    if sep_line := SEP_LINE.match(text):
        return sep_line["delimiter"]
    if column_names:
        return max(_DELIMITERS, key=lambda candidate: _count_fitting_rows(text, candidate, len(column_names)))
    return max(_DELIMITERS, key=lambda candidate: _count_known_columns(text, candidate))


def parse_header(row: Sequence[str], path: Path | str) -> list[str]:
    """Return the column names in a row, without the empty ones that spreadsheets leave at its end.

    Raises
    ------
    UnreadableFileError
        A name is used twice, or several columns before the last one have none.
    """
    columns = [name.strip() for name in row]
    while columns and not columns[-1]:
        columns.pop()
    for column in columns:
        if columns.count(column) > 1:
            reason = f"the column {column!r} appears twice" if column else "several columns have no name"
            raise UnreadableFileError(path, reason, "rename or remove one", row=1)
    return columns


def pad_row(row: Sequence[str], n_columns: int, path: Path | str, row_number: int) -> list[str]:
    """Return a row with as many cells as there are columns; cells missing at its end are empty.

    Raises
    ------
    UnreadableFileError
        It has text in more cells than there are columns.

    Examples
    --------
    >>> pad_row(["a"], 2, "sheet.csv", 2)
    ['a', '']
    """
    if any(map(str.strip, row[n_columns:])):
        reason = f"the row has {len(row)} cells, but the table has {n_columns}"
        remedy = "put texts that contain the delimiter in double quotes"
        raise UnreadableFileError(path, reason, remedy, row=row_number)
    return [*row[:n_columns], *[""] * (n_columns - len(row))]


def format_csv(rows: Iterable[Sequence[str]], delimiter: str, newline: str) -> str:
    r"""Return rows as CSV.

    Examples
    --------
    >>> format_csv([["text", "stance"], ["Yes, please", "for"]], ",", "\n")
    'text,stance\n"Yes, please",for\n'
    """
    buffer = io.StringIO(newline="")
    minimal_writer = csv.writer(buffer, delimiter=delimiter, lineterminator=newline)
    quoting_writer = csv.writer(buffer, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL)
    for row in rows:
        # Python before 3.13 does not quote a carriage return, at which every reader would end the row.
        (quoting_writer if any("\r" in cell for cell in row) else minimal_writer).writerow(row)
    return buffer.getvalue()


def _count_known_columns(text: str, delimiter: str) -> tuple[int, int]:
    """Return how many names in the first row are known column names, and how many there are."""
    first = next(_parse_nonblank_rows(text, delimiter), [])
    names = {name.strip(' "' + _DELIMITERS) for name in first} - {""}
    return len(names.intersection(tables.SHEET_COLUMNS)), len(names)


def _count_fitting_rows(text: str, delimiter: str, n_columns: int) -> int:
    return sum(len(row) == n_columns for row in islice(_parse_nonblank_rows(text, delimiter), _MAX_ROWS_TRIED))


def _parse_nonblank_rows(text: str, delimiter: str) -> Iterator[list[str]]:
    """Yield rows up to the first one that cannot be parsed, such as one that is cut off at the end of a sample."""
    quoted = not is_unquoted(text, delimiter)
    with suppress(StanceError):
        yield from (
            row for row in parse_csv_rows(split_lines(text), delimiter, "", quoted=quoted) if any(map(str.strip, row))
        )
