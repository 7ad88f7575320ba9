"""The comments of an HTML page: which elements hold one each."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import takewhile
from math import inf
from typing import TYPE_CHECKING

from lxml import etree

from stance.extraction.html import markup, name_words, platforms
from stance.extraction.html.markup import ElementKey
from stance.extraction.phrases import load_phrase_patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lxml.html import HtmlElement

    WordCounts = Mapping[HtmlElement, int]

# A group of elements that holds less of the text in comment-like elements than this share of the most is no rival.
_MIN_RIVAL_SHARE = 0.6
# Elements whose ids number comments are preferred to others that hold little more.
_MIN_NUMBERED_SHARE = 0.9
_MIN_SPLIT_COMMENTS = 2
_MAX_HEADING_WORDS = 8
_HEADING_TAGS = {"h2", "h3", "h4", "h5", "h6"}
# Elements that are never a part of one like them beside them.
_SELF_CONTAINED_TAGS = {"li", "article"}


@dataclass(frozen=True, eq=False)
class CandidateGroup:
    """Elements of one name, and the siblings that belong to each: a comment each, if the name is a comment's.

    `comment_elements` holds the elements of each comment in document order, `enclosing` the comment that each stands in
    (or None), `own_word_counts` the words in each that do not belong to a comment within it.
    """

    key: ElementKey
    comment_elements: tuple[tuple[HtmlElement, ...], ...]
    enclosing: tuple[int | None, ...]
    own_word_counts: tuple[int, ...]

    @property
    def n_filled(self) -> int:
        """How many of its comments hold a word."""
        return sum(words > 0 for words in self.own_word_counts)

    @property
    def n_words(self) -> int:
        """How many words stand in it."""
        return sum(self.own_word_counts)


def count_words(root: HtmlElement) -> dict[HtmlElement, int]:
    """Count the words that can be read in each element."""
    weights: dict[HtmlElement, int] = {}
    for element in reversed(list(root.iter())):
        if markup.is_non_content(element):
            weights[element] = 0
        else:
            inside = sum(weights[child] + len((child.tail or "").split()) for child in element)
            weights[element] = len((element.text or "").split()) + inside
    return weights


def find_candidates(root: HtmlElement, word_counts: WordCounts) -> list[CandidateGroup]:
    """List the groups of elements that may be the comments of a page, the likeliest first.

    Groups compete by the text they hold. Among those that hold nearly all of it the one whose elements are numbered
    wins, else the one that parts it into most comments, else the outermost.
    """
    groups = [
        group
        for key, elements in _group_elements_by_key(root, word_counts).items()
        for group in _build_groups(key, elements, word_counts)
    ]
    groups = [group for group in groups if group.n_words]
    whole, part = (
        _rank_rivals([group for group in groups if markup.classify_key(group.key) == grade])
        for grade in (markup.WHOLE_COMMENT, markup.COMMENT_PART)
    )
    # What is named as one comment may be the place for all of them.
    finer = [group for group in part if len(whole) > 0 and _is_split_by(whole[0], group)]
    return [*finer, *whole, *part]


def _rank_rivals(groups: Sequence[CandidateGroup]) -> list[CandidateGroup]:
    most = max((group.n_words for group in groups), default=0)
    rivals = [group for group in groups if group.n_words >= _MIN_RIVAL_SHARE * most]
    return sorted(rivals, key=lambda group: _rank_key(group, most), reverse=True)


def _is_split_by(whole: CandidateGroup, parts: CandidateGroup) -> bool:
    """Tell whether a group of one comment is parted into several by another."""
    if (
        len(whole.comment_elements) > 1
        or parts.n_filled < _MIN_SPLIT_COMMENTS
        or parts.n_words < _MIN_RIVAL_SHARE * whole.n_words
    ):
        return False
    return all(whole.comment_elements[0][0] in nodes[0].iterancestors() for nodes in parts.comment_elements)


def _rank_key(group: CandidateGroup, max_words: int) -> tuple[bool, bool, int, int]:
    return _is_numbered(group, max_words), group.key.kind == "system", group.n_filled, group.n_words


def _is_numbered(group: CandidateGroup, max_words: int) -> bool:
    return group.key.kind != "class" and group.n_words >= _MIN_NUMBERED_SHARE * max_words


def _group_elements_by_key(root: HtmlElement, word_counts: WordCounts) -> dict[ElementKey, list[HtmlElement]]:
    """Sort the elements whose names may be a comment's by name."""
    elsewhere = find_other_page_elements(root, word_counts, word_counts[root] / 2)
    by_name: defaultdict[ElementKey, list[HtmlElement]] = defaultdict(list)
    numbered: dict[str, HtmlElement] = {}
    for element in root.iter():
        if markup.is_non_content(element) or element.tag in {"html", "body"}:
            continue
        number = markup.find_comment_number(element)
        keys = [
            key
            for key in markup.iter_element_keys(element)
            if markup.classify_key(key) and not (number and key.kind == "id")
        ]
        if system := platforms.find_comment_platform(element):
            keys.append(ElementKey("system", system.name))
        if (keys or number) and element.getparent() not in elsewhere:
            for key in keys:
                by_name[key].append(element)
            # Of the elements with one number the outermost holds the comment; a mere anchor holds nothing.
            if number and not (number in numbered and word_counts[numbered[number]]):
                numbered[number] = element
    if numbered:
        # A link by which a comment is reached is not all of it.
        around = expand_to_containers(list(numbered.values()))
        by_name[ElementKey("number", "#")] = [
            whole if element.tag == "a" else element for element, whole in zip(numbered.values(), around, strict=True)
        ]
    for key, elements in by_name.items():
        if key.kind == "system" and (system := platforms.get_platform(key.name)) and system.expands_to_container:
            by_name[key] = expand_to_containers(elements)
    return by_name


