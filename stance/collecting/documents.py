"""A saved page -> a Document: who wrote what, and the lines to look for comments in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from stance import tables
from stance.decoding import decode

if TYPE_CHECKING:
    from pathlib import Path

_HEAD_LINES = 12
_HTML = re.compile(r"\s*<(!doctype html|html)\b", re.IGNORECASE)
_TITLE_WORDS = 4
_BYLINE = re.compile(r"(?:by|автор:?|текст:)\s+(?P<author>\S.{1,80})", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:(?:url|source|address|link|адрес|источник)\s*:\s*)?(?P<address>https?://\S+)", re.IGNORECASE)


class UnreadablePageError(Exception):
    """A file holds no page that can be read; the message is the reason."""


@dataclass(frozen=True)
class Document:
    """One article page as text."""

    source: str
    title: str
    byline: str
    address: str
    lines: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def article_id(self) -> str:
        """Which article this is, whatever its file is called."""
        return tables.article_id(self.address, self.title, self.byline)


def read_text_dump(path: Path) -> Document:
    """Read a page that was saved as plain text.

    Raises
    ------
    UnreadablePageError
        It is empty, or no plain text.
    OSError
        It cannot be opened.
    """
    decoded = decode(path.read_bytes())
    if not decoded.text.strip():
        raise UnreadablePageError("the page is empty")
    if _HTML.match(decoded.text):
        raise UnreadablePageError("a page in HTML, save it as plain text")
    return parse_text_dump(decoded.text, path.name, (decoded.warning,) if decoded.warning else ())


def parse_text_dump(text: str, source: str, warnings: tuple[str, ...] = ()) -> Document:
    """Find title, byline and address in the head of a text dump.

    The title is the line before the byline where there is one ("By NAME"), else the first line long enough to be a
    sentence: dumps often open with the site's name, a section, or "top of page".
    """
    lines = tuple(line.strip() for line in text.replace("\0", "").splitlines())
    head = [line for line in lines if line][:_HEAD_LINES]
    address = next((match["address"] for line in head if (match := _ADDRESS.fullmatch(line))), "")
    head = [line for line in head if not _ADDRESS.fullmatch(line)]
    byline, before = _find_byline(head)
    title = before or next((line for line in head if len(line.split()) >= _TITLE_WORDS), head[0] if head else "")
    return Document(source, title, byline, address, lines, warnings)


def _find_byline(head: list[str]) -> tuple[str, str]:
    """Return the author and the line above the byline, both empty where there is no byline."""
    for above, line in pairwise(head):
        if match := _BYLINE.fullmatch(line):
            return match["author"], above
    return "", ""
