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
from stance.extraction.phrases import load_phrase_patterns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lxml.html import HtmlElement

_INDENT_STYLE = re.compile(r"(?:margin|padding)(?:-inline)?-(?:left|start)\s*:\s*(\d+(?:\.\d+)?)")
_LIST_TAGS = {"ul", "ol", "dl"}
# A line with the link to the comment that is answered says little beside.
_MAX_LINE_WORDS = 12
# So far up is a quotation around the link to its source.
_MAX_QUOTE_DISTANCE = 4
_MAX_NAME_LENGTH = 200


@dataclass(frozen=True, eq=False)
class _CommentElements:
    """The elements of a comment: those it consists of, those around and within them.

    `ancestors` are those around it that do not hold all comments or are one, `leading_ancestors` those of them that
    begin with it.
    """

    elements: tuple[HtmlElement, ...]
    ancestors: tuple[HtmlElement, ...]
    leading_ancestors: tuple[HtmlElement, ...]
    descendants: tuple[HtmlElement, ...]


def find_reply_parents(
    comment_elements: Sequence[tuple[HtmlElement, ...]], enclosing: Sequence[int | None]
) -> list[int | None]:
    """Tell which comment each comment answers.

    Parameters
    ----------
    comment_elements
        The elements of each comment, in document order.
    enclosing
        For each comment the one it stands in (or None).

    Returns
    -------
    list
        For each comment the one it answers: the one that an attribute names, else the one that a link points to, else
        the one it stands in, else the one that its container follows, else the nearest before it that is less deep by
        classes or indents; None where nothing says so.
    """
    comments = list(_iter_comments(comment_elements))
    ways = (
        _find_parents_by_attribute(comments),
        _find_parents_by_link(comments),
        enclosing,
        _find_parents_by_container(comments),
        _find_parents_by_depth(comments, enclosing),
    )
    found: list[int | None] = [None] * len(comments)
    below: set[int] = set()  # comments that one before them answers: only through these a line could come back
    for place, parents in enumerate(zip(*ways, strict=True)):
        parent = next((parent for parent in parents if parent is not None), None)
        if parent in {None, place} or (place in below and place in _iter_reply_chain(found, parent)):
            continue
        found[place] = parent
        if parent > place:
            below.add(parent)
    return found


def _iter_reply_chain(reply_parents: Sequence[int | None], index: int | None) -> Iterator[int]:
    while index is not None:
        yield index
        index = reply_parents[index]


def _iter_comments(comment_elements: Sequence[tuple[HtmlElement, ...]]) -> Iterator[_CommentElements]:
    own = {node for of_one in comment_elements for node in of_one}
    held = Counter(each for of_one in comment_elements for each in of_one[0].iterancestors())
    begun: set[HtmlElement] = set()
    for of_one in comment_elements:
        partly = takewhile(
            lambda each: held[each] < len(comment_elements) and each not in own, of_one[0].iterancestors()
        )
        above = tuple(partly)
        around = tuple(takewhile(lambda each: each not in begun, above))
        begun.update(around)
        yield _CommentElements(
            of_one, above, around, tuple(each for node in of_one for each in _iter_own_descendants(node, own))
        )


def _iter_own_descendants(element: HtmlElement, boundaries: set[HtmlElement]) -> Iterator[HtmlElement]:
    walk = etree.iterwalk(element, events=("start",))
    for _, each in walk:
        if each in boundaries and each is not element:
            walk.skip_subtree()
        elif each is not element:
            yield each


@cache
def _compile_depth_name() -> re.Pattern[str]:
    words = "|".join(name_words.load_nesting_words()["depth"])
    return re.compile(rf"(?:.*[-_a-z])?(?:{words})\D{{0,3}}(\d+)", re.IGNORECASE)


def _index_by_name(comments: Sequence[_CommentElements]) -> dict[str, int]:
    """Give the comments by what their elements are called, and by the numbers in it as far as no two share one."""
    names: dict[str, int] = {}
    numbers: dict[str, set[int]] = {}
    for place, comment in enumerate(comments):
        anchors = [each for each in comment.descendants if each.get("id") or each.tag == "a"]
        for element in (*comment.elements, *comment.leading_ancestors, *anchors):
            for attribute, value in element.attrib.items():
                if attribute == "name" or (attribute.endswith("id") and "parent" not in attribute):
                    names.setdefault(value, place)
        for element in (*comment.elements, *comment.leading_ancestors):
            for number in name_words.find_numbers(" ".join(element.get(each) or "" for each in ("id", "data-id"))):
                numbers.setdefault(number, set()).add(place)
    unique = {number: next(iter(places)) for number, places in numbers.items() if len(places) == 1}
    return unique | names


def _find_parents_by_attribute(comments: Sequence[_CommentElements]) -> list[int | None]:
    """Follow attributes such as `data-parent-id`."""
    known = _index_by_name(comments)
    return [
        next((known[name] for name in _iter_parent_names(comment) if known.get(name, place) != place), None)
        for place, comment in enumerate(comments)
    ]


def _iter_parent_names(comment: _CommentElements) -> Iterator[str]:
    for element in (*comment.elements, *comment.leading_ancestors, *comment.descendants):
        for attribute, value in element.attrib.items():
            if name_words.load_nesting_words()["parent"].intersection(
                name_words.split_words(attribute)
            ) and attribute not in {
                "class",
                "id",
            }:
                yield value
                yield from name_words.find_numbers(value)[-1:]


