"""Load labelling sheets for export to other tools."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from stance import tables
from stance.errors import EmptyTableError, StanceError
from stance.interchange import row_records
from stance.interchange.text_repair import has_only_allowed_characters, repair_cells
from stance.labels.sheets.unmerged import read_sheet_with_journal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from stance.interchange.row_records import SheetItem
    from stance.labels.sheets.sheet_file import Sheet


@dataclass(frozen=True, eq=False)
class LoadedSheets:
    """Sheets ready for export.

    Attributes
    ----------
    sheets
        The sheets as read.
    frame
        The rows of all sheets with the columns of all, without characters that other tools do not accept.
    items
        These rows grouped by comment and target.
    warnings
        What was repaired, and other problems.
    """

    sheets: tuple[Sheet, ...]
    frame: pd.DataFrame
    items: tuple[SheetItem, ...]
    warnings: tuple[str, ...]


def load_sheets_for_export(paths: Sequence[Path]) -> LoadedSheets:
    """Read sheets, and replace the characters that other tools do not accept.

    Raises
    ------
    StanceError
        A sheet cannot be read, is empty, or has neither ids nor texts.
    """
    sheets = tuple(map(read_sheet_with_journal, paths))
    for sheet in sheets:
        if not {"comment_id", "text"}.intersection(sheet.frame.columns):
            tables.require_columns(sheet.frame.columns, ("text",), sheet.path)
        if sheet.frame.empty:
            raise EmptyTableError(sheet.path)
    warnings: list[str] = [f"{sheet.path}: {message}" for sheet in sheets for message in sheet.messages]
    frames = []
    for sheet in sheets:
        frame, repair_warnings = _repair_sheet(sheet)
        frames.append(frame)
        warnings += repair_warnings
    frame = row_records.fill_ids(pd.concat(frames, ignore_index=True).fillna(""))
    items = tuple(row_records.group_rows_by_item(frame))
    n_without_text = sum(not item.text.strip() for item in items)
    if n_without_text:
        warnings.append(f"comments without text in these sheets: {n_without_text}; other tools cannot show them")
    return LoadedSheets(sheets, frame, items, tuple(warnings))


def _repair_sheet(sheet: Sheet) -> tuple[pd.DataFrame, list[str]]:
    names = list(sheet.frame.columns)
    rows = sheet.frame.to_numpy(dtype=object).tolist()
    if has_only_allowed_characters(names) and all(map(has_only_allowed_characters, rows)):
        return sheet.frame, []
    repaired_names, _ = repair_cells(dict.fromkeys(names, ""), str(sheet.path))
    if len(repaired_names) < len(names):
        cause = "two column names differ only in characters that other tools do not accept"
        raise StanceError(cause, "rename one of them", path=sheet.path)
    warnings = []
    for index, row_number in enumerate(sheet.frame.index):
        cells, repair_warnings = repair_cells(dict(zip(names, rows[index], strict=True)), f"{sheet.path}:{row_number}")
        rows[index] = list(cells.values())
        warnings += repair_warnings
    return pd.DataFrame(rows, columns=list(repaired_names), dtype="str"), warnings
