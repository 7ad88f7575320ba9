"""Pages that a browser saved with all that belongs to them: one file, or a file with a folder beside it."""

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
"""What browsers call the pages that they save."""

# What browsers add to the name of a page for that folder, in the languages they speak. One that is missing here costs a
# page of frames beside the page; any other folder taken for one would hide the pages in it.
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
    """A page as it was saved: its HTML, that of the frames in it, and its address where the browser noted it."""

    html: bytes
    frames: tuple[bytes, ...] = ()
    address: str = ""


def unpack_saved_page(data: bytes) -> SavedPage:
    """Take a page out of the one file that a browser made of it, MHTML or webarchive; other data are the page itself.

    Raises
    ------
    ValueError
        It is such a file, but there is no page in it.
    """
    if _is_mhtml(data):
        return _unpack_mhtml(data)
    return _unpack_webarchive(data) if _is_webarchive(data) else SavedPage(data)


def is_page_archive(data: bytes) -> bool:
    """Tell by the beginning of a file whether it is MHTML or a webarchive."""
    return _is_mhtml(data) or _is_webarchive(data)


def _is_mhtml(data: bytes) -> bool:
    return bool(_MHTML_HEADER.match(data[:_HEAD_BYTES].replace(b"\r\n", b"\n")))


def _is_webarchive(data: bytes) -> bool:
    return data.startswith(b"bplist00") or b"<key>WebMainResource</key>" in data[:_HEAD_BYTES]


def read_frames(path: Path, sources: Iterable[str], max_bytes: int) -> tuple[bytes, ...]:
    """Read the frames of a page that a browser saved into the folder beside it.

    Parameters
    ----------
    path
        The page.
    sources
        The addresses of its frames, as they stand in it; those not in the folder are left out.
    max_bytes
        How many bytes are read of one frame at most.
    """
    frames: list[bytes] = []
    for source in dict.fromkeys(sources):
        name = unquote(source.split("#")[0].split("?")[0]).removeprefix("./")
        frame = path.parent / name
        within = name and frame.suffix.lower() in HTML_SUFFIXES and is_resource_folder(frame.parent, path)
        if within and frame.is_file() and len(frames) < _MAX_FRAMES:
            with frame.open("rb") as file:
                frames.append(file.read(max_bytes))
    return tuple(frames)


def is_resource_folder(folder: Path, page: Path) -> bool:
    """Tell whether a browser saved in a folder what belongs to a page ("NAME_files", "NAME-Dateien")."""
    return (
        folder.parent == page.parent
        and page.suffix.lower() in HTML_SUFFIXES
        and folder.name.startswith(page.stem)
        and folder.name[len(page.stem) :].lower() in _RESOURCE_FOLDER_SUFFIXES
    )


def _unpack_mhtml(data: bytes) -> SavedPage:
    message = message_from_bytes(data, policy=policy.default)
    pages = [part for part in message.walk() if part.get_content_type() in {"text/html", "application/xhtml+xml"}]
    if not pages:
        raise ValueError("there is no page in this MHTML file")
    decoded = [part.get_payload(decode=True) for part in pages]
    page, *frames = [payload for payload in decoded if isinstance(payload, bytes)]
    address = message.get("Snapshot-Content-Location") or pages[0].get("Content-Location") or ""
    return SavedPage(page, tuple(frames[:_MAX_FRAMES]), str(address))


def _unpack_webarchive(data: bytes) -> SavedPage:
    try:
        archive = plistlib.loads(data)
        main = archive["WebMainResource"]
        frames = [each["WebMainResource"]["WebResourceData"] for each in archive.get("WebSubframeArchives", [])]
        page, address = main["WebResourceData"], main.get("WebResourceURL", "")
    except Exception:  # noqa: BLE001 -- what a broken property list raises is not documented
        raise ValueError("this webarchive cannot be read: it is cut short, or not as Safari writes them") from None
    if not all(isinstance(each, bytes) for each in (page, *frames)):
        raise ValueError("there is no page in this webarchive")
    return SavedPage(page, tuple(frames[:_MAX_FRAMES]), str(address))
