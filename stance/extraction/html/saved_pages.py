"""Unpacks pages saved by a browser: MHTML and webarchive files, and HTML files with a resource folder beside them."""

from __future__ import annotations

import plistlib
import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

HTML_SUFFIXES = (".html", ".htm", ".xhtml", ".mhtml", ".mht", ".webarchive")
"""File suffixes that browsers give to saved pages."""

# Suffixes of the resource folder beside a saved page, in the languages of the browsers. If one is missing here, the
# frames of a page are read as separate pages; if a suffix is too general, the pages in that folder are skipped.
_RESOURCE_FOLDER_SUFFIXES = frozenset(
    [
        "_files", ".files", "-files", "_file", "_dateien", "-dateien", "_fichiers", "_archivos", "_arquivos",
        "_ficheiros", "_bestanden", "_pliki", "-filer", "_filer", "_tiedostot", "_soubory", "_fajlovi", "_datoteke",
        "_dosyalar", "_файлы", "_файли", "_файлдар", "_файлдары",
    ]
)  # fmt: skip

_HEAD_BYTES = 4096
_MAX_FRAMES = 20
_MHTML_HEADER = re.compile(
    rb"\A(?:[A-Za-z-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*?content-type:\s*multipart/related", re.IGNORECASE
)


@dataclass(frozen=True)
class SavedPage:
    """A saved page: its HTML, the HTML of its frames, and its URL if the browser recorded it."""

    html: bytes
    frames: tuple[bytes, ...] = ()
    url: str = ""


def unpack_saved_page(data: bytes) -> SavedPage:
    """Unpack an MHTML or webarchive file; any other data are returned as the HTML of the page.

    Raises
    ------
    ValueError
        The file is an MHTML or webarchive file, but contains no page.
    """
    if _is_mhtml(data):
        return _unpack_mhtml(data)
    return _unpack_webarchive(data) if _is_webarchive(data) else SavedPage(data)


def is_page_archive(data: bytes) -> bool:
    """Return whether a file is MHTML or a webarchive; its first 4 KB suffice."""
    return _is_mhtml(data) or _is_webarchive(data)


def _is_mhtml(data: bytes) -> bool:
    return bool(_MHTML_HEADER.match(data[:_HEAD_BYTES].replace(b"\r\n", b"\n")))


def _is_webarchive(data: bytes) -> bool:
    return data.startswith(b"bplist00") or b"<key>WebMainResource</key>" in data[:_HEAD_BYTES]


def read_frames(path: Path, sources: Iterable[str], max_bytes: int) -> tuple[bytes, ...]:
    """Read the frames that a browser saved in the resource folder of a page.

    Parameters
    ----------
    path
        The saved page.
    sources
        The `src` attributes of its frames; those that point outside the resource folder are ignored.
    max_bytes
        Maximum number of bytes read per frame.

    Returns
    -------
    tuple
        The HTML of the frames, in the order of `sources`, 20 at most.
    """
    frames: list[bytes] = []
    for source in dict.fromkeys(sources):
        name = unquote(source.split("#")[0].split("?")[0]).removeprefix("./")
        frame = path.parent / name
        is_saved_frame = name and frame.suffix.lower() in HTML_SUFFIXES and is_resource_folder(frame.parent, path)
        if is_saved_frame and frame.is_file() and len(frames) < _MAX_FRAMES:
            with frame.open("rb") as file:
                frames.append(file.read(max_bytes))
    return tuple(frames)


def is_resource_folder(folder: Path, page: Path) -> bool:
    """Return whether a folder holds the resources of a saved page ("NAME_files", "NAME-Dateien")."""
    return (
        folder.parent == page.parent
        and page.suffix.lower() in HTML_SUFFIXES
        and folder.name.startswith(page.stem)
        and folder.name[len(page.stem) :].lower() in _RESOURCE_FOLDER_SUFFIXES
    )


def _unpack_mhtml(data: bytes) -> SavedPage:
    message = message_from_bytes(data, policy=policy.default)
    parts = [part for part in message.walk() if part.get_content_type() in {"text/html", "application/xhtml+xml"}]
    payloads = [payload for part in parts if isinstance(payload := part.get_payload(decode=True), bytes)]
    if not payloads:
        raise ValueError("there is no page in this MHTML file")
    html, *frames = payloads
    url = message.get("Snapshot-Content-Location") or parts[0].get("Content-Location") or ""
    return SavedPage(html, tuple(frames[:_MAX_FRAMES]), str(url))


def _unpack_webarchive(data: bytes) -> SavedPage:
    try:
        archive = plistlib.loads(data)
        main = archive["WebMainResource"]
        frames = [frame["WebMainResource"]["WebResourceData"] for frame in archive.get("WebSubframeArchives", [])]
        html, url = main["WebResourceData"], main.get("WebResourceURL", "")
    except Exception:  # noqa: BLE001 -- plistlib does not document what it raises for a broken property list
        raise ValueError("this webarchive cannot be read: it is truncated, or Safari did not write it") from None
    if not all(isinstance(data, bytes) for data in (html, *frames)):
        raise ValueError("there is no page in this webarchive")
    return SavedPage(html, tuple(frames[:_MAX_FRAMES]), str(url))
