"""Replacing a file by another one in one step of the operating system, and keeping the replaced file."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_AT_FDCWD = -100  # names are relative to the working directory
_RENAME_EXCHANGE = 2  # RENAME_EXCHANGE on Linux, RENAME_SWAP on macOS
_UNSUPPORTED_ERRNOS = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM}

FileState = tuple[int, ...]
"""What differs between two versions of a file: its inode (not on Windows), size and time of modification."""


def read_file_state(path: Path) -> FileState:
    """Return the state of a file, by which a later version of it is recognised.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    """
    status = path.stat()
    version = (status.st_size, status.st_mtime_ns)
    return version if sys.platform == "win32" else (status.st_ino, *version)


def swap_files(new: Path, target: Path) -> Path:
    """Replace `target` by `new`, and return the path of the replaced file.

    The operating system exchanges the two files in one step (renameat2 on Linux, renamex_np on macOS, ReplaceFileW on
    Windows), so that whatever version is at `target` at that moment is kept. Where the file system cannot do that, the
    old file is kept by a hard link, and a version that another program saves in the microseconds between link and
    rename is lost.

    Parameters
    ----------
    new
        A complete file in the folder of `target`.
    target
        The file to replace.

    Raises
    ------
    OSError
        The files cannot be exchanged; both are unchanged.
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


def _rename_exchange(new: bytes, target: bytes) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if hasattr(library, "renameat2"):
        failed = library.renameat2(_AT_FDCWD, new, _AT_FDCWD, target, _RENAME_EXCHANGE)
    elif hasattr(library, "renamex_np"):
        failed = library.renamex_np(new, target, _RENAME_EXCHANGE)
    else:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if failed:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), os.fsdecode(target))


def _replace_keeping_link(new: Path, target: Path, kept: Path) -> Path:
    """Replace a file after keeping it as a hard link, or a copy where there are no links."""
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
