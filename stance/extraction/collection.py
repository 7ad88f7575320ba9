"""Collect the comments of saved pages into one table, with a report on each page."""

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
from stance.extraction.page_report import PageReport, make_page_report
from stance.extraction.textdump.layouts import FooterLayout, load_builtin_layouts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from stance.extraction.documents import ArticlePage
    from stance.extraction.sections import CommentSection

INPUT_SUFFIXES = (".txt", *saved_pages.HTML_SUFFIXES)
MAX_FILE_MB = 256
"""Maximum size of a file in megabytes; single-file pages saved by a browser include all pictures."""

_SNIFFED_BYTES = 65_536
_MIN_PARALLEL_PAGES = 16  # fewer pages are read before worker processes have started
_MAX_SUSPECTS = 64  # pages read one by one after a worker was killed, to find the page that caused it


@dataclass(frozen=True)
class CollectedPage:
    """The report on a page, and one row per comment."""

    report: PageReport
    rows: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True)
class CollectedPages:
    """The result of `collect`.

    Attributes
    ----------
    comments
        One row per comment, with the columns `tables.COMMENT_COLUMNS`, all strings.
    pages
        One report per page, in the order of the paths.
    """

    comments: pd.DataFrame
    pages: tuple[PageReport, ...]


def find_page_files(paths: Iterable[Path]) -> list[Path]:
    """Return the page files among `paths` and in the folders among them, in a fixed order.

    Files in the folder of resources that a browser saved beside a page ("NAME_files") are not pages of their own.

    Raises
    ------
    MissingFileError
        A path does not exist.
    StanceError
        A folder contains no page.
    """
    pages: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            pages_in_folder = _find_pages_in_folder(path)
            if not pages_in_folder:
                raise StanceError(
                    "no pages in this folder", f"save pages there as {', '.join(INPUT_SUFFIXES)}", path=path
                )
            pages |= dict.fromkeys(pages_in_folder)
        elif path.exists():
            pages[path] = None
        else:
            raise MissingFileError(path)
    return list(pages)


def _find_pages_in_folder(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix.lower() in INPUT_SUFFIXES)
    files_by_folder: dict[Path, list[Path]] = {}
    for path in files:
        files_by_folder.setdefault(path.parent, []).append(path)

    def is_resource(path: Path) -> bool:
        subfolders = [parent for parent in path.parents if parent != folder and parent.is_relative_to(folder)]
        return any(
            saved_pages.is_resource_folder(subfolder, page)
            for subfolder in subfolders
            for page in files_by_folder.get(subfolder.parent, [])
        )

    return [path for path in files if not is_resource(path)]


