"""Replacing a sheet without losing what other programs, which take no lock, save into it at the same time."""

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

# Seconds after its last change from which on a file is taken to be written completely, and the longest wait for that;
# a file that is empty or gone is waited for longer, since programs save by emptying or removing it first.
_STABLE_AFTER = 0.05
_MAX_WAIT = 0.3
_MAX_ABSENCE = 2.0
_RECENT_SECONDS = 1.0
_POLL_INTERVAL = 0.01

_SWAP_SUFFIX = ".swap"


@dataclass(frozen=True)
class SheetUpdate:
    """The state of a sheet after it has been replaced, and what the user should know of that."""

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
    """Replace a sheet by a changed version of what it is at that moment.

    The replaced file is compared with the one that was read. If another program has saved the sheet in between, its
    version is put back and changed instead.

    Parameters
    ----------
    path
        The sheet, whose lock the caller holds.
    change
        Takes the sheet and its bytes, returns its new bytes; called again if the sheet has changed meanwhile.
    known_state
        The state of a version that is known to be complete.
    max_absence
        Seconds to wait for a sheet that is gone or empty.
    max_attempts
        How often to begin anew when another program has saved the sheet meanwhile.

    Returns
    -------
    Update

    Raises
    ------
    MissingFileError, EmptyTableError
        The sheet is gone, or nothing is in it any more.
    StanceError
        Other programs save it all the time; or what `change` raises.
    OSError
        It cannot be written.
    """
    target = path.resolve()
    messages: list[str] = []
    for patience in (_MAX_WAIT, *[0.0] * (max_attempts - 1)):
        data, state = _read_when_stable(target, path, known_state, max_absence, patience)
        new = change(parse_sheet(data, path), data)
        if new == data:
            return SheetUpdate(state, tuple(messages))
        is_recent = state != known_state and time.time() - target.stat().st_mtime < _RECENT_SECONDS
        own = _replace_if_unchanged(
            target, new, state, messages, pause=_STABLE_AFTER if patience and is_recent else 0.0
        )
        if own is not None:
            return SheetUpdate(own, tuple(messages))
    raise StanceError("another program saves this sheet all the time", "close it there and try again", path=path)


def recover_swap_files(path: Path) -> tuple[str, ...]:
    """Look at what a killed process has left beside a sheet; a version with rows of its own gets a name of its own.

    Returns
    -------
    tuple of str
        A message for each such version.
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
    """Read a file that nobody is writing to at the moment, as far as its time of modification tells."""
    begun = time.monotonic()
    while True:
        waited = time.monotonic() - begun
        try:
            state = read_file_state(target)
            data = target.read_bytes()
            age = time.time() - target.stat().st_mtime
            same = read_file_state(target) == state
        except FileNotFoundError:
            if waited > max_absence:
                raise MissingFileError(path) from None
        else:
            if data.strip() and same and (state == known_state or not 0 <= age < _STABLE_AFTER or waited > max_wait):
                return data, state
            if not data.strip() and waited > max_absence:
                raise EmptyTableError(path)
        time.sleep(_POLL_INTERVAL)


def _replace_if_unchanged(
    target: Path, data: bytes, state: FileState, messages: list[str], *, pause: float
) -> FileState | None:
    """Replace a file if its state is still the one given; return the state of the new file, None if it was not."""
    new = _write_swap_file(target, data)
    own = read_file_state(new)
    try:
        replaced = swap_files(new, target) if read_file_state(target) == state else None
    except FileNotFoundError:  # another program has removed the sheet to write it anew
        replaced = None
    except OSError:
        new.unlink()
        raise
    if replaced is None:
        new.unlink()
        return None
    if read_file_state(replaced) == state:
        time.sleep(pause)  # a program that writes in place may not have finished
        if read_file_state(replaced) == state:
            replaced.unlink()
            return own
    ours = swap_files(replaced, target)  # another program saved in between: its version counts
    if read_file_state(ours) == own:
        ours.unlink()
        return None
    earlier = swap_files(ours, target)  # and another one once more: the last version counts
    if _one_contains_other(earlier, target, target):
        earlier.unlink()
    else:
        messages.append(_rename_to_saved_copy(earlier, target))
    return None


def _write_swap_file(target: Path, data: bytes) -> Path:
    """Write a complete file that is ready to take the place of another one, and return its path."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileNotFoundError):
            shutil.copymode(target, part)
        return part.replace(part.with_suffix(_SWAP_SUFFIX))
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _one_contains_other(copy: Path, target: Path, path: Path) -> bool:
    """Return whether one of two versions of a sheet has all rows of the other."""
    one, other = (_count_rows(version, path) for version in (copy, target))
    return one is not None and other is not None and (one <= other or other <= one)


def _count_rows(version: Path, path: Path) -> Counter[frozenset[tuple[str, str]]] | None:
    """Return the rows of a version of a sheet without their empty cells; None if it cannot be read."""
    try:
        frame = parse_sheet(version.read_bytes(), path).frame
    except StanceError:
        return None
    return Counter(
        frozenset((str(name), cell) for name, cell in row.items() if cell) for row in frame.to_dict("records")
    )


def _rename_to_saved_copy(copy: Path, target: Path) -> str:
    """Rename a version of a sheet to a free name, and return a message that says so."""
    for number in count(1):
        kept = target.with_name(f"{target.stem}.saved-{number}{target.suffix}")
        if not kept.exists():
            copy.replace(kept)
            return (
                f"{target.name} was saved by another program while it was being written: that version is kept as "
                f"{kept.name}, copy from it what {target.name} lacks"
            )
    raise AssertionError  # count never ends
