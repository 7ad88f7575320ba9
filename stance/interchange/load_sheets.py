"""Sheets -> their rows together, comment by comment, in text that other tools take."""

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
    """The rows of sheets, ready for another tool.

    `items` are those of all sheets together, `frame` their rows with every column and sound text.
    """

    sheets: tuple[Sheet, ...]
    frame: pd.DataFrame
    items: tuple[SheetItem, ...]
    warnings: tuple[str, ...]


def load_sheets_for_export(paths: Sequence[Path]) -> LoadedSheets:
    """Read sheets, and repair what other tools refuse.

    Raises
    ------
    StanceError
        A sheet cannot be read, or has neither ids nor texts.
    """
    read_sheets = tuple(map(read_sheet_with_journal, paths))
    for sheet in read_sheets:
        if not {"comment_id", "text"}.intersection(sheet.frame.columns):
            tables.require_columns(sheet.frame.columns, ("text",), sheet.path)
        if sheet.frame.empty:
            raise EmptyTableError(sheet.path)
    warnings: list[str] = [f"{sheet.path}: {warning}" for sheet in read_sheets for warning in sheet.messages]
    frames = []
    for sheet in read_sheets:
        frame, told = _repair_sheet(sheet)
        frames.append(frame)
        warnings += told
    frame = pd.concat(frames, ignore_index=True).fillna("")
    frame = frame.reindex(columns=list(dict.fromkeys([*frame.columns, "comment_id", "text"])), fill_value="")
    frame["comment_id"] = tables.fill_comment_ids(frame["comment_id"], frame["text"])
    comments = tuple(row_records.group_rows_by_item(frame))
    silent = sum(not comment.text.strip() for comment in comments)
    if silent:
        warnings.append(f"{silent} comments have no text in the sheets given: other tools have nothing to show of them")
    return LoadedSheets(read_sheets, frame, comments, tuple(warnings))


def _repair_sheet(sheet: Sheet) -> tuple[pd.DataFrame, list[str]]:
    names = list(sheet.frame.columns)
    rows = sheet.frame.to_numpy(dtype=object).tolist()
    if has_only_allowed_characters(names) and all(map(has_only_allowed_characters, rows)):
        return sheet.frame, []
    warnings = []
    sound, _ = repair_cells(dict.fromkeys(names, ""), str(sheet.path))
    if len(sound) < len(names):
        raise StanceError("two columns differ in letters only that other tools refuse", "rename one", path=sheet.path)
    for place, number in enumerate(sheet.frame.index):
        cells, told = repair_cells(dict(zip(names, rows[place], strict=True)), f"{sheet.path}:{number}")
        rows[place] = list(cells.values())
        warnings += told
    return pd.DataFrame(rows, columns=list(sound), dtype="str"), warnings
