"""Put a new file in the place of another one in one step, and keep the replaced file until it has been compared."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_AT_FDCWD = -100  # AT_FDCWD
_RENAME_EXCHANGE = 2  # RENAME_EXCHANGE of Linux and RENAME_SWAP of macOS
_UNSUPPORTED_ERRNOS = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM}

FileState = tuple[int, ...]
"""What differs between two versions of a file: its inode (except on Windows), size and time of modification."""


def read_file_state(path: Path) -> FileState:
    """Return the state of a file.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    """
    status = path.stat()
    version = (status.st_size, status.st_mtime_ns)
    return version if sys.platform == "win32" else (status.st_ino, *version)


def swap_files(new: Path, target: Path) -> Path:
    """Put `new` in the place of `target`, and return the path at which the replaced file is kept.

    The two files are exchanged by the operating system in one step (renameat2 on Linux, renamex_np on macOS,
    ReplaceFileW on Windows), so that whatever stood at `target` in that moment is kept. Where the file system cannot
    do that, the old file is kept by a hard link, and a version that another program saves in the microseconds between
    link and rename is lost.

    Parameters
    ----------
    new
        A complete file in the folder of `target`.
    target
        The file to replace.

    Raises
    ------
    OSError
        Nothing has changed.
    """
    kept = new.with_name(f"{new.name}.kept")
    if sys.platform == "win32":
        if not ctypes.windll.kernel32.ReplaceFileW(str(target), str(new), str(kept), 0, None, None):
            raise ctypes.WinError()
        return kept
    try:
        _rename_exchange(os.fsencode(new), os.fsencode(target))
    except OSError as error:
        if error.errno not in _UNSUPPORTED_ERRNOS:
            raise
        return _replace_keeping_link(new, target, kept)
    return new


def _rename_exchange(one: bytes, other: bytes) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if hasattr(library, "renameat2"):
        failed = library.renameat2(_AT_FDCWD, one, _AT_FDCWD, other, _RENAME_EXCHANGE)
    elif hasattr(library, "renamex_np"):
        failed = library.renamex_np(one, other, _RENAME_EXCHANGE)
    else:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if failed:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), os.fsdecode(other))


def _replace_keeping_link(new: Path, target: Path, kept: Path) -> Path:
    try:
        kept.hardlink_to(target)
    except FileNotFoundError:
        raise
    except OSError:  # a file system without hard links
        shutil.copy2(target, kept)
    try:
        new.replace(target)
    except OSError:
        kept.unlink(missing_ok=True)
        raise
    return kept
