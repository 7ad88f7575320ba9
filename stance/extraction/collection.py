"""Saved pages -> the comments table, and a report of what was found on each page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from stance import tables
from stance.errors import MissingFileError, StanceError
from stance.extraction import documents, sections
from stance.extraction.documents import MEGABYTE, UnreadablePageError
from stance.extraction.html import saved_pages
from stance.extraction.textdump.layouts import Layout, builtin_layouts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from stance.extraction.documents import Document
    from stance.extraction.sections import Section

PAGE_SUFFIXES = (".txt", *saved_pages.HTML_SUFFIXES)
MOST_FILE = 256
"""How many megabytes a file may have: what a browser saves in one holds all pictures of the page, too."""

_BEGINNING = 65_536
_FEW_PAGES = 16  # are read before other processes have begun
_SUSPECTS = 64  # pages that may be the one of which a process ended, read one by one


@dataclass(frozen=True)
class PageReport:
    """What `collect` found on one page; `error` is set where the page could not be read."""

    source: str
    article_id: str = ""
    title: str = ""
    author: str = ""
    date: str = ""
    address: str = ""
    layout: str | None = None
    announced: int | None = None
    found: int = 0
    segmented: bool = True
    warnings: tuple[str, ...] = ()
    error: str | None = None

    @property
    def outcome(self) -> str:
        """One plain sentence about the page."""
        if self.error:
            return f"not read: {self.error}"
        if self.layout is None:
            return "no comment section found"
        if not self.found:
            return f"a comment section without comments ({self.layout})"
        if not self.segmented:
            return "comments, not told apart"
        return f"{self.found} comment{'s' * (self.found != 1)} ({self.layout})"


@dataclass(frozen=True)
class Page:
    """One page as it was read: the report on it, and a row a comment."""

    report: PageReport
    rows: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True)
class Collection:
    """The comments of some pages, and a report on each page."""

    comments: pd.DataFrame
    pages: tuple[PageReport, ...]


def find_pages(paths: Iterable[Path]) -> list[Path]:
    """List the pages to read: files as named, folders searched through, in a fixed order.

    The folder in which a browser saved what belongs to a page is part of that page.

    Raises
    ------
    MissingFileError
        A path is neither a file nor a folder.
    StanceError
        The folders hold no page.
    """
    pages: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found = _pages_in(path)
            if not found:
                raise StanceError(
                    "no pages in this folder", f"save pages there as {', '.join(PAGE_SUFFIXES)}", path=path
                )
            pages |= dict.fromkeys(found)
        elif path.exists():
            pages[path] = None
        else:
            raise MissingFileError(path)
    return list(pages)


def _pages_in(folder: Path) -> list[Path]:
    found = sorted(page for page in folder.rglob("*") if page.is_file() and page.suffix.lower() in PAGE_SUFFIXES)
    by_folder: dict[Path, list[Path]] = {}
    for page in found:
        by_folder.setdefault(page.parent, []).append(page)

    def is_part(page: Path) -> bool:
        around = [each for each in page.parents if each != folder and each.is_relative_to(folder)]
        return any(
            saved_pages.is_resource_folder(each, whole) for each in around for whole in by_folder.get(each.parent, [])
        )

    return [page for page in found if not is_part(page)]


def read_page(path: Path, layouts: Sequence[Layout]) -> Page:
    """Read one page; what is wrong with it stands in its report."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_FILE * MEGABYTE + 1)
        if len(data) > MOST_FILE * MEGABYTE:
            return _unread(path, f"larger than {MOST_FILE} MB")
        document, section = _read(data, path, layouts)
        return Page(_report(document, section), tuple(_rows(document, section)))
    except OSError as error:
        return _unread(path, error.strerror or type(error).__name__)
    except UnreadablePageError as error:
        return _unread(path, str(error))
    except Exception as error:  # noqa: BLE001 -- whatever a page does to a parser, the other pages are read
        return _unread(path, f"it makes the reading fail with {type(error).__name__}")


def _read(data: bytes, path: Path, layouts: Sequence[Layout]) -> tuple[Document, Section]:
    from stance.extraction.html import web_pages

    if not saved_pages.is_page_archive(data):
        documents.require_text(data[:_BEGINNING])
    if web_pages.is_web_page(data, path.name):
        page = web_pages.read_web_page(data, path)
        return page.document, sections.in_web_page(page, layouts)
    document = documents.read_text_dump(data, path.name)
    return document, sections.in_text_dump(document, layouts)


