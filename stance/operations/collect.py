"""Collect comments from saved pages into a labelling sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stance.operations.arguments import PathInput, PathInputs, as_path, as_paths, check_number

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from stance.extraction.page_report import PageReport


@dataclass(frozen=True, eq=False)
class CollectResult:
    """The comments of some pages, a report on each page, and what was added to the sheet.

    Attributes
    ----------
    comments
        One row per comment, with the columns `stance.tables.COMMENT_COLUMNS`, all strings.
    pages
        What was found on each page, in the order in which they were read.
    n_new
        The number of comments that were added to the sheet; 0 without one.
    warnings
        Warnings about the sheet.
    """

    comments: pd.DataFrame
    pages: tuple[PageReport, ...]
    n_new: int = 0
    warnings: tuple[str, ...] = ()


def collect(
    pages: PathInputs,
    output: PathInput | None = None,
    *,
    layouts: PathInput | None = None,
    jobs: int = -1,
    progress: Callable[[int, int], None] | None = None,
) -> CollectResult:
    """Extract the reader comments of saved pages, and add them to a labelling sheet.

    A page that cannot be read is reported in the result and does not stop the others.

    Parameters
    ----------
    pages
        Text dumps, HTML, MHTML or webarchive files, or folders of them.
    output
        The labelling sheet to add the comments to; its rows and labels are kept. Without it nothing is written.
    layouts
        A TOML file with further layouts of comments in text dumps.
    jobs
        The number of processes that read pages; -1 for one per core.
    progress
        Called with the number of pages read and the number of all pages.

    Raises
    ------
    UsageError
        `jobs` is not a number of processes.
    StanceError
        A path does not exist, a folder holds no page, or the sheet cannot be written.

    Examples
    --------
    >>> import stance
    >>> result = stance.collect("seeds")
    >>> len(result.comments)
    24
    >>> [page.found for page in result.pages]
    [7, 17, 0, 0, 0]
    """
    from stance.extraction import collection
    from stance.extraction.textdump import footers
    from stance.labels.collected_comments import merge_comments
    from stance.labels.sheets import lock

    check_number("jobs", jobs, -1)
    own_layouts = footers.read_layouts(path) if (path := as_path(layouts)) else ()
    collected = collection.collect(
        collection.find_page_files(as_paths(pages)), own_layouts, jobs=jobs, on_page=progress
    )
    if output is None:
        return CollectResult(collected.comments, collected.pages)
    sheet = as_paths(output)[0]
    with lock.lock_sheet(sheet):
        n_new, warnings = merge_comments(sheet, collected.comments)
    return CollectResult(collected.comments, collected.pages, n_new, tuple(warnings))
