"""Renders elements as lines of text, as a browser would show them, and keeps which field of a comment each piece is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree

from stance.extraction.html import machine_dates, markup

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from lxml.html import HtmlElement

    from stance.extraction.html.markup import FieldRole
    from stance.extraction.html.platforms import Platform

_PARAGRAPH_TAGS = markup.HEADING_TAGS | {"p", "blockquote", "pre", "ul", "ol", "table"}
_EMPHASIS_TAGS = markup.HEADING_TAGS | {"a", "b", "cite", "em", "strong"}
_SPACED_TAGS = frozenset(["a", "abbr", "b", "cite", "em", "i", "label", "small", "span", "strong", "time"])
_DISPLAY_NONE = re.compile(r"display\s*:\s*none", re.IGNORECASE)
# Elements that some platforms put around a declared field, though elsewhere they contain no part of a comment.
_WRAPPER_TAGS = frozenset(["button", "form", "nav"])
# Everything inside noise is noise, except elements of these roles.
_ROLES_KEPT_IN_NOISE = frozenset(["likes", "date", "header"])


@dataclass
class TextLine:
    """A line of text.

    Attributes
    ----------
    number
        Number of the line, counted from 0.
    paragraph
        Number of its paragraph.
    pieces
        Its pieces of text with their roles.
    is_emphasised
        Whether all of it is a link, bold, a heading or the like.
    machine_date
        A machine-readable date in the markup of the line, in ISO 8601, or "".
    """

    number: int
    paragraph: int
    pieces: list[tuple[str, FieldRole]] = field(default_factory=list)
    is_emphasised: bool = True
    machine_date: str = ""

    def get_text(self, *roles: FieldRole) -> str:
        """Return the text of the pieces that have one of some roles, of all pieces if no role is named."""
        return " ".join("".join(text for text, role in self.pieces if not roles or role in roles).split())


def split_into_lines(
    elements: Sequence[HtmlElement],
    excluded: AbstractSet[HtmlElement] = frozenset(),
    platform: Platform | None = None,
) -> list[TextLine]:
    """Return the text of elements as lines.

    Parameters
    ----------
    elements
        The elements, in document order.
    excluded
        Elements to leave out if they are descendants of `elements`.
    platform
        The platform whose patterns matched the comment, if any.
    """
    builder = _LineBuilder(excluded, platform)
    for element in elements:
        builder.add_element(element, "noise" if builder.declares_text else "")
        builder.break_line()
    return builder.lines


def _has_visual_gap(element: HtmlElement) -> bool:
    """Return whether a style sheet probably puts a gap before an element that no white space precedes."""
    previous = element.getprevious()
    if previous is None or previous.tail or not {previous.tag, element.tag} <= _SPACED_TAGS:
        return False
    return any(sibling.get("class") or sibling.tag == "time" for sibling in (previous, element))


class _LineBuilder:
    """Collects the lines of elements, in document order."""

    def __init__(self, excluded: AbstractSet[HtmlElement], platform: Platform | None) -> None:
        self.lines = [TextLine(0, 0)]
        # If a platform declares which elements hold the text, everything in no declared element is noise.
        self.declares_text = platform is not None and platform.declares_text
        self._excluded = excluded
        self._platform = platform

    def add_element(self, root: HtmlElement, outer_role: FieldRole) -> None:
        """Add an element with its descendants; no recursion, since pages may be nested thousands of levels deep."""
        ancestors: list[tuple[FieldRole, bool]] = []  # role and emphasis of the open elements
        skipped = None
        walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
        for event, element in walk:
            if event == "start":
                role, emphasised = ancestors[-1] if ancestors else (outer_role, False)
                if element is not root and not self._is_visible(element):
                    if _is_hidden(element) and markup.find_role(element) == "date":
                        self._set_machine_date(element)
                    skipped = element
                    walk.skip_subtree()
                else:
                    is_outermost = element is root
                    ancestors.append(
                        self._start_element(element, role, emphasised=emphasised, is_outermost=is_outermost)
                    )
                continue
            if event == "end" and element is not skipped:
                ancestors.pop()
                if element.tag not in markup.INLINE_TAGS:
                    self.break_line(paragraph=element.tag in _PARAGRAPH_TAGS, always=element.tag == "br")
            if ancestors:
                role, emphasised = ancestors[-1]
                self._append_text(element.tail, role, emphasised=emphasised)

    def _start_element(
        self, element: HtmlElement, outer_role: FieldRole, *, emphasised: bool, is_outermost: bool
    ) -> tuple[FieldRole, bool]:
        """Add the text before an element's first child; return its role and whether its text is emphasised."""
        emphasised = emphasised or element.tag in _EMPHASIS_TAGS
        if element.tag == "br":
            return outer_role, emphasised
        if element.tag not in markup.INLINE_TAGS:
            self.break_line(paragraph=element.tag in _PARAGRAPH_TAGS)
        role = self._find_role(element, outer_role, is_outermost=is_outermost)
        if role != "text" and _has_visual_gap(element):
            self._append_text(" ", outer_role, emphasised=emphasised)
        if role == "date" or element.tag == "abbr" or (role != "text" and machine_dates.has_explicit_date(element)):
            self._set_machine_date(element)
        self._append_text(element.text, role, emphasised=emphasised)
        return role, emphasised

    def break_line(self, *, paragraph: bool = False, always: bool = False) -> None:
        """Start a new line unless the last one is empty, and a new paragraph if asked to."""
        last = self.lines[-1]
        if always or any(text.strip() for text, _ in last.pieces):
            self.lines.append(TextLine(last.number + 1, last.paragraph))
        else:
            last.pieces.clear()
        if paragraph:
            self.lines[-1].paragraph += 1

    def _append_text(self, text: str | None, role: FieldRole, *, emphasised: bool) -> None:
        if text:
            self.lines[-1].pieces.append((text, role))
            self.lines[-1].is_emphasised &= emphasised or not text.strip()

    def _set_machine_date(self, element: HtmlElement) -> None:
        self.lines[-1].machine_date = self.lines[-1].machine_date or machine_dates.read_machine_date(element)

    def _is_visible(self, element: HtmlElement) -> bool:
        if not isinstance(element.tag, str) or element in self._excluded or _is_hidden(element):
            return False
        if declared_role := self._platform and self._platform.find_declared_role(element):
            return declared_role != "noise"
        is_wrapper = self.declares_text and element.tag in _WRAPPER_TAGS
        return is_wrapper or _is_informative_button(element) or not markup.is_non_content(element)

    def _find_role(self, element: HtmlElement, outer_role: FieldRole, *, is_outermost: bool) -> FieldRole:
        """Return the role of an element by its names, or else the role of its parent."""
        if self._platform and (declared_role := self._platform.find_declared_role(element)):
            return declared_role
        if is_outermost and element.tag != "dt":
            return outer_role  # its names are those of the whole comment, except for a term of a definition list
        role = markup.find_role(element)
        if not role and outer_role == "header" and markup.is_profile_link(element):
            return "author"
        is_undeclared = self.declares_text and (role == "text" or (role == "header" and outer_role == "noise"))
        stays_noise = outer_role == "noise" and role not in _ROLES_KEPT_IN_NOISE
        return outer_role if is_undeclared or stays_noise else role or outer_role


def _is_hidden(element: HtmlElement) -> bool:
    return bool(_DISPLAY_NONE.search(element.get("style") or ""))


def _is_informative_button(element: HtmlElement) -> bool:
    """Return whether an element is a button that shows the author of a comment or its number of likes."""
    return bool(element.tag == "button" and markup.find_role(element) in {"author", "likes"})
