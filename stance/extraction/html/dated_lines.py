"""The comments of an HTML page whose markup names none: cut where lines with a date stand."""

from __future__ import annotations

from collections import defaultdict
from itertools import dropwhile, takewhile
from typing import TYPE_CHECKING

from lxml import etree

from stance.extraction import dates, phrases
from stance.extraction.html import markup
from stance.extraction.html.candidates import CandidateGroup, build_group, extract_text, find_other_page_elements
from stance.extraction.html.markup import ElementKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lxml.html import HtmlElement

_MAX_DATED_LINE_WORDS = 16
_MAX_HEADING_WORDS = 30
_MAX_HEADING_DISTANCE = 3  # levels in which comments may stand below what stands beside their heading
_MIN_TITLE_WORDS = 4  # a link of fewer may be an author's
_MIN_DATED_SHARE = 0.8


def find_dated_groups(root: HtmlElement, word_counts: Mapping[HtmlElement, int]) -> list[CandidateGroup]:
    """List the rows of elements below a heading such as "3 comments", or in a place for comments, that are dated alike.

    Either each element of a row is a comment with its date in it, or short ones with the date, above or below the text,
    part the row into comments.
    """
    groups = []
    for row in _iter_sibling_runs(root, word_counts):
        groups += [
            build_group(ElementKey("byline", ""), nodes, word_counts)
            for nodes in (_select_dated_elements(row), _split_at_dated_lines(row, word_counts))
            if nodes
        ]
    return sorted(groups, key=lambda group: group.n_words, reverse=True)


def _iter_sibling_runs(root: HtmlElement, word_counts: Mapping[HtmlElement, int]) -> Iterator[list[HtmlElement]]:
    """Give the children of elements that may hold comments, as far as they stand below the heading."""
    elsewhere = find_other_page_elements(root, word_counts)
    places = _find_containers(root, word_counts)
    for element in root.iter(etree.Element):
        if not word_counts[element] or len(element) <= 1 or element in elsewhere:
            continue
        children = [child for child in element if isinstance(child.tag, str) and word_counts[child]]
        below = list(dropwhile(lambda each: not is_comments_heading(each, word_counts), children))[1:]
        if not below and element in places:
            below = children
        row = list(takewhile(lambda each: not markup.is_section_end(each), below))
        if row:
            yield row


def _find_containers(root: HtmlElement, word_counts: Mapping[HtmlElement, int]) -> set[HtmlElement]:
    """Find what is named as a place for comments, what stands beside a heading above it, and what stands in either."""
    found: set[HtmlElement] = set()
    depths: dict[HtmlElement | None, int] = {}  # below what stands beside a heading
    headed: set[HtmlElement | None] = set()  # what has a heading in it, so far
    for element in root.iter(etree.Element):
        around = element.getparent()
        if around in found or (element.tag not in {"html", "body"} and markup.is_comment_container(element)):
            found.add(element)
        depth = 0 if around in headed else depths.get(around, _MAX_HEADING_DISTANCE) + 1
        if depth < _MAX_HEADING_DISTANCE:
            depths[element] = depth
        if is_comments_heading(element, word_counts):
            headed.add(around)
    return found | {each for each in depths if each is not None}


def is_comments_heading(element: HtmlElement, word_counts: Mapping[HtmlElement, int]) -> bool:
    """Tell whether an element is a heading above comments."""
    return 0 < word_counts[element] <= _MAX_HEADING_WORDS and phrases.is_comments_heading(extract_text(element))


def _is_dated_line(element: HtmlElement, word_counts: Mapping[HtmlElement, int]) -> bool:
    return 0 < word_counts[element] <= _MAX_DATED_LINE_WORDS and dates.find_date(extract_text(element)) is not None


def _contains_date(element: HtmlElement) -> bool:
    pieces = (" ".join(text.split()) for text in element.itertext())
    short = (text for text in pieces if len(text.split()) <= _MAX_DATED_LINE_WORDS)
    return dates.find_date(extract_text(element)) is not None or any(map(dates.find_date, short))


def _select_dated_elements(siblings: Sequence[HtmlElement]) -> list[tuple[HtmlElement, ...]]:
    """Give the like elements of a row, if nearly each holds a date."""
    alike: defaultdict[object, list[HtmlElement]] = defaultdict(list)
    for element in siblings:
        alike[markup.compute_signature(element)].append(element)
    found = max(alike.values(), key=len)
    dated = sum(map(_contains_date, found))
    if len(found) == 1 or dated < _MIN_DATED_SHARE * len(found) or found[0].tag in {"p", "dt", "dd", "tr"}:
        return []
    return [(element,) for element in found]


def _split_at_dated_lines(
    siblings: Sequence[HtmlElement], word_counts: Mapping[HtmlElement, int]
) -> list[tuple[HtmlElement, ...]]:
    """Cut a row at its bylines."""
    at = [place for place, element in enumerate(siblings) if _is_dated_line(element, word_counts)]
    if not at or len(at) == len(siblings):
        return []
    if at[0] == 0:
        ends = [*at[1:], len(siblings)]
        return [tuple(siblings[start:end]) for start, end in zip(at, ends, strict=True)]
    starts = [0, *(place + 1 for place in at[:-1])]
    return [tuple(siblings[start : end + 1]) for start, end in zip(starts, at, strict=True)]


def iter_title_links(element: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
    """List the links in an element to other pages that are long enough for titles, with their texts."""
    for link in element.iter("a"):
        text, address = extract_text(link), link.get("href") or "#"
        is_address = "#" not in address and not address.startswith("javascript:")
        if is_address and len(text.split()) >= _MIN_TITLE_WORDS and not dates.find_date(text):
            yield link, text
