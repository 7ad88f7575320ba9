"""Lock a sheet, so that one `stance` process writes to it at a time."""

from __future__ import annotations

import errno
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
    """Lock a sheet while the block runs, against other `stance` processes.

    The operating system releases the locks when the process ends, even if it crashes. There are two: one on a hidden
    file beside the sheet and, if the sheet has several names (hard links), one named after its inode. The sheet itself
    cannot be locked, because it is replaced as a whole when rows are added.

    Raises
    ------
    SheetInUseError
        Another process holds the lock.
    UnwritableFileError
        The folder cannot be created or written to.
    """
    target = path.resolve()  # symbolic links to one sheet share its lock
    with ExitStack() as stack:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(_hold_lock(target.with_name(f".{target.name}.lock")))
            if target.exists():
                inode_lock = _hold_lock(_inode_lock_path(target))
                if target.stat().st_nlink > 1:
                    stack.enter_context(inode_lock)
                else:  # once this sheet is replaced, another may get its inode, and must not seem locked: only look
                    with inode_lock:
                        pass
        except Timeout:
            raise SheetInUseError(path) from None
        except OSError as error:
            raise UnwritableFileError(path, error.strerror or str(error)) from None
        # Partial files are left by a process that was killed while writing; no other process is writing now.
        for partial_file in target.parent.glob(f".{glob.escape(target.name)}.*.part"):
            partial_file.unlink(missing_ok=True)
        yield


@contextmanager
def _hold_lock(path: Path) -> Iterator[None]:
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if not path.exists():  # the file system refused it, and nobody holds it
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from None
        raise
    try:
        yield
    finally:
        # A process that waits for the lock of a removed file starts over. Windows cannot remove an open file.
        if os.name == "posix":
            with suppress(OSError):
                path.unlink()
        lock.release()


def _inode_lock_path(target: Path) -> Path:
    """Return the path of the lock that all hard links of a file share."""
    status = target.stat()
    folder = Path(tempfile.gettempdir(), f"stance-locks-{getpass.getuser()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{status.st_dev}-{status.st_ino}.lock"
