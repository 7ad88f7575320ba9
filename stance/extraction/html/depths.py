"""Finds which comment replies to which by the depths or indents that the markup of a page states."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from stance.extraction.html import name_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stance.extraction.html.comment_elements import CommentElements

_INDENT_STYLE = re.compile(r"(?:margin|padding)(?:-inline)?-(?:left|start)\s*:\s*(\d+(?:\.\d+)?)")


def find_parents_by_depth(comments: Sequence[CommentElements], enclosing: Sequence[int | None]) -> list[int | None]:
    """Take the nearest previous comment of smaller depth, by the first kind of depth in which the comments differ."""
    for read_depth in (_read_depth_attribute, _read_depth_class, _read_indent, _read_reply_class):
        stated_depths = [read_depth(comment) for comment in comments]
        # A comment without a stated depth has depth 0, unless another comment contains it.
        depths = [
            0 if depth is None and outer is None else depth
            for depth, outer in zip(stated_depths, enclosing, strict=True)
        ]
        if len({depth for depth in depths if depth is not None}) > 1:
            return _find_nearest_shallower(depths)
    return [None] * len(comments)


def _find_nearest_shallower(depths: Sequence[float | None]) -> list[int | None]:
    """Return, for each depth, the index of the nearest previous smaller depth, or None.

    >>> _find_nearest_shallower([1, 2, 3, 2, None, 1])
    [None, 0, 1, 0, None, None]
    """
    parents: list[int | None] = []
    open_depths: list[tuple[float, int]] = []  # increasing, each with its index
    for index, depth in enumerate(depths):
        while depth is not None and open_depths and open_depths[-1][0] >= depth:
            open_depths.pop()
        parents.append(open_depths[-1][1] if open_depths and depth is not None else None)
        if depth is not None:
            open_depths.append((depth, index))
    return parents


def _read_depth_attribute(comment: CommentElements) -> float | None:
    """Return the number in an attribute such as `data-depth`."""
    depth_words = name_words.load_nesting_words()["depth"]
    for element in (*comment.elements, *comment.leading_ancestors, *comment.descendants):
        for attribute, value in element.attrib.items():
            if value.isdecimal() and depth_words.intersection(name_words.split_words(attribute)):
                return int(value)
    return None


def _read_depth_class(comment: CommentElements) -> float | None:
    """Return the number in a class such as "depth-2"."""
    indents = (element for element in comment.descendants if "indent" in (element.get("class") or ""))
    for element in (*comment.elements, *comment.leading_ancestors, *indents):
        for class_name in (element.get("class") or "").split():
            if depth := _compile_depth_name().fullmatch(class_name):
                return int(depth[1])
    return None


@cache
def _compile_depth_name() -> re.Pattern[str]:
    """Return a pattern that matches classes such as "depth-2" and captures the number."""
    words = "|".join(name_words.load_nesting_words()["depth"])
    return re.compile(rf"(?:.*[-_a-z])?(?:{words})\D{{0,3}}(\d+)", re.IGNORECASE)


def _read_reply_class(comment: CommentElements) -> float | None:
    """Return 1 if a class of the comment ends in a word for a reply, else None."""
    class_names = (comment.elements[0].get("class") or "").split()
    last_words = {word for name in class_names for word in name_words.split_words(name)[-1:]}
    return 1 if last_words & name_words.load_nesting_words()["answer"] else None


def _read_indent(comment: CommentElements) -> float | None:
    """Return the indent of a comment, in the unit that the page uses."""
    for element in (*comment.elements, *comment.leading_ancestors):
        if indent := _INDENT_STYLE.search(element.get("style") or ""):
            return float(indent[1])
    # Tables are indented by a cell that contains only an image.
    cells = (
        element
        for element in comment.descendants
        if element.tag == "td" and len(element) == 1 and not (element.text or "").strip()
    )
    widths = (cell[0].get("width") or "" for cell in cells if cell[0].tag == "img" and cell.getnext() is not None)
    return next((float(width) for width in widths if width.isdecimal()), None)
