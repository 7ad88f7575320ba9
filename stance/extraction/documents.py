"""Read the metadata and lines of an article page that was saved as plain text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from stance import tables
from stance.io.decoding import decode_bytes

MEGABYTE = 2**20
MAX_TEXT_DUMP_MB = 32
"""Only this many megabytes of a text dump are read."""

_BINARY_CHARACTERS = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f\N{REPLACEMENT CHARACTER}]")
_MAX_BINARY_SHARE = 0.1

_HEAD_LINES = 12
_MIN_TITLE_WORDS = 4
_BYLINE_LINE = re.compile(r"(?:by|автор:?|текст:)\s+(?P<author>\S.{1,80})", re.IGNORECASE)
_URL_LINE = re.compile(r"(?:(?:url|source|address|link|адрес|источник)\s*:\s*)?(?P<url>https?://\S+)", re.IGNORECASE)


class UnreadablePageError(Exception):
    """The file does not contain a readable page; the message is the reason."""


@dataclass(frozen=True)
class ArticlePage:
    """The metadata of an article page, and the lines of a text dump.

    Attributes
    ----------
    source
        Name of the file.
    title, author, url, date
        Of the article; empty if unknown.
    article_id
        The article's id.
    lines
        The stripped lines of a text dump; empty for a web page.
    warnings
        Problems met when reading the page.
    """

    source: str
    title: str
    author: str
    url: str
    article_id: str
    date: str = ""
    lines: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def require_text(beginning: bytes) -> None:
    """Check that a file contains text.

    Parameters
    ----------
    beginning
        The first bytes of the file.

    Raises
    ------
    UnreadablePageError
        The file is empty, or too many of its first characters are control characters.
    """
    text = decode_bytes(beginning).text
    if not text.strip("\0 \t\r\n"):
        raise UnreadablePageError("the page is empty")
    if len(_BINARY_CHARACTERS.findall(text)) > _MAX_BINARY_SHARE * len(text):
        raise UnreadablePageError("not text but binary data")


def read_text_dump(data: bytes, source: str) -> ArticlePage:
    """Read a page that was saved as plain text."""
    limit = MAX_TEXT_DUMP_MB * MEGABYTE
    decoded = decode_bytes(data[:limit])
    warnings = [decoded.warning] if decoded.warning else []
    if len(data) > limit:
        warnings.append(f"only the first {MAX_TEXT_DUMP_MB} MB of this page of {len(data) // MEGABYTE} MB were read")
    return parse_text_dump(decoded.text, source, tuple(warnings))


def parse_text_dump(text: str, source: str, warnings: tuple[str, ...] = ()) -> ArticlePage:
    """Return the page of a text dump; title, author and URL are taken from its first lines.

    The title is the line above the byline ("By NAME") if there is one, else the first line of at least four words,
    since dumps often begin with the site's name, a section, or "top of page".
    """
    lines = tuple(line.strip() for line in text.replace("\0", "").splitlines())
    head = [line for line in lines if line][:_HEAD_LINES]
    url = next((match["url"] for line in head if (match := _URL_LINE.fullmatch(line))), "")
    head = [line for line in head if not _URL_LINE.fullmatch(line)]
    author, title = _find_author_and_title(head)
    title = title or next((line for line in head if len(line.split()) >= _MIN_TITLE_WORDS), head[0] if head else "")
    article_id = tables.make_article_id(url, title, author)
    return ArticlePage(source, title, author, url, article_id, lines=lines, warnings=warnings)


def _find_author_and_title(head: list[str]) -> tuple[str, str]:
    """Return the author named in the byline and the line above it, both empty if there is no byline."""
    for above, line in pairwise(head):
        if match := _BYLINE_LINE.fullmatch(line):
            return match["author"], above
    return "", ""
