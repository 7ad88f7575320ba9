"""The comments of an HTML page: which elements hold one each."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import takewhile
from math import inf
from typing import TYPE_CHECKING

from lxml import etree

from stance.extraction.html import markup, name_words, platforms
from stance.extraction.html.markup import Key
from stance.extraction.phrases import phrases

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lxml.html import HtmlElement

    Weights = Mapping[HtmlElement, int]

# A group of elements that holds less of the text in comment-like elements than this share of the most is no rival.
_RIVAL = 0.6
# Elements whose ids number comments are preferred to others that hold little more.
_NUMBERED = 0.9
_SEVERAL = 2
_HEADING_WORDS = 8
_HEADINGS = {"h2", "h3", "h4", "h5", "h6"}
# Elements that are never a part of one like them beside them.
_WHOLE_ITEMS = {"li", "article"}


@dataclass(frozen=True, eq=False)
class Group:
    """Elements of one name, and the siblings that belong to each: a comment each, if the name is a comment's.

    `nodes` holds the elements of each comment in document order, `parents` the comment that each stands in (or None),
    `own` the words in each that do not belong to a comment within it.
    """

    key: Key
    nodes: tuple[tuple[HtmlElement, ...], ...]
    parents: tuple[int | None, ...]
    own: tuple[int, ...]

    @property
    def filled(self) -> int:
        """How many of its comments hold a word."""
        return sum(words > 0 for words in self.own)

    @property
    def words(self) -> int:
        """How many words stand in it."""
        return sum(self.own)


def weigh(root: HtmlElement) -> dict[HtmlElement, int]:
    """Count the words that can be read in each element."""
    weights: dict[HtmlElement, int] = {}
    for element in reversed(list(root.iter())):
        if markup.is_unread(element):
            weights[element] = 0
        else:
            inside = sum(weights[child] + len((child.tail or "").split()) for child in element)
            weights[element] = len((element.text or "").split()) + inside
    return weights


def find(root: HtmlElement, weights: Weights) -> list[Group]:
    """List the groups of elements that may be the comments of a page, the likeliest first.

    Groups compete by the text they hold. Among those that hold nearly all of it the one whose elements are numbered
    wins, else the one that parts it into most comments, else the outermost.
    """
    groups = [group for key, elements in _named(root, weights).items() for group in _groups(key, elements, weights)]
    groups = [group for group in groups if group.words]
    whole, part = (
        _rivals([group for group in groups if markup.grade(group.key) == grade])
        for grade in (markup.WHOLE, markup.PART)
    )
    # What is named as one comment may be the place for all of them.
    finer = [group for group in part if len(whole) > 0 and _is_parted(whole[0], group)]
    return [*finer, *whole, *part]


def _rivals(groups: Sequence[Group]) -> list[Group]:
    most = max((group.words for group in groups), default=0)
    rivals = [group for group in groups if group.words >= _RIVAL * most]
    return sorted(rivals, key=lambda group: _preference(group, most), reverse=True)


def _is_parted(whole: Group, parts: Group) -> bool:
    """Tell whether a group of one comment is parted into several by another."""
    if len(whole.nodes) > 1 or parts.filled < _SEVERAL or parts.words < _RIVAL * whole.words:
        return False
    return all(whole.nodes[0][0] in nodes[0].iterancestors() for nodes in parts.nodes)


def _preference(group: Group, most: int) -> tuple[bool, bool, int, int]:
    return _is_numbered(group, most), group.key.kind == "system", group.filled, group.words


def _is_numbered(group: Group, most: int) -> bool:
    return group.key.kind != "class" and group.words >= _NUMBERED * most


def _named(root: HtmlElement, weights: Weights) -> dict[Key, list[HtmlElement]]:
    """Sort the elements whose names may be a comment's by name."""
    elsewhere = standing_elsewhere(root, weights, weights[root] / 2)
    by_name: defaultdict[Key, list[HtmlElement]] = defaultdict(list)
    numbered: dict[str, HtmlElement] = {}
    for element in root.iter():
        if markup.is_unread(element) or element.tag in {"html", "body"}:
            continue
        number = markup.number(element)
        keys = [key for key in markup.keys(element) if markup.grade(key) and not (number and key.kind == "id")]
        if system := platforms.holding(element):
            keys.append(Key("system", system.name))
        if (keys or number) and element.getparent() not in elsewhere:
            for key in keys:
                by_name[key].append(element)
            # Of the elements with one number the outermost holds the comment; a mere anchor holds nothing.
            if number and not (number in numbered and weights[numbered[number]]):
                numbered[number] = element
    if numbered:
        # A link by which a comment is reached is not all of it.
        around = lifted(list(numbered.values()))
        by_name[Key("number", "#")] = [
            whole if element.tag == "a" else element for element, whole in zip(numbered.values(), around, strict=True)
        ]
    for key, elements in by_name.items():
        if key.kind == "system" and (system := platforms.named(key.name)) and system.lift:
            by_name[key] = lifted(elements)
    return by_name


def standing_elsewhere(root: HtmlElement, weights: Weights, most: float = inf) -> set[HtmlElement]:
    """Find the parts of a page with at most so many words that show what belongs to other pages, and all in them."""
    found: set[HtmlElement] = set()
    for element in root.iter(etree.Element):
        around = element.getparent()
        if around in found or (weights[element] <= most and markup.is_elsewhere(element)):
            found.add(element)
        elif around is not None and weights[around] <= most and _heads_others(element, weights):
            found.update(around.iter(etree.Element))
    return found


