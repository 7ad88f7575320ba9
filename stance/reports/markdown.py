"""Write untrusted texts and tables as Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup

from stance.reports.text_format import replace_unprintable

if TYPE_CHECKING:
    from stance.reports.figures import Figure

# Special in Markdown at any position: emphasis, code, tags, cells, entities, formulas, and what makes a link of
# brackets. An underscore inside a word is not special.
_MARKDOWN_CHARACTERS = re.compile(r"[\\`*<>|~$]|(?<!\S)#|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|(?<=\])[(\[:]")
# What makes a line a list item, a heading, a rule or a checkbox.
_BLOCK_MARKER = re.compile(r"^(\d+(?=[.)](?: |$))|(?=[-+=][-= ]|[-+=]$|\[))")


def escape_markdown(text: str) -> str:
    r"""Return an untrusted text as one line that Markdown shows literally.

    >>> print(escape_markdown("*a* | <b>"), escape_markdown("# 1"), escape_markdown("1. b"))
    \*a\* \| \<b\> \# 1 1\. b
    >>> print(escape_markdown("F_avg [0.1, 0.2]"))
    F_avg [0.1, 0.2]
    """
    line = " ".join(replace_unprintable(text).split())
    return _BLOCK_MARKER.sub(r"\1\\", _MARKDOWN_CHARACTERS.sub(r"\\\g<0>", line))


def figure_to_markdown(figure: Figure) -> Markup:
    """Return the statement and the table of a figure, without the chart."""
    alignment = ["---" if is_text else "---:" for is_text in figure.is_text_column]
    header, *rows = [[escape_markdown(cell) for cell in row] for row in (figure.columns, *figure.rows)]
    lines = [f"| {' | '.join(cells)} |" for cells in (header, alignment, *rows)] if figure.rows else []
    paragraphs = filter(None, (escape_markdown(figure.statement), "\n".join(lines)))
    return Markup("\n\n".join(paragraphs))  # noqa: S704 - escaped for Markdown
