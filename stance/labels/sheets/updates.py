"""Replace a sheet without losing what other programs, which do not use locks, save at the same time."""

from __future__ import annotations

import glob
import os
import shutil
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from stance.errors import EmptyTableError, MissingFileError, StanceError
from stance.io.file_swap import read_file_state, swap_files
from stance.labels.sheets.sheet_file import parse_sheet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stance.io.file_swap import FileState
    from stance.labels.sheets.sheet_file import Sheet

# In seconds.
_STABLE_AFTER = 0.05  # a file that has not changed for so long is assumed to be complete
_MAX_WAIT = 0.3  # for that
_MAX_ABSENCE = 2.0  # of a file that is empty or gone: some programs empty or remove it before they save
_RECENT_SECONDS = 1.0
_POLL_INTERVAL = 0.01

_SWAP_SUFFIX = ".swap"


@dataclass(frozen=True)
class SheetUpdate:
    """The state of a sheet after it was replaced, and messages for the user."""

    state: FileState
    messages: tuple[str, ...] = ()


def update_sheet(
    path: Path,
    change: Callable[[Sheet, bytes], bytes],
    known_state: FileState | None = None,
    *,
    max_absence: float = _MAX_ABSENCE,
    max_attempts: int = 100,
) -> SheetUpdate:
    """Replace a sheet by a changed version of its current content.

    The replaced file is compared with the one that was read. If another program has saved the sheet in between, its
    version is restored and changed instead.

    Parameters
    ----------
    path
        The sheet; the caller holds its lock.
    change
        Takes the sheet and its bytes and returns the new bytes; called again if the sheet changes meanwhile.
    known_state
        The state of a version that is known to be complete, which need not be waited for.
    max_absence
        Seconds to wait for a sheet that is gone or empty.
    max_attempts
        How often to try if other programs keep saving the sheet.

    Returns
    -------
    SheetUpdate

    Raises
    ------
    MissingFileError, EmptyTableError
        The sheet is gone or has become empty.
    StanceError
        Other programs keep saving the sheet; or an error of `change`.
    OSError
        The sheet cannot be written.
    """
    target = path.resolve()
    messages: list[str] = []
    for max_wait in (_MAX_WAIT, *[0.0] * (max_attempts - 1)):
        data, state = _read_when_stable(target, path, known_state, max_absence, max_wait)
        new_data = change(parse_sheet(data, path), data)
        if new_data == data:
            return SheetUpdate(state, tuple(messages))
        is_recent = state != known_state and time.time() - target.stat().st_mtime < _RECENT_SECONDS
        pause = _STABLE_AFTER if max_wait and is_recent else 0.0
        new_state = _replace_if_unchanged(target, new_data, state, messages, pause=pause)
        if new_state is not None:
            return SheetUpdate(new_state, tuple(messages))
    raise StanceError("another program keeps saving this sheet", "close it there and try again", path=path)


def recover_swap_files(path: Path) -> tuple[str, ...]:
    """Clean up the versions of a sheet that a killed process left beside it.

    A version with rows that the sheet does not have is renamed to `SHEET.saved-N.csv`; others are deleted.

    Returns
    -------
    tuple of str
        A message for each version that was renamed.
    """
    target = path.resolve()
    messages = []
    for copy in sorted(target.parent.glob(f".{glob.escape(target.name)}.*{_SWAP_SUFFIX}*")):
        if target.is_file() and _one_contains_other(copy, target, path):
            copy.unlink(missing_ok=True)
        else:
            messages.append(_rename_to_saved_copy(copy, target))
    return tuple(messages)


def _read_when_stable(
    target: Path, path: Path, known_state: FileState | None, max_absence: float, max_wait: float
) -> tuple[bytes, FileState]:
    """Read a file when, by its modification time, no program is writing to it."""
    start = time.monotonic()
    while True:
        waited = time.monotonic() - start
        try:
            state = read_file_state(target)
            data = target.read_bytes()
            age = time.time() - target.stat().st_mtime
            is_same = read_file_state(target) == state
        except FileNotFoundError:
            if waited > max_absence:
                raise MissingFileError(path) from None
        else:
            is_blank = not data.strip()
            is_stable = state == known_state or not 0 <= age < _STABLE_AFTER or waited > max_wait
            if not is_blank and is_same and is_stable:
                return data, state
            if is_blank and waited > max_absence:
                raise EmptyTableError(path)
        time.sleep(_POLL_INTERVAL)


def _replace_if_unchanged(
    target: Path, data: bytes, state: FileState, messages: list[str], *, pause: float
) -> FileState | None:
    """Replace a file if its state is still `state`; return the state of the new file, or None if it has changed."""
    swap_file = _write_swap_file(target, data)
    new_state = read_file_state(swap_file)
    try:
        replaced = swap_files(swap_file, target) if read_file_state(target) == state else None
    except FileNotFoundError:  # another program has removed the sheet in order to write it again
        replaced = None
    except OSError:
        swap_file.unlink()
        raise
    if replaced is None:
        swap_file.unlink()
        return None
    if read_file_state(replaced) == state:
        time.sleep(pause)  # a program that writes in place may not have finished
        if read_file_state(replaced) == state:
            replaced.unlink()
            return new_state
    swapped_back = swap_files(replaced, target)  # another program saved in between: restore its version
    if read_file_state(swapped_back) == new_state:
        swapped_back.unlink()
        return None
    earlier = swap_files(swapped_back, target)  # it saved once more: restore the last version
    if _one_contains_other(earlier, target, target):
        earlier.unlink()
    else:
        messages.append(_rename_to_saved_copy(earlier, target))
    return None


def _write_swap_file(target: Path, data: bytes) -> Path:
    """Write a complete file that can be swapped with the target, and return its path."""
    partial_file = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with partial_file.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileNotFoundError):
            shutil.copymode(target, partial_file)
        return partial_file.replace(partial_file.with_suffix(_SWAP_SUFFIX))
    except BaseException:
        partial_file.unlink(missing_ok=True)
        raise


def _one_contains_other(copy: Path, target: Path, path: Path) -> bool:
    """Return whether one of two versions of a sheet has all rows of the other."""
    copy_rows, target_rows = (_count_rows(version, path) for version in (copy, target))
    if copy_rows is None or target_rows is None:
        return False
    return copy_rows <= target_rows or target_rows <= copy_rows


def _count_rows(version: Path, path: Path) -> Counter[frozenset[tuple[str, str]]] | None:
    """Count equal rows of a version of a sheet, ignoring empty cells; return None if it cannot be read."""
    try:
        frame = parse_sheet(version.read_bytes(), path).frame
    except StanceError:
        return None
    return Counter(
        frozenset((str(name), cell) for name, cell in row.items() if cell) for row in frame.to_dict("records")
    )


def _rename_to_saved_copy(copy: Path, target: Path) -> str:
    """Rename a version of a sheet to `SHEET.saved-N.csv`, and return a message about it."""
    for number in count(1):
        saved_copy = target.with_name(f"{target.stem}.saved-{number}{target.suffix}")
        if not saved_copy.exists():
            copy.replace(saved_copy)
            return (
                f"another program saved {target.name} while it was being written: its version is kept as "
                f"{saved_copy.name}, copy from it what {target.name} lacks"
            )
    raise AssertionError  # count() never ends
