"""Add rows and columns to the bytes of a sheet."""

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
    """Return the bytes of a sheet with rows added at its end, in its encoding.

    The bytes before stay as they are, except that carriage returns as line ends (old Macs) become line feeds.

    Parameters
    ----------
    sheet
        The sheet as it was read.
    data
        The bytes that it was read from.
    rows
        Rows to add; columns that the sheet does not have are left out (see `dropped_column_warnings`).

    Raises
    ------
    UnreadableFileError
        The detected encoding does not fit the whole sheet, or lacks a character of the new rows.
    """
    aligned = rows.reindex(columns=list(sheet.frame.columns), fill_value="")
    text = format_csv(aligned.itertuples(index=False), sheet.dialect.delimiter, sheet.dialect.newline)
    encoding = _encoding_without_bom(data, sheet.dialect.encoding)
    added = _encode(text, encoding, sheet, data)
    data = _convert_old_line_ends(data, encoding)
    separator = b"" if data.endswith("\n".encode(encoding)) else sheet.dialect.newline.encode(encoding)
    return data + separator + added


def check_encoding(sheet: Sheet, data: bytes) -> None:
    """Raise an error if no rows can be added to a sheet because its encoding was not detected with certainty.

    Raises
    ------
    UnreadableFileError
        The detected encoding does not fit the whole sheet.
    """
    _encode("", _encoding_without_bom(data, sheet.dialect.encoding), sheet, data)


def dropped_column_warnings(sheet: Sheet, rows: pd.DataFrame) -> tuple[str, ...]:
    """Return a warning that names the non-empty columns of rows that a sheet does not have."""
    dropped = [name for name in rows.columns if name not in sheet.frame.columns and rows[name].ne("").any()]
    return (f"{sheet.path.name} has no column for: {', '.join(dropped)}",) if dropped else ()


def write_missing_columns(sheet: Sheet, data: bytes, names: Sequence[str]) -> tuple[Sheet, bytes]:
    """Add empty columns that a sheet lacks at the end of each row, and an id to every row without one.

    The ids are those that other commands derive from the text, so that a label can name its comment. This is the only
    place where the existing rows are written again, and only if every cell can be read back unchanged.

    Parameters
    ----------
    sheet
        The sheet as it was read.
    data
        The bytes that it was read from.
    names
        The columns that it must have.

    Returns
    -------
    tuple of (Sheet, bytes)
        The changed sheet and its bytes; the same objects if nothing was missing.

    Raises
    ------
    UnreadableFileError
        The detected encoding does not fit the whole sheet, or a cell would change.
    """
    frame = add_missing_columns(sheet.frame, names)
    if frame.equals(sheet.frame):
        return sheet, data
    rows = [list(frame.columns), *frame.itertuples(index=False)]
    text = format_csv(rows, sheet.dialect.delimiter, sheet.dialect.newline)
    changed_data = _encode(text, sheet.dialect.encoding, sheet, data)
    changed_sheet = parse_sheet(changed_data, sheet.path)
    if not np.array_equal(changed_sheet.frame.to_numpy(object), frame.to_numpy(object)):
        reason = "columns cannot be added to it without changing its cells"
        raise UnreadableFileError(sheet.path, reason, "save it as UTF-8 CSV")
    return changed_sheet, changed_data


def sort_columns(names: Iterable[str]) -> list[str]:
    """Return column names in the order of a sheet; the user's own columns come last.

    >>> sort_columns(["my notes", "stance", "text"])
    ['text', 'stance', 'my notes']
    """
    ordered = list(tables.SHEET_COLUMNS)
    return sorted(names, key=lambda name: ordered.index(name) if name in ordered else len(ordered))


def _convert_old_line_ends(data: bytes, encoding: str) -> bytes:
    """Return the bytes of a sheet with line feeds instead of lone carriage returns: a file cannot have both."""
    text = data.decode(encoding)
    return text.replace("\r", "\n").encode(encoding) if has_cr_line_ends(text) else data


def _encode(text: str, encoding: str, sheet: Sheet, existing: bytes) -> bytes:
    """Encode text for a sheet; raise an error if the encoding does not fit its existing bytes."""
    try:
        existing.decode(encoding)
        return text.encode(encoding)
    except UnicodeError:
        reason = f"cannot add to this sheet, its encoding ({sheet.dialect.encoding}) does not fit all old and new text"
        raise UnreadableFileError(sheet.path, reason, "save it as UTF-8 and try again") from None


def _encoding_without_bom(data: bytes, encoding: str) -> str:
    """Return an encoding for appended text: the one of the sheet, without a byte-order mark."""
    if encoding == "utf-16":
        return "utf-16-le" if data.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
    if encoding == "utf-32":
        return "utf-32-le" if data.startswith(codecs.BOM_UTF32_LE) else "utf-32-be"
    return encoding.removesuffix("-sig")
