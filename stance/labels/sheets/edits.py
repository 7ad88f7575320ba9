"""Rows and columns that are added to a sheet: its bytes before -> its bytes after."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import numpy as np

from stance import tables
from stance.errors import UnreadableFileError
from stance.io.csv_format import format_csv
from stance.io.csv_rows import has_cr_line_ends
from stance.labels.sheets.sheet_file import add_missing_columns, parse_sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from stance.labels.sheets.sheet_file import Sheet


def append_rows(sheet: Sheet, data: bytes, rows: pd.DataFrame) -> bytes:
    """Add rows to the end of a sheet; what is in it stays byte for byte, and in the encoding it has.

    Only the line ends of old Macs become line feeds.

    Parameters
    ----------
    sheet
        The sheet as it was read.
    data
        The bytes that it was read from.
    rows
        Rows to add; those of their columns that the sheet does not have are left out (see `dropped_column_warnings`).

    Raises
    ------
    UnreadableFileError
        The encoding of the sheet is not certain enough to add to it, or lacks a character of the new rows.
    """
    fitted = rows.reindex(columns=list(sheet.frame.columns), fill_value="").itertuples(index=False)
    text = format_csv(fitted, sheet.dialect.delimiter, sheet.dialect.newline)
    encoding = _encoding_without_bom(data, sheet.dialect.encoding)
    added = _encode(text, encoding, sheet, data)
    data = _convert_old_line_ends(data, encoding)
    gap = b"" if data.endswith("\n".encode(encoding)) else sheet.dialect.newline.encode(encoding)
    return data + gap + added


def check_encoding(sheet: Sheet, data: bytes) -> None:
    """Stop before rows are made for a sheet that none can be added to.

    Raises
    ------
    UnreadableFileError
        Its encoding is not certain enough.
    """
    _encode("", _encoding_without_bom(data, sheet.dialect.encoding), sheet, data)


def dropped_column_warnings(sheet: Sheet, rows: pd.DataFrame) -> tuple[str, ...]:
    """Return a warning that names the columns of rows with text in them that a sheet does not have."""
    lost = [name for name in rows.columns if name not in sheet.frame.columns and rows[name].ne("").any()]
    return (f"{sheet.path.name} has no column for: {', '.join(lost)}",) if lost else ()


def write_missing_columns(sheet: Sheet, data: bytes, names: Sequence[str]) -> tuple[Sheet, bytes]:
    """Add the columns that a sheet lacks, at the end of each row and empty, and an id to every row without one.

    Rows without an id get the one by which their labels are known elsewhere, so that a label can name its comment.
    Only here is a sheet written anew, and only if what would be read back is, cell by cell, what is in it now.

    Parameters
    ----------
    sheet
        The sheet as it was read.
    data
        The bytes that it was read from.
    names
        The columns that it should have.

    Returns
    -------
    tuple of (Sheet, bytes)
        The sheet and its bytes after that; the same ones if it lacked nothing.

    Raises
    ------
    UnreadableFileError
        The encoding of the sheet is not certain enough to write it anew.
    """
    frame = add_missing_columns(sheet.frame, names)
    if frame.equals(sheet.frame):
        return sheet, data
    rows = [list(frame.columns), *frame.itertuples(index=False)]
    text = format_csv(rows, sheet.dialect.delimiter, sheet.dialect.newline)
    written = _encode(text, sheet.dialect.encoding, sheet, data)
    made = parse_sheet(written, sheet.path)
    if not np.array_equal(made.frame.to_numpy(object), frame.to_numpy(object)):
        raise UnreadableFileError(sheet.path, "its columns cannot be added without loss", "save it as UTF-8 CSV")
    return made, written


def sort_columns(names: Iterable[str]) -> list[str]:
    """Return names of columns in the order of a sheet, those that only the user knows last."""
    known = list(tables.SHEET_COLUMNS)
    return sorted(names, key=lambda name: known.index(name) if name in known else len(known))


def _convert_old_line_ends(data: bytes, encoding: str) -> bytes:
    """Return a sheet whose lines end in carriage returns with line feeds instead, as a file cannot have both."""
    text = data.decode(encoding)
    return text.replace("\r", "\n").encode(encoding) if has_cr_line_ends(text) else data


def _encode(text: str, encoding: str, sheet: Sheet, existing: bytes) -> bytes:
    """Encode new text of a sheet whose old bytes must fit the encoding as well."""
    try:
        existing.decode(encoding)
        return text.encode(encoding)
    except UnicodeError:
        reason = f"not added to, since its encoding ({sheet.dialect.encoding}) does not fit all of the old and new text"
        raise UnreadableFileError(sheet.path, reason, "save it as UTF-8 and try again") from None


def _encoding_without_bom(data: bytes, encoding: str) -> str:
    """Return the encoding of text that is to follow other text: the same, without a byte-order mark of its own."""
    if encoding == "utf-16":
        return "utf-16-le" if data.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
    if encoding == "utf-32":
        return "utf-32-le" if data.startswith(codecs.BOM_UTF32_LE) else "utf-32-be"
    return encoding.removesuffix("-sig")
