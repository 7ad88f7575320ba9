"""Finds the comments of an HTML page whose markup does not name them, by the lines that contain a date."""

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
    from collections.abc import Iterator, Sequence

    from lxml.html import HtmlElement

    from stance.extraction.html.candidates import WordCounts

_MAX_DATED_LINE_WORDS = 16
_MAX_HEADING_WORDS = 30
_MAX_HEADING_DISTANCE = 3  # levels between a sibling of the heading and the comments in it
_MIN_TITLE_WORDS = 4  # a shorter link may be an author's name
_MIN_DATED_SHARE = 0.8


def find_dated_groups(root: HtmlElement, word_counts: WordCounts) -> list[CandidateGroup]:
    """Return runs of siblings with dates that may be comments, the one with the most words first.

    A run stands below a heading such as "3 comments", or in a container for comments. Either each of its elements
    contains a date and is a comment, or the short elements that contain a date split the run into comments.
    """
    groups = []
    for siblings in _iter_sibling_runs(root, word_counts):
        groups += [
            build_group(ElementKey("dated line", ""), comment_elements, word_counts)
            for comment_elements in (_select_dated_elements(siblings), _split_at_dated_lines(siblings, word_counts))
            if comment_elements
        ]
    return sorted(groups, key=lambda group: group.n_words, reverse=True)


def _iter_sibling_runs(root: HtmlElement, word_counts: WordCounts) -> Iterator[list[HtmlElement]]:
    """Yield the children of each element that may contain comments, from the heading to the end of the section."""
    excluded = find_other_page_elements(root, word_counts)
    containers = _find_containers(root, word_counts)
    for element in root.iter(etree.Element):
        if not word_counts[element] or len(element) <= 1 or element in excluded:
            continue
        children = [child for child in element if isinstance(child.tag, str) and word_counts[child]]
        run = list(dropwhile(lambda child: not _is_comments_heading(child, word_counts), children))[1:]
        if not run and element in containers:
            run = children
        run = list(takewhile(lambda child: not markup.is_section_end(child), run))
        if run:
            yield run


def _find_containers(root: HtmlElement, word_counts: WordCounts) -> set[HtmlElement]:
    """Return the elements named as containers for comments, those that follow a heading, and their descendants."""
    containers: set[HtmlElement] = set()
    depths: dict[HtmlElement | None, int] = {}  # levels below a following sibling of a heading
    parents_of_headings: set[HtmlElement | None] = set()  # of the headings so far
    for element in root.iter(etree.Element):
        parent = element.getparent()
        if parent in containers or (element.tag not in {"html", "body"} and markup.is_comment_container(element)):
            containers.add(element)
        depth = 0 if parent in parents_of_headings else depths.get(parent, _MAX_HEADING_DISTANCE) + 1
        if depth < _MAX_HEADING_DISTANCE:
            depths[element] = depth
        if _is_comments_heading(element, word_counts):
            parents_of_headings.add(parent)
    return containers | {element for element in depths if element is not None}


def _is_comments_heading(element: HtmlElement, word_counts: WordCounts) -> bool:
    return 0 < word_counts[element] <= _MAX_HEADING_WORDS and phrases.is_comments_heading(extract_text(element))


def _is_dated_line(element: HtmlElement, word_counts: WordCounts) -> bool:
    return 0 < word_counts[element] <= _MAX_DATED_LINE_WORDS and dates.find_date(extract_text(element)) is not None


def _contains_date(element: HtmlElement) -> bool:
    texts = (" ".join(text.split()) for text in element.itertext())
    short_texts = (text for text in texts if len(text.split()) <= _MAX_DATED_LINE_WORDS)
    return dates.find_date(extract_text(element)) is not None or any(map(dates.find_date, short_texts))


def _select_dated_elements(siblings: Sequence[HtmlElement]) -> list[tuple[HtmlElement, ...]]:
    """Return the largest set of similar siblings, one comment each, if nearly all of them contain a date."""
    by_signature: defaultdict[object, list[HtmlElement]] = defaultdict(list)
    for element in siblings:
        by_signature[markup.compute_signature(element)].append(element)
    similar = max(by_signature.values(), key=len)
    n_dated = sum(map(_contains_date, similar))
    is_fragment = similar[0].tag in {"p", "dt", "dd", "tr"}
    if len(similar) == 1 or n_dated < _MIN_DATED_SHARE * len(similar) or is_fragment:
        return []
    return [(element,) for element in similar]


def _split_at_dated_lines(siblings: Sequence[HtmlElement], word_counts: WordCounts) -> list[tuple[HtmlElement, ...]]:
    """Split siblings into comments that start with a dated line if the first sibling is one, or else end with one."""
    indices = [index for index, element in enumerate(siblings) if _is_dated_line(element, word_counts)]
    if not indices or len(indices) == len(siblings):
        return []
    if indices[0] == 0:
        ends = [*indices[1:], len(siblings)]
        return [tuple(siblings[start:end]) for start, end in zip(indices, ends, strict=True)]
    starts = [0, *(index + 1 for index in indices[:-1])]
    return [tuple(siblings[start : end + 1]) for start, end in zip(starts, indices, strict=True)]


def iter_title_links(element: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
    """Yield the links in an element to other pages whose text is long enough for a title, each with its text."""
    for link in element.iter("a"):
        text, url = extract_text(link), link.get("href") or "#"
        leads_elsewhere = "#" not in url and not url.startswith("javascript:")
        if leads_elsewhere and len(text.split()) >= _MIN_TITLE_WORDS and not dates.find_date(text):
            yield link, text
