"""A saved page -> a Document: who wrote what, and the lines to look for comments in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from stance import tables
from stance.io.decoding import decode_bytes

MEGABYTE = 2**20
MAX_TEXT_DUMP_MB = 32
"""How many megabytes of a text dump are read."""

_BINARY_CHARACTERS = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f\N{REPLACEMENT CHARACTER}]")
_MAX_BINARY_SHARE = 0.1

_HEAD_LINES = 12
_MIN_TITLE_WORDS = 4
_BYLINE_LINE = re.compile(r"(?:by|автор:?|текст:)\s+(?P<author>\S.{1,80})", re.IGNORECASE)
_URL_LINE = re.compile(
    r"(?:(?:url|source|address|link|адрес|источник)\s*:\s*)?(?P<address>https?://\S+)", re.IGNORECASE
)


class UnreadablePageError(Exception):
    """A file holds no page that can be read; the message is the reason."""


@dataclass(frozen=True)
class ArticlePage:
    """One article page: what it is about, and the lines to look for comments in where it is plain text."""

    source: str
    title: str
    author: str
    url: str
    article_id: str
    date: str = ""
    lines: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def require_text(beginning: bytes) -> None:
    """Check that a file holds text.

    Raises
    ------
    UnreadablePageError
        It is empty, or so much of its beginning is no letter that it holds something else.
    """
    text = decode_bytes(beginning).text
    if not text.strip("\0 \t\r\n"):
        raise UnreadablePageError("the page is empty")
    if len(_BINARY_CHARACTERS.findall(text)) > _MAX_BINARY_SHARE * len(text):
        raise UnreadablePageError("no text, but data of another kind")


def read_text_dump(data: bytes, source: str) -> ArticlePage:
    """Read a page that was saved as plain text."""
    limit = MAX_TEXT_DUMP_MB * MEGABYTE
    decoded = decode_bytes(data[:limit])
    warnings = [decoded.warning] if decoded.warning else []
    if len(data) > limit:
        warnings.append(f"of this page of {len(data) // MEGABYTE} MB only the first {MAX_TEXT_DUMP_MB} MB were read")
    return parse_text_dump(decoded.text, source, tuple(warnings))


def parse_text_dump(text: str, source: str, warnings: tuple[str, ...] = ()) -> ArticlePage:
    """Find title, byline and address in the head of a text dump.

    The title is the line before the byline where there is one ("By NAME"), else the first line long enough to be a
    sentence: dumps often open with the site's name, a section, or "top of page".
    """
    lines = tuple(line.strip() for line in text.replace("\0", "").splitlines())
    head = [line for line in lines if line][:_HEAD_LINES]
    address = next((match["address"] for line in head if (match := _URL_LINE.fullmatch(line))), "")
    head = [line for line in head if not _URL_LINE.fullmatch(line)]
    byline, before = _find_byline(head)
    title = before or next((line for line in head if len(line.split()) >= _MIN_TITLE_WORDS), head[0] if head else "")
    identity = tables.make_article_id(address, title, byline)
    return ArticlePage(source, title, byline, address, identity, lines=lines, warnings=warnings)


def _find_byline(head: list[str]) -> tuple[str, str]:
    """Return the author and the line above the byline, both empty where there is no byline."""
    for above, line in pairwise(head):
        if match := _BYLINE_LINE.fullmatch(line):
            return match["author"], above
    return "", ""