def _unread(path: Path, reason: str) -> Page:
    return Page(PageReport(path.name, error=reason))


def collect(
    paths: Sequence[Path],
    layouts: Sequence[Layout] = (),
    *,
    jobs: int = 1,
    on_page: Callable[[int, int], None] | None = None,
) -> Collection:
    """Collect the comments of pages; a page that cannot be read is reported and never stops the others.

    Parameters
    ----------
    paths
        Article pages: text dumps, HTML, or the archives that browsers make of it.
    layouts
        Footer layouts of text dumps, looked for beside those that come with the package.
    jobs
        How many processes read pages.
    on_page
        Called after each page with the number of pages read, and of all.

    Returns
    -------
    Collection
        `comments` has the columns `tables.COMMENT_COLUMNS`, one row a comment, all strings. The same article on two
        pages gives its comments once.
    """
    rows: dict[str, dict[str, str]] = {}
    reports: list[PageReport] = []
    first: dict[str, str] = {}
    for page in _read_all(paths, (*layouts, *builtin_layouts()), jobs):
        report = page.report
        if report.article_id in first:
            warning = f"the same article as {first[report.article_id]}, its comments count once"
            report = replace(report, warnings=(*report.warnings, warning))
        elif not report.error:
            first[report.article_id] = report.source
        reports.append(report)
        for row in page.rows:
            rows.setdefault(row["comment_id"], row)
        if on_page:
            on_page(len(reports), len(paths))
    comments = pd.DataFrame(list(rows.values()), columns=list(tables.COMMENT_COLUMNS), dtype="str")
    return Collection(comments, tuple(reports))


def _read_all(paths: Sequence[Path], layouts: tuple[Layout, ...], jobs: int) -> Iterator[Page]:
    """Read pages in their order, in several processes if asked to."""
    if jobs == 1 or len(paths) < _FEW_PAGES:
        yield from (read_page(path, layouts) for path in paths)
        return
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    done = 0
    while done < len(paths):
        read = Parallel(n_jobs=jobs, return_as="generator", batch_size=8)(
            delayed(read_page)(path, layouts) for path in paths[done:]
        )
        try:
            for page in read:
                done += 1
                yield page
        except TerminatedWorkerError:
            suspects = paths[done : done + _SUSPECTS]
            done += len(suspects)
            yield from (_read_apart(path, layouts) for path in suspects)


def _read_apart(path: Path, layouts: tuple[Layout, ...]) -> Page:
    """Read a page in a process that may end of it."""
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    try:
        pages: list[Page] = Parallel(n_jobs=2)([delayed(read_page)(path, layouts)])
    except TerminatedWorkerError:
        return _unread(path, "the process that read it was ended, perhaps for want of memory")
    return pages[0]


def _report(document: Document, section: Section) -> PageReport:
    warnings = [*document.warnings, *section.warnings]
    found = len(section.comments)
    if section.announced is not None and section.announced != found and section.segmented:
        warnings.append(
            f"the page announces {section.announced} comments, {found} {'was' if found == 1 else 'were'} found"
        )
    return PageReport(
        source=document.source,
        article_id=document.article_id,
        title=document.title,
        author=document.byline,
        date=document.date,
        address=document.address,
        layout=section.layout,
        announced=section.announced,
        found=found,
        segmented=section.segmented,
        warnings=tuple(warnings),
    )


def _rows(document: Document, section: Section) -> Iterator[dict[str, str]]:
    ids = _ids(document, section)  # all first: where the newest comes first, answers stand above what they answer
    for position, comment in enumerate(section.comments, start=1):
        yield {
            "comment_id": ids[position - 1],
            "article_id": document.article_id,
            "article_title": document.title,
            "source": document.source,
            "position": str(position),
            "author": comment.author,
            "date": comment.date,
            "date_iso": comment.date_iso,
            "likes": comment.likes,
            "reply_to": "" if comment.answers is None else ids[comment.answers],
            "segmented": str(section.segmented).lower(),
            "text": comment.text,
        }


def _ids(document: Document, section: Section) -> list[str]:
    occurrences: Counter[str] = Counter()
    ids: list[str] = []
    for comment in section.comments:
        text = tables.normalised(comment.text)
        occurrences[text] += 1
        ids.append(tables.comment_id(document.article_id, text, occurrences[text]))
    return ids
