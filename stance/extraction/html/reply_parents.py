"""Which comment of a page answers which, by all the ways in which markup says so."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from lxml import etree

from stance.extraction.html import markup, name_words
from stance.extraction.phrases import phrases

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lxml.html import HtmlElement

_INDENT = re.compile(r"(?:margin|padding)(?:-inline)?-(?:left|start)\s*:\s*(\d+(?:\.\d+)?)")
_LISTS = {"ul", "ol", "dl"}
# A line with the link to the comment that is answered says little beside.
_LINE_WORDS = 12
# So far up is a quotation around the link to its source.
_QUOTED = 4
_LONGEST_NAME = 200


@dataclass(frozen=True, eq=False)
class _Comment:
    """The elements of a comment: those it consists of, those around and within them.

    `above` are those around it that do not hold all comments or are one, `around` those of them that begin with it.
    """

    nodes: tuple[HtmlElement, ...]
    above: tuple[HtmlElement, ...]
    around: tuple[HtmlElement, ...]
    inside: tuple[HtmlElement, ...]


def answers(nodes: Sequence[tuple[HtmlElement, ...]], within: Sequence[int | None]) -> list[int | None]:
    """Tell which comment each comment answers.

    Parameters
    ----------
    nodes
        The elements of each comment, in document order.
    within
        For each comment the one it stands in (or None).

    Returns
    -------
    list
        For each comment the one it answers: the one that an attribute names, else the one that a link points to, else
        the one it stands in, else the one that its container follows, else the nearest before it that is less deep by
        classes or indents; None where nothing says so.
    """
    comments = list(_comments(nodes))
    ways = _stated(comments), _linked(comments), within, _contained(comments), _by_depth(comments, within)
    found: list[int | None] = [None] * len(comments)
    below: set[int] = set()  # comments that one before them answers: only through these a line could come back
    for place, parents in enumerate(zip(*ways, strict=True)):
        parent = next((parent for parent in parents if parent is not None), None)
        if parent in {None, place} or (place in below and place in _line(found, parent)):
            continue
        found[place] = parent
        if parent > place:
            below.add(parent)
    return found


def _line(found: Sequence[int | None], place: int | None) -> Iterator[int]:
    while place is not None:
        yield place
        place = found[place]


def _comments(nodes: Sequence[tuple[HtmlElement, ...]]) -> Iterator[_Comment]:
    own = {node for of_one in nodes for node in of_one}
    held = Counter(each for of_one in nodes for each in of_one[0].iterancestors())
    begun: set[HtmlElement] = set()
    for of_one in nodes:
        partly = takewhile(lambda each: held[each] < len(nodes) and each not in own, of_one[0].iterancestors())
        above = tuple(partly)
        around = tuple(takewhile(lambda each: each not in begun, above))
        begun.update(around)
        yield _Comment(of_one, above, around, tuple(each for node in of_one for each in _inside(node, own)))


def _inside(element: HtmlElement, own: set[HtmlElement]) -> Iterator[HtmlElement]:
    walk = etree.iterwalk(element, events=("start",))
    for _, each in walk:
        if each in own and each is not element:
            walk.skip_subtree()
        elif each is not element:
            yield each


@cache
def _depth() -> re.Pattern[str]:
    words = "|".join(name_words.nesting_words()["depth"])
    return re.compile(rf"(?:.*[-_a-z])?(?:{words})\D{{0,3}}(\d+)", re.IGNORECASE)


def _known(comments: Sequence[_Comment]) -> dict[str, int]:
    """Give the comments by what their elements are called, and by the numbers in it as far as no two share one."""
    names: dict[str, int] = {}
    numbers: dict[str, set[int]] = {}
    for place, comment in enumerate(comments):
        anchors = [each for each in comment.inside if each.get("id") or each.tag == "a"]
        for element in (*comment.nodes, *comment.around, *anchors):
            for attribute, value in element.attrib.items():
                if attribute == "name" or (attribute.endswith("id") and "parent" not in attribute):
                    names.setdefault(value, place)
        for element in (*comment.nodes, *comment.around):
            for number in name_words.numbers(" ".join(element.get(each) or "" for each in ("id", "data-id"))):
                numbers.setdefault(number, set()).add(place)
    unique = {number: next(iter(places)) for number, places in numbers.items() if len(places) == 1}
    return unique | names


def _stated(comments: Sequence[_Comment]) -> list[int | None]:
    """Follow attributes such as `data-parent-id`."""
    known = _known(comments)
    return [
        next((known[name] for name in _parent_names(comment) if known.get(name, place) != place), None)
        for place, comment in enumerate(comments)
    ]


def _parent_names(comment: _Comment) -> Iterator[str]:
    for element in (*comment.nodes, *comment.around, *comment.inside):
        for attribute, value in element.attrib.items():
            if name_words.nesting_words()["parent"].intersection(name_words.words(attribute)) and attribute not in {
                "class",
                "id",
            }:
                yield value
                yield from name_words.numbers(value)[-1:]


def _linked(comments: Sequence[_Comment]) -> list[int | None]:
    """Follow links such as "in reply to NAME"."""
    known = _known(comments)
    return [
        next((found for found in _targets(comment, known) if found != place), None)
        for place, comment in enumerate(comments)
    ]


def _targets(comment: _Comment, known: Mapping[str, int]) -> Iterator[int]:
    for link in comment.inside:
        anchors = (value.partition("#")[2] for value in link.attrib.values()) if link.tag == "a" else ()
        if (targets := [known[anchor] for anchor in anchors if anchor in known]) and _says_reply_to(link):
            yield targets[0]


def _says_reply_to(link: HtmlElement) -> bool:
    """Tell whether a link points to what is answered: it says so, or stands in a quotation."""
    line = link.getparent()
    if line is None:
        return False
    around = islice(link.iterancestors(), _QUOTED)
    if any(each.tag == "blockquote" or markup.names(each) & name_words.nesting_words()["quotation"] for each in around):
        return True
    for element in (link, line):
        names = ((element.get(each) or "")[:_LONGEST_NAME] for each in ("class", "id", "rel", "title", "aria-label"))
        if any(phrases().reply_to.fullmatch(" ".join(name_words.words(name))) for name in names):
            return True
    text = " ".join("".join(line.itertext()).split())
    return len(text.split()) <= _LINE_WORDS and bool(phrases().reply_to.fullmatch(text))


def _contained(comments: Sequence[_Comment]) -> list[int | None]:
    """Find what stands before the containers of answers: lists within list items, and what is named by answers."""
    first: dict[HtmlElement, int] = {}
    for place, comment in enumerate(comments):
        for element in (*comment.nodes, *comment.around):
            first.setdefault(element, place)
    parents: list[int | None] = []
    for comment in comments:
        parent = None
        for container in comment.above:
            before = next((each for each in container.itersiblings(preceding=True) if each in first), None)
            if before is not None and _holds_answers(container):
                alike = markup.signature(before) == markup.signature(container)
                parent = parents[first[before]] if alike else first[before]
                break
        parents.append(parent)
    return parents


def _holds_answers(container: HtmlElement) -> bool:
    around = container.getparent()
    nested = container.tag in _LISTS and around is not None and around.tag in {"li", "dd"}
    return nested or markup.is_for_answers(container)


def _by_depth(comments: Sequence[_Comment], within: Sequence[int | None]) -> list[int | None]:
    """Go by depths or indents, in the first way in which they differ."""
    for way in (_depth_stated, _depth_named, _depth_shown, _depth_called):
        said = [way(comment) for comment in comments]
        # What says nothing of its depth is not deep, unless it stands in another comment.
        depths = [0 if depth is None and at is None else depth for depth, at in zip(said, within, strict=True)]
        if len({depth for depth in depths if depth is not None}) > 1:
            return _shallower(depths)
    return [None] * len(comments)


def _shallower(depths: Sequence[float | None]) -> list[int | None]:
    """Give for each depth the place of the nearest before it that is less deep.

    >>> _shallower([1, 2, 3, 2, None, 1])
    [None, 0, 1, 0, None, None]
    """
    parents: list[int | None] = []
    line: list[tuple[float, int]] = []
    for place, depth in enumerate(depths):
        while depth is not None and line and line[-1][0] >= depth:
            line.pop()
        parents.append(line[-1][1] if line and depth is not None else None)
        if depth is not None:
            line.append((depth, place))
    return parents


def _depth_stated(comment: _Comment) -> float | None:
    for element in (*comment.nodes, *comment.around, *comment.inside):
        for attribute, value in element.attrib.items():
            if value.isdecimal() and name_words.nesting_words()["depth"].intersection(name_words.words(attribute)):
                return int(value)
    return None


def _depth_named(comment: _Comment) -> float | None:
    inside = (each for each in comment.inside if "indent" in (each.get("class") or ""))
    for element in (*comment.nodes, *comment.around, *inside):
        for token in (element.get("class") or "").split():
            if depth := _depth().fullmatch(token):
                return int(depth[1])
    return None


def _depth_called(comment: _Comment) -> float | None:
    names = (name_words.words(token)[-1:] for token in (comment.nodes[0].get("class") or "").split())
    return 1 if any(name_words.nesting_words()["answer"].issuperset(last) for last in names if last) else None


def _depth_shown(comment: _Comment) -> float | None:
    for element in (*comment.nodes, *comment.around):
        if indent := _INDENT.search(element.get("style") or ""):
            return float(indent[1])
    # Tables are indented by a cell with an image and nothing else.
    cells = (each for each in comment.inside if each.tag == "td" and len(each) == 1 and not (each.text or "").strip())
    widths = (cell[0].get("width") or "" for cell in cells if cell[0].tag == "img" and cell.getnext() is not None)
    return next((float(width) for width in widths if width.isdecimal()), None)
