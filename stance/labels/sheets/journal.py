"""Read and write the journal of a sheet: a JSON Lines file that each label is appended to at once.

A label is on disk before the next comment is shown. If the program crashes, or a spreadsheet saves an older copy of the
sheet, labels that the sheet lacks can be restored from the journal.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, TypeGuard

from stance.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_FORMAT_VERSION = 1

JournalRow = dict[str, str]
"""The cells of a row by column name."""


@dataclass(frozen=True)
class JournalContents:
    """The contents of a journal.

    Attributes
    ----------
    rows
        The rows, oldest first.
    prior_row_counts
        For each row, the number of rows with the same key in the sheet before the journal's first row of that key.
    n_merged
        The number of rows, from the first on, that have been written into the sheet.
    merged_digest
        The SHA-256 of the sheet after that, "" if no row has been written.
    columns
        The label columns that the sheet had when the journal was created; every later version must have them.
    n_bytes
        The total length of all complete lines.
    """

    rows: tuple[JournalRow, ...] = ()
    prior_row_counts: tuple[int, ...] = ()
    n_merged: int = 0
    merged_digest: str = ""
    columns: tuple[str, ...] = ()
    n_bytes: int = 0

    def is_merged_into(self, digest: str) -> bool:
        """Return whether the sheet with this digest is the version that all rows were written into."""
        return self.n_merged == len(self.rows) and self.merged_digest == digest


def journal_path(sheet_path: Path) -> Path:
    """Return the path of the journal of a sheet.

    >>> from pathlib import Path
    >>> journal_path(Path("/data/labels.csv")).name
    'labels.csv.journal'
    """
    resolved = sheet_path.resolve()
    return resolved.with_name(f"{resolved.name}.journal")


def compute_sheet_digest(data: bytes) -> str:
    """Return the SHA-256 of a sheet, which identifies a version of it."""
    return hashlib.sha256(data).hexdigest()


def read_journal(path: Path) -> JournalContents:
    """Read a journal; a missing file is an empty journal.

    An incomplete last line is ignored: the program was killed while writing it, before it confirmed the label.

    Raises
    ------
    UnreadableFileError
        Another line is damaged.
    """
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return JournalContents()
    rows: list[JournalRow] = []
    prior_row_counts: list[int] = []
    n_merged, merged_digest = 0, ""
    columns: tuple[str, ...] = ()
    complete_lines = data[: data.rfind(b"\n") + 1]
    for number, line in enumerate(complete_lines.split(b"\n")[:-1], start=1):
        entry = _parse_line(line)
        row, prior_row_count, digest = entry.get("row"), entry.get("skip"), entry.get("merged")
        if _is_string_dict(row) and isinstance(prior_row_count, int):
            rows.append(row)
            prior_row_counts.append(prior_row_count)
        elif isinstance(digest, str):
            n_merged, merged_digest = len(rows), digest
        elif number == 1 and entry.get("journal") == _FORMAT_VERSION:
            columns = tuple(map(str, entry.get("columns", ())))
        else:
            remedy = "delete this line only: the other lines hold labels that may be missing from the sheet"
            raise UnreadableFileError(path, "damaged line in the journal of a sheet", remedy, row=number)
    return JournalContents(tuple(rows), tuple(prior_row_counts), n_merged, merged_digest, columns, len(complete_lines))


def _parse_line(line: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) else {}


def _is_string_dict(value: object) -> TypeGuard[JournalRow]:
    return isinstance(value, dict) and all(isinstance(cell, str) for cell in value.values())


class Journal:
    """A journal that is open for writing; the caller holds the lock of the sheet.

    Attributes
    ----------
    path
        The file, which is created when the first row is written.
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
        """Append a row with its prior row count (see `JournalContents`); it is on disk when this returns.

        Raises
        ------
        OSError
            The row could not be written; the journal is unchanged.
        """
        self._write_entry({"row": dict(row), "skip": prior_row_count})
        self.rows.append(dict(row))
        self.prior_row_counts.append(prior_row_count)

    def mark_merged(self, digest: str) -> None:
        """Record that the version of the sheet with this digest contains all rows."""
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
            stream.truncate(self._n_bytes)  # drop an incomplete last line
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
    """Make sure that a new file survives a power failure; Windows does so by itself."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
