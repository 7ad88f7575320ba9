"""Finds groups of elements that may be the comments of an HTML page, by their names, and ranks them."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import takewhile
from math import inf
from typing import TYPE_CHECKING

from lxml import etree

from stance.extraction.html import markup, name_words, platforms
from stance.extraction.html.markup import CommentScope, ElementKey
from stance.extraction.html.sibling_parts import attach_siblings
from stance.extraction.phrases import load_phrase_patterns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lxml.html import HtmlElement

    WordCounts = Mapping[HtmlElement, int]

# A candidate group with a smaller share of the largest group's words is dropped.
_MIN_RIVAL_SHARE = 0.6
# A group whose elements are numbered is preferred if it has at least this share of the largest group's words.
_MIN_NUMBERED_SHARE = 0.9
_MIN_SPLIT_COMMENTS = 2
_MAX_HEADING_WORDS = 8
_SECTION_HEADING_TAGS = markup.HEADING_TAGS - {"h1"}


@dataclass(frozen=True, eq=False)
class CandidateGroup:
    """Elements that share a name, with the siblings that belong to them: one comment each, if the name is a comment's.

    Attributes
    ----------
    key
        The shared name.
    comment_elements
        The elements of each comment, in document order.
    enclosing
        For each comment the index of the comment whose element contains it, or None.
    own_word_counts
        The number of words in each comment, without those of comments inside it.
    """

    key: ElementKey
    comment_elements: tuple[tuple[HtmlElement, ...], ...]
    enclosing: tuple[int | None, ...]
    own_word_counts: tuple[int, ...]

    @property
    def n_filled(self) -> int:
        """The number of its comments that contain a word."""
        return sum(count > 0 for count in self.own_word_counts)

    @property
    def n_words(self) -> int:
        """The number of words in all its comments."""
        return sum(self.own_word_counts)


def count_words(root: HtmlElement) -> dict[HtmlElement, int]:
    """Return the number of readable words in each element of a page."""
    word_counts: dict[HtmlElement, int] = {}
    for element in reversed(list(root.iter())):  # children before their parents
        if markup.is_non_content(element):
            word_counts[element] = 0
        else:
            inner_words = sum(word_counts[child] + len((child.tail or "").split()) for child in element)
            word_counts[element] = len((element.text or "").split()) + inner_words
    return word_counts


def find_candidates(root: HtmlElement, word_counts: WordCounts) -> list[CandidateGroup]:
    """Return the groups of elements that may be the comments of a page, the likeliest first.

    Groups compete by their number of words. Of those with nearly the most words, the one whose elements are numbered
    comes first, then the one with the most comments, then the outermost.
    """
    groups = [
        group
        for key, elements in _group_elements_by_key(root, word_counts).items()
        for group in _build_groups(key, elements, word_counts)
    ]
    groups = [group for group in groups if group.n_words]
    whole, partial = (
        _rank_rivals([group for group in groups if markup.classify_key(group.key) == scope])
        for scope in (CommentScope.WHOLE, CommentScope.PART)
    )
    # An element that is named as one comment may be the container of all of them.
    finer = [group for group in partial if len(whole) > 0 and _is_split_by(whole[0], group)]
    return [*finer, *whole, *partial]


def _rank_rivals(groups: Sequence[CandidateGroup]) -> list[CandidateGroup]:
    max_words = max((group.n_words for group in groups), default=0)
    rivals = [group for group in groups if group.n_words >= _MIN_RIVAL_SHARE * max_words]
    return sorted(rivals, key=lambda group: _rank_key(group, max_words), reverse=True)


def _is_split_by(whole: CandidateGroup, parts: CandidateGroup) -> bool:
    """Return whether the only comment of a group is split into several by another group."""
    if len(whole.comment_elements) > 1 or parts.n_filled < _MIN_SPLIT_COMMENTS:
        return False
    if parts.n_words < _MIN_RIVAL_SHARE * whole.n_words:
        return False
    container = whole.comment_elements[0][0]
    return all(container in elements[0].iterancestors() for elements in parts.comment_elements)


def _rank_key(group: CandidateGroup, max_words: int) -> tuple[bool, bool, int, int]:
    return _is_numbered(group, max_words), group.key.kind == "platform", group.n_filled, group.n_words


def _is_numbered(group: CandidateGroup, max_words: int) -> bool:
    return group.key.kind != "class" and group.n_words >= _MIN_NUMBERED_SHARE * max_words


def _group_elements_by_key(root: HtmlElement, word_counts: WordCounts) -> dict[ElementKey, list[HtmlElement]]:
    """Group the elements of a page by those of their names that may mean a comment."""
    excluded = find_other_page_elements(root, word_counts, word_counts[root] / 2)
    by_key: defaultdict[ElementKey, list[HtmlElement]] = defaultdict(list)
    by_number: dict[str, HtmlElement] = {}
    for element in root.iter():
        if markup.is_non_content(element) or element.tag in {"html", "body"}:
            continue
        number = markup.find_comment_number(element)
        keys = [
            key
            for key in markup.iter_element_keys(element)
            if markup.classify_key(key) and not (number and key.kind == "id")
        ]
        if platform := platforms.find_comment_platform(element):
            keys.append(ElementKey("platform", platform.name))
        if (keys or number) and element.getparent() not in excluded:
            for key in keys:
                by_key[key].append(element)
            # Of several elements with the same number, the outermost is the comment, unless it is an empty anchor.
            if number and not (number in by_number and word_counts[by_number[number]]):
                by_number[number] = element
    if by_number:
        # A link to a comment is only a part of it.
        containers = expand_to_containers(list(by_number.values()))
        by_key[ElementKey("number", "#")] = [
            container if element.tag == "a" else element
            for element, container in zip(by_number.values(), containers, strict=True)
        ]
    for key, elements in by_key.items():
        if key.kind == "platform" and (platform := platforms.get_platform(key.name)) and platform.expands_to_container:
            by_key[key] = expand_to_containers(elements)
    return by_key


def find_other_page_elements(root: HtmlElement, word_counts: WordCounts, max_words: float = inf) -> set[HtmlElement]:
    """Return the elements, of `max_words` at most, that show content of other pages, with all their descendants."""
    excluded: set[HtmlElement] = set()
    for element in root.iter(etree.Element):
        parent = element.getparent()
        if parent in excluded or (word_counts[element] <= max_words and markup.is_about_other_pages(element)):
            excluded.add(element)
        elif parent is not None and word_counts[parent] <= max_words and _is_other_page_heading(element, word_counts):
            excluded.update(parent.iter(etree.Element))
    return excluded


def _is_other_page_heading(element: HtmlElement, word_counts: WordCounts) -> bool:
    """Return whether an element is a heading such as "Latest comments", outside the comment section of this page."""
    if element.tag not in _SECTION_HEADING_TAGS or word_counts[element] > _MAX_HEADING_WORDS:
        return False
    if _is_own_comment_section(element.getparent()):
        return False
    return bool(load_phrase_patterns().other_pages_heading.fullmatch(extract_text(element)))


def _is_own_comment_section(element: HtmlElement | None) -> bool:
    """Return whether the id of an element is a single word for comments ("comments")."""
    name = "" if element is None else element.get("id") or ""
    scope = markup.classify_key(ElementKey("class", name))
    return len(name_words.split_words(name)) == 1 and scope == CommentScope.PART


def extract_text(element: HtmlElement) -> str:
    """Return the text of an element in one line."""
    return " ".join(" ".join(element.itertext()).split())


def expand_to_containers(elements: Sequence[HtmlElement]) -> list[HtmlElement]:
    """Return, for each element, its outermost ancestor that contains none of the others and is no reply container."""
    n_contained = Counter(ancestor for element in elements for ancestor in element.iterancestors())

    def contains_one(ancestor: HtmlElement) -> bool:
        is_page = ancestor.tag in {"html", "body"}
        return n_contained[ancestor] == 1 and not is_page and not markup.is_reply_container(ancestor)

    if len(elements) == 1:
        return list(elements)
    return [[element, *takewhile(contains_one, element.iterancestors())][-1] for element in elements]


def _build_groups(
    key: ElementKey, elements: Sequence[HtmlElement], word_counts: WordCounts
) -> Iterator[CandidateGroup]:
    """Yield the group of some elements, and the group with their siblings if that has more words."""
    if len(elements) == 1 and not markup.identifies_single_comment(key):
        return
    bare_group = build_group(key, [(element,) for element in elements], word_counts)
    yield bare_group
    have_common_parent = len({element.getparent() for element in elements}) < len(elements)
    if have_common_parent or elements[0].tag in {"dt", "dd"}:
        extended_group = build_group(key, attach_siblings(elements), word_counts)
        if extended_group.n_words > bare_group.n_words:
            yield extended_group


def build_group(
    key: ElementKey, comment_elements: Sequence[tuple[HtmlElement, ...]], word_counts: WordCounts
) -> CandidateGroup:
    """Return the group of some comments: which of them contains which, and how many words each has of its own."""
    index_of = {element: index for index, elements in enumerate(comment_elements) for element in elements}
    own_word_counts = [sum(word_counts[element] for element in elements) for elements in comment_elements]
    enclosing: list[int | None] = []
    for index, elements in enumerate(comment_elements):
        outer_indices = (
            index_of[ancestor] for ancestor in elements[0].iterancestors() if index_of.get(ancestor, index) != index
        )
        outer_index = next(outer_indices, None)
        enclosing.append(outer_index)
        if outer_index is not None:
            own_word_counts[outer_index] -= sum(word_counts[element] for element in elements)
    return CandidateGroup(key, tuple(comment_elements), tuple(enclosing), tuple(own_word_counts))
