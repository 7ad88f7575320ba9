"""A saved HTML page -> its Document and its trees, the frames' among them."""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import lxml.html

from stance.extraction.documents import MEGABYTE, ArticlePage, UnreadablePageError
from stance.extraction.html import saved_pages
from stance.io.decoding import decode_bytes
from stance.tables import make_article_id, normalise_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lxml.html import HtmlElement

MAX_HTML_MEGABYTES = 16
"""How many megabytes of a page's HTML are read: its tree takes some thirty times as much memory."""

_HEAD_BYTES = 4096
_HTML_START = re.compile(
    r"\s*(?:<!--(?:(?!-->).)*+-->\s*)*+<(?:!doctype\s|\?xml\s|[a-z][a-z0-9]*[\s/>])", re.IGNORECASE | re.DOTALL
)
_HTML_TAG = re.compile(r"<(?:html|head|body|meta|div|p|a|br|span|table)\b", re.IGNORECASE)
_DECLARED_ENCODING = re.compile(rb"<meta[^>]{1,200}charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_SAVED_FROM = re.compile(r"saved from url=\(\d+\)\s*(https?://\S+)")
# What a tree cannot hold, or would end at.
_INVALID_XML_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, eq=False)
class WebPage:
    """A page in HTML; `trees` holds its own tree, then those of its frames."""

    document: ArticlePage
    trees: tuple[HtmlElement, ...]


def is_web_page(data: bytes, name: str) -> bool:
    """Tell by the beginning of a file, and by its name, whether it is a page that a browser saved."""
    beginning = data[:_HEAD_BYTES]
    text = decode_bytes(beginning).text
    called_page = name.lower().endswith(saved_pages.HTML_SUFFIXES)
    return bool(
        saved_pages.is_page_archive(beginning) or _HTML_START.match(text) or (called_page and _HTML_TAG.search(text))
    )


def read_web_page(data: bytes, path: Path) -> WebPage:
    """Read a page that was saved as HTML, MHTML or webarchive, and what a browser saved beside it.

    Title, author, date and address are those that trafilatura finds (by its quick search for dates: the thorough one
    took 2.5 seconds on some pages and found one date more on 25 of them). Decoding is our own: of pages that are not in
    the encoding they declare, trafilatura misread those in Windows-1252 that say UTF-8.

    Raises
    ------
    UnreadablePageError
        There is nothing in it that can be read.
    """
    try:
        saved = saved_pages.unpack_saved_page(data)
    except ValueError as error:
        raise UnreadablePageError(str(error)) from None
    limit = MAX_HTML_MEGABYTES * MEGABYTE
    warnings = []
    if len(saved.html) > limit:
        warnings.append(
            f"of this page of {len(saved.html) // MEGABYTE} MB only the first {MAX_HTML_MEGABYTES} MB were read"
        )
    tree, further = _parse_tree(saved.html[:limit])
    warnings += further
    frames = [*saved.frames, *saved_pages.read_frames(path, _iter_frame_sources(tree), limit)]
    frame_trees = [_parse_tree(frame[:limit])[0] for frame in frames if frame.strip()]
    frame_trees += [
        _parse_tree(html.encode())[0] for each in tree.iter("iframe") if (html := each.get("srcdoc", "").strip())
    ]
    return WebPage(_build_document(tree, path.name, saved.address, tuple(warnings)), (tree, *frame_trees))


def _parse_tree(data: bytes) -> tuple[HtmlElement, tuple[str, ...]]:
    declared = _DECLARED_ENCODING.search(data[:_HEAD_BYTES])
    decoded = decode_bytes(data, declared[1].decode("ascii") if declared else "")
    text = _INVALID_XML_CHARACTERS.sub("", decoded.text)
    if not text.strip():
        raise UnreadablePageError("the page is empty")
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_pis=True, huge_tree=True)
    try:
        tree = lxml.html.document_fromstring(text.encode(), parser=parser)
    except lxml.etree.ParserError:  # all that the parser refuses is nothing
        raise UnreadablePageError("the page is empty") from None
    return tree, tuple(filter(None, (decoded.warning, _find_depth_warning(parser))))


def _find_depth_warning(parser: lxml.html.HTMLParser) -> str | None:
    if not any(error.type == lxml.etree.ErrorTypes.ERR_RESOURCE_LIMIT for error in parser.error_log):
        return None
    return "its elements stand too deep in one another: what comes after the deepest was not read"


def _iter_frame_sources(tree: HtmlElement) -> Iterator[str]:
    for frame in tree.iter("iframe", "frame"):
        if (source := frame.get("src", "")) and ":" not in source:
            yield source


@contextmanager
def silence_loggers(*names: str) -> Iterator[None]:
    """Keep loggers that nobody listens to from printing while the block runs."""
    handler = logging.NullHandler()
    loggers = [logging.getLogger(name) for name in names]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)


def _build_document(tree: HtmlElement, source: str, address: str, warnings: tuple[str, ...]) -> ArticlePage:
    from trafilatura.metadata import extract_metadata

    try:
        with silence_loggers("trafilatura", "htmldate"):
            found = extract_metadata(deepcopy(tree), extensive=False)  # it takes trees apart
        title, author, date, own = (value or "" for value in (found.title, found.author, found.date, found.url))
    except Exception as error:  # noqa: BLE001 -- a page without a title is still a page
        title, author, date, own = "", "", "", ""
        warnings = (*warnings, f"no title, author and date, trafilatura fails with {type(error).__name__}")
    head = " ".join((tree.findtext(".//title") or "").split())
    address = own if _is_article_address(own) else address or _find_saved_from_address(tree)
    # Which article it is must not depend on how well its title is told from the site's name.
    identity = make_article_id(address, head or title, "")
    return ArticlePage(
        source, _choose_title(title, head, tree), author, address, article_id=identity, date=date, warnings=warnings
    )


def _choose_title(extracted_title: str, html_title: str, tree: HtmlElement) -> str:
    """Give the title that was found, unless the page's own title does not know it: then it is that of some box."""
    if extracted_title and (
        not html_title or normalise_text(extracted_title).casefold() in normalise_text(html_title).casefold()
    ):
        return extracted_title
    told = tree.xpath("string(//meta[@property='og:title']/@content)")
    return " ".join(str(told).split()) or html_title or extracted_title


def _is_article_address(address: str) -> bool:
    """Tell the address of an article from that of a whole site, which some sites declare on each of their pages."""
    return bool(re.match(r"https?://[^/]+/[^#]*[^/#]", address))


def _find_saved_from_address(tree: HtmlElement) -> str:
    for comment in tree.getroottree().xpath("//comment()"):
        if match := _SAVED_FROM.search(comment.text or ""):
            return match[1]
    return ""
