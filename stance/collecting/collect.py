"""Saved pages -> the comments table, and a report of what was found on each page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from stance import tables
from stance.collecting.documents import Document, UnreadablePageError, read_text_dump
from stance.collecting.footers import Footer, Layout, builtin_layouts, find_footer
from stance.errors import MissingFileError, StanceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

PAGE_SUFFIXES = (".txt",)


@dataclass(frozen=True)
class PageReport:
    """What `collect` found on one page; `error` is set where the page could not be read."""

    source: str
    article_id: str = ""
    title: str = ""
    layout: str | None = None
    announced: int | None = None
    found: int = 0
    warnings: tuple[str, ...] = ()
    error: str | None = None

    @property
    def outcome(self) -> str:
        """One plain sentence about the page."""
        if self.error:
            return f"not read: {self.error}"
        if self.layout is None:
            return "no footer known"
        if not self.found:
            return f"footer known ({self.layout}), no comments"
        return f"{self.found} comments ({self.layout})"


@dataclass(frozen=True)
class Collection:
    """The comments of some pages, and a report on each page."""

    comments: pd.DataFrame
    pages: tuple[PageReport, ...]


def find_pages(paths: Iterable[Path]) -> list[Path]:
    """List the pages to read: files as named, folders searched through, in a fixed order.

    Raises
    ------
    MissingFileError
        A path is neither a file nor a folder.
    StanceError
        The folders hold no page.
    """
    pages: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = (page for page in path.rglob("*") if page.is_file() and page.suffix.lower() in PAGE_SUFFIXES)
            found = sorted(inside)
            if not found:
                raise StanceError(
                    "no pages in this folder", f"save pages there as {', '.join(PAGE_SUFFIXES)}", path=path
                )
            pages.extend(found)
        elif path.exists():
            pages.append(path)
        else:
            raise MissingFileError(path)
    return pages


def collect(pages: Sequence[Path], layouts: Sequence[Layout] | None = None) -> Collection:
    """Collect the comments of pages; a page that cannot be read is reported and never stops the others.

    Parameters
    ----------
    pages
        Text dumps of article pages.
    layouts
        The footer layouts to look for; by default those that come with the package.

    Returns
    -------
    Collection
        `comments` has the columns `tables.COMMENT_COLUMNS`, one row a comment, all strings. The same article on two
        pages gives its comments once.
    """
    known = builtin_layouts() if layouts is None else layouts
    rows: dict[str, dict[str, str]] = {}
    reports: list[PageReport] = []
    for page in pages:
        try:
            document = read_text_dump(page)
        except (OSError, UnreadablePageError) as error:
            reports.append(PageReport(page.name, error=getattr(error, "strerror", None) or str(error)))
            continue
        footer = find_footer(document.lines, known)
        repeated = next((report.source for report in reports if report.article_id == document.article_id), None)
        reports.append(_report(document, footer, repeated))
        for row in _rows(document, footer):
            rows.setdefault(row["comment_id"], row)
    comments = pd.DataFrame(list(rows.values()), columns=list(tables.COMMENT_COLUMNS), dtype="str")
    return Collection(comments, tuple(reports))


def _report(document: Document, footer: Footer | None, repeated: str | None) -> PageReport:
    warnings = list(document.warnings)
    if repeated:
        warnings.append(f"the same article as {repeated}, its comments count once")
    if footer and footer.announced is not None and footer.announced != len(footer.comments):
        warnings.append(f"the page announces {footer.announced} comments, {len(footer.comments)} were found")
    return PageReport(
        source=document.source,
        article_id=document.article_id,
        title=document.title,
        layout=footer.layout if footer else None,
        announced=footer.announced if footer else None,
        found=len(footer.comments) if footer else 0,
        warnings=tuple(warnings),
    )


def _rows(document: Document, footer: Footer | None) -> Iterable[dict[str, str]]:
    occurrences: Counter[str] = Counter()
    for position, comment in enumerate(footer.comments if footer else (), start=1):
        text = tables.normalised(comment.text)
        occurrences[text] += 1
        yield {
            "comment_id": tables.comment_id(document.article_id, text, occurrences[text]),
            "article_id": document.article_id,
            "article_title": document.title,
            "source": document.source,
            "position": str(position),
            "author": comment.author,
            "date": comment.date,
            "reply_to": "",
            "text": comment.text,
        }
