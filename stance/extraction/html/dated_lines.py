"""The comments of an HTML page whose markup names none: cut where lines with a date stand."""

from __future__ import annotations

from collections import defaultdict
from itertools import dropwhile, takewhile
from typing import TYPE_CHECKING

from lxml import etree

from stance.extraction import dates, phrases
from stance.extraction.html import markup
from stance.extraction.html.candidates import Group, group_of, standing_elsewhere, text_of
from stance.extraction.html.markup import Key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lxml.html import HtmlElement

_BYLINE_WORDS = 16
_HEADING_WORDS = 30
_NEAR_HEADING = 3  # levels in which comments may stand below what stands beside their heading
_TITLE_WORDS = 4  # a link of fewer may be an author's
_DATED = 0.8


def find(root: HtmlElement, weights: Mapping[HtmlElement, int]) -> list[Group]:
    """List the rows of elements below a heading such as "3 comments", or in a place for comments, that are dated alike.

    Either each element of a row is a comment with its date in it, or short ones with the date, above or below the text,
    part the row into comments.
    """
    groups = []
    for row in _rows(root, weights):
        groups += [group_of(Key("byline", ""), nodes, weights) for nodes in (_posts(row), _cut(row, weights)) if nodes]
    return sorted(groups, key=lambda group: group.words, reverse=True)


def _rows(root: HtmlElement, weights: Mapping[HtmlElement, int]) -> Iterator[list[HtmlElement]]:
    """Give the children of elements that may hold comments, as far as they stand below the heading."""
    elsewhere = standing_elsewhere(root, weights)
    places = _places(root, weights)
    for element in root.iter(etree.Element):
        if not weights[element] or len(element) <= 1 or element in elsewhere:
            continue
        children = [child for child in element if isinstance(child.tag, str) and weights[child]]
        below = list(dropwhile(lambda each: not is_heading(each, weights), children))[1:]
        if not below and element in places:
            below = children
        row = list(takewhile(lambda each: not markup.is_barrier(each), below))
        if row:
            yield row


def _places(root: HtmlElement, weights: Mapping[HtmlElement, int]) -> set[HtmlElement]:
    """Find what is named as a place for comments, what stands beside a heading above it, and what stands in either."""
    found: set[HtmlElement] = set()
    depths: dict[HtmlElement | None, int] = {}  # below what stands beside a heading
    headed: set[HtmlElement | None] = set()  # what has a heading in it, so far
    for element in root.iter(etree.Element):
        around = element.getparent()
        if around in found or (element.tag not in {"html", "body"} and markup.is_place(element)):
            found.add(element)
        depth = 0 if around in headed else depths.get(around, _NEAR_HEADING) + 1
        if depth < _NEAR_HEADING:
            depths[element] = depth
        if is_heading(element, weights):
            headed.add(around)
    return found | {each for each in depths if each is not None}


def is_heading(element: HtmlElement, weights: Mapping[HtmlElement, int]) -> bool:
    """Tell whether an element is a heading above comments."""
    return 0 < weights[element] <= _HEADING_WORDS and phrases.is_heading(text_of(element))


def _is_byline(element: HtmlElement, weights: Mapping[HtmlElement, int]) -> bool:
    return 0 < weights[element] <= _BYLINE_WORDS and dates.find(text_of(element)) is not None


def _is_dated(element: HtmlElement) -> bool:
    pieces = (" ".join(text.split()) for text in element.itertext())
    short = (text for text in pieces if len(text.split()) <= _BYLINE_WORDS)
    return dates.find(text_of(element)) is not None or any(map(dates.find, short))


def _posts(row: Sequence[HtmlElement]) -> list[tuple[HtmlElement, ...]]:
    """Give the like elements of a row, if nearly each holds a date."""
    alike: defaultdict[object, list[HtmlElement]] = defaultdict(list)
    for element in row:
        alike[markup.signature(element)].append(element)
    found = max(alike.values(), key=len)
    dated = sum(map(_is_dated, found))
    if len(found) == 1 or dated < _DATED * len(found) or found[0].tag in {"p", "dt", "dd", "tr"}:
        return []
    return [(element,) for element in found]


def _cut(row: Sequence[HtmlElement], weights: Mapping[HtmlElement, int]) -> list[tuple[HtmlElement, ...]]:
    """Cut a row at its bylines."""
    at = [place for place, element in enumerate(row) if _is_byline(element, weights)]
    if not at or len(at) == len(row):
        return []
    if at[0] == 0:
        ends = [*at[1:], len(row)]
        return [tuple(row[start:end]) for start, end in zip(at, ends, strict=True)]
    starts = [0, *(place + 1 for place in at[:-1])]
    return [tuple(row[start : end + 1]) for start, end in zip(starts, at, strict=True)]


def titles_elsewhere(element: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
    """List the links in an element to other pages that are long enough for titles, with their texts."""
    for link in element.iter("a"):
        text, address = text_of(link), link.get("href") or "#"
        is_address = "#" not in address and not address.startswith("javascript:")
        if is_address and len(text.split()) >= _TITLE_WORDS and not dates.find(text):
            yield link, text
