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
from stance.extraction.textdump.layouts import FooterLayout, load_builtin_layouts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from stance.extraction.documents import ArticlePage
    from stance.extraction.sections import CommentSection

INPUT_SUFFIXES = (".txt", *saved_pages.HTML_SUFFIXES)
MAX_FILE_MB = 256
"""How many megabytes a file may have: what a browser saves in one holds all pictures of the page, too."""

_SNIFFED_BYTES = 65_536
_MIN_PARALLEL_PAGES = 16  # are read before other processes have begun
_MAX_SUSPECTS = 64  # pages that may be the one of which a process ended, read one by one


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
class CollectedPage:
    """One page as it was read: the report on it, and a row a comment."""

    report: PageReport
    rows: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True)
class CollectionResult:
    """The comments of some pages, and a report on each page."""

    comments: pd.DataFrame
    pages: tuple[PageReport, ...]


def find_page_files(paths: Iterable[Path]) -> list[Path]:
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
            found = _find_pages_in_folder(path)
            if not found:
                raise StanceError(
                    "no pages in this folder", f"save pages there as {', '.join(INPUT_SUFFIXES)}", path=path
                )
            pages |= dict.fromkeys(found)
        elif path.exists():
            pages[path] = None
        else:
            raise MissingFileError(path)
    return list(pages)


def _find_pages_in_folder(folder: Path) -> list[Path]:
    found = sorted(page for page in folder.rglob("*") if page.is_file() and page.suffix.lower() in INPUT_SUFFIXES)
    by_folder: dict[Path, list[Path]] = {}
    for page in found:
        by_folder.setdefault(page.parent, []).append(page)

    def is_part(page: Path) -> bool:
        around = [each for each in page.parents if each != folder and each.is_relative_to(folder)]
        return any(
            saved_pages.is_resource_folder(each, whole) for each in around for whole in by_folder.get(each.parent, [])
        )

    return [page for page in found if not is_part(page)]


def collect_page(path: Path, layouts: Sequence[FooterLayout]) -> CollectedPage:
    """Read one page; what is wrong with it stands in its report."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_MB * MEGABYTE + 1)
        if len(data) > MAX_FILE_MB * MEGABYTE:
            return _unreadable_page(path, f"larger than {MAX_FILE_MB} MB")
        document, section = _extract_section(data, path, layouts)
        return CollectedPage(_make_report(document, section), tuple(_make_rows(document, section)))
    except OSError as error:
        return _unreadable_page(path, error.strerror or type(error).__name__)
    except UnreadablePageError as error:
        return _unreadable_page(path, str(error))
    except Exception as error:  # noqa: BLE001 -- whatever a page does to a parser, the other pages are read
        return _unreadable_page(path, f"it makes the reading fail with {type(error).__name__}")


def _extract_section(data: bytes, path: Path, layouts: Sequence[FooterLayout]) -> tuple[ArticlePage, CommentSection]:
    from stance.extraction.html import web_pages

    if not saved_pages.is_page_archive(data):
        documents.require_text(data[:_SNIFFED_BYTES])
    if web_pages.is_web_page(data, path.name):
        page = web_pages.read_web_page(data, path)
        return page.document, sections.extract_from_web_page(page, layouts)
    document = documents.read_text_dump(data, path.name)
    return document, sections.extract_from_text_dump(document, layouts)


def _unreadable_page(path: Path, reason: str) -> CollectedPage:
    return CollectedPage(PageReport(path.name, error=reason))


def collect(
    paths: Sequence[Path],
    layouts: Sequence[FooterLayout] = (),
    *,
    jobs: int = 1,
    on_page: Callable[[int, int], None] | None = None,
) -> CollectionResult:
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
    for page in _collect_pages(paths, (*layouts, *load_builtin_layouts()), jobs):
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
    return CollectionResult(comments, tuple(reports))


def _collect_pages(paths: Sequence[Path], layouts: tuple[FooterLayout, ...], jobs: int) -> Iterator[CollectedPage]:
    """Read pages in their order, in several processes if asked to."""
    if jobs == 1 or len(paths) < _MIN_PARALLEL_PAGES:
        yield from (collect_page(path, layouts) for path in paths)
        return
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    done = 0
    while done < len(paths):
        read = Parallel(n_jobs=jobs, return_as="generator", batch_size=8)(
            delayed(collect_page)(path, layouts) for path in paths[done:]
        )
        try:
            for page in read:
                done += 1
                yield page
        except TerminatedWorkerError:
            suspects = paths[done : done + _MAX_SUSPECTS]
            done += len(suspects)
            yield from (_collect_page_in_isolation(path, layouts) for path in suspects)


def _collect_page_in_isolation(path: Path, layouts: tuple[FooterLayout, ...]) -> CollectedPage:
    """Read a page in a process that may end of it."""
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    try:
        pages: list[CollectedPage] = Parallel(n_jobs=2)([delayed(collect_page)(path, layouts)])
    except TerminatedWorkerError:
        return _unreadable_page(path, "the process that read it was ended, perhaps for want of memory")
    return pages[0]


def _make_report(document: ArticlePage, section: CommentSection) -> PageReport:
    warnings = [*document.warnings, *section.warnings]
    found = len(section.comments)
    if section.n_announced is not None and section.n_announced != found and section.segmented:
        warnings.append(
            f"the page announces {section.n_announced} comments, {found} {'was' if found == 1 else 'were'} found"
        )
    return PageReport(
        source=document.source,
        article_id=document.article_id,
        title=document.title,
        author=document.author,
        date=document.date,
        address=document.url,
        layout=section.layout_name,
        announced=section.n_announced,
        found=found,
        segmented=section.segmented,
        warnings=tuple(warnings),
    )


def _make_rows(document: ArticlePage, section: CommentSection) -> Iterator[dict[str, str]]:
    ids = _make_comment_ids(
        document, section
    )  # all first: where the newest comes first, answers stand above what they answer
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
            "reply_to": "" if comment.reply_to_index is None else ids[comment.reply_to_index],
            "segmented": str(section.segmented).lower(),
            "text": comment.text,
        }


def _make_comment_ids(document: ArticlePage, section: CommentSection) -> list[str]:
    occurrences: Counter[str] = Counter()
    ids: list[str] = []
    for comment in section.comments:
        text = tables.normalise_text(comment.text)
        occurrences[text] += 1
        ids.append(tables.make_comment_id(document.article_id, text, occurrences[text]))
    return ids
