"""Format tables and scores as plain text for the terminal; every untrusted text is escaped."""

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

MAX_LISTED = 5
"""The number of entries of a list that are printed without `--verbose`."""

_LEFT_ALIGNED = (
    *("title", "outcome", "system", "comment", "models predict", "article", "predicted", "because of", "target"),
    *("terms with the largest weights", "labels", "adjudicated", "text"),
)
# Characters that a terminal interprets instead of showing them.
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def escape_for_terminal(text: str) -> str:
    r"""Return an untrusted text without control characters, and with rich's markup escaped.

    >>> escape_for_terminal("[red]a\x1b[0m")
    '\\[red]a�[0m'
    """
    return escape_markup(_CONTROL_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", text))


def shorten_to_line(text: str, width: int) -> str:
    """Return a text as one line, truncated to a width.

    >>> shorten_to_line("a long comment", 8)
    'a long …'
    """
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 1]}…"


def format_with_interval(value: float, interval: Interval | None, *, sign: bool = False) -> str:
    """Return a score with its interval, if it has one, as markup for a table."""
    number_format = "+.2f" if sign else ".2f"
    if interval is None:
        return f"{value:{number_format}}"
    return f"{value:{number_format}} \\[{interval.low:{number_format}}, {interval.high:{number_format}}]"


def create_table(first_column: str, *columns: str) -> Table:
    """Create a table with column names; these are escaped here, cells must be escaped by the caller."""
    table = Table(box=SIMPLE, pad_edge=False, show_edge=False)
    table.add_column(escape_for_terminal(first_column))
    for column in columns:
        table.add_column(escape_for_terminal(column), justify="left" if column in _LEFT_ALIGNED else "right")
    return table


def render_as_text(*parts: str | Table, width: int) -> str:
    """Render lines and tables below each other."""
    text = StringIO()
    console = Console(file=text, width=width, highlight=False, emoji=False, color_system=None, force_terminal=False)
    for part in parts:
        console.print(part)
        if isinstance(part, Table):
            console.print()
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"
