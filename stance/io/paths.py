"""Check the path of a file before it is read."""

from __future__ import annotations

from pathlib import Path

from stance.errors import MissingFileError, UnreadableFileError


def check_input_path(path: Path | str) -> None:
    """Check that there is something to read at a path: a file, or a pipe.

    Raises
    ------
    MissingFileError
        Nothing is there.
    UnreadableFileError
        It is a folder.
    """
    if not Path(path).exists():
        raise MissingFileError(path)
    if Path(path).is_dir():
        raise UnreadableFileError(path, "a folder, not a file", "name the files in it")
