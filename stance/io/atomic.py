"""Writing files atomically: a file is written completely, or stays as it was."""

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
    r"""Open a temporary file beside `path` that replaces it when the block succeeds, and is removed when it fails.

    Raises
    ------
    UnwritableFileError
        The folder cannot be made or written to.

    Examples
    --------
    >>> with open_atomically(Path("scores.csv")) as stream:  # doctest: +SKIP
    ...     stream.write(b"text,predicted\n")
    """
    target = path.resolve()  # so that a link stays a link
    if target.exists() and not target.is_file():
        yield from _open_special_file(path)
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


def _open_special_file(path: Path) -> Iterator[BinaryIO]:
    """Open what cannot be replaced, such as /dev/null or a named pipe, to write to it directly."""
    try:
        stream = path.open("wb")
    except OSError as error:
        raise UnwritableFileError(path, error.strerror or str(error)) from None
    with stream:
        yield stream


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file completely, or leave it as it was."""
    with open_atomically(path) as stream:
        stream.write(data)


def refuse_overwriting(path: Path, *, force: bool) -> None:
    """Check that an output does not exist yet, or may be overwritten.

    Raises
    ------
    OutputExistsError
        It exists, and `force` is not set.
    """
    if path.exists() and not force:
        raise OutputExistsError(path)
