"""The first bytes of files of labelling tools, and zip files of them."""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING

from stance.errors import EmptyTableError, UnreadableFileError, WorkbookError
from stance.io.paths import check_input_path

if TYPE_CHECKING:
    from pathlib import Path

_SNIFFED_BYTES = 4096
_ZIP_SIGNATURE = b"PK\x03\x04"
_OLD_WORKBOOK_SIGNATURE = b"\xd0\xcf\x11\xe0"
_WORKBOOK_MEMBERS = ("[Content_Types].xml", "mimetype")
_EXPORT_SUFFIXES = (".jsonl", ".json")


def read_head(path: Path) -> bytes:
    """Return the first bytes of a file.

    Raises
    ------
    StanceError
        The file is missing, a folder, empty, or a workbook.
    """
    check_input_path(path)
    with path.open("rb") as file:
        head = file.read(_SNIFFED_BYTES)
    if not head.strip():
        raise EmptyTableError(path)
    if head.startswith(_OLD_WORKBOOK_SIGNATURE):
        raise WorkbookError(path)
    return head


def is_zip(path: Path) -> bool:
    """Return whether a file is a zip file."""
    return read_head(path).startswith(_ZIP_SIGNATURE)


def refuse_zip(path: Path) -> None:
    """Raise if a file is a zip file, which only doccano exports.

    Raises
    ------
    UnreadableFileError
        It is a zip file, or a workbook.
    """
    if is_zip(path):
        read_zip_members(path)
        raise UnreadableFileError(path, "this is a zip file", "unpack it, and name the file in it")


def read_zip_members(path: Path) -> dict[str, bytes]:
    """Return the JSON files in a zip file by name.

    Raises
    ------
    UnreadableFileError
        It is a workbook, is damaged, or holds no JSON file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if any(name in _WORKBOOK_MEMBERS for name in names):
                raise WorkbookError(path)
            members = {name: archive.read(name) for name in names if name.lower().endswith(_EXPORT_SUFFIXES)}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        reason = f"this zip file cannot be read ({type(error).__name__})"
        raise UnreadableFileError(path, reason, "download it again, or unpack it and name its files") from None
    if not members:
        raise UnreadableFileError(path, "this zip file has no JSON lines in it", "export from doccano as JSONL")
    return members
