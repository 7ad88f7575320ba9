"""Labelling sheets: the CSV files that people write labels into, in a spreadsheet or by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from stance import tables
from stance.errors import (
    ColumnExistsError,
    EmptyTableError,
    MissingColumnError,
    MissingFileError,
    UnreadableFileError,
)
from stance.io import atomic
from stance.io.csv_format import detect_delimiter, format_csv, pad_row, parse_header
from stance.io.csv_rows import SAMPLE_CHARACTERS, is_unquoted, parse_csv_rows, split_lines
from stance.io.decoding import decode_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_ID_COLUMN, _SHORT_ID_COLUMN = "comment_id", "id"
_WORKBOOK_SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How .xlsx and .ods begin, which are zip archives, and .xls."""


@dataclass(frozen=True)
class SheetDialect:
    """How a sheet is written, so that what is added to it is written alike."""

    encoding: str = "utf-8-sig"  # the byte-order mark makes Excel read UTF-8
    delimiter: str = ","
    newline: str = "\r\n"


@dataclass(frozen=True)
class Sheet:
    """A labelling sheet as it was read.

    Attributes
    ----------
    path
        The file.
    frame
        Strings only, missing cells as "", indexed by the row number that a spreadsheet shows.
    dialect
        How the file is written.
    encoding_warnings
        What the user should know of its encoding.
    journal_warnings
        What the user should know of labels that come from the journal beside the sheet, and are not in the file.
    parse_warnings
        Which cells may have absorbed rows.
    """

    path: Path
    frame: pd.DataFrame
    dialect: SheetDialect
    encoding_warnings: tuple[str, ...] = ()
    journal_warnings: tuple[str, ...] = ()
    parse_warnings: tuple[str, ...] = ()

    @property
    def messages(self) -> tuple[str, ...]:
        """All that the user should know of how it was read."""
        return self.encoding_warnings + self.parse_warnings + self.journal_warnings


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
    return parse_sheet(path.read_bytes(), path, columns, delimiter)


def parse_sheet(data: bytes, path: Path, columns: Sequence[str] | None = None, delimiter: str | None = None) -> Sheet:
    """Read a sheet from its bytes, as `read_sheet` does from its file."""
    if data.startswith(_WORKBOOK_SIGNATURES):
        raise UnreadableFileError(path, "a workbook, no CSV", "save it in the spreadsheet as CSV UTF-8, and name that")
    decoded = decode_bytes(data)
    text = decoded.text.replace("\0", "")
    quoted = not (columns and delimiter == "\t")
    delimiter = delimiter or detect_delimiter(text, columns)
    quoted = quoted and not is_unquoted(text[:SAMPLE_CHARACTERS], delimiter)
    doubts: list[str] = []
    parsed = parse_csv_rows(split_lines(text), delimiter, path, quoted=quoted, warn=doubts.append)
    rows = [(number, row) for number, row in enumerate(parsed, start=1) if any(map(str.strip, row))]
    if not rows:
        raise EmptyTableError(path)
    if columns:
        names = parse_header([_ID_COLUMN if name.strip() == _SHORT_ID_COLUMN else name for name in columns], path)
    else:
        names = parse_header(rows.pop(0)[1], path)
    cells = [pad_row(row, len(names), path, number) for number, row in rows]
    frame = pd.DataFrame(cells, columns=names, index=[number for number, _ in rows], dtype="str")
    newline = "\r\n" if b"\n" not in data or b"\r\n" in data or b"\r\0\n" in data else "\n"
    warnings = (decoded.warning,) if decoded.warning else ()
    return Sheet(
        path, frame, SheetDialect(decoded.encoding, delimiter, newline), warnings, parse_warnings=tuple(doubts)
    )


def rename_columns(sheet: Sheet, columns: Mapping[str, str]) -> Sheet:
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
            raise ColumnExistsError(ours, sheet.path)
        frame = frame.rename(columns={theirs: ours})
    return replace(sheet, frame=frame)


def write_sheet(path: Path, frame: pd.DataFrame, dialect: SheetDialect | None = None) -> None:
    """Write a new sheet, whole or not at all."""
    dialect = dialect or SheetDialect()
    rows = [list(frame.columns), *frame.itertuples(index=False)]
    atomic.write_atomically(path, format_csv(rows, dialect.delimiter, dialect.newline).encode(dialect.encoding))


def add_missing_columns(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Give a frame of rows the columns that it lacks, empty, and if one of them is `comment_id`, every text an id."""
    whole = frame.reindex(columns=list(dict.fromkeys([*frame.columns, *names])), fill_value="")
    if _ID_COLUMN in names and "text" in whole.columns:
        ids = tables.fill_comment_ids(whole[_ID_COLUMN].to_list(), whole["text"].to_list())
        whole[_ID_COLUMN] = pd.Series(ids, index=whole.index, dtype="str")
    return whole
