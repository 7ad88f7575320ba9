"""Collects the elements around and inside each comment of a page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.html import HtmlElement


@dataclass(frozen=True, eq=False)
class CommentElements:
    """The elements of a comment and those around and inside it.

    Attributes
    ----------
    elements
        The elements that the comment consists of.
    ancestors
        Its ancestors, from the parent upwards, below the first that is a comment or contains all comments.
    leading_ancestors
        Those of them whose first comment it is.
    descendants
        The elements inside it, without those of other comments.
    """

    elements: tuple[HtmlElement, ...]
    ancestors: tuple[HtmlElement, ...]
    leading_ancestors: tuple[HtmlElement, ...]
    descendants: tuple[HtmlElement, ...]


def collect_comment_elements(comment_elements: Sequence[tuple[HtmlElement, ...]]) -> list[CommentElements]:
    """Return, for each comment, its elements with those around and inside it.

    Parameters
    ----------
    comment_elements
        The elements of each comment, in document order.
    """
    all_elements = {element for elements in comment_elements for element in elements}
    n_contained = Counter(ancestor for elements in comment_elements for ancestor in elements[0].iterancestors())
    visited: set[HtmlElement] = set()
    comments = []
    for elements in comment_elements:
        ancestors = tuple(
            takewhile(
                lambda element: n_contained[element] < len(comment_elements) and element not in all_elements,
                elements[0].iterancestors(),
            )
        )
        leading_ancestors = tuple(takewhile(lambda element: element not in visited, ancestors))
        visited.update(leading_ancestors)
        descendants = tuple(inner for element in elements for inner in _iter_own_descendants(element, all_elements))
        comments.append(CommentElements(elements, ancestors, leading_ancestors, descendants))
    return comments


def _iter_own_descendants(element: HtmlElement, boundaries: set[HtmlElement]) -> Iterator[HtmlElement]:
    """Yield the descendants of an element, except `boundaries` and what is inside them."""
    walk = etree.iterwalk(element, events=("start",))
    for _, node in walk:
        if node in boundaries and node is not element:
            walk.skip_subtree()
        elif node is not element:
            yield node
