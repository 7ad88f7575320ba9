"""The journal beside a sheet: every label as one line that is on disk before the next comment is shown.

A spreadsheet that saves the copy which it had opened earlier, or a crash, can take labels out of the sheet. They are
then still in the journal, and whoever reads or opens the sheet finds out which of them the sheet lacks.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from stance.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_FORMAT_VERSION = 1

JournalRow = dict[str, str]
"""The cells of a row by their column."""


@dataclass(frozen=True)
class JournalContents:
    """What a journal holds.

    Attributes
    ----------
    rows
        The rows, oldest first.
    prior_row_counts
        For each row, how many rows of the same key the sheet had before the journal's first row of that key.
    n_merged
        How many rows, from the first on, have been written into the sheet.
    merged_digest
        The SHA-256 of the sheet when they had been, "" before that.
    columns
        The columns that the sheet had when the journal was begun, so that any copy of it made since has them, too.
    n_bytes
        The number of bytes of all complete lines.
    """

    rows: tuple[JournalRow, ...] = ()
    prior_row_counts: tuple[int, ...] = ()
    n_merged: int = 0
    merged_digest: str = ""
    columns: tuple[str, ...] = ()
    n_bytes: int = 0

    def is_merged_into(self, digest: str) -> bool:
        """Return whether the sheet, by its digest, is the version that all rows were written into."""
        return self.n_merged == len(self.rows) and self.merged_digest == digest


def journal_path(sheet_path: Path) -> Path:
    """Return the path of a sheet's journal.

    >>> from pathlib import Path
    >>> journal_path(Path("/data/labels.csv")).name
    'labels.csv.journal'
    """
    target = sheet_path.resolve()
    return target.with_name(f"{target.name}.journal")


def compute_sheet_digest(data: bytes) -> str:
    """Return what tells one version of a sheet from another."""
    return hashlib.sha256(data).hexdigest()


def read_journal(path: Path) -> JournalContents:
    """Read a journal; one that is not there is empty.

    A last line without its end was being written when the program was killed, before its label was confirmed.

    Raises
    ------
    UnreadableFileError
        A line before the last one is damaged.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return JournalContents()
    rows: list[JournalRow] = []
    skips: list[int] = []
    merged, digest = 0, ""
    columns: tuple[str, ...] = ()
    complete = data[: data.rfind(b"\n") + 1]
    for number, line in enumerate(complete.split(b"\n")[:-1], start=1):
        entry = _parse_line(line)
        row, skip, mark = entry.get("row"), entry.get("skip"), entry.get("merged")
        if isinstance(row, dict) and all(isinstance(cell, str) for cell in row.values()) and isinstance(skip, int):
            rows.append(row)
            skips.append(skip)
        elif isinstance(mark, str):
            merged, digest = len(rows), mark
        elif number == 1 and entry.get("journal") == _FORMAT_VERSION:
            columns = tuple(map(str, entry.get("columns", ())))
        else:
            remedy = "remove this line; all others are labels that may not be in the sheet"
            raise UnreadableFileError(path, "a damaged line in the journal of a sheet", remedy, row=number)
    return JournalContents(tuple(rows), tuple(skips), merged, digest, columns, len(complete))


def _parse_line(line: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) else {}


class Journal:
    """A journal that is being written; for whoever holds the lock of the sheet.

    Attributes
    ----------
    path
        The file, which is made with the first row.
    rows, prior_row_counts, columns
        As in `JournalContents`.
    """

    def __init__(self, path: Path, contents: JournalContents, columns: Sequence[str]) -> None:
        self.path = path
        self.columns = tuple(contents.columns or columns)
        self.rows = list(contents.rows)
        self.prior_row_counts = list(contents.prior_row_counts)
        self._n_bytes = contents.n_bytes
        self._stream: BinaryIO | None = None

    def append(self, row: Mapping[str, str], prior_row_count: int) -> None:
        """Add a row and its skip (see `JournalContents`); when this returns it is on disk.

        Raises
        ------
        OSError
            It could not be written; the journal is what it was.
        """
        self._write_entry({"row": dict(row), "skip": prior_row_count})
        self.rows.append(dict(row))
        self.prior_row_counts.append(prior_row_count)

    def mark_merged(self, digest: str) -> None:
        """Record that the version of the sheet with this digest has all rows."""
        self._write_entry({"merged": digest})

    def close(self) -> None:
        """Close the file."""
        if self._stream:
            self._stream.close()
            self._stream = None

    @property
    def _header(self) -> dict[str, object]:
        return {"journal": _FORMAT_VERSION, "columns": self.columns}

    def _write_entry(self, entry: object) -> None:
        is_new = self._n_bytes == 0
        line = (_format_line(self._header) if is_new else b"") + _format_line(entry)
        stream = self._stream or self.path.open("ab")
        try:
            stream.truncate(self._n_bytes)  # without the rest of a line that was never finished
            stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())
            if is_new:
                _fsync_folder(self.path.parent)
        except BaseException:
            with suppress(OSError):
                stream.truncate(self._n_bytes)
            with suppress(OSError):
                stream.close()
            self._stream = None
            if is_new:
                self.path.unlink(missing_ok=True)
            raise
        self._stream = stream
        self._n_bytes += len(line)


def _format_line(entry: object) -> bytes:
    return json.dumps(entry).encode() + b"\n"


def _fsync_folder(folder: Path) -> None:
    """Make sure that a new file is found after a power failure; Windows does so by itself."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
