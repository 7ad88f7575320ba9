"""Parses saved HTML pages: metadata of the article, and the element trees of the page and its frames.

Why metadata come from trafilatura and decoding does not: docs/explanation/decisions/html-pages.md.
"""

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
"""Maximum size of a page's HTML that is read, in MB; the tree takes about thirty times as much memory."""

_HEAD_BYTES = 4096
_HTML_START = re.compile(
    r"\s*(?:<!--(?:(?!-->).)*+-->\s*)*+<(?:!doctype\s|\?xml\s|[a-z][a-z0-9]*[\s/>])", re.IGNORECASE | re.DOTALL
)
_HTML_TAG = re.compile(r"<(?:html|head|body|meta|div|p|a|br|span|table)\b", re.IGNORECASE)
_DECLARED_ENCODING = re.compile(rb"<meta[^>]{1,200}charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_SAVED_FROM = re.compile(r"saved from url=\(\d+\)\s*(https?://\S+)")
# Characters that lxml refuses, or at which it stops reading.
_INVALID_XML_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, eq=False)
class WebPage:
    """An HTML page: its metadata, and its element trees, the page's own first and then those of its frames."""

    document: ArticlePage
    trees: tuple[HtmlElement, ...]


def is_web_page(data: bytes, name: str) -> bool:
    """Return whether a file is an HTML page, MHTML or a webarchive, by its first bytes and its name."""
    head = data[:_HEAD_BYTES]
    text = decode_bytes(head).text
    has_suffix = name.lower().endswith(saved_pages.HTML_SUFFIXES)
    return bool(saved_pages.is_page_archive(head) or _HTML_START.match(text) or (has_suffix and _HTML_TAG.search(text)))


def read_web_page(data: bytes, path: Path | None, url: str | None = None) -> WebPage:
    """Parse a page saved as HTML, MHTML or webarchive, with the frames saved in the folder beside it.

    Parameters
    ----------
    data
        The content of the file.
    path
        The path of the file, to find its name and its frames; None for a page that is no file.
    url
        The address of the page; by default the one that the page or the browser noted.

    Raises
    ------
    UnreadablePageError
        The file contains nothing that can be read.
    """
    try:
        saved = saved_pages.unpack_saved_page(data)
    except ValueError as error:
        raise UnreadablePageError(str(error)) from None
    max_bytes = MAX_HTML_MEGABYTES * MEGABYTE
    warnings = []
    if len(saved.html) > max_bytes:
        warnings.append(
            f"only the first {MAX_HTML_MEGABYTES} MB of this page of {len(saved.html) // MEGABYTE} MB were read"
        )
    tree, parse_warnings = _parse_tree(saved.html[:max_bytes])
    warnings += parse_warnings
    frames = list(saved.frames)
    if path:
        frames += saved_pages.read_frames(path, _iter_frame_sources(tree), max_bytes)
    frame_trees = [_parse_tree(frame[:max_bytes])[0] for frame in frames if frame.strip()]
    frame_trees += [
        _parse_tree(html.encode())[0] for frame in tree.iter("iframe") if (html := frame.get("srcdoc", "").strip())
    ]
    source = path.name if path else url or ""
    return WebPage(_build_article_page(tree, source, url, saved.url, tuple(warnings)), (tree, *frame_trees))


def _parse_tree(data: bytes) -> tuple[HtmlElement, tuple[str, ...]]:
    """Return the element tree of an HTML file, and warnings about what could not be read."""
    declared = _DECLARED_ENCODING.search(data[:_HEAD_BYTES])
    decoded = decode_bytes(data, declared[1].decode("ascii") if declared else "")
    text = _INVALID_XML_CHARACTERS.sub("", decoded.text)
    if not text.strip():
        raise UnreadablePageError("the page is empty")
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_pis=True, huge_tree=True)
    try:
        tree = lxml.html.document_fromstring(text.encode(), parser=parser)
    except lxml.etree.ParserError:  # raised only for input without any element
        raise UnreadablePageError("the page is empty") from None
    return tree, tuple(filter(None, (decoded.warning, _find_depth_warning(parser))))


def _find_depth_warning(parser: lxml.html.HTMLParser) -> str | None:
    if not any(error.type == lxml.etree.ErrorTypes.ERR_RESOURCE_LIMIT for error in parser.error_log):
        return None
    return "its elements are nested too deeply: everything after the deepest one was not read"


def _iter_frame_sources(tree: HtmlElement) -> Iterator[str]:
    for frame in tree.iter("iframe", "frame"):
        if (source := frame.get("src", "")) and ":" not in source:
            yield source


@contextmanager
def silence_loggers(*names: str) -> Iterator[None]:
    """Keep loggers without handlers from printing to stderr while the block runs."""
    handler = logging.NullHandler()
    loggers = [logging.getLogger(name) for name in names]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)


def _build_article_page(
    tree: HtmlElement, source: str, given_url: str | None, saved_url: str, warnings: tuple[str, ...]
) -> ArticlePage:
    from trafilatura.metadata import extract_metadata

    try:
        with silence_loggers("trafilatura", "htmldate"):
            metadata = extract_metadata(deepcopy(tree), extensive=False)  # trafilatura modifies the tree
        title, author, date, declared_url = (
            value or "" for value in (metadata.title, metadata.author, metadata.date, metadata.url)
        )
    except Exception as error:  # noqa: BLE001 -- the comments of a page can be read without its metadata
        title, author, date, declared_url = "", "", "", ""
        warnings = (*warnings, f"title, author and date not found: trafilatura failed with {type(error).__name__}")
    html_title = " ".join((tree.findtext(".//title") or "").split())
    noted_url = declared_url if _is_article_url(declared_url) else saved_url or _find_saved_from_url(tree)
    url = given_url or noted_url
    # From the whole <title>, so that the id does not depend on how well the site's name is removed from it.
    article_id = make_article_id(url, html_title or title, "")
    return ArticlePage(
        source, _choose_title(title, html_title, tree), author, url, article_id=article_id, date=date, warnings=warnings
    )


def _choose_title(extracted_title: str, html_title: str, tree: HtmlElement) -> str:
    """Return the extracted title, unless <title> does not contain it: then it is the heading of something else."""
    if extracted_title and (
        not html_title or normalise_text(extracted_title).casefold() in normalise_text(html_title).casefold()
    ):
        return extracted_title
    open_graph_title = tree.xpath("string(//meta[@property='og:title']/@content)")
    return " ".join(str(open_graph_title).split()) or html_title or extracted_title


def _is_article_url(url: str) -> bool:
    """Return whether a URL has a path; some sites declare the URL of their front page on every page."""
    return bool(re.match(r"https?://[^/]+/[^#]*[^/#]", url))


def _find_saved_from_url(tree: HtmlElement) -> str:
    """Return the URL in the comment that browsers write into saved pages, or ""."""
    for comment in tree.getroottree().xpath("//comment()"):
        if match := _SAVED_FROM.search(comment.text or ""):
            return match[1]
    return ""
