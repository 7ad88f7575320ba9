"""Elements of a page -> lines, as a browser would show them, cut where the part of the comment changes."""

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

_PARAGRAPH_TAGS = frozenset(["p", "blockquote", "pre", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6"])
_EMPHASIS_TAGS = frozenset(["a", "b", "cite", "em", "h1", "h2", "h3", "h4", "h5", "h6", "strong"])
_SPACED_TAGS = frozenset(["a", "abbr", "b", "cite", "em", "i", "label", "small", "span", "strong", "time"])
_DISPLAY_NONE = re.compile(r"display\s*:\s*none", re.IGNORECASE)
# What may stand around a declared part of a comment, though other pages have nothing of comments there.
_WRAPPER_TAGS = frozenset(["button", "form", "nav"])
# What is noise stays noise within, apart from what is told for its own sake.
_ROLES_KEPT_IN_NOISE = frozenset(["likes", "date", "header"])


@dataclass
class TextLine:
    """A line: its place, that of its paragraph, its pieces with their parts, and whether all is a link, bold or so.

    `machine_date` is a date that its markup states for programs.
    """

    number: int
    paragraph: int
    pieces: list[tuple[str, FieldRole]] = field(default_factory=list)
    is_emphasised: bool = True
    machine_date: str = ""

    def get_text(self, *roles: FieldRole) -> str:
        """Give what stands in it of some parts of the comment, of all if none is named."""
        return " ".join("".join(text for text, role in self.pieces if not roles or role in roles).split())


def split_into_lines(
    elements: Sequence[HtmlElement],
    excluded: AbstractSet[HtmlElement] = frozenset(),
    platform: Platform | None = None,
) -> list[TextLine]:
    """Cut elements into lines.

    Parameters
    ----------
    elements
        The elements, one after another.
    excluded
        Elements to leave out where they stand within those.
    platform
        The comment system, where one is known by which elements hold the comments.
    """
    flow = _LineBuilder(excluded, platform)
    for node in elements:
        flow.add_element(node, "noise" if flow.declares_text else "")
        flow.break_line()
    return flow.lines


def _has_visual_gap(element: HtmlElement) -> bool:
    """Tell whether a page shows a gap between an element and the one before it where no space stands: by a style."""
    before = element.getprevious()
    if before is None or before.tail or not {before.tag, element.tag} <= _SPACED_TAGS:
        return False
    return any(each.get("class") or each.tag == "time" for each in (before, element))


class _LineBuilder:
    """The lines so far, and where the next piece goes."""

    def __init__(self, excluded: AbstractSet[HtmlElement], platform: Platform | None) -> None:
        self.lines = [TextLine(0, 0)]
        # Where a system declares which elements hold the text, all that is in no part is noise.
        self.declares_text = platform is not None and platform.declares_text
        self._excluded = excluded
        self._platform = platform

    def add_element(self, root: HtmlElement, outer_role: FieldRole) -> None:
        """Take an element and all in it, however deep that goes."""
        within: list[tuple[FieldRole, bool]] = []  # the part of the comment and the stress of the elements around
        hidden = None
        walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
        for event, element in walk:
            if event == "start":
                role, stressed = within[-1] if within else (outer_role, False)
                if element is not root and not self._is_visible(element):
                    if _is_hidden(element) and markup.find_role(element) == "date":
                        self._set_machine_date(element)
                    hidden = element
                    walk.skip_subtree()
                else:
                    within.append(self._start_element(element, role, stressed=stressed, outermost=element is root))
                continue
            if event == "end" and element is not hidden:
                within.pop()
                if element.tag not in markup.INLINE_TAGS:
                    self.break_line(paragraph=element.tag in _PARAGRAPH_TAGS, always=element.tag == "br")
            if within:
                role, stressed = within[-1]
                self._append_text(element.tail, role, stressed=stressed)

    def _start_element(
        self, element: HtmlElement, role: FieldRole, *, stressed: bool, outermost: bool
    ) -> tuple[FieldRole, bool]:
        stressed = stressed or element.tag in _EMPHASIS_TAGS
        if element.tag == "br":
            return role, stressed
        if element.tag not in markup.INLINE_TAGS:
            self.break_line(paragraph=element.tag in _PARAGRAPH_TAGS)
        own = self._find_role(element, role, outermost=outermost)
        if own != "text" and _has_visual_gap(element):
            self._append_text(" ", role, stressed=stressed)
        role = own
        if role == "date" or element.tag == "abbr" or (role != "text" and machine_dates.has_explicit_date(element)):
            self._set_machine_date(element)
        self._append_text(element.text, role, stressed=stressed)
        return role, stressed

    def break_line(self, *, paragraph: bool = False, always: bool = False) -> None:
        """Begin a new line, unless the last one is still empty."""
        last = self.lines[-1]
        if always or any(text.strip() for text, _ in last.pieces):
            self.lines.append(TextLine(last.number + 1, last.paragraph))
        else:
            last.pieces.clear()
        if paragraph:
            self.lines[-1].paragraph += 1

    def _append_text(self, text: str | None, role: FieldRole, *, stressed: bool) -> None:
        if text:
            self.lines[-1].pieces.append((text, role))
            self.lines[-1].is_emphasised &= stressed or not text.strip()

    def _set_machine_date(self, element: HtmlElement) -> None:
        self.lines[-1].machine_date = self.lines[-1].machine_date or machine_dates.read_machine_date(element)

    def _is_visible(self, element: HtmlElement) -> bool:
        if not isinstance(element.tag, str) or element in self._excluded or _is_hidden(element):
            return False
        if declared := self._platform and self._platform.find_declared_role(element):
            return declared != "noise"
        told = self.declares_text and element.tag in _WRAPPER_TAGS
        return told or _is_informative_button(element) or not markup.is_non_content(element)

    def _find_role(self, element: HtmlElement, outer_role: FieldRole, *, outermost: bool) -> FieldRole:
        """Tell what an element holds by its names, else by what it stands in."""
        if self._platform and (declared := self._platform.find_declared_role(element)):
            return declared
        if outermost and element.tag != "dt":
            return outer_role  # what a comment's own element is called says nothing of its parts; a term is one of them
        own = markup.find_role(element)
        if not own and outer_role == "header" and markup.is_profile_link(element):
            return "author"
        undeclared = self.declares_text and (own == "text" or (own == "header" and outer_role == "noise"))
        silent = outer_role == "noise" and own not in _ROLES_KEPT_IN_NOISE
        return outer_role if undeclared or silent else own or outer_role


def _is_hidden(element: HtmlElement) -> bool:
    return bool(_DISPLAY_NONE.search(element.get("style") or ""))


def _is_informative_button(element: HtmlElement) -> bool:
    """Tell whether an element is a button that shows who wrote a comment, or how many like it."""
    return bool(element.tag == "button" and markup.find_role(element) in {"author", "likes"})
