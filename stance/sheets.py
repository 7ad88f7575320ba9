"""Labelling sheets: the CSV files that people write labels into, in a spreadsheet or by hand."""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from stance import atomic, tables
from stance.decoding import decode
from stance.errors import EmptyTableError, MissingFileError, UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_DELIMITERS = ",;\t"
# Excel writes, and obeys, a first line that tells the delimiter.
_TOLD_DELIMITER = re.compile(r"\ufeff?sep=(?P<delimiter>[,;\t|])\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """How a sheet is written, so that what is added to it is written alike."""

    encoding: str = "utf-8-sig"  # the byte-order mark makes Excel read UTF-8
    delimiter: str = ","
    newline: str = "\r\n"


@dataclass(frozen=True)
class Sheet:
    """A labelling sheet as it was read.

    `frame` holds strings only, missing cells as "", and is indexed by the row number that a spreadsheet shows.
    """

    path: Path
    frame: pd.DataFrame
    dialect: Dialect
    warnings: tuple[str, ...] = ()


def read_sheet(path: Path) -> Sheet:
    """Read a labelling sheet, in whatever way a spreadsheet has written it.

    The delimiter is the one of `,` `;` and tab that finds the most known columns in the first row; a row without any
    text in it is left out; cells missing at the end of a row are empty.

    Raises
    ------
    MissingFileError, EmptyTableError
        There is no such file, or nothing in it.
    UnreadableFileError
        A column's name stands there twice, or a row has more cells than the first row names.
    """
    if not path.is_file():
        raise MissingFileError(path)
    data = path.read_bytes()
    decoded = decode(data)
    text = decoded.text.replace("\0", "")
    delimiter = detect_delimiter(text)
    parsed = numbered_rows(io.StringIO(text, newline=""), delimiter, path)
    rows = [(number, row) for number, row in parsed if any(map(str.strip, row))]
    if not rows:
        raise EmptyTableError(path)
    columns = header(rows[0][1], path)
    cells = [fit_row(row, len(columns), path, number) for number, row in rows[1:]]
    frame = pd.DataFrame(cells, columns=columns, index=[number for number, _ in rows[1:]], dtype="str")
    newline = "\r\n" if b"\n" not in data or b"\r\n" in data or b"\r\0\n" in data else "\n"
    warnings = (decoded.warning,) if decoded.warning else ()
    return Sheet(path, frame, Dialect(decoded.encoding, delimiter, newline), warnings)


def write_sheet(path: Path, frame: pd.DataFrame, dialect: Dialect | None = None) -> None:
    """Write a new sheet, whole or not at all."""
    dialect = dialect or Dialect()
    rows = [list(frame.columns), *frame.itertuples(index=False)]
    atomic.write(path, format_csv(rows, dialect.delimiter, dialect.newline).encode(dialect.encoding))


def append_rows(sheet: Sheet, rows: pd.DataFrame) -> tuple[str, ...]:
    """Add rows to the end of a sheet; what stands in it stays byte for byte, and in the encoding it has.

    Parameters
    ----------
    sheet
        The sheet as it was read.
    rows
        Rows to add; those of their columns that the sheet does not have are left out.

    Returns
    -------
    tuple of str
        What the user should know: columns left out.

    Raises
    ------
    UnreadableFileError
        The encoding of the sheet is not certain enough to add to it, or lacks a letter of the new rows.
    """
    warnings = []
    columns = list(sheet.frame.columns)
    lost = [name for name in rows.columns if name not in columns and rows[name].ne("").any()]
    if lost:
        warnings.append(f"{sheet.path.name} has no column for: {', '.join(lost)}")
    fitted = rows.reindex(columns=columns, fill_value="").itertuples(index=False)
    text = format_csv(fitted, sheet.dialect.delimiter, sheet.dialect.newline)
    old = sheet.path.read_bytes()
    encoding = _without_mark(old, sheet.dialect.encoding)
    try:
        old.decode(encoding)
        added = text.encode(encoding)
    except UnicodeError:
        reason = f"not added to, since its encoding ({sheet.dialect.encoding}) does not fit all of the old and new text"
        raise UnreadableFileError(sheet.path, reason, "save it as UTF-8 and try again") from None
    gap = b"" if old.endswith("\n".encode(encoding)) else sheet.dialect.newline.encode(encoding)
    atomic.write(sheet.path, old + gap + added)
    return tuple(warnings)


def merge_comments(path: Path, comments: pd.DataFrame) -> tuple[int, tuple[str, ...]]:
    """Bring collected comments into a sheet: a new one, or one that keeps every row and label it has.

    Returns
    -------
    tuple of (int, tuple of str)
        How many comments were new, and what the user should know.

    Raises
    ------
    MissingColumnError
        The sheet has no column `comment_id` or `text` to tell what is new by.
    """
    if not path.exists() or not path.read_bytes().strip():
        write_sheet(path, comments.reindex(columns=list(tables.SHEET_COLUMNS), fill_value=""))
        return len(comments), ()
    sheet = read_sheet(path)
    tables.require(sheet.frame.columns, ("comment_id", "text"), path, "add the column, or collect into a new sheet")
    new = comments[~comments["comment_id"].isin(set(sheet.frame["comment_id"].str.strip()))]
    return len(new), sheet.warnings + (append_rows(sheet, new) if len(new) else ())


def detect_delimiter(text: str) -> str:
    """Tell which of `,` `;` and tab finds the most known columns in the first row of a table, else the most columns."""
    if told := _TOLD_DELIMITER.match(text):
        return told["delimiter"]
    return max(_DELIMITERS, key=lambda candidate: _known_columns(text, candidate))


def numbered_rows(lines: Iterable[str], delimiter: str, path: Path | str) -> Iterator[tuple[int, list[str]]]:
    """Read the rows of a CSV text, however long their cells are, with the numbers a spreadsheet shows.

    Raises
    ------
    UnreadableFileError
        A quote is not closed, so that no one knows where the rows below it end.
    """
    csv.field_size_limit(2**31 - 1)
    number = 0
    try:
        for number, row in enumerate(csv.reader(lines, delimiter=delimiter, strict=True), start=1):
            if number > 1 or not _TOLD_DELIMITER.match(delimiter.join(row)):
                yield number, row
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
        reason = f"the row has {len(row)} cells, the first row names {width} columns"
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


def _known_columns(text: str, delimiter: str) -> tuple[int, int]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    first = next((row for row in rows if any(map(str.strip, row))), [])
    names = {name.strip(' "' + _DELIMITERS) for name in first} - {""}
    return len(names.intersection(tables.SHEET_COLUMNS)), len(names)


def _without_mark(data: bytes, encoding: str) -> str:
    """Name the encoding of text that is to follow other text: the same, without a byte-order mark of its own."""
    if encoding == "utf-16":
        return "utf-16-le" if data.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
    if encoding == "utf-32":
        return "utf-32-le" if data.startswith(codecs.BOM_UTF32_LE) else "utf-32-be"
    return encoding.removesuffix("-sig")