def collect_page(path: Path, layouts: Sequence[FooterLayout]) -> CollectedPage:
    """Return the comments of one page and the report on it; any error is in the report."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_MB * MEGABYTE + 1)
        if len(data) > MAX_FILE_MB * MEGABYTE:
            return _unreadable_page(path, f"larger than {MAX_FILE_MB} MB")
        page, section = _extract_section(data, path, layouts)
        return CollectedPage(make_page_report(page, section), tuple(make_comment_rows(page, section)))
    except OSError as error:
        return _unreadable_page(path, error.strerror or type(error).__name__)
    except UnreadablePageError as error:
        return _unreadable_page(path, str(error))
    except Exception as error:  # noqa: BLE001 -- a page that breaks a parser must not stop the other pages
        return _unreadable_page(path, f"reading it failed with {type(error).__name__}")


def _extract_section(data: bytes, path: Path, layouts: Sequence[FooterLayout]) -> tuple[ArticlePage, CommentSection]:
    from stance.extraction.html import web_pages

    if not saved_pages.is_page_archive(data):
        documents.require_text(data[:_SNIFFED_BYTES])
    if web_pages.is_web_page(data, path.name):
        web_page = web_pages.read_web_page(data, path)
        return web_page.document, sections.extract_from_web_page(web_page, layouts)
    page = documents.read_text_dump(data, path.name)
    return page, sections.extract_from_text_dump(page, layouts)


def _unreadable_page(path: Path, reason: str) -> CollectedPage:
    return CollectedPage(PageReport(path.name, error=reason))


def collect(
    paths: Sequence[Path],
    layouts: Sequence[FooterLayout] = (),
    *,
    jobs: int = 1,
    on_page: Callable[[int, int], None] | None = None,
) -> CollectedPages:
    r"""Collect the comments of saved pages.

    A page that cannot be read is reported and does not stop the others. Comments of an article that was saved twice are
    returned once.

    Parameters
    ----------
    paths
        Article pages: text dumps, HTML files, or the archives that browsers save (.mhtml, .webarchive).
    layouts
        Footer layouts for text dumps, tried together with the built-in ones.
    jobs
        Number of processes.
    on_page
        Called after each page with the number of pages read so far and the number of all pages.

    Returns
    -------
    CollectedPages

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = Path(folder, "page.txt")
    ...     _ = page.write_text("A bridge for the lower town\n\n1 Comment(s)\n\nAt last!\n\nReply\n")
    ...     result = collect([page])
    >>> result.comments["text"].tolist(), result.pages[0].outcome
    (['At last!'], '1 comment (caravanserai)')
    """
    rows: dict[str, dict[str, str]] = {}
    reports: list[PageReport] = []
    sources: dict[str, str] = {}  # by article id
    for page in _collect_pages(paths, (*layouts, *load_builtin_layouts()), jobs):
        report = page.report
        if report.article_id in sources:
            warning = f"same article as {sources[report.article_id]}: its comments are added once"
            report = replace(report, warnings=(*report.warnings, warning))
        elif not report.error:
            sources[report.article_id] = report.source
        reports.append(report)
        for row in page.rows:
            rows.setdefault(row["comment_id"], row)
        if on_page:
            on_page(len(reports), len(paths))
    comments = pd.DataFrame(list(rows.values()), columns=list(tables.COMMENT_COLUMNS), dtype="str")
    return CollectedPages(comments, tuple(reports))


def _collect_pages(paths: Sequence[Path], layouts: tuple[FooterLayout, ...], jobs: int) -> Iterator[CollectedPage]:
    """Yield the pages in their order, read by `jobs` processes."""
    if jobs == 1 or len(paths) < _MIN_PARALLEL_PAGES:
        yield from (collect_page(path, layouts) for path in paths)
        return
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    n_done = 0
    while n_done < len(paths):
        pages = Parallel(n_jobs=jobs, return_as="generator", batch_size=8)(
            delayed(collect_page)(path, layouts) for path in paths[n_done:]
        )
        try:
            for page in pages:
                n_done += 1
                yield page
        except TerminatedWorkerError:
            suspects = paths[n_done : n_done + _MAX_SUSPECTS]
            n_done += len(suspects)
            yield from (_collect_page_in_isolation(path, layouts) for path in suspects)


def _collect_page_in_isolation(path: Path, layouts: tuple[FooterLayout, ...]) -> CollectedPage:
    """Read a page that may kill the process reading it."""
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    try:
        pages: list[CollectedPage] = Parallel(n_jobs=2)([delayed(collect_page)(path, layouts)])
    except TerminatedWorkerError:
        return _unreadable_page(path, "the worker process reading it was killed, possibly out of memory")
    return pages[0]


def make_comment_rows(page: ArticlePage, section: CommentSection) -> Iterator[dict[str, str]]:
    """Yield one row per comment of a page, with the columns `stance.tables.COMMENT_COLUMNS`."""
    # All ids are needed first: on pages that show the newest comment first, a reply comes before its parent.
    ids = _make_comment_ids(page, section)
    for position, comment in enumerate(section.comments, start=1):
        yield {
            "comment_id": ids[position - 1],
            "article_id": page.article_id,
            "article_title": page.title,
            "source": page.source,
            "position": str(position),
            "author": comment.author,
            "date": comment.date,
            "date_iso": comment.date_iso,
            "likes": comment.likes,
            "reply_to": "" if comment.reply_to_index is None else ids[comment.reply_to_index],
            "segmented": str(section.segmented).lower(),
            "text": comment.text,
        }


def _make_comment_ids(page: ArticlePage, section: CommentSection) -> list[str]:
    n_occurrences: Counter[str] = Counter()
    ids: list[str] = []
    for comment in section.comments:
        text = tables.normalise_text(comment.text)
        n_occurrences[text] += 1
        ids.append(tables.make_comment_id(page.article_id, text, n_occurrences[text]))
    return ids