def _find_parents_by_link(comments: Sequence[_CommentElements]) -> list[int | None]:
    """Follow links such as "in reply to NAME"."""
    known = _index_by_name(comments)
    return [
        next((found for found in _iter_link_targets(comment, known) if found != place), None)
        for place, comment in enumerate(comments)
    ]


def _iter_link_targets(comment: _CommentElements, index_by_name: Mapping[str, int]) -> Iterator[int]:
    for link in comment.descendants:
        anchors = (value.partition("#")[2] for value in link.attrib.values()) if link.tag == "a" else ()
        if (targets := [index_by_name[anchor] for anchor in anchors if anchor in index_by_name]) and _is_reply_link(
            link
        ):
            yield targets[0]


def _is_reply_link(link: HtmlElement) -> bool:
    """Tell whether a link points to what is answered: it says so, or stands in a quotation."""
    line = link.getparent()
    if line is None:
        return False
    around = islice(link.iterancestors(), _MAX_QUOTE_DISTANCE)
    if any(
        each.tag == "blockquote" or markup.get_id_class_words(each) & name_words.load_nesting_words()["quotation"]
        for each in around
    ):
        return True
    for element in (link, line):
        names = ((element.get(each) or "")[:_MAX_NAME_LENGTH] for each in ("class", "id", "rel", "title", "aria-label"))
        if any(load_phrase_patterns().reply_to.fullmatch(" ".join(name_words.split_words(name))) for name in names):
            return True
    text = " ".join("".join(line.itertext()).split())
    return len(text.split()) <= _MAX_LINE_WORDS and bool(load_phrase_patterns().reply_to.fullmatch(text))


def _find_parents_by_container(comments: Sequence[_CommentElements]) -> list[int | None]:
    """Find what stands before the containers of answers: lists within list items, and what is named by answers."""
    first: dict[HtmlElement, int] = {}
    for place, comment in enumerate(comments):
        for element in (*comment.elements, *comment.leading_ancestors):
            first.setdefault(element, place)
    parents: list[int | None] = []
    for comment in comments:
        parent = None
        for container in comment.ancestors:
            before = next((each for each in container.itersiblings(preceding=True) if each in first), None)
            if before is not None and _holds_replies(container):
                alike = markup.compute_signature(before) == markup.compute_signature(container)
                parent = parents[first[before]] if alike else first[before]
                break
        parents.append(parent)
    return parents


def _holds_replies(container: HtmlElement) -> bool:
    around = container.getparent()
    nested = container.tag in _LIST_TAGS and around is not None and around.tag in {"li", "dd"}
    return nested or markup.is_reply_container(container)


def _find_parents_by_depth(comments: Sequence[_CommentElements], enclosing: Sequence[int | None]) -> list[int | None]:
    """Go by depths or indents, in the first way in which they differ."""
    for way in (_read_depth_attribute, _read_depth_class, _read_indent, _read_reply_class):
        said = [way(comment) for comment in comments]
        # What says nothing of its depth is not deep, unless it stands in another comment.
        depths = [0 if depth is None and at is None else depth for depth, at in zip(said, enclosing, strict=True)]
        if len({depth for depth in depths if depth is not None}) > 1:
            return _find_nearest_shallower(depths)
    return [None] * len(comments)


def _find_nearest_shallower(depths: Sequence[float | None]) -> list[int | None]:
    """Give for each depth the place of the nearest before it that is less deep.

    >>> _find_nearest_shallower([1, 2, 3, 2, None, 1])
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


def _read_depth_attribute(comment: _CommentElements) -> float | None:
    for element in (*comment.elements, *comment.leading_ancestors, *comment.descendants):
        for attribute, value in element.attrib.items():
            if value.isdecimal() and name_words.load_nesting_words()["depth"].intersection(
                name_words.split_words(attribute)
            ):
                return int(value)
    return None


def _read_depth_class(comment: _CommentElements) -> float | None:
    inside = (each for each in comment.descendants if "indent" in (each.get("class") or ""))
    for element in (*comment.elements, *comment.leading_ancestors, *inside):
        for token in (element.get("class") or "").split():
            if depth := _compile_depth_name().fullmatch(token):
                return int(depth[1])
    return None


def _read_reply_class(comment: _CommentElements) -> float | None:
    names = (name_words.split_words(token)[-1:] for token in (comment.elements[0].get("class") or "").split())
    return 1 if any(name_words.load_nesting_words()["answer"].issuperset(last) for last in names if last) else None


def _read_indent(comment: _CommentElements) -> float | None:
    for element in (*comment.elements, *comment.leading_ancestors):
        if indent := _INDENT_STYLE.search(element.get("style") or ""):
            return float(indent[1])
    # Tables are indented by a cell with an image and nothing else.
    cells = (
        each for each in comment.descendants if each.tag == "td" and len(each) == 1 and not (each.text or "").strip()
    )
    widths = (cell[0].get("width") or "" for cell in cells if cell[0].tag == "img" and cell.getnext() is not None)
    return next((float(width) for width in widths if width.isdecimal()), None)
