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

    from stance.extraction.html.markup import Role
    from stance.extraction.html.platforms import System

_PARAGRAPHS = frozenset(["p", "blockquote", "pre", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6"])
_STRESSED = frozenset(["a", "b", "cite", "em", "h1", "h2", "h3", "h4", "h5", "h6", "strong"])
_SET_OFF = frozenset(["a", "abbr", "b", "cite", "em", "i", "label", "small", "span", "strong", "time"])
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
# What may stand around a declared part of a comment, though other pages have nothing of comments there.
_WRAPPERS = frozenset(["button", "form", "nav"])
# What is noise stays noise within, apart from what is told for its own sake.
_TOLD_IN_NOISE = frozenset(["likes", "date", "header"])


@dataclass
class Line:
    """A line: its place, that of its paragraph, its pieces with their parts, and whether all is a link, bold or so.

    `stamp` is a date that its markup states for programs.
    """

    number: int
    paragraph: int
    pieces: list[tuple[str, Role]] = field(default_factory=list)
    stressed: bool = True
    stamp: str = ""

    def of(self, *roles: Role) -> str:
        """Give what stands in it of some parts of the comment, of all if none is named."""
        return " ".join("".join(text for text, role in self.pieces if not roles or role in roles).split())


def lines(
    nodes: Sequence[HtmlElement],
    others: AbstractSet[HtmlElement] = frozenset(),
    system: System | None = None,
) -> list[Line]:
    """Cut elements into lines.

    Parameters
    ----------
    nodes
        The elements, one after another.
    others
        Elements to leave out where they stand within those.
    system
        The comment system, where one is known by which elements hold the comments.
    """
    flow = _Flow(others, system)
    for node in nodes:
        flow.inside(node, "noise" if flow.told else "")
        flow.break_line()
    return flow.lines


def _is_set_off(element: HtmlElement) -> bool:
    """Tell whether a page shows a gap between an element and the one before it where no space stands: by a style."""
    before = element.getprevious()
    if before is None or before.tail or not {before.tag, element.tag} <= _SET_OFF:
        return False
    return any(each.get("class") or each.tag == "time" for each in (before, element))


class _Flow:
    """The lines so far, and where the next piece goes."""

    def __init__(self, others: AbstractSet[HtmlElement], system: System | None) -> None:
        self.lines = [Line(0, 0)]
        # Where a system declares which elements hold the text, all that is in no part is noise.
        self.told = system is not None and system.tells_text
        self._others = others
        self._system = system

    def inside(self, whole: HtmlElement, around: Role) -> None:
        """Take an element and all in it, however deep that goes."""
        within: list[tuple[Role, bool]] = []  # the part of the comment and the stress of the elements around
        hidden = None
        walk = etree.iterwalk(whole, events=("start", "end", "comment", "pi"))
        for event, element in walk:
            if event == "start":
                role, stressed = within[-1] if within else (around, False)
                if element is not whole and not self._is_shown(element):
                    if _is_hidden(element) and markup.role(element) == "date":
                        self._stamp(element)
                    hidden = element
                    walk.skip_subtree()
                else:
                    within.append(self._begin(element, role, stressed=stressed, outermost=element is whole))
                continue
            if event == "end" and element is not hidden:
                within.pop()
                if element.tag not in markup.INLINE:
                    self.break_line(paragraph=element.tag in _PARAGRAPHS, always=element.tag == "br")
            if within:
                role, stressed = within[-1]
                self._put(element.tail, role, stressed=stressed)

    def _begin(self, element: HtmlElement, role: Role, *, stressed: bool, outermost: bool) -> tuple[Role, bool]:
        stressed = stressed or element.tag in _STRESSED
        if element.tag == "br":
            return role, stressed
        if element.tag not in markup.INLINE:
            self.break_line(paragraph=element.tag in _PARAGRAPHS)
        own = self._role(element, role, outermost=outermost)
        if own != "text" and _is_set_off(element):
            self._put(" ", role, stressed=stressed)
        role = own
        if role == "date" or element.tag == "abbr" or (role != "text" and machine_dates.is_stated(element)):
            self._stamp(element)
        self._put(element.text, role, stressed=stressed)
        return role, stressed

    def break_line(self, *, paragraph: bool = False, always: bool = False) -> None:
        """Begin a new line, unless the last one is still empty."""
        last = self.lines[-1]
        if always or any(text.strip() for text, _ in last.pieces):
            self.lines.append(Line(last.number + 1, last.paragraph))
        else:
            last.pieces.clear()
        if paragraph:
            self.lines[-1].paragraph += 1

    def _put(self, text: str | None, role: Role, *, stressed: bool) -> None:
        if text:
            self.lines[-1].pieces.append((text, role))
            self.lines[-1].stressed &= stressed or not text.strip()

    def _stamp(self, element: HtmlElement) -> None:
        self.lines[-1].stamp = self.lines[-1].stamp or machine_dates.read(element)

    def _is_shown(self, element: HtmlElement) -> bool:
        if not isinstance(element.tag, str) or element in self._others or _is_hidden(element):
            return False
        if declared := self._system and self._system.part(element):
            return declared != "noise"
        told = self.told and element.tag in _WRAPPERS
        return told or _is_said_on_button(element) or not markup.is_unread(element)

    def _role(self, element: HtmlElement, around: Role, *, outermost: bool) -> Role:
        """Tell what an element holds by its names, else by what it stands in."""
        if self._system and (declared := self._system.part(element)):
            return declared
        if outermost and element.tag != "dt":
            return around  # what a comment's own element is called says nothing of its parts; a term is one of them
        own = markup.role(element)
        if not own and around == "header" and markup.is_profile_link(element):
            return "author"
        undeclared = self.told and (own == "text" or (own == "header" and around == "noise"))
        silent = around == "noise" and own not in _TOLD_IN_NOISE
        return around if undeclared or silent else own or around


def _is_hidden(element: HtmlElement) -> bool:
    return bool(_HIDDEN.search(element.get("style") or ""))


def _is_said_on_button(element: HtmlElement) -> bool:
    """Tell whether an element is a button that shows who wrote a comment, or how many like it."""
    return bool(element.tag == "button" and markup.role(element) in {"author", "likes"})