def _heads_others(element: HtmlElement, weights: Weights) -> bool:
    if element.tag not in _HEADINGS or weights[element] > _HEADING_WORDS or _is_own_place(element.getparent()):
        return False
    return bool(phrases().elsewhere.fullmatch(text_of(element)))


def _is_own_place(element: HtmlElement | None) -> bool:
    """Tell whether the id of an element says that it holds the comments of this page ("comments"), and nothing else."""
    name = "" if element is None else element.get("id") or ""
    return len(name_words.words(name)) == 1 and markup.grade(Key("class", name)) == markup.PART


def text_of(element: HtmlElement) -> str:
    """Give all text in an element as one line."""
    return " ".join(" ".join(element.itertext()).split())


def lifted(elements: Sequence[HtmlElement]) -> list[HtmlElement]:
    """Give the largest element around each of several that holds none of the others, and is no place for answers."""
    held = Counter(around for element in elements for around in element.iterancestors())

    def is_of_one(around: HtmlElement) -> bool:
        return held[around] == 1 and around.tag not in {"html", "body"} and not markup.is_for_answers(around)

    if len(elements) == 1:
        return list(elements)
    return [[element, *takewhile(is_of_one, element.iterancestors())][-1] for element in elements]


def _groups(key: Key, elements: Sequence[HtmlElement], weights: Weights) -> Iterator[Group]:
    if len(elements) == 1 and not markup.speaks_of_one(key):
        return
    alone = group_of(key, [(element,) for element in elements], weights)
    yield alone
    if len({element.getparent() for element in elements}) < len(elements) or elements[0].tag in {"dt", "dd"}:
        extended = group_of(key, with_siblings(elements), weights)
        if extended.words > alone.words:
            yield extended


def group_of(key: Key, nodes: Sequence[tuple[HtmlElement, ...]], weights: Weights) -> Group:
    """Tell which comment stands in which."""
    at = {node: place for place, all_of_one in enumerate(nodes) for node in all_of_one}
    own = [sum(weights[node] for node in all_of_one) for all_of_one in nodes]
    parents: list[int | None] = []
    for place, all_of_one in enumerate(nodes):
        around = (at[each] for each in all_of_one[0].iterancestors() if at.get(each, place) != place)
        parent = next(around, None)
        parents.append(parent)
        if parent is not None:
            own[parent] -= sum(weights[node] for node in all_of_one)
    return Group(key, tuple(nodes), tuple(parents), tuple(own))


def with_siblings(elements: Sequence[HtmlElement]) -> list[tuple[HtmlElement, ...]]:
    """Give elements the siblings that belong to them: those that stand beside each of them alike.

    Some pages put the parts of a comment side by side (`dt` and `dd`, an empty anchor and a paragraph), with a name for
    one of them only.
    """
    members = set(elements)
    runs: defaultdict[HtmlElement | None, list[HtmlElement]] = defaultdict(list)
    for element in elements:
        runs[element.getparent()].append(element)
    whole: dict[HtmlElement, tuple[HtmlElement, ...]] = {}
    gaps = {element: list(_between(element, members, forward=False))[::-1] for run in runs.values() for element in run}
    known = frozenset(markup.signature(each) for run in runs.values() for element in run[1:] for each in gaps[element])
    for run in runs.values():
        before = [gaps[element] for element in run]
        behind = list(takewhile(lambda each: not markup.is_barrier(each), _between(run[-1], members, forward=True)))
        heads, tails = _shared(run[0], before, behind, known)
        for place, element in enumerate(run):
            head = before[place][len(before[place]) - heads :]
            last = place + 1 == len(run)
            tail = behind[:tails] if last else before[place + 1][: len(before[place + 1]) - heads]
            whole[element] = (*head, element, *tail)
    return [whole[element] for element in elements]


def _between(element: HtmlElement, members: set[HtmlElement], *, forward: bool) -> Iterator[HtmlElement]:
    siblings: Iterable[HtmlElement] = element.itersiblings(preceding=not forward)
    for sibling in siblings:
        if sibling in members or (sibling.tag == element.tag and sibling.tag in _WHOLE_ITEMS):
            return
        if isinstance(sibling.tag, str):
            yield sibling


def _shared(
    first: HtmlElement,
    before: Sequence[Sequence[HtmlElement]],
    behind: Sequence[HtmlElement],
    known: frozenset[tuple[str, frozenset[str]]],
) -> tuple[int, int]:
    """Count the siblings that belong to each element of a run before it, and to the last one after it.

    A single element says nothing of its like, but a definition list has a term and its definition, and other runs show
    what is known to stand between such elements.
    """
    signatures = [[markup.signature(each) for each in gap] for gap in before]
    if len(before) == 1:
        terms = takewhile(lambda each: first.tag == "dd" and each.tag == "dt", reversed(before[0]))
        definitions = takewhile(
            lambda each: (first.tag in {"dt", "dd"} and each.tag == "dd") or markup.signature(each) in known, behind
        )
        return sum(1 for _ in terms), sum(1 for _ in definitions)
    heads = 0
    while all(len(gap) > heads for gap in signatures) and len({gap[-heads - 1] for gap in signatures}) == 1:
        heads += 1
    between = {signature for gap in signatures[1:] for signature in gap[: len(gap) - heads]}
    most = max(len(gap) - heads for gap in signatures[1:])
    tails = takewhile(
        lambda each: markup.signature(each) in between or (first.tag == "dt" and each.tag == "dd"), behind[:most]
    )
    return heads, sum(1 for _ in tails)