def find_other_page_elements(root: HtmlElement, word_counts: WordCounts, max_words: float = inf) -> set[HtmlElement]:
    """Find the parts of a page with at most so many words that show what belongs to other pages, and all in them."""
    found: set[HtmlElement] = set()
    for element in root.iter(etree.Element):
        around = element.getparent()
        if around in found or (word_counts[element] <= max_words and markup.is_about_other_pages(element)):
            found.add(element)
        elif around is not None and word_counts[around] <= max_words and _is_other_page_heading(element, word_counts):
            found.update(around.iter(etree.Element))
    return found


def _is_other_page_heading(element: HtmlElement, word_counts: WordCounts) -> bool:
    if (
        element.tag not in _HEADING_TAGS
        or word_counts[element] > _MAX_HEADING_WORDS
        or _is_own_comment_section(element.getparent())
    ):
        return False
    return bool(load_phrase_patterns().other_pages_heading.fullmatch(extract_text(element)))


def _is_own_comment_section(element: HtmlElement | None) -> bool:
    """Tell whether the id of an element says that it holds the comments of this page ("comments"), and nothing else."""
    name = "" if element is None else element.get("id") or ""
    return (
        len(name_words.split_words(name)) == 1 and markup.classify_key(ElementKey("class", name)) == markup.COMMENT_PART
    )


def extract_text(element: HtmlElement) -> str:
    """Give all text in an element as one line."""
    return " ".join(" ".join(element.itertext()).split())


def expand_to_containers(elements: Sequence[HtmlElement]) -> list[HtmlElement]:
    """Give the largest element around each of several that holds none of the others, and is no place for answers."""
    held = Counter(around for element in elements for around in element.iterancestors())

    def is_of_one(around: HtmlElement) -> bool:
        return held[around] == 1 and around.tag not in {"html", "body"} and not markup.is_reply_container(around)

    if len(elements) == 1:
        return list(elements)
    return [[element, *takewhile(is_of_one, element.iterancestors())][-1] for element in elements]


def _build_groups(
    key: ElementKey, elements: Sequence[HtmlElement], word_counts: WordCounts
) -> Iterator[CandidateGroup]:
    if len(elements) == 1 and not markup.identifies_single_comment(key):
        return
    alone = build_group(key, [(element,) for element in elements], word_counts)
    yield alone
    if len({element.getparent() for element in elements}) < len(elements) or elements[0].tag in {"dt", "dd"}:
        extended = build_group(key, attach_siblings(elements), word_counts)
        if extended.n_words > alone.n_words:
            yield extended


