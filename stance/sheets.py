"""Labelling sheets: the CSV files that people write labels into, in a spreadsheet or by hand."""

from __future__ import annotations

import csv
import io
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
    parsed = parse_csv(io.StringIO(text, newline=""), delimiter)
    rows = [(number, row) for number, row in enumerate(parsed, start=1) if any(map(str.strip, row))]
    if not rows:
        raise EmptyTableError(path)
    columns = [name.strip() for name in rows[0][1]]
    while columns and not columns[-1]:
        columns.pop()
    for column in columns:
        if columns.count(column) > 1:
            reason = f"the column {column!r} stands there twice" if column else "a column has no name"
            raise UnreadableFileError(path, reason, "rename or remove one", row=1)
    cells = [_fit(row, len(columns), path, number) for number, row in rows[1:]]
    frame = pd.DataFrame(cells, columns=columns, index=[number for number, _ in rows[1:]], dtype="str")
    newline = "\r\n" if b"\n" not in data or b"\r\n" in data or b"\r\0\n" in data else "\n"
    warnings = (decoded.warning,) if decoded.warning else ()
    return Sheet(path, frame, Dialect(decoded.encoding, delimiter, newline), warnings)


def write_sheet(path: Path, frame: pd.DataFrame, dialect: Dialect | None = None) -> None:
    """Write a new sheet, whole or not at all."""
    dialect = dialect or Dialect()
    text = _format([list(frame.columns)], dialect) + _format(frame.itertuples(index=False), dialect)
    atomic.write(path, _encode(text, dialect.encoding))


def append_rows(sheet: Sheet, rows: pd.DataFrame) -> tuple[str, ...]:
    """Add rows to the end of a sheet; what stands in it stays byte for byte.

    Parameters
    ----------
    sheet
        The sheet as it was read.
    rows
        Rows to add; those of their columns that the sheet does not have are left out.

    Returns
    -------
    tuple of str
        What the user should know: columns left out, a changed encoding.
    """
    warnings = []
    columns = list(sheet.frame.columns)
    lost = [name for name in rows.columns if name not in columns and rows[name].ne("").any()]
    if lost:
        warnings.append(f"{sheet.path.name} has no column for: {', '.join(lost)}")
    text = _format(rows.reindex(columns=columns, fill_value="").itertuples(index=False), sheet.dialect)
    old = sheet.path.read_bytes()
    try:
        added = _encode(text, sheet.dialect.encoding, mark=False)
    except UnicodeEncodeError:
        # Better another encoding than a letter lost.
        old = _encode(decode(old).text, Dialect.encoding)
        added = _encode(text, "utf-8")
        warnings.append(f"{sheet.path.name} is now UTF-8, since {sheet.dialect.encoding} lacks some of the new letters")
    ends = _encode("\n", sheet.dialect.encoding, mark=False)
    gap = b"" if old.endswith(ends) else _encode(sheet.dialect.newline, sheet.dialect.encoding, mark=False)
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
    return max(_DELIMITERS, key=lambda candidate: _known_columns(text, candidate))


def parse_csv(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Read the cells of a CSV text, however long they are."""
    csv.field_size_limit(2**31 - 1)
    return csv.reader(lines, delimiter=delimiter)


def _known_columns(text: str, delimiter: str) -> tuple[int, int]:
    rows = parse_csv(io.StringIO(text, newline=""), delimiter)
    first = next((row for row in rows if any(map(str.strip, row))), [])
    names = {name.strip(' "' + _DELIMITERS) for name in first} - {""}
    return len(names.intersection(tables.SHEET_COLUMNS)), len(names)


def _fit(row: Sequence[str], width: int, path: Path, number: int) -> list[str]:
    if any(map(str.strip, row[width:])):
        reason = f"the row has {len(row)} cells, the first row names {width} columns"
        raise UnreadableFileError(
            path, reason, "put the text in double quotes, or name the further columns", row=number
        )
    return [*row[:width], *[""] * (width - len(row))]


def _format(rows: Iterable[Sequence[str]], dialect: Dialect) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=dialect.delimiter, lineterminator=dialect.newline).writerows(rows)
    return buffer.getvalue()


def _encode(text: str, encoding: str, *, mark: bool = True) -> bytes:
    """Encode, with a byte-order mark where the encoding brings one, unless the text is to follow another."""
    data = text.encode(encoding)
    return data if mark else data[len("".encode(encoding)) :]
