"""The comment section of a page, in whatever form the page was saved."""

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

_MAX_HEADER_WORDS = 6


@dataclass(frozen=True)
class ExtractedComment:
    """One comment; `reply_to_index` is the place of the comment it answers in its section, counted from 0."""

    text: str
    author: str = ""
    date: str = ""
    date_iso: str = ""
    likes: str = ""
    reply_to_index: int | None = None


@dataclass(frozen=True)
class CommentSection:
    """The comments of a page, how they were told apart (None: there is no section), and how many the page announces.

    Where they could not be told apart, `segmented` is false and all are one.
    """

    layout_name: str | None
    n_announced: int | None
    comments: tuple[ExtractedComment, ...]
    segmented: bool = True
    warnings: tuple[str, ...] = ()


NO_SECTION = CommentSection(None, None, ())


def extract_from_text_dump(document: ArticlePage, layouts: Sequence[FooterLayout]) -> CommentSection:
    """Find the comments of a page that was saved as plain text."""
    footer = find_footer(document.lines, layouts)
    return _section_from_footer(footer) if footer else NO_SECTION


def extract_from_web_page(page: WebPage, layouts: Sequence[FooterLayout]) -> CommentSection:
    """Find the comments of a page that was saved as HTML: by its markup, else by its lines, else all in one."""
    found = [thread for tree in page.trees if (thread := comment_thread.extract_thread(tree))]
    if found:
        return _section_from_thread(
            max(found, key=lambda thread: sum(len(post.text) for post in thread.comments)), page.trees
        )
    footer = find_footer(comment_thread.extract_lines(page.trees[0]), layouts)
    if footer and footer.comments:
        return _section_from_footer(footer)
    whole = _extract_unsegmented_text(page.trees[0])
    comments = (ExtractedComment(whole),) if whole else ()
    warnings = _make_script_warnings(page.trees, has_comments=bool(comments))
    layout = "not told apart" if whole else footer.layout_name if footer else None
    return CommentSection(
        layout, footer.n_announced if footer else None, comments, segmented=not whole, warnings=warnings
    )


def _section_from_footer(footer: Footer) -> CommentSection:
    comments = tuple(
        ExtractedComment(
            each.text, each.author, each.date, found.iso if (found := dates.find_date(each.date)) else "", each.likes
        )
        for each in footer.comments
    )
    return CommentSection(footer.layout_name, footer.n_announced, comments)


def _section_from_thread(thread: comment_thread.CommentThread, trees: Sequence[HtmlElement]) -> CommentSection:
    comments = tuple(
        ExtractedComment(post.text, post.author, post.date, post.date_iso, post.likes, answers)
        for post, answers in zip(thread.comments, thread.reply_parents, strict=True)
    )
    missing = thread.n_announced is not None and thread.n_announced > len(comments)
    warnings = _make_script_warnings(trees, has_comments=True) if missing else ()
    return CommentSection(thread.layout_name, thread.n_announced, comments, warnings=warnings)


def _make_script_warnings(trees: Sequence[HtmlElement], *, has_comments: bool) -> tuple[str, ...]:
    """Say that comments are missing which a script would have brought."""
    if not (loading := [name for tree in trees for name in platforms.find_loading_platforms(tree)]):
        return ()
    what = "more of its comments" if has_comments else "its comments"
    remedy = "open it in a browser, scroll to the comments until all are there, and save the page whole"
    return (f"this page loads {what} from {loading[0]}: {remedy}",)


def _extract_unsegmented_text(tree: HtmlElement) -> str:
    """Give what trafilatura takes for the comments of a page, if somebody or some day is named in it.

    What lists other pages, or is most of this one, is none. Of 48 pages in which nothing else was found it took more
    than ten words of notices and forms on 5, and neither is in these. The quick way finds the same comments as the
    thorough one, whose time grows with the square of the page.
    """
    from trafilatura import bare_extraction

    titles = {title for _, title in dated_lines.iter_title_links(tree)}
    words = candidates.count_words(tree)[tree]
    try:
        with web_pages.silence_loggers("trafilatura", "htmldate"):
            found: Any = bare_extraction(tree, include_comments=True, fast=True)
    except Exception:  # noqa: BLE001 -- what cannot be read so is not read so
        return ""
    text = (found.comments or "").strip() if found else ""
    lines = text.splitlines()
    is_article = 2 * len(text.split()) > words
    return text if any(map(_is_comment_header, lines)) and titles.isdisjoint(lines) and not is_article else ""


def _is_comment_header(line: str) -> bool:
    """Tell whether a line says who wrote a comment, or when, and little else."""
    if found := dates.find_date(line):
        return len(line.split()) - len(found.raw.split()) <= _MAX_HEADER_WORDS
    return line.endswith(":") and bool(load_phrase_patterns().author_says_line.fullmatch(line))
