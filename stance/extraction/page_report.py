"""Report what was found on a saved page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stance.wording import pluralise

if TYPE_CHECKING:
    from stance.extraction.documents import ArticlePage
    from stance.extraction.sections import CommentSection


@dataclass(frozen=True)
class PageReport:
    """What `collect` found on one page.

    Attributes
    ----------
    source
        Name of the file.
    article_id
        The id of the article.
    title
        The title of the article.
    author
        The author of the article.
    date
        The date of the article.
    address
        The URL of the article.
    layout
        How the comments were recognised; None if the page has no comment section.
    announced
        How many comments the page itself says it has; None if it does not say.
    found
        How many comments were found.
    segmented
        Whether the comments could be separated.
    warnings
        Problems met when reading the page.
    error
        Why the page could not be read; None if it was read.
    """

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
        """The result in one phrase."""
        if self.error:
            return f"not read: {self.error}"
        if self.layout is None:
            return "no comment section found"
        if not self.found:
            return f"comment section without comments ({self.layout})"
        if not self.segmented:
            return "comments found, but not separated"
        return f"{pluralise(self.found, 'comment')} ({self.layout})"


def make_page_report(page: ArticlePage, section: CommentSection) -> PageReport:
    """Return the report on a page that was read."""
    warnings = [*page.warnings, *section.warnings]
    n_found = len(section.comments)
    if section.n_announced is not None and section.n_announced != n_found and section.segmented:
        verb = "was" if n_found == 1 else "were"
        warnings.append(f"the page announces {pluralise(section.n_announced, 'comment')}, but {n_found} {verb} found")
    return PageReport(
        source=page.source,
        article_id=page.article_id,
        title=page.title,
        author=page.author,
        date=page.date,
        address=page.url,
        layout=section.layout_name,
        announced=section.n_announced,
        found=n_found,
        segmented=section.segmented,
        warnings=tuple(warnings),
    )