def build_group(
    key: ElementKey, comment_elements: Sequence[tuple[HtmlElement, ...]], word_counts: WordCounts
) -> CandidateGroup:
    """Tell which comment stands in which."""
    at = {node: place for place, all_of_one in enumerate(comment_elements) for node in all_of_one}
    own = [sum(word_counts[node] for node in all_of_one) for all_of_one in comment_elements]
    parents: list[int | None] = []
    for place, all_of_one in enumerate(comment_elements):
        around = (at[each] for each in all_of_one[0].iterancestors() if at.get(each, place) != place)
        parent = next(around, None)
        parents.append(parent)
        if parent is not None:
            own[parent] -= sum(word_counts[node] for node in all_of_one)
    return CandidateGroup(key, tuple(comment_elements), tuple(parents), tuple(own))


def attach_siblings(elements: Sequence[HtmlElement]) -> list[tuple[HtmlElement, ...]]:
    """Give elements the siblings that belong to them: those that stand beside each of them alike.

    Some pages put the parts of a comment side by side (`dt` and `dd`, an empty anchor and a paragraph), with a name for
    one of them only.
    """
    members = set(elements)
    runs: defaultdict[HtmlElement | None, list[HtmlElement]] = defaultdict(list)
    for element in elements:
        runs[element.getparent()].append(element)
    whole: dict[HtmlElement, tuple[HtmlElement, ...]] = {}
    gaps = {
        element: list(_iter_siblings_between(element, members, forward=False))[::-1]
        for run in runs.values()
        for element in run
    }
    known = frozenset(
        markup.compute_signature(each) for run in runs.values() for element in run[1:] for each in gaps[element]
    )
    for run in runs.values():
        before = [gaps[element] for element in run]
        behind = list(
            takewhile(
                lambda each: not markup.is_section_end(each), _iter_siblings_between(run[-1], members, forward=True)
            )
        )
        heads, tails = _count_shared_siblings(run[0], before, behind, known)
        for place, element in enumerate(run):
            head = before[place][len(before[place]) - heads :]
            last = place + 1 == len(run)
            tail = behind[:tails] if last else before[place + 1][: len(before[place + 1]) - heads]
            whole[element] = (*head, element, *tail)
    return [whole[element] for element in elements]


def _iter_siblings_between(element: HtmlElement, members: set[HtmlElement], *, forward: bool) -> Iterator[HtmlElement]:
    siblings: Iterable[HtmlElement] = element.itersiblings(preceding=not forward)
    for sibling in siblings:
        if sibling in members or (sibling.tag == element.tag and sibling.tag in _SELF_CONTAINED_TAGS):
            return
        if isinstance(sibling.tag, str):
            yield sibling


def _count_shared_siblings(
    first: HtmlElement,
    gaps_before: Sequence[Sequence[HtmlElement]],
    siblings_after: Sequence[HtmlElement],
    known_signatures: frozenset[tuple[str, frozenset[str]]],
) -> tuple[int, int]:
    """Count the siblings that belong to each element of a run before it, and to the last one after it.

    A single element says nothing of its like, but a definition list has a term and its definition, and other runs show
    what is known to stand between such elements.
    """
    signatures = [[markup.compute_signature(each) for each in gap] for gap in gaps_before]
    if len(gaps_before) == 1:
        terms = takewhile(lambda each: first.tag == "dd" and each.tag == "dt", reversed(gaps_before[0]))
        definitions = takewhile(
            lambda each: (
                (first.tag in {"dt", "dd"} and each.tag == "dd") or markup.compute_signature(each) in known_signatures
            ),
            siblings_after,
        )
        return sum(1 for _ in terms), sum(1 for _ in definitions)
    heads = 0
    while all(len(gap) > heads for gap in signatures) and len({gap[-heads - 1] for gap in signatures}) == 1:
        heads += 1
    between = {signature for gap in signatures[1:] for signature in gap[: len(gap) - heads]}
    most = max(len(gap) - heads for gap in signatures[1:])
    tails = takewhile(
        lambda each: markup.compute_signature(each) in between or (first.tag == "dt" and each.tag == "dd"),
        siblings_after[:most],
    )
    return heads, sum(1 for _ in tails)
