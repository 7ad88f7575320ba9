"""Write labels to the journal of a sheet at once, and from there into the sheet."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pandas as pd

from stance import tables
from stance.errors import MissingColumnError, MissingFileError, StanceError, UnmergedLabelsError
from stance.io.file_swap import read_file_state
from stance.labels.sheets import edits
from stance.labels.sheets.journal import Journal, compute_sheet_digest, journal_path, read_journal
from stance.labels.sheets.label_keys import KEY_COLUMNS, get_label_key
from stance.labels.sheets.sheet_file import add_missing_columns, parse_sheet
from stance.labels.sheets.unmerged import (
    LABEL_ROW_COLUMNS,
    UnmergedRows,
    count_labels,
    find_unmerged_rows,
    format_label_count,
)
from stance.labels.sheets.updates import recover_swap_files, update_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from stance.io.file_swap import FileState
    from stance.labels.sheets.journal import JournalRow
    from stance.labels.sheets.label_keys import LabelKey
    from stance.labels.sheets.sheet_file import Sheet

_REQUIRED_COLUMNS = ("text", *LABEL_ROW_COLUMNS)
# While an annotator waits for the next comment: in seconds, and attempts.
_URGENT_MAX_ABSENCE, _URGENT_MAX_ATTEMPTS = 0.1, 3


class SheetWriter:
    """Adds labels to a sheet; the caller holds its lock.

    A label is written to the journal at once. It is written to the sheet as soon as another program has changed the
    sheet, and on `flush` and `close`. Labels that the sheet has lost, because a spreadsheet saved an older copy, are
    written again.

    Attributes
    ----------
    path
        The path of the sheet.
    sheet
        The sheet as it was last read, without labels that are only in the journal.
    messages
        Messages for the user about what happened to the sheet, oldest first.
    write_error
        Why labels cannot be written into the sheet at the moment, or None; they are kept in the journal.
    """

    def __init__(self, path: Path) -> None:
        """Open a sheet, and write into it the labels that an earlier session left in its journal.

        Raises
        ------
        StanceError, OSError
            The sheet or its journal cannot be read or written.
        """
        self.path = path
        self.messages = list(recover_swap_files(path))
        if path.is_file() and path.stat().st_nlink > 1:
            self.messages.append(f"{path} has a second name (a hard link): that file will not get the new labels")
        self.write_error: StanceError | OSError | None = None
        self._file_state, data = _read_with_state(path)
        self.sheet, self._sheet_digest = parse_sheet(data, path), compute_sheet_digest(data)
        edits.check_encoding(self.sheet, data)
        contents = read_journal(journal_path(path))
        self._journal = Journal(journal_path(path), contents, _present_required_columns(self.sheet))
        self._n_merged = contents.n_merged
        self._frame_at_open: pd.DataFrame | None = None
        self._recorded_merge = (self._n_merged, contents.merged_digest)
        if contents.rows and not contents.is_merged_into(self._sheet_digest):
            self._merge()
            self._record_merge()
        self._frame_at_open = self.sheet.frame
        self._prior_row_counts = {
            **_count_rows_by_key(self._frame_at_open),
            **dict(zip(map(get_label_key, self._journal.rows), self._journal.prior_row_counts, strict=True)),
        }

    def append(self, row: Mapping[str, str]) -> None:
        """Add one row; it is on disk when this returns. Takes constant time unless the sheet has been changed.

        Raises
        ------
        OSError
            The row could not be written; nothing has changed.
        """
        self._journal.append(row, self._prior_row_counts.get(get_label_key(row), 0))
        if self._sheet_has_changed():
            self._try_to_merge(is_urgent=True)

    def flush(self) -> Sheet:
        """Write all labels into the sheet, and return the sheet.

        Raises
        ------
        UnmergedLabelsError
            The labels cannot be written into the sheet; they are kept in the journal.
        """
        if self._n_merged < len(self._journal.rows) or self._sheet_has_changed():
            self._try_to_merge()
        if self.write_error:
            n_waiting = count_labels(self._journal.rows[self._n_merged :])
            raise UnmergedLabelsError(self.write_error, n_waiting, self.path, self._journal.path) from None
        return self.sheet

    def close(self) -> None:
        """Write all labels into the sheet, and close the journal.

        Raises
        ------
        UnmergedLabelsError
            As in `flush`.
        """
        try:
            if self._journal.rows:
                self.flush()
                self._record_merge()
        finally:
            self._journal.close()

    @property
    def is_unwritable(self) -> bool:
        """Whether the sheet lacks a column that labels need, so that the session must end."""
        return isinstance(self.write_error, MissingColumnError)

    def _record_merge(self) -> None:
        """Record in the journal that the sheet contains all labels."""
        if self._recorded_merge != (self._n_merged, self._sheet_digest):
            self._journal.mark_merged(self._sheet_digest)
            self._recorded_merge = (self._n_merged, self._sheet_digest)

    def _sheet_has_changed(self) -> bool:
        try:
            return read_file_state(self.path) != self._file_state
        except OSError:
            return True

    def _try_to_merge(self, *, is_urgent: bool = False) -> None:
        try:
            self._merge(is_urgent=is_urgent)
        except (StanceError, OSError) as error:
            self.write_error = error
        else:
            self.write_error = None

    def _merge(self, *, is_urgent: bool = False) -> None:
        """Write the rows of the journal that the sheet lacks into it; give up early if an annotator is waiting."""
        rows, counts = self._journal.rows, self._journal.prior_row_counts
        unmerged = UnmergedRows()
        written = b""
        before = None if self._frame_at_open is None else add_missing_columns(self._frame_at_open, LABEL_ROW_COLUMNS)

        def change(sheet: Sheet, data: bytes) -> bytes:
            nonlocal unmerged, written
            remedy = "restore the name of the column"
            tables.require_columns(sheet.frame.columns, self._journal.columns, self.path, remedy)
            unmerged = find_unmerged_rows(add_missing_columns(sheet.frame, LABEL_ROW_COLUMNS), rows, counts, before)
            if unmerged.indexes:
                sheet, data = edits.write_missing_columns(sheet, data, LABEL_ROW_COLUMNS)
                missing = [rows[index] for index in unmerged.indexes]
                data = edits.append_rows(sheet, data, _rows_with_current_texts(missing, sheet.frame))
            written = data
            return data

        if is_urgent:
            update = update_sheet(
                self.path, change, self._file_state, max_absence=_URGENT_MAX_ABSENCE, max_attempts=_URGENT_MAX_ATTEMPTS
            )
        else:
            update = update_sheet(self.path, change, self._file_state)
        self._file_state = update.state
        self.messages += update.messages
        self.sheet, self._sheet_digest = parse_sheet(written, self.path), compute_sheet_digest(written)
        self._report_merge(unmerged)
        self._n_merged = len(rows)

    def _report_merge(self, unmerged: UnmergedRows) -> None:
        rows = self._journal.rows
        lost = [rows[index] for index in unmerged.indexes if index < self._n_merged]
        if lost:
            self.messages.append(
                f"{self.path.name} had lost {format_label_count(lost)}, probably because a spreadsheet saved an older "
                "copy: written again"
            )
        cut_short = [rows[index] for index in unmerged.indexes if index >= self._n_merged]
        if self._frame_at_open is None and cut_short:
            count = format_label_count(cut_short)
            self.messages.append(f"{count} of a session that was cut short: now written into {self.path.name}")
        self.messages += unmerged.conflicts


def _read_with_state(path: Path) -> tuple[FileState, bytes]:
    try:
        return read_file_state(path), path.read_bytes()
    except FileNotFoundError:
        raise MissingFileError(path) from None


@contextmanager
def open_sheet_writer(path: Path) -> Iterator[SheetWriter]:
    """Open a sheet for adding labels; they are written into it when the block ends.

    Raises
    ------
    UnmergedLabelsError
        The labels cannot be written into the sheet; they are kept in its journal.
    """
    writer = SheetWriter(path)
    try:
        yield writer
    except BaseException:
        with suppress(StanceError, OSError):  # the error that ended the block is reported instead
            writer.close()
        raise
    writer.close()


def merge_journal(path: Path) -> tuple[str, ...]:
    """Write the labels that only the journal of a sheet has into the sheet; return messages for the user.

    Raises
    ------
    StanceError, OSError
        The labels cannot be written into the sheet; they are kept in the journal.
    """
    with open_sheet_writer(path) as writer:
        return tuple(writer.messages)


def _present_required_columns(sheet: Sheet) -> list[str]:
    return [name for name in _REQUIRED_COLUMNS if name in sheet.frame.columns]


def _count_rows_by_key(frame: pd.DataFrame) -> Counter[LabelKey]:
    """Count the rows of each label key in a sheet; rows without an annotator are ignored."""
    all_rows = add_missing_columns(frame, LABEL_ROW_COLUMNS)
    rows = all_rows.loc[all_rows["annotator"].str.strip() != "", list(KEY_COLUMNS)]
    return Counter(
        get_label_key({str(name): str(cell) for name, cell in row.items()}) for row in rows.to_dict("records")
    )


def _rows_with_current_texts(rows: Sequence[JournalRow], frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows of a journal as a frame, with the text that each comment now has in the sheet, if it has texts."""
    if "text" not in frame.columns:
        return pd.DataFrame(rows, dtype="str").drop(columns="text", errors="ignore").fillna("")
    with_text = frame[frame["text"].str.strip() != ""]
    texts = dict(zip(with_text["comment_id"].str.strip()[::-1], with_text["text"][::-1], strict=True))
    cells = [row | {"text": texts.get(row["comment_id"].strip(), row.get("text", ""))} for row in rows]
    return pd.DataFrame(cells, dtype="str").fillna("")
