"""The parts of a methods text, independent of Markdown and LaTeX: sections of paragraphs, lists and tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stance.reports.figures import Figure

NOT_RECORDED = "not recorded"
"""What is written in place of a fact that neither the sheets nor the metrics contain."""

_PLACEHOLDER = re.compile(r"\[@(?P<keys>[\w;]+)\]|\{(?P<name>\w+)\}")


@dataclass(frozen=True)
class Citation:
    """Citations at one place of a text, by their keys in `references.toml`."""

    keys: tuple[str, ...]


@dataclass(frozen=True)
class Paragraph:
    """Text and citations in their order. The text may hold names from a sheet, so each format must escape it."""

    parts: tuple[str | Citation, ...]


@dataclass(frozen=True)
class ItemList:
    """A list of items, each with a name that is printed bold."""

    items: tuple[tuple[str, Paragraph], ...]


@dataclass(frozen=True)
class Section:
    """A section; of a figure, only the title and the table are printed."""

    title: str
    blocks: tuple[Paragraph | ItemList | Figure, ...]


def compose(template: str, **values: str) -> Paragraph:
    """Fill in a template; the values are never searched for placeholders or citations.

    >>> compose("Kappa [@cohen1960] is {kappa}.", kappa="[@x]").parts
    ('Kappa ', Citation(keys=('cohen1960',)), ' is [@x].')
    """
    parts: list[str | Citation] = []
    position = 0
    for match in _PLACEHOLDER.finditer(template):
        _append(parts, template[position : match.start()])
        _append(parts, values[match["name"]] if match["name"] else Citation(tuple(match["keys"].split(";"))))
        position = match.end()
    _append(parts, template[position:])
    return Paragraph(tuple(parts))


def join_sentences(*sentences: Paragraph) -> Paragraph:
    """Return one paragraph of several sentences, with spaces between them."""
    parts: list[str | Citation] = []
    for sentence in sentences:
        if parts and sentence.parts:
            _append(parts, " ")
        for part in sentence.parts:
            _append(parts, part)
    return Paragraph(tuple(parts))


def list_citations(sections: Iterable[Section]) -> list[str]:
    """Return the keys of all citations, sorted, each once."""
    return sorted({key for section in sections for block in section.blocks for key in _keys_in_block(block)})


def _append(parts: list[str | Citation], part: str | Citation) -> None:
    """Append a part; text is joined with the text before it, so that a format escapes it as a whole."""
    if isinstance(part, str) and parts and isinstance(parts[-1], str):
        parts[-1] += part
    elif part:
        parts.append(part)


def _keys_in_block(block: Paragraph | ItemList | Figure) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield from (key for part in block.parts if isinstance(part, Citation) for key in part.keys)
    elif isinstance(block, ItemList):
        for _, paragraph in block.items:
            yield from _keys_in_block(paragraph)
