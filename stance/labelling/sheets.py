"""Labelling sheets: the CSV files that people write labels into, in a spreadsheet or by hand."""

from __future__ import annotations

import codecs
import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stance import atomic, tables
from stance.csvtext import detect_delimiter, fit_row, format_csv, header, read_rows
from stance.decoding import decode
from stance.errors import (
    ColumnTakenError,
    EmptyTableError,
    MissingColumnError,
    MissingFileError,
    UnreadableFileError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_ID, _SHORT_ID = "comment_id", "id"
_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How .xlsx and .ods begin, which are zip archives, and .xls."""


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


def read_sheet(path: Path, columns: Sequence[str] | None = None, delimiter: str | None = None) -> Sheet:
    """Read a labelling sheet, in whatever way a spreadsheet has written it, or a table without a header.

    A row without any text in it is left out; cells missing at the end of a row are empty.

    Parameters
    ----------
    path
        The file.
    columns
        The names of the columns of a table whose first row names none; `id` is taken as `comment_id`. Between tabs its
        quotes are letters: what writes no header puts no cell in quotes, and a comment may begin with a quotation.
    delimiter
        What stands between cells; else that of `,` `;` and tab which finds the most known columns in the first row.

    Raises
    ------
    MissingFileError, EmptyTableError
        There is no such file, or nothing in it.
    UnreadableFileError
        It is a workbook, a column's name stands there twice, or a row has more cells than there are names.
    """
    if not path.is_file():
        raise MissingFileError(path)
    return _parsed(path.read_bytes(), path, columns, delimiter)


def _parsed(data: bytes, path: Path, columns: Sequence[str] | None = None, delimiter: str | None = None) -> Sheet:
    if data.startswith(_WORKBOOK):
        raise UnreadableFileError(path, "a workbook, no CSV", "save it in the spreadsheet as CSV UTF-8, and name that")
    decoded = decode(data)
    text = decoded.text.replace("\0", "")
    quoted = not (columns and delimiter == "\t")
    delimiter = delimiter or detect_delimiter(text, columns)
    parsed = read_rows(io.StringIO(text, newline=""), delimiter, path, quoted=quoted)
    rows = [(number, row) for number, row in enumerate(parsed, start=1) if any(map(str.strip, row))]
    if not rows:
        raise EmptyTableError(path)
    if columns:
        names = header([_ID if name.strip() == _SHORT_ID else name for name in columns], path)
    else:
        names = header(rows.pop(0)[1], path)
    cells = [fit_row(row, len(names), path, number) for number, row in rows]
    frame = pd.DataFrame(cells, columns=names, index=[number for number, _ in rows], dtype="str")
    newline = "\r\n" if b"\n" not in data or b"\r\n" in data or b"\r\0\n" in data else "\n"
    warnings = (decoded.warning,) if decoded.warning else ()
    return Sheet(path, frame, Dialect(decoded.encoding, delimiter, newline), warnings)


def renamed(sheet: Sheet, columns: Mapping[str, str]) -> Sheet:
    """Call columns by the names that all rooms know.

    Parameters
    ----------
    sheet
        The sheet as it was read.
    columns
        The name that a column should have, and the one that it has in the sheet.

    Raises
    ------
    MissingColumnError, ColumnTakenError
        There is no such column, or another one has the name already.
    """
    frame = sheet.frame
    for ours, theirs in columns.items():
        if theirs == ours:
            continue
        if theirs not in frame.columns:
            raise MissingColumnError(theirs, frame.columns, sheet.path, f"name the right one by --{ours}-column")
        if ours in frame.columns:
            raise ColumnTakenError(ours, sheet.path)
        frame = frame.rename(columns={theirs: ours})
    return replace(sheet, frame=frame)


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
    added = _encoded(text, encoding, sheet, old)
    gap = b"" if old.endswith("\n".encode(encoding)) else sheet.dialect.newline.encode(encoding)
    atomic.write(sheet.path, old + gap + added)
    return tuple(warnings)


def completed(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Give a frame of rows the columns that it lacks, empty, and if one of them is `comment_id`, every text an id."""
    whole = frame.reindex(columns=list(dict.fromkeys([*frame.columns, *names])), fill_value="")
    if _ID in names:
        ids = tables.own_ids(whole[_ID].to_list(), whole["text"].to_list())
        whole[_ID] = pd.Series(ids, index=whole.index, dtype="str")
    return whole


def add_columns(sheet: Sheet, names: Sequence[str]) -> Sheet:
    """Give a sheet the columns that it lacks, at the end of each row and empty, and every row an id.

    Rows that have none get the ids by which their labels are known elsewhere, so that a label can name its comment.
    Only here is a sheet written anew, and only if what would be read back is, cell by cell, what stands there now.

    Parameters
    ----------
    sheet
        The sheet as it was read.
    names
        The columns that it should have.

    Returns
    -------
    Sheet
        The sheet as it stands now; the same one if it lacked nothing.

    Raises
    ------
    UnreadableFileError
        The encoding of the sheet is not certain enough to write it anew.
    """
    frame = completed(sheet.frame, names)
    if frame.equals(sheet.frame):
        return sheet
    rows = [list(frame.columns), *frame.itertuples(index=False)]
    text = format_csv(rows, sheet.dialect.delimiter, sheet.dialect.newline)
    data = _encoded(text, sheet.dialect.encoding, sheet, sheet.path.read_bytes())
    made = _parsed(data, sheet.path)
    if not np.array_equal(made.frame.to_numpy(object), frame.to_numpy(object)):
        raise UnreadableFileError(sheet.path, "its columns cannot be added without loss", "save it as UTF-8 CSV")
    atomic.write(sheet.path, data)
    return made


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


def _encoded(text: str, encoding: str, sheet: Sheet, old: bytes) -> bytes:
    """Encode new text of a sheet whose old bytes must fit the encoding as well."""
    try:
        old.decode(encoding)
        return text.encode(encoding)
    except UnicodeError:
        reason = f"not added to, since its encoding ({sheet.dialect.encoding}) does not fit all of the old and new text"
        raise UnreadableFileError(sheet.path, reason, "save it as UTF-8 and try again") from None


def _without_mark(data: bytes, encoding: str) -> str:
    """Name the encoding of text that is to follow other text: the same, without a byte-order mark of its own."""
    if encoding == "utf-16":
        return "utf-16-le" if data.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
    if encoding == "utf-32":
        return "utf-32-le" if data.startswith(codecs.BOM_UTF32_LE) else "utf-32-be"
    return encoding.removesuffix("-sig")
