"""One writer at a time for a sheet."""

from __future__ import annotations

import getpass
import glob
import os
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from stance.errors import SheetInUseError, UnwritableFileError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def lock_sheet(path: Path) -> Iterator[None]:
    """Keep every other `stance` from writing to a sheet while the block runs.

    Two locks of the operating system are held, which end with this process however it ends: one on a hidden file beside
    the sheet, and one named after the sheet's inode, since hard links are several names of one sheet. The sheet itself
    cannot be locked: it is replaced as a whole when rows are added.

    Raises
    ------
    SheetInUseError
        Another process writes to the sheet.
    UnwritableFileError
        The folder cannot be made or written to.
    """
    target = path.resolve()  # two symbolic links to one sheet are one sheet
    with ExitStack() as stack:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(_hold_lock(target.with_name(f".{target.name}.lock")))
            if target.exists():
                stack.enter_context(_hold_lock(_inode_lock_path(target)))
        except Timeout:
            raise SheetInUseError(path) from None
        except OSError as error:
            raise UnwritableFileError(path, error.strerror or str(error)) from None
        for left_behind in target.parent.glob(f".{glob.escape(target.name)}.*.part"):
            left_behind.unlink(missing_ok=True)  # by a process that was killed while it wrote: nobody else writes now
        yield


@contextmanager
def _hold_lock(path: Path) -> Iterator[None]:
    lock = FileLock(path)
    lock.acquire(timeout=0)
    try:
        yield
    finally:
        # Whoever waits for a lock on a file that is gone begins anew. Windows removes no file that is open.
        if os.name == "posix":
            with suppress(OSError):
                path.unlink()
        lock.release()


def _inode_lock_path(target: Path) -> Path:
    """Return where the lock of a file is that has, or may have, several names."""
    status = target.stat()
    folder = Path(tempfile.gettempdir(), f"stance-locks-{getpass.getuser()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{status.st_dev}-{status.st_ino}.lock"
