"""Read and write labelling sheets: the CSV files that people enter labels into."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from stance import tables
from stance.errors import (
    ColumnExistsError,
    EmptyTableError,
    MissingColumnError,
    WorkbookError,
)
from stance.io import atomic
from stance.io.csv_format import detect_csv_dialect, format_csv, pad_row, parse_header
from stance.io.csv_rows import parse_csv_rows, split_lines
from stance.io.decoding import decode_bytes
from stance.io.paths import check_input_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_ID_COLUMN, _SHORT_ID_COLUMN = "comment_id", "id"
_WORKBOOK_SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""The first bytes of .xlsx and .ods files, which are zip archives, and of .xls files."""


@dataclass(frozen=True)
class SheetDialect:
    """The encoding, delimiter and line ends of a sheet, kept when rows are added."""

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
        All cells as strings, missing ones as "", indexed by the row number that a spreadsheet shows.
    dialect
        The encoding, delimiter and line ends of the file.
    encoding_warnings
        Warnings about the encoding.
    journal_warnings
        Warnings about labels that come from the journal of the sheet and are not in the file.
    parse_warnings
        Warnings about cells that may contain rows, because of an unbalanced quote.
    """

    path: Path
    frame: pd.DataFrame
    dialect: SheetDialect
    encoding_warnings: tuple[str, ...] = ()
    journal_warnings: tuple[str, ...] = ()
    parse_warnings: tuple[str, ...] = ()

    @property
    def messages(self) -> tuple[str, ...]:
        """All warnings about how the sheet was read."""
        return self.encoding_warnings + self.parse_warnings + self.journal_warnings


def read_sheet(path: Path, columns: Sequence[str] | None = None, delimiter: str | None = None) -> Sheet:
    """Read a labelling sheet in any encoding and with any delimiter, or a table without a header.

    Blank rows are skipped; cells missing at the end of a row are empty.

    Parameters
    ----------
    path
        The file.
    columns
        The column names of a table without a header; `id` means `comment_id`. In headerless TSV, quotes are not
        special: programs that write it do not quote cells, and a comment may start with a quotation.
    delimiter
        The delimiter; by default whichever of `,` `;` and tab finds the most known columns in the first row.

    Raises
    ------
    MissingFileError, EmptyTableError
        The file does not exist, or has no rows.
    UnreadableFileError
        The path is a folder, the file is a workbook, a column name occurs twice, or a row has more cells than there are
        columns.
    """
    check_input_path(path)
    return parse_sheet(path.read_bytes(), path, columns, delimiter)


def parse_sheet(data: bytes, path: Path, columns: Sequence[str] | None = None, delimiter: str | None = None) -> Sheet:
    """Return the sheet that is in some bytes, as `read_sheet` does for a file."""
    if data.startswith(_WORKBOOK_SIGNATURES):
        raise WorkbookError(path)
    decoded = decode_bytes(data)
    text = decoded.text.replace("\0", "")
    dialect = detect_csv_dialect(text, columns, delimiter)
    parse_warnings: list[str] = []
    parsed = parse_csv_rows(
        split_lines(text), dialect.delimiter, path, quoted=dialect.is_quoted, warn=parse_warnings.append
    )
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
    return Sheet(
        path,
        frame,
        SheetDialect(decoded.encoding, dialect.delimiter, newline),
        encoding_warnings=(decoded.warning,) if decoded.warning else (),
        parse_warnings=tuple(parse_warnings),
    )


def rename_columns(sheet: Sheet, columns: Mapping[str, str]) -> Sheet:
    """Rename the columns of a sheet to their standard names.

    Parameters
    ----------
    sheet
        The sheet as it was read.
    columns
        The current name of a column in the sheet by its standard name.

    Raises
    ------
    MissingColumnError, ColumnExistsError
        The sheet has no such column, or already has one with the standard name.
    """
    frame = sheet.frame
    for standard_name, current_name in columns.items():
        if current_name == standard_name:
            continue
        if current_name not in frame.columns:
            remedy = f"choose one with --{standard_name}-column"
            raise MissingColumnError(current_name, frame.columns, sheet.path, remedy)
        if standard_name in frame.columns:
            raise ColumnExistsError(standard_name, sheet.path)
        frame = frame.rename(columns={current_name: standard_name})
    return replace(sheet, frame=frame)


def write_sheet(path: Path, frame: pd.DataFrame, dialect: SheetDialect | None = None) -> None:
    """Write a new sheet; the file is complete or not there."""
    dialect = dialect or SheetDialect()
    rows = [list(frame.columns), *frame.itertuples(index=False)]
    atomic.write_atomically(path, format_csv(rows, dialect.delimiter, dialect.newline).encode(dialect.encoding))


def add_missing_columns(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return rows with empty columns added; if `comment_id` is one of `names`, every text has an id afterwards."""
    rows = frame.reindex(columns=list(dict.fromkeys([*frame.columns, *names])), fill_value="")
    if _ID_COLUMN in names and "text" in rows.columns:
        ids = tables.fill_comment_ids(rows[_ID_COLUMN].to_list(), rows["text"].to_list())
        rows[_ID_COLUMN] = pd.Series(ids, index=rows.index, dtype="str")
    return rows
