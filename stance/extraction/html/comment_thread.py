"""Extracts the comments of an HTML page: their fields, and which comment replies to which."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stance.extraction import dates
from stance.extraction.html import candidates, comment_fields, dated_lines, markup, platforms, reply_parents, text_lines
from stance.extraction.phrases import parse_announced_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.html import HtmlElement

    from stance.extraction.html.candidates import CandidateGroup, WordCounts
    from stance.extraction.html.comment_fields import CommentFields

# Elements that are not definitely comments are accepted if this share of them has an author or a date.
_MIN_EVIDENT_SHARE = 0.5
# A line in at least this share of the comments, if there are enough of them, was written by the page.
_MIN_COMMON_SHARE = 0.6
_MIN_COMMENTS_FOR_COMMON = 4
_MAX_HEADING_WORDS = 12
_MIN_ANNOUNCED_SHARE = 0.25
# Template variables that a script replaces.
_PLACEHOLDER = re.compile(r"\{\{.*\}\}|<%.*%>|\$\{.*\}|%\w+%", re.DOTALL)
_PINGBACK = re.compile(r"\[(?:…|\.\.\.)\].*\[(?:…|\.\.\.)\]", re.DOTALL)


@dataclass(frozen=True)
class CommentThread:
    """The comments of a page.

    Attributes
    ----------
    layout_name
        How the comments were recognised, for the page report.
    n_announced
        The number of comments that the page states, None if it states none.
    comments
        The comments, in document order.
    reply_parents
        For each comment the index of the comment that it replies to, or None.
    """

    layout_name: str
    n_announced: int | None
    comments: tuple[CommentFields, ...]
    reply_parents: tuple[int | None, ...]


def extract_thread(root: HtmlElement) -> CommentThread | None:
    """Return the comments of a page, None if it has no comments that can be separated.

    >>> import lxml.html
    >>> page = '<ul><li id="comment-1"><cite>Ann</cite> <p>Yes.</p></li><li id="comment-2"><p>No.</p></li></ul>'
    >>> extract_thread(lxml.html.document_fromstring(page)).comments[0]
    CommentFields(author='Ann', date='', date_iso='', likes='', text='Yes.')
    """
    word_counts = candidates.count_words(root)
    threads = (_parse_group(group, root, word_counts) for group in _iter_candidates(root, word_counts))
    return next(filter(None, threads), None)


def extract_lines(root: HtmlElement) -> list[str]:
    """Return the text of a page as lines."""
    return [line.get_text() for line in text_lines.split_into_lines([root])]


def _iter_candidates(root: HtmlElement, word_counts: WordCounts) -> Iterator[CandidateGroup]:
    yield from candidates.find_candidates(root, word_counts)
    yield from dated_lines.find_dated_groups(root, word_counts)


def _parse_group(group: CandidateGroup, root: HtmlElement, word_counts: WordCounts) -> CommentThread | None:
    """Parse a group of candidates as comments; return None if they do not look like comments."""
    all_elements = {element for elements in group.comment_elements for element in elements}
    platform = platforms.get_platform(group.key.name) if group.key.kind == "platform" else None
    parsed = [
        comment_fields.parse_comment_fields(elements, all_elements, platform) for elements in group.comment_elements
    ]
    filled_indices = [
        index for index, fields in enumerate(parsed) if fields.text and not _PLACEHOLDER.fullmatch(fields.text)
    ]
    filled = [parsed[index] for index in filled_indices]
    if not filled or not (group.key.is_definite or _look_like_comments(group, filled)):
        return None
    is_most_of_page = len(filled) == 1 and group.own_word_counts[filled_indices[0]] > word_counts[root] / 2
    if is_most_of_page and not (platform or _is_in_comment_container(group)):
        return None  # it is the article, whatever its name
    if all(_PINGBACK.fullmatch(fields.text) for fields in filled):
        filled_indices, filled = [], []  # links from other sites to the page, not written by readers
    n_announced = _read_announced_count(group, root, word_counts)
    is_dated_line = group.key.kind == "dated line"
    if is_dated_line and n_announced and len(filled) < _MIN_ANNOUNCED_SHARE * n_announced:
        return None  # only dates suggest that these are comments, and the number that the page states contradicts
    comments = _resolve_ambiguous_dates(_remove_common_lines(filled))
    parents = _iter_filled_parents(group, filled_indices)
    return CommentThread(_describe_layout(group), n_announced, tuple(comments), tuple(parents))


def _is_in_comment_container(group: CandidateGroup) -> bool:
    """Return whether a group stands in an element that is named as a container for comments."""
    ancestors = group.comment_elements[0][0].iterancestors()
    return any(markup.is_comment_container(element) for element in ancestors if element.tag not in {"html", "body"})


def _look_like_comments(group: CandidateGroup, comments: Sequence[CommentFields]) -> bool:
    """Return whether candidates look like comments: many have an author or a date, and few lead to other pages."""
    # Where dates split the page into comments, they prove nothing: so do timelines and calendars.
    is_dated_line = group.key.kind == "dated line"
    n_evident = sum(bool(comment.author or (comment.date and not is_dated_line)) for comment in comments)
    n_teasers = sum(any(map(_is_teaser, elements)) for elements in group.comment_elements)
    are_teasers = n_teasers >= _MIN_EVIDENT_SHARE * len(group.comment_elements)
    return n_evident >= _MIN_EVIDENT_SHARE * len(comments) and not are_teasers


def _is_teaser(element: HtmlElement) -> bool:
    """Return whether an element presents another page: its heading, or half of its text, is a link to that page."""
    n_words = len(candidates.extract_text(element).split())
    for link, title in dated_lines.iter_title_links(element):
        headings = itertools.chain(link.iter(*markup.HEADING_TAGS), link.iterancestors(*markup.HEADING_TAGS))
        if next(headings, None) is not None or 2 * len(title.split()) >= n_words:
            return True
    return False


def _remove_common_lines(comments: Sequence[CommentFields]) -> list[CommentFields]:
    """Remove the lines that most comments have in common, such as buttons, unless nothing else is left."""
    if len(comments) < _MIN_COMMENTS_FOR_COMMON:
        return list(comments)
    occurrences = Counter(line for comment in comments for line in set(comment.text.split("\n")))
    min_occurrences = _MIN_COMMON_SHARE * len(comments)
    common_lines = {line for line, count in occurrences.items() if count >= min_occurrences and line}
    cleaned = []
    for comment in comments:
        text = "\n".join(line for line in comment.text.split("\n") if line not in common_lines).strip()
        cleaned.append(replace(comment, text=re.sub(r"\n{3,}", "\n\n", text)) if text else comment)
    return cleaned


def _resolve_ambiguous_dates(comments: Sequence[CommentFields]) -> list[CommentFields]:
    """Add the ISO form of dates such as 05/06/2022 if other dates on the page show the order of day and month."""
    day_first = dates.infer_day_first(comment.date for comment in comments)
    if day_first is None:
        return list(comments)
    date_matches = [dates.find_date(comment.date, day_first=day_first) for comment in comments]
    return [
        replace(comment, date_iso=comment.date_iso or (date_match.iso if date_match else ""))
        for comment, date_match in zip(comments, date_matches, strict=True)
    ]


def _iter_filled_parents(group: CandidateGroup, filled_indices: Sequence[int]) -> Iterator[int | None]:
    """Yield, for each comment with a text, the index among those of the comment that it replies to, or None."""
    new_index = {old: new for new, old in enumerate(filled_indices)}
    parents = reply_parents.find_reply_parents(group.comment_elements, group.enclosing)
    for index in filled_indices:
        parent = parents[index]
        while parent is not None and parent not in new_index:
            parent = parents[parent]
        yield None if parent is None else new_index[parent]


def _describe_layout(group: CandidateGroup) -> str:
    kind, name = group.key
    descriptions = {
        "class": f".{name}",
        "id": f"#{name}",
        "number": "numbered elements",
        "dated line": "dated lines",
        "microdata": f"microdata {name}",
    }
    return descriptions.get(kind, name)


def _read_announced_count(group: CandidateGroup, root: HtmlElement, word_counts: WordCounts) -> int | None:
    """Return the number of comments stated in the last heading above them that states one."""
    n_announced = None
    for element in root.iter():
        if element is group.comment_elements[0][0]:
            break
        if isinstance(element.tag, str) and 0 < word_counts[element] <= _MAX_HEADING_WORDS:
            count = parse_announced_count(candidates.extract_text(element))
            n_announced = n_announced if count is None else count
    return n_announced
