"""One writer at a time for a sheet."""

from __future__ import annotations

import glob
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from stance.errors import SheetInUseError, UnwritableFileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep every other `stance` from writing to a sheet while the block runs.

    The lock is one of the operating system's on a hidden file beside the sheet, so it ends with this process, however
    that ends. The sheet itself cannot be locked: it is replaced as a whole with every row that is added.

    Raises
    ------
    SheetInUseError
        Another process writes to the sheet.
    UnwritableFileError
        The folder cannot be made or written to.
    """
    target = path.resolve()  # two links to one sheet are one sheet
    beside = target.with_name(f".{target.name}.lock")
    lock = FileLock(beside)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise SheetInUseError(path) from None
    except OSError as error:
        raise UnwritableFileError(path, error.strerror or str(error)) from None
    for left_behind in target.parent.glob(f".{glob.escape(target.name)}.*.part"):
        left_behind.unlink(missing_ok=True)  # by a process that was killed while it wrote: nobody else writes now
    try:
        yield
    finally:
        # Whoever waits for a lock on a file that is gone begins anew. Windows removes no file that is open.
        if os.name == "posix":
            with suppress(OSError):
                beside.unlink()
        lock.release()
