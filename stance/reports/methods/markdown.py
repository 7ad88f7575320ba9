"""Write a methods text as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.reports.markdown import escape_markdown, figure_to_markdown
from stance.reports.methods.document import Citation, ItemList, Paragraph, list_citations
from stance.reports.methods.references import read_references

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stance.reports.figures import Figure
    from stance.reports.methods.document import Section

_INTRODUCTION = (
    "Text for the methods section of a publication, written by `stance train`. Every figure is in `metrics.json`. "
    "In a copy, complete what is “not recorded”, and leave out what you do not need; the next training run writes this "
    "file anew. `methods.tex` is the same text in LaTeX. "
    "Keys such as `[@cohen1960]` are entries of `methods.bib` and of the list of references at the end; "
    "`pandoc --citeproc --bibliography methods.bib` replaces them."
)


def format_as_markdown(sections: Sequence[Section]) -> str:
    """Return a methods text as Markdown, with its list of references."""
    parts = ["# Methods", _INTRODUCTION]
    for section in sections:
        parts += [f"## {escape_markdown(section.title)}", *map(_format_block, section.blocks)]
    references = read_references()
    lines = [f"- `{key}`: {escape_markdown(references[key].line)}" for key in list_citations(sections)]
    return "\n\n".join([*parts, "## References", "\n".join(lines)]) + "\n"


def _format_block(block: Paragraph | ItemList | Figure) -> str:
    if isinstance(block, Paragraph):
        return _format_paragraph(block)
    if isinstance(block, ItemList):
        lines = (f"- **{escape_markdown(name)}**: {_format_paragraph(text)}" for name, text in block.items)
        return "\n".join(lines)
    return f"**{escape_markdown(block.title)}**\n\n{figure_to_markdown(block)}"


def _format_paragraph(paragraph: Paragraph) -> str:
    return "".join(
        f"[{'; '.join(f'@{key}' for key in part.keys)}]" if isinstance(part, Citation) else _escape_part(part)
        for part in paragraph.parts
    )


def _escape_part(text: str) -> str:
    """Escape a part of a paragraph, and keep the spaces at its ends, which separate it from a citation."""
    start, end = " " * text.startswith(" "), " " * text.endswith(" ")
    return f"{start}{escape_markdown(text)}{end}" if text.strip() else " "
