"""Extract the comment section of a web page or a text dump."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stance.extraction import dates
from stance.extraction.html import candidates, comment_thread, dated_lines, platforms, web_pages
from stance.extraction.phrases import load_phrase_patterns
from stance.extraction.textdump.footers import find_footer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.html import HtmlElement

    from stance.extraction.documents import ArticlePage
    from stance.extraction.html.web_pages import WebPage
    from stance.extraction.textdump.footers import Footer
    from stance.extraction.textdump.layouts import FooterLayout

UNSEGMENTED = "not segmented"
"""Layout name of a comment section that could not be separated into comments."""

_MAX_HEADER_WORDS = 6


@dataclass(frozen=True)
class ExtractedComment:
    """One comment; `reply_to_index` is the index in its section of the comment it replies to."""

    text: str
    author: str = ""
    date: str = ""
    date_iso: str = ""
    likes: str = ""
    reply_to_index: int | None = None


@dataclass(frozen=True)
class CommentSection:
    """The comments of a page.

    Attributes
    ----------
    layout_name
        How the comments were recognised; None if the page has no comment section.
    n_announced
        How many comments the page itself says it has; None if it does not say.
    comments
        The comments in the order of the page.
    segmented
        False if the comments could not be separated; the whole section then is one comment.
    warnings
        Problems met when extracting the comments.
    """

    layout_name: str | None
    n_announced: int | None
    comments: tuple[ExtractedComment, ...]
    segmented: bool = True
    warnings: tuple[str, ...] = ()


NO_SECTION = CommentSection(None, None, ())


def extract_from_text_dump(page: ArticlePage, layouts: Sequence[FooterLayout]) -> CommentSection:
    """Return the comment section of a page saved as plain text."""
    footer = find_footer(page.lines, layouts)
    return _section_from_footer(footer) if footer else NO_SECTION


def extract_from_web_page(page: WebPage, layouts: Sequence[FooterLayout]) -> CommentSection:
    """Return the comment section of a page saved as HTML.

    Comments are recognised by the markup, else by the layouts of text dumps. If neither finds any, the text that
    trafilatura returns as comments becomes one unsegmented comment.
    """
    threads = [thread for tree in page.trees if (thread := comment_thread.extract_thread(tree))]
    if threads:
        longest = max(threads, key=lambda thread: sum(len(comment.text) for comment in thread.comments))
        return _section_from_thread(longest, page.trees)
    footer = find_footer(comment_thread.extract_lines(page.trees[0]), layouts)
    if footer and footer.comments:
        return _section_from_footer(footer)
    text = _extract_unsegmented_text(page.trees[0])
    comments = (ExtractedComment(text),) if text else ()
    warnings = _make_script_warnings(page.trees, has_comments=bool(comments))
    layout_name = UNSEGMENTED if text else footer.layout_name if footer else None
    n_announced = footer.n_announced if footer else None
    return CommentSection(layout_name, n_announced, comments, segmented=not text, warnings=warnings)


def _section_from_footer(footer: Footer) -> CommentSection:
    comments = []
    for comment in footer.comments:
        date = dates.find_date(comment.date)
        date_iso = date.iso if date else ""
        comments.append(ExtractedComment(comment.text, comment.author, comment.date, date_iso, comment.likes))
    return CommentSection(footer.layout_name, footer.n_announced, tuple(comments))


def _section_from_thread(thread: comment_thread.CommentThread, trees: Sequence[HtmlElement]) -> CommentSection:
    comments = tuple(
        ExtractedComment(comment.text, comment.author, comment.date, comment.date_iso, comment.likes, parent)
        for comment, parent in zip(thread.comments, thread.reply_parents, strict=True)
    )
    are_missing = thread.n_announced is not None and thread.n_announced > len(comments)
    warnings = _make_script_warnings(trees, has_comments=True) if are_missing else ()
    return CommentSection(thread.layout_name, thread.n_announced, comments, warnings=warnings)


def _make_script_warnings(trees: Sequence[HtmlElement], *, has_comments: bool) -> tuple[str, ...]:
    """Return a warning if a script would load comments that are not in the saved page."""
    if not (platform_names := [name for tree in trees for name in platforms.find_loading_platforms(tree)]):
        return ()
    loaded = "more of its comments" if has_comments else "its comments"
    remedy = "open it in a browser, scroll until all comments are shown, and save the complete page"
    return (f"this page loads {loaded} from {platform_names[0]}: {remedy}",)


def _extract_unsegmented_text(tree: HtmlElement) -> str:
    """Return what trafilatura takes for the comments of a page, "" if that is unlikely to be comments.

    The text is rejected if no line of it has an author or a date, if it contains titles of other pages, or if it is
    most of the page (docs/explanation/decisions/unsegmented-comments.md).
    """
    from trafilatura import bare_extraction

    titles = {title for _, title in dated_lines.iter_title_links(tree)}
    n_words_on_page = candidates.count_words(tree)[tree]
    try:
        with web_pages.silence_loggers("trafilatura", "htmldate"):
            extracted: Any = bare_extraction(tree, include_comments=True, fast=True)
    except Exception:  # noqa: BLE001 -- a page that makes trafilatura fail has no comments to take from it
        return ""
    text = (extracted.comments or "").strip() if extracted else ""
    lines = text.splitlines()
    is_article = 2 * len(text.split()) > n_words_on_page
    return text if any(map(_is_comment_header, lines)) and titles.isdisjoint(lines) and not is_article else ""


def _is_comment_header(line: str) -> bool:
    """Return whether a line contains the author or the date of a comment, and little else."""
    if date := dates.find_date(line):
        return len(line.split()) - len(date.raw.split()) <= _MAX_HEADER_WORDS
    return line.endswith(":") and bool(load_phrase_patterns().author_says_line.fullmatch(line))
