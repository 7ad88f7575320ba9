"""Tables and figures as plain text for the terminal, where foreign texts pass one gate."""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape as escape_markup
from rich.table import Table

if TYPE_CHECKING:
    from stance.metrics.intervals import Interval

DEFAULT_WIDTH = 110
_LEFT_ALIGNED = (
    *("title", "outcome", "system", "comment", "models say", "article", "misread as", "because of", "toward"),
    *("terms that speak for it", "labels of it", "adjudicated", "text"),
)
# What a terminal would obey rather than show.
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def escape_for_terminal(text: str) -> str:
    """Make a foreign text one that a terminal only shows: neither markup nor control characters work in it."""
    return escape_markup(_CONTROL_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", text))


def shorten_to_line(text: str, width: int) -> str:
    """Bring a text to one line, cut to the room there is."""
    whole = " ".join(text.split())
    return whole if len(whole) <= width else f"{whole[: width - 1]}…"


def format_with_interval(value: float, interval: Interval | None, *, sign: bool = False) -> str:
    """Write a figure with its interval, where it has one."""
    form = "+.2f" if sign else ".2f"
    if interval is None:
        return f"{value:{form}}"
    return f"{value:{form}} \\[{interval.low:{form}}, {interval.high:{form}}]"


def create_table(first_column: str, *columns: str) -> Table:
    """Begin a table; its names are escaped here, its cells by who adds them."""
    begun = Table(box=SIMPLE, pad_edge=False, show_edge=False)
    begun.add_column(escape_for_terminal(first_column))
    for column in columns:
        begun.add_column(escape_for_terminal(column), justify="left" if column in _LEFT_ALIGNED else "right")
    return begun


def render_as_text(*parts: str | Table, width: int) -> str:
    """Draw lines and tables one below the other."""
    text = StringIO()
    console = Console(file=text, width=width, highlight=False, emoji=False, color_system=None, force_terminal=False)
    for part in parts:
        console.print(part)
        if isinstance(part, Table):
            console.print()
    return "\n".join(each.rstrip() for each in text.getvalue().splitlines()) + "\n"
