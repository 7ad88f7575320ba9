"""Add collected comments to a labelling sheet, keeping every row and label that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance import tables
from stance.labels.sheets import edits
from stance.labels.sheets.sheet_file import write_sheet
from stance.labels.sheets.updates import update_sheet
from stance.labels.sheets.writer import merge_journal

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from stance.labels.sheets.sheet_file import Sheet


def merge_comments(path: Path, comments: pd.DataFrame) -> tuple[int, tuple[str, ...]]:
    """Add collected comments that are new to a sheet, or write a new sheet.

    Parameters
    ----------
    path
        The sheet; the caller holds its lock.
    comments
        The comments, with the columns of `tables.COMMENT_COLUMNS`.

    Returns
    -------
    tuple of (int, tuple of str)
        The number of new comments, and warnings for the user.

    Raises
    ------
    MissingColumnError
        The sheet has no column `comment_id` or `text`, which are needed to recognise new comments.
    """
    if not path.exists() or not path.read_bytes().strip():
        write_sheet(path, comments.reindex(columns=list(tables.SHEET_COLUMNS), fill_value=""))
        return len(comments), ()
    messages = merge_journal(path)
    n_new, warnings = 0, messages

    def change(sheet: Sheet, data: bytes) -> bytes:
        nonlocal n_new, warnings
        remedy = "add the column, or collect into a new sheet"
        tables.require_columns(sheet.frame.columns, ("comment_id", "text"), path, remedy)
        new = comments[~comments["comment_id"].isin(set(sheet.frame["comment_id"].str.strip()))]
        n_new, warnings = len(new), messages + sheet.encoding_warnings
        if not n_new:
            return data
        warnings += edits.dropped_column_warnings(sheet, new)
        return edits.append_rows(sheet, data, new)

    update_sheet(path, change)
    return n_new, warnings
