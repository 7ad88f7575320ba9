"""The comments of an HTML page, read."""

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
    from collections.abc import Iterator, Mapping, Sequence

    from lxml.html import HtmlElement

    from stance.extraction.html.candidates import CandidateGroup
    from stance.extraction.html.comment_fields import CommentFields

# Unless they are numbered as comments, elements are some only if this share of them has an author or a date.
_MIN_EVIDENT_SHARE = 0.5
# A line that this share of at least so many comments has in common is none of what people wrote.
_MIN_COMMON_SHARE = 0.6
_MIN_COMMENTS_FOR_COMMON = 4
_MAX_HEADING_WORDS = 12
_MIN_ANNOUNCED_SHARE = 0.25
_HEADING_TAGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# What scripts fill in.
_PLACEHOLDER = re.compile(r"\{\{.*\}\}|<%.*%>|\$\{.*\}|%\w+%", re.DOTALL)
_PINGBACK = re.compile(r"\[(?:…|\.\.\.)\].*\[(?:…|\.\.\.)\]", re.DOTALL)


@dataclass(frozen=True)
class CommentThread:
    """The comments of a page in order, which of them each one answers (or None), and how many the page announces."""

    layout: str
    announced: int | None
    comments: tuple[CommentFields, ...]
    reply_parents: tuple[int | None, ...]


def extract_thread(root: HtmlElement) -> CommentThread | None:
    """Read the comments of a page, or None where it shows none that can be told apart."""
    weights = candidates.count_words(root)
    return next(filter(None, (_parse_group(group, root, weights) for group in _iter_candidates(root, weights))), None)


def extract_lines(root: HtmlElement) -> list[str]:
    """Give the text of a page as lines."""
    return [line.get_text() for line in text_lines.split_into_lines([root])]


def _iter_candidates(root: HtmlElement, word_counts: Mapping[HtmlElement, int]) -> Iterator[CandidateGroup]:
    yield from candidates.find_candidates(root, word_counts)
    yield from dated_lines.find_dated_groups(root, word_counts)


def _parse_group(
    group: CandidateGroup, root: HtmlElement, word_counts: Mapping[HtmlElement, int]
) -> CommentThread | None:
    every = {node for of_one in group.comment_elements for node in of_one}
    system = platforms.get_platform(group.key.name) if group.key.kind == "system" else None
    read = [comment_fields.parse_comment_fields(of_one, every, system) for of_one in group.comment_elements]
    filled = [place for place, post in enumerate(read) if post.text and not _PLACEHOLDER.fullmatch(post.text)]
    named = group.key.kind in {"number", "microdata", "data", "system"}
    if not filled or not (named or _look_like_comments(group, [read[place] for place in filled])):
        return None
    if (
        len(filled) == 1
        and group.own_word_counts[filled[0]] > word_counts[root] / 2
        and not (system or _is_in_comment_container(group))
    ):
        return None  # what is most of a page is its article, whatever it is called
    if all(_PINGBACK.fullmatch(read[place].text) for place in filled):
        filled = []  # other sites' links to the page, none of it written by a reader
    number = _read_announced_count(group, root, word_counts)
    if group.key.kind == "byline" and number and len(filled) < _MIN_ANNOUNCED_SHARE * number:
        return None  # nothing but dates says that these are comments, and the page's own number says that they are not
    kept = _resolve_ambiguous_dates(_remove_common_lines([read[place] for place in filled]))
    return CommentThread(_describe_layout(group), number, tuple(kept), tuple(_iter_filled_parents(group, filled)))


def _is_in_comment_container(group: CandidateGroup) -> bool:
    """Tell whether comments stand in what is named as a place for them."""
    around = group.comment_elements[0][0].iterancestors()
    return any(markup.is_comment_container(each) for each in around if each.tag not in {"html", "body"})


def _look_like_comments(group: CandidateGroup, comments: Sequence[CommentFields]) -> bool:
    """Tell whether elements look like comments: with authors or dates in them, and not leading to other pages."""
    # What is cut at its dates has some, as have timelines and calendars.
    evident = sum(bool(post.author or (post.date and group.key.kind != "byline")) for post in comments)
    teasers = sum(any(map(_is_teaser, of_one)) for of_one in group.comment_elements)
    return evident >= _MIN_EVIDENT_SHARE * len(comments) and teasers < _MIN_EVIDENT_SHARE * len(group.comment_elements)


def _is_teaser(element: HtmlElement) -> bool:
    """Tell whether an element shows what is on another page: its heading is a link there, or half of it is."""
    words = len(candidates.extract_text(element).split())
    for link, title in dated_lines.iter_title_links(element):
        headings = itertools.chain(link.iter(*_HEADING_TAGS), link.iterancestors(*_HEADING_TAGS))
        if next(headings, None) is not None or 2 * len(title.split()) >= words:
            return True
    return False


def _remove_common_lines(comments: Sequence[CommentFields]) -> list[CommentFields]:
    """Leave out what the page writes into each comment."""
    if len(comments) < _MIN_COMMENTS_FOR_COMMON:
        return list(comments)
    seen = Counter(line for post in comments for line in set(post.text.split("\n")))
    common = {line for line, times in seen.items() if times >= _MIN_COMMON_SHARE * len(comments) and line}
    kept = []
    for post in comments:
        text = "\n".join(line for line in post.text.split("\n") if line not in common).strip()
        kept.append(replace(post, text=re.sub(r"\n{3,}", "\n\n", text)) if text else post)
    return kept


def _resolve_ambiguous_dates(comments: Sequence[CommentFields]) -> list[CommentFields]:
    """Read dates such as 05/06/2022 as the page's other dates say."""
    day_first = dates.infer_day_first(post.date for post in comments)
    if day_first is None:
        return list(comments)
    again = [dates.find_date(post.date, day_first=day_first) for post in comments]
    return [
        replace(post, date_iso=post.date_iso or (found.iso if found else ""))
        for post, found in zip(comments, again, strict=True)
    ]


def _iter_filled_parents(group: CandidateGroup, filled_indices: Sequence[int]) -> Iterator[int | None]:
    """Give the comment that each one answers, among those that hold a text."""
    at = {place: index for index, place in enumerate(filled_indices)}
    answered = reply_parents.find_reply_parents(group.comment_elements, group.enclosing)
    for place in filled_indices:
        parent = answered[place]
        while parent is not None and parent not in at:
            parent = answered[parent]
        yield None if parent is None else at[parent]


def _describe_layout(group: CandidateGroup) -> str:
    kind, name = group.key
    known = {"class": f".{name}", "id": f"#{name}", "number": "numbered elements", "byline": "dated lines"}
    return known.get(kind, f"microdata {name}" if kind == "microdata" else name)


def _read_announced_count(
    group: CandidateGroup, root: HtmlElement, word_counts: Mapping[HtmlElement, int]
) -> int | None:
    """Read the number in the last heading above the comments that has one."""
    number = None
    for element in root.iter():
        if element is group.comment_elements[0][0]:
            break
        if isinstance(element.tag, str) and 0 < word_counts[element] <= _MAX_HEADING_WORDS:
            found = parse_announced_count(candidates.extract_text(element))
            number = number if found is None else found
    return number
