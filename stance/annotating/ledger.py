"""Labels as they are given -> rows at the end of a sheet, each on disk before the next comment is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from stance import tables
from stance.labelling import sheets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COLUMNS = ("comment_id", *tables.LABEL_COLUMNS)
"""What a sheet must have so that a label can be added to it."""


class Ledger:
    """A sheet that labels are added to.

    It may be edited meanwhile, in a spreadsheet for instance: rows are then added to what it has become.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._state = _state(path)
        self._sheet = sheets.read_sheet(path)
        self._is_complete = False
        self._is_edited = False

    @property
    def sheet(self) -> sheets.Sheet:
        """The sheet as it was read last; rows added since are not in it."""
        return self._sheet

    def reread(self) -> sheets.Sheet:
        """Read the sheet as it stands now."""
        self._state = _state(self.path)
        self._sheet = sheets.read_sheet(self.path)
        self._is_complete = False
        return self._sheet

    def append(self, row: Mapping[str, str]) -> None:
        """Add one row; when this returns it is on disk.

        Raises
        ------
        StanceError, OSError
            It could not be written; the sheet stands as it stood.
        """
        if _state(self.path) != self._state:
            self.reread()
            self._is_edited = True
        if not self._is_complete:
            self._sheet = sheets.add_columns(self._sheet, COLUMNS)
            self._is_complete = True
        if self._is_edited:
            row = {**row, "text": self._text(row["comment_id"]) or row["text"]}
        sheets.append_rows(self._sheet, pd.DataFrame([row]))
        self._state = _state(self.path)

    def _text(self, comment_id: str) -> str:
        """Look up the text that a comment has by now."""
        frame = self._sheet.frame
        texts = frame.loc[(frame["comment_id"].str.strip() == comment_id) & (frame["text"].str.strip() != ""), "text"]
        return "" if texts.empty else str(texts.iloc[0])


def _state(path: Path) -> tuple[int, int, int]:
    """Tell one state of a file from another."""
    known = path.stat()
    return known.st_ino, known.st_size, known.st_mtime_ns
