"""Finds which comment of a page replies to which, by attributes, links, containers, depths and indents."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from stance.extraction.html import markup, name_words
from stance.extraction.html.comment_elements import collect_comment_elements
from stance.extraction.html.depths import find_parents_by_depth
from stance.extraction.phrases import load_phrase_patterns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lxml.html import HtmlElement

    from stance.extraction.html.comment_elements import CommentElements

_LIST_TAGS = {"ul", "ol", "dl"}
# A line with a link to the comment replied to contains little else.
_MAX_LINE_WORDS = 12
# Number of levels between a link to a quoted comment and the quotation around it.
_MAX_QUOTE_DISTANCE = 4
_MAX_NAME_LENGTH = 200


def find_reply_parents(
    comment_elements: Sequence[tuple[HtmlElement, ...]], enclosing: Sequence[int | None]
) -> list[int | None]:
    """Return which comment each comment replies to.

    An attribute that names the parent decides, else a link to it, else the comment that contains the comment, else the
    comment before its container, else the nearest previous comment of smaller depth, by classes or indents.

    Parameters
    ----------
    comment_elements
        The elements of each comment, in document order.
    enclosing
        For each comment the index of the comment that contains it, or None.

    Returns
    -------
    list
        For each comment the index of the comment that it replies to, None if the markup does not say so.
    """
    comments = collect_comment_elements(comment_elements)
    parents_by_method = (
        _find_parents_by_attribute(comments),
        _find_parents_by_link(comments),
        enclosing,
        _find_parents_by_container(comments),
        find_parents_by_depth(comments, enclosing),
    )
    reply_parents: list[int | None] = [None] * len(comments)
    later_parents: set[int] = set()  # parents that follow their reply: every cycle contains one of them
    for index, parents in enumerate(zip(*parents_by_method, strict=True)):
        parent = next((parent for parent in parents if parent is not None), None)
        if parent in {None, index}:
            continue
        if index in later_parents and index in _iter_reply_chain(reply_parents, parent):
            continue
        reply_parents[index] = parent
        if parent > index:
            later_parents.add(parent)
    return reply_parents


def _iter_reply_chain(reply_parents: Sequence[int | None], index: int | None) -> Iterator[int]:
    """Yield the index of a comment, of the comment it replies to, and so on."""
    while index is not None:
        yield index
        index = reply_parents[index]


def _index_by_name(comments: Sequence[CommentElements]) -> dict[str, int]:
    """Return the index of the comment that has each id or anchor, or a number in its id if no other comment has it."""
    by_name: dict[str, int] = {}
    by_number: dict[str, set[int]] = {}
    for index, comment in enumerate(comments):
        anchors = [element for element in comment.descendants if element.get("id") or element.tag == "a"]
        for element in (*comment.elements, *comment.leading_ancestors, *anchors):
            for attribute, value in element.attrib.items():
                if attribute == "name" or (attribute.endswith("id") and "parent" not in attribute):
                    by_name.setdefault(value, index)
        for element in (*comment.elements, *comment.leading_ancestors):
            for number in name_words.find_numbers(" ".join(element.get(name) or "" for name in ("id", "data-id"))):
                by_number.setdefault(number, set()).add(index)
    unique = {number: next(iter(indices)) for number, indices in by_number.items() if len(indices) == 1}
    return unique | by_name


def _find_parents_by_attribute(comments: Sequence[CommentElements]) -> list[int | None]:
    """Follow attributes such as `data-parent-id`."""
    index_by_name = _index_by_name(comments)
    return [
        next((index_by_name[name] for name in _iter_parent_names(comment) if index_by_name.get(name, i) != i), None)
        for i, comment in enumerate(comments)
    ]


def _iter_parent_names(comment: CommentElements) -> Iterator[str]:
    """Yield the ids in attributes of a comment that name its parent, whole and only their last number."""
    parent_words = name_words.load_nesting_words()["parent"]
    for element in (*comment.elements, *comment.leading_ancestors, *comment.descendants):
        for attribute, value in element.attrib.items():
            if attribute not in {"class", "id"} and parent_words.intersection(name_words.split_words(attribute)):
                yield value
                yield from name_words.find_numbers(value)[-1:]


def _find_parents_by_link(comments: Sequence[CommentElements]) -> list[int | None]:
    """Follow links such as "in reply to NAME"."""
    index_by_name = _index_by_name(comments)
    return [
        next((target for target in _iter_link_targets(comment, index_by_name) if target != i), None)
        for i, comment in enumerate(comments)
    ]


def _iter_link_targets(comment: CommentElements, index_by_name: Mapping[str, int]) -> Iterator[int]:
    """Yield the indices of the comments that the reply links of a comment point to."""
    for link in comment.descendants:
        anchors = (value.partition("#")[2] for value in link.attrib.values()) if link.tag == "a" else ()
        targets = [index_by_name[anchor] for anchor in anchors if anchor in index_by_name]
        if targets and _is_reply_link(link):
            yield targets[0]


def _is_reply_link(link: HtmlElement) -> bool:
    """Return whether a link leads to the comment replied to: by its names or words, or because it is in a quotation."""
    line = link.getparent()
    if line is None:
        return False
    quotation_words = name_words.load_nesting_words()["quotation"]
    for ancestor in islice(link.iterancestors(), _MAX_QUOTE_DISTANCE):
        if ancestor.tag == "blockquote" or markup.get_id_class_words(ancestor) & quotation_words:
            return True
    pattern = load_phrase_patterns().reply_to
    for element in (link, line):
        attributes = (element.get(name) or "" for name in ("class", "id", "rel", "title", "aria-label"))
        names = (" ".join(name_words.split_words(value[:_MAX_NAME_LENGTH])) for value in attributes)
        if any(map(pattern.fullmatch, names)):
            return True
    text = " ".join("".join(line.itertext()).split())
    return len(text.split()) <= _MAX_LINE_WORDS and bool(pattern.fullmatch(text))


def _find_parents_by_container(comments: Sequence[CommentElements]) -> list[int | None]:
    """Take the comment before a reply container as the parent of the comments in it."""
    first_comment: dict[HtmlElement, int] = {}
    for index, comment in enumerate(comments):
        for element in (*comment.elements, *comment.leading_ancestors):
            first_comment.setdefault(element, index)
    parents: list[int | None] = []
    for comment in comments:
        parent = None
        for container in comment.ancestors:
            siblings = container.itersiblings(preceding=True)
            previous = next((sibling for sibling in siblings if sibling in first_comment), None)
            if previous is not None and _holds_replies(container):
                # Similar siblings contain replies to the same comment.
                are_similar = markup.compute_signature(previous) == markup.compute_signature(container)
                parent = parents[first_comment[previous]] if are_similar else first_comment[previous]
                break
        parents.append(parent)
    return parents


def _holds_replies(container: HtmlElement) -> bool:
    """Return whether an element is a list inside a list item, or is named as a container of replies."""
    outer = container.getparent()
    is_nested_list = container.tag in _LIST_TAGS and outer is not None and outer.tag in {"li", "dd"}
    return is_nested_list or markup.is_reply_container(container)
