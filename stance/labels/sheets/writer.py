"""Labels as they are given -> the journal of a sheet, each on disk before the next comment is shown, and the sheet."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pandas as pd

from stance import tables
from stance.errors import LabelsKeptError, MissingColumnError, MissingFileError, StanceError
from stance.io.file_swap import file_state
from stance.labels.sheets import edits
from stance.labels.sheets.journal import Journal, journal_path, read_journal, sheet_digest
from stance.labels.sheets.sheet_file import completed, parse_sheet
from stance.labels.sheets.unmerged import (
    KEY_COLUMNS,
    LABEL_COLUMNS,
    Unmerged,
    count_labels,
    counted_labels,
    find_unmerged,
    key_of,
)
from stance.labels.sheets.updates import rescue_copies, update_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from stance.io.file_swap import FileState
    from stance.labels.sheets.journal import Row
    from stance.labels.sheets.sheet_file import Sheet
    from stance.labels.sheets.unmerged import Key

_NEEDED = ("text", *LABEL_COLUMNS)
_SHORT_ABSENCE, _FEW_TRIES = 0.1, 3


class SheetWriter:
    """A sheet that labels are added to; for whoever holds its lock.

    A label goes into the journal at once, and into the sheet when another program has changed the sheet, and at the
    end. Labels that the sheet has lost, since a spreadsheet has saved an older copy, are written again.

    Attributes
    ----------
    path
        The sheet.
    sheet
        The sheet as it was last read; labels that are only in the journal are not in it.
    messages
        What has happened to the sheet that the user should know of, oldest first.
    problem
        Why labels cannot be written into the sheet at the moment, if so; they are kept in the journal.
    """

    def __init__(self, path: Path) -> None:
        """Open a sheet, and write into it what an earlier session has left in its journal.

        Raises
        ------
        StanceError, OSError
            The sheet or its journal cannot be read or written.
        """
        self.path = path
        self.messages = list(rescue_copies(path))
        if path.is_file() and path.stat().st_nlink > 1:
            self.messages.append(
                f"{path} has a second name (a hard link), which goes on naming the sheet without labels"
            )
        self.problem: StanceError | OSError | None = None
        self._state, data = _read(path)
        self.sheet, self._digest = parse_sheet(data, path), sheet_digest(data)
        edits.refuse_uncertain_encoding(self.sheet, data)
        contents = read_journal(journal_path(path))
        self._journal = Journal(journal_path(path), contents, _needed_columns(self.sheet))
        self._merged = contents.merged
        self._before: pd.DataFrame | None = None
        self._marked = (self._merged, contents.digest)
        if contents.rows and not contents.is_in(self._digest):
            self._merge()
            self._mark()
        self._before = self.sheet.frame
        self._skips = {
            **_count_by_key(self._before),
            **dict(zip(map(key_of, self._journal.rows), self._journal.skips, strict=True)),
        }

    def append(self, row: Mapping[str, str]) -> None:
        """Add one row; when this returns it is on disk, in constant time unless the sheet has been changed.

        Raises
        ------
        OSError
            It could not be written; nothing has changed.
        """
        self._journal.append(row, self._skips.get(key_of(row), 0))
        if self._is_changed():
            self._try_to_merge(is_urgent=True)

    def flush(self) -> Sheet:
        """Write all labels into the sheet, and return it as it is then.

        Raises
        ------
        LabelsKeptError
            That is not possible; the labels are kept in the journal.
        """
        if self._merged < len(self._journal.rows) or self._is_changed():
            self._try_to_merge()
        if self.problem:
            waiting = count_labels(self._journal.rows[self._merged :])
            raise LabelsKeptError(self.problem, waiting, self.path, self._journal.path) from None
        return self.sheet

    def close(self) -> None:
        """Write all labels into the sheet, and end.

        Raises
        ------
        LabelsKeptError
            As by `flush`.
        """
        try:
            if self._journal.rows:
                self.flush()
                self._mark()
        finally:
            self._journal.close()

    @property
    def must_end(self) -> bool:
        """Whether the sheet has become one that no label can be written into."""
        return isinstance(self.problem, MissingColumnError)

    def _mark(self) -> None:
        """Record in the journal that the sheet has all labels."""
        if self._marked != (self._merged, self._digest):
            self._journal.mark_merged(self._digest)
            self._marked = (self._merged, self._digest)

    def _is_changed(self) -> bool:
        try:
            return file_state(self.path) != self._state
        except OSError:
            return True

    def _try_to_merge(self, *, is_urgent: bool = False) -> None:
        try:
            self._merge(is_urgent=is_urgent)
        except (StanceError, OSError) as error:
            self.problem = error
        else:
            self.problem = None

    def _merge(self, *, is_urgent: bool = False) -> None:
        """Write the rows of the journal that the sheet lacks into it; an annotator who waits is not kept waiting."""
        rows, skips = self._journal.rows, self._journal.skips
        unmerged = Unmerged()
        written = b""
        before = None if self._before is None else completed(self._before, LABEL_COLUMNS)

        def change(sheet: Sheet, data: bytes) -> bytes:
            nonlocal unmerged, written
            tables.require(sheet.frame.columns, self._journal.columns, self.path, "give the column its name back")
            unmerged = find_unmerged(completed(sheet.frame, LABEL_COLUMNS), rows, skips, before)
            if unmerged.indexes:
                sheet, data = edits.with_columns(sheet, data, LABEL_COLUMNS)
                missing = [rows[index] for index in unmerged.indexes]
                data = edits.with_rows(sheet, data, _with_current_texts(missing, sheet.frame))
            written = data
            return data

        if is_urgent:
            updated = update_sheet(self.path, change, self._state, absence=_SHORT_ABSENCE, tries=_FEW_TRIES)
        else:
            updated = update_sheet(self.path, change, self._state)
        self._state = updated.state
        self.messages += updated.messages
        self.sheet, self._digest = parse_sheet(written, self.path), sheet_digest(written)
        self._report(unmerged)
        self._merged = len(rows)

    def _report(self, unmerged: Unmerged) -> None:
        rows = self._journal.rows
        lost = [rows[index] for index in unmerged.indexes if index < self._merged]
        if lost:
            self.messages.append(
                f"{self.path.name} had lost {counted_labels(lost)}, as when a spreadsheet saves the copy it had opened "
                "before: written again"
            )
        cut_short = [rows[index] for index in unmerged.indexes if index >= self._merged]
        if self._before is None and cut_short:
            self.messages.append(
                f"{counted_labels(cut_short)} of a session that was cut short, now in {self.path.name}"
            )
        self.messages += unmerged.conflicts


def _read(path: Path) -> tuple[FileState, bytes]:
    try:
        return file_state(path), path.read_bytes()
    except FileNotFoundError:
        raise MissingFileError(path) from None


@contextmanager
def open_sheet(path: Path) -> Iterator[SheetWriter]:
    """Open a sheet to add labels to; at the end of the block they are in it.

    Raises
    ------
    LabelsKeptError
        They cannot be written into it; they are kept in its journal.
    """
    writer = SheetWriter(path)
    try:
        yield writer
    except BaseException:
        with suppress(StanceError, OSError):  # what ended the block is what the user must know
            writer.close()
        raise
    writer.close()


def merge_journal(path: Path) -> tuple[str, ...]:
    """Write the labels that are only in the journal of a sheet into it; return what the user should know of that.

    Raises
    ------
    StanceError, OSError
        They cannot be written into it; they are kept in the journal.
    """
    with open_sheet(path) as writer:
        return tuple(writer.messages)


def _needed_columns(sheet: Sheet) -> list[str]:
    return [name for name in _NEEDED if name in sheet.frame.columns]


def _count_by_key(frame: pd.DataFrame) -> Counter[Key]:
    """Return how many rows a sheet has of each key of an annotator."""
    whole = completed(frame, LABEL_COLUMNS)
    rows = whole.loc[whole["annotator"].str.strip() != "", list(KEY_COLUMNS)]
    return Counter(key_of({str(name): str(cell) for name, cell in row.items()}) for row in rows.to_dict("records"))


def _with_current_texts(rows: Sequence[Row], frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows as a frame, each with the text that its comment has in the sheet by now."""
    with_text = frame[frame["text"].str.strip() != ""]
    texts = dict(zip(with_text["comment_id"].str.strip()[::-1], with_text["text"][::-1], strict=True))
    cells = [row | {"text": texts.get(row["comment_id"].strip(), row.get("text", ""))} for row in rows]
    return pd.DataFrame(cells, dtype="str").fillna("")
