r"""Write a methods text as LaTeX, to be read into a document with `\input`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stance.reports.methods.document import Citation, ItemList, Paragraph
from stance.reports.text_format import replace_unprintable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stance.reports.figures import Figure
    from stance.reports.methods.document import Section

_INTRODUCTION = """\
% Text for the methods section of a publication, written by stance train. Every figure is in metrics.json.
% In a copy, complete what is "not recorded", and leave out what you do not need; the next training run writes this
% file anew.
%
%     \\input{methods}
%     \\bibliographystyle{plain}
%     \\bibliography{methods}
%
% It needs no package. If names or titles are not in the Latin alphabet, compile the document with lualatex or xelatex
% and a font that has their characters, such as \\usepackage{fontspec}\\setmainfont{DejaVu Serif}; few fonts have emoji.
"""

# Longer cells are broken into lines.
_MAX_CELL_LENGTH = 30
_WIDTH_OF_LONG_COLUMNS = 0.7

_COMMANDS = str.maketrans(
    {
        **{character: f"\\{character}" for character in "{}$&#%_"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        '"': r"\textquotedblright{}",
        "\N{LEFT DOUBLE QUOTATION MARK}": r"\textquotedblleft{}",
        "\N{RIGHT DOUBLE QUOTATION MARK}": r"\textquotedblright{}",
        "`": r"\textquoteleft{}",
        "\N{MINUS SIGN}": "$-$",
        "\N{HORIZONTAL ELLIPSIS}": r"\dots{}",
        "\N{REPLACEMENT CHARACTER}": "?",
    }
)
# LaTeX makes one character of two hyphens, apostrophes or commas.
_LIGATURES = re.compile(r"-(?=-)|'(?=')|,(?=,)")


def format_as_latex(sections: Sequence[Section]) -> str:
    """Return a methods text as LaTeX."""
    parts = [_INTRODUCTION]
    for section in sections:
        parts += [f"\\subsection*{{{escape_latex(section.title)}}}\n", *map(_format_block, section.blocks)]
    return "\n".join(parts)


def escape_latex(text: str) -> str:
    r"""Return an untrusted text as one line that LaTeX prints literally.

    >>> print(escape_latex("50 % of {a_b} & c\\d --quick"))
    50 \% of \{a\_b\} \& c\textbackslash{}d -{}-quick
    """
    line = " ".join(replace_unprintable(text).split())
    return _LIGATURES.sub(lambda match: f"{match[0]}{{}}", line.translate(_COMMANDS))


def _format_block(block: Paragraph | ItemList | Figure) -> str:
    if isinstance(block, Paragraph):
        return f"{_format_paragraph(block)}\n"
    if isinstance(block, ItemList):
        # The braces keep a bracket at the start of a text from being read as an option of \item.
        items = (
            f"\\item {{}}\\textbf{{{escape_latex(name)}}}: {_format_paragraph(text)}" for name, text in block.items
        )
        return "\n".join(["\\begin{itemize}", *items, "\\end{itemize}\n"])
    return _format_table(block)


def _format_paragraph(paragraph: Paragraph) -> str:
    formatted = ""
    for part in paragraph.parts:
        if isinstance(part, Citation):
            formatted = f"{formatted.rstrip(' ')}~\\cite{{{','.join(part.keys)}}}"
        else:
            start, end = " " * part.startswith(" "), " " * part.endswith(" ")
            formatted += f"{start}{escape_latex(part)}{end}" if part.strip() else " "
    return formatted


def _align_columns(table: Figure) -> str:
    """Return the alignment of each column; those with long texts share most of the width of the line."""
    longest = [max(map(len, cells)) for cells in zip(table.columns, *table.rows, strict=True)]
    n_long = sum(length > _MAX_CELL_LENGTH for length in longest)
    width = f"p{{{_WIDTH_OF_LONG_COLUMNS / max(n_long, 1):.2f}\\linewidth}}"
    return "".join(
        width if length > _MAX_CELL_LENGTH else "l" if is_text else "r"
        for length, is_text in zip(longest, table.is_text_column, strict=True)
    )


def _format_table(table: Figure) -> str:
    alignment = _align_columns(table)
    # The braces keep a bracket or an asterisk at the start of a row from being read as an option of \\.
    rows = [" & ".join(f"{{}}{escape_latex(cell)}" for cell in row) + r" \\" for row in (table.columns, *table.rows)]
    lines = [
        r"\begin{table}[htbp]",
        r"\centering\small",
        f"\\caption{{{escape_latex(table.title)}}}",
        f"\\begin{{tabular}}{{{alignment}}}",
        r"\hline",
        rows[0],
        r"\hline",
        *rows[1:],
        r"\hline",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"
