"""A few strokes to draw with: a picture is SVG that inherits its colours and its type from the page around it."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from stance.reports.text_format import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

_LETTER = 13
_WIDE, _NARROW = frozenset("mwMW@%—…щшжюмфыэШЩЖЮМФЫ"), frozenset("fijlrtI.,:;|!'()[]- ")


class Canvas:
    """A picture that is being drawn; lengths are units of its own, in which letters are 13 high.

    Parameters
    ----------
    width, height
        The size that everything drawn must keep within.
    title
        What the picture shows, for those who hear it.
    description
        What it says, in one sentence.
    """

    def __init__(self, width: float, height: float, title: str, description: str) -> None:
        # It grows and shrinks with its column as long as its letters stay readable; then the page lets it be scrolled.
        size = f"min-width:{0.8 * width:.0f}px;max-width:{1.25 * width:.0f}px"
        view = f"0 0 {_length(width)} {_length(height)}"
        self._root = ET.Element("svg", {"viewBox": view, "role": "img", "style": size})
        ET.SubElement(self._root, "title").text = shown(title)
        ET.SubElement(self._root, "desc").text = shown(description)

    def line(self, kind: str, x1: float, y1: float, x2: float, y2: float) -> None:
        """Draw a straight line."""
        self._add("line", kind, x1=x1, y1=y1, x2=x2, y2=y2)

    def path(self, kind: str, points: Sequence[tuple[float, float]], *, closed: bool = False) -> None:
        """Draw lines from point to point."""
        self._add("polygon" if closed else "polyline", kind).set(
            "points", " ".join(f"{_length(x)},{_length(y)}" for x, y in points)
        )

    def box(self, kind: str, x: float, y: float, width: float, height: float) -> None:
        """Draw a rectangle."""
        self._add("rect", kind, x=x, y=y, width=max(0.0, width), height=max(0.0, height))

    def dot(self, kind: str, x: float, y: float, radius: float = 5) -> None:
        """Draw a disc."""
        self._add("circle", kind, cx=x, cy=y, r=radius)

    def diamond(self, kind: str, x: float, y: float, reach: float = 5.5) -> None:
        """Draw a square that stands on a corner."""
        self.path(kind, [(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)], closed=True)

    def whisker(self, kind: str, low: float, high: float, y: float) -> None:
        """Draw a lying interval with its two ends."""
        self.line(kind, low, y, high, y)
        for end in (low, high):
            self.line(kind, end, y - 4, end, y + 4)

    def text(self, kind: str, x: float, y: float, text: str, width: float | None = None) -> None:
        """Write a text, shortened to a width; `kind` may hold `middle` or `end`, else it starts at `x`."""
        whole = shown(text)
        written = whole if width is None else fitted(whole, width)
        element = self._add("text", kind, x=x, y=y)
        element.text = written
        if written != whole:
            ET.SubElement(element, "title").text = whole

    def upright(self, kind: str, x: float, y: float, text: str, width: float) -> None:
        """Write a text from `y` upward."""
        self.text(kind, 0, 0, text, width)
        written = self._root[-1]
        del written.attrib["x"], written.attrib["y"]
        written.set("transform", f"translate({_length(x)} {_length(y)}) rotate(-90)")

    def markup(self) -> str:
        """Give the picture as an element to place in a page."""
        return ET.tostring(self._root, encoding="unicode")

    def _add(self, name: str, kind: str, **lengths: float) -> ET.Element:
        return ET.SubElement(
            self._root, name, {"class": kind, **{key: _length(value) for key, value in lengths.items()}}
        )


def width_of(text: str) -> float:
    """Give about the most room that a line takes, by how wide its letters are in a wide typeface.

    >>> round(width_of("a name"), 2)
    50.44
    """
    return sum(map(_em, text)) * _LETTER


def fitted(text: str, width: float) -> str:
    """Shorten a text to a width.

    >>> fitted("a rather long name", 60)
    'a rath…'
    """
    line = " ".join(text.split())
    if width_of(line) <= width:
        return line
    room, kept = width / _LETTER - _em("…"), 0
    for character in line:
        room -= _em(character)
        if room < 0:
            break
        kept += 1
    return f"{line[:kept].rstrip()}…"


def _em(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if character in _NARROW:
        return 0.4
    if character in _WIDE or unicodedata.east_asian_width(character) in "WF":
        return 1.0
    return 0.72 if character.isupper() else 0.62


def _length(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
