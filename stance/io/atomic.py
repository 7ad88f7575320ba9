"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from stance.errors import OutputExistsError, UnwritableFileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def open_atomically(path: Path) -> Iterator[BinaryIO]:
    """Open a file beside `path` that takes its place when the block ends well, and is removed when it does not.

    Raises
    ------
    UnwritableFileError
        The folder cannot be made or written to.
    """
    target = path.resolve()  # so that a link stays a link
    if target.exists() and not target.is_file():
        yield from _open_irreplaceable(path)
        return
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        stream = temporary.open("wb")
    except OSError as error:
        raise UnwritableFileError(path, error.strerror or str(error)) from None
    try:
        with stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _open_irreplaceable(path: Path) -> Iterator[BinaryIO]:
    """Write to what cannot be replaced, such as /dev/null or a named pipe."""
    try:
        stream = path.open("wb")
    except OSError as error:
        raise UnwritableFileError(path, error.strerror or str(error)) from None
    with stream:
        yield stream


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    with open_atomically(path) as stream:
        stream.write(data)


def refuse_overwriting(path: Path, *, force: bool) -> None:
    """Stop before anything is done if an output is there already and may not be overwritten.

    Raises
    ------
    FileExistsAlreadyError
        It is there, and `force` is not given.
    """
    if path.exists() and not force:
        raise OutputExistsError(path)
