"""Draw inline SVG; colours and font are inherited from the page through CSS classes."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from stance.reports.text_format import replace_unprintable

if TYPE_CHECKING:
    from collections.abc import Sequence

_FONT_SIZE = 13
_WIDE_CHARACTERS, _NARROW_CHARACTERS = frozenset("mwMW@%—…щшжюмфыэШЩЖЮМФЫ"), frozenset("fijlrtI.,:;|!'()[]- ")


class Canvas:
    """An SVG image to draw on, in units of its own; the font size is 13 units.

    Parameters
    ----------
    width, height
        The size of the image; everything must be drawn inside.
    title
        A title for screen readers.
    description
        What the image shows in one sentence, for screen readers.
    """

    def __init__(self, width: float, height: float, title: str, description: str) -> None:
        # The image scales with the column while the text stays readable; below that width the page scrolls it.
        size = f"min-width:{0.8 * width:.0f}px;max-width:{1.25 * width:.0f}px"
        view = f"0 0 {_format_length(width)} {_format_length(height)}"
        self._root = ET.Element("svg", {"viewBox": view, "role": "img", "style": size})
        ET.SubElement(self._root, "title").text = replace_unprintable(title)
        ET.SubElement(self._root, "desc").text = replace_unprintable(description)

    def draw_line(self, css_class: str, x1: float, y1: float, x2: float, y2: float) -> None:
        """Draw a straight line."""
        self._add_element("line", css_class, x1=x1, y1=y1, x2=x2, y2=y2)

    def draw_path(self, css_class: str, points: Sequence[tuple[float, float]], *, closed: bool = False) -> None:
        """Draw lines through points."""
        self._add_element("polygon" if closed else "polyline", css_class).set(
            "points", " ".join(f"{_format_length(x)},{_format_length(y)}" for x, y in points)
        )

    def draw_rectangle(self, css_class: str, x: float, y: float, width: float, height: float) -> None:
        """Draw a rectangle."""
        self._add_element("rect", css_class, x=x, y=y, width=max(0.0, width), height=max(0.0, height))

    def draw_circle(self, css_class: str, x: float, y: float, radius: float = 5) -> None:
        """Draw a filled circle."""
        self._add_element("circle", css_class, cx=x, cy=y, r=radius)

    def draw_diamond(self, css_class: str, x: float, y: float, radius: float = 5.5) -> None:
        """Draw a filled diamond."""
        self.draw_path(css_class, [(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)], closed=True)

    def draw_whisker(self, css_class: str, low: float, high: float, y: float) -> None:
        """Draw a horizontal interval with marks at both ends."""
        self.draw_line(css_class, low, y, high, y)
        for end in (low, high):
            self.draw_line(css_class, end, y - 4, end, y + 4)

    def draw_text(self, css_class: str, x: float, y: float, text: str, width: float | None = None) -> None:
        """Draw a text, truncated to a width; it starts at `x` unless the class contains `middle` or `end`."""
        full_text = replace_unprintable(text)
        drawn_text = full_text if width is None else truncate_to_width(full_text, width)
        element = self._add_element("text", css_class, x=x, y=y)
        element.text = drawn_text
        if drawn_text != full_text:
            ET.SubElement(element, "title").text = full_text

    def draw_vertical_text(self, css_class: str, x: float, y: float, text: str, width: float) -> None:
        """Draw a text from `y` upwards."""
        self.draw_text(css_class, 0, 0, text, width)
        element = self._root[-1]
        del element.attrib["x"], element.attrib["y"]
        element.set("transform", f"translate({_format_length(x)} {_format_length(y)}) rotate(-90)")

    def to_svg(self) -> str:
        """Return the image as an element for an HTML page."""
        return ET.tostring(self._root, encoding="unicode")

    def _add_element(self, tag: str, css_class: str, **lengths: float) -> ET.Element:
        return ET.SubElement(
            self._root, tag, {"class": css_class, **{name: _format_length(value) for name, value in lengths.items()}}
        )


def estimate_text_width(text: str) -> float:
    """Return an upper estimate of the width of a line, from the character widths of a wide font.

    >>> round(estimate_text_width("a name"), 2)
    50.44
    """
    return sum(map(_character_width, text)) * _FONT_SIZE


def truncate_to_width(text: str, width: float) -> str:
    """Truncate a text to a width, with an ellipsis.

    >>> truncate_to_width("a rather long name", 60)
    'a rath…'
    """
    line = " ".join(text.split())
    if estimate_text_width(line) <= width:
        return line
    remaining, n_kept = width / _FONT_SIZE - _character_width("…"), 0
    for character in line:
        remaining -= _character_width(character)
        if remaining < 0:
            break
        n_kept += 1
    return f"{line[:n_kept].rstrip()}…"


def _character_width(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if character in _NARROW_CHARACTERS:
        return 0.4
    if character in _WIDE_CHARACTERS or unicodedata.east_asian_width(character) in "WF":
        return 1.0
    return 0.72 if character.isupper() else 0.62


def _format_length(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
