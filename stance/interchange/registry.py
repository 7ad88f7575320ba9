"""The registry of labelling tools: their names, the suffixes of their files, and the modules that read and write them.

A new tool is a module in `stance/interchange/tools/` with the functions of `ToolModule`, and one line in `TOOLS`.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from stance.io.formats import FORMATS, WRITABLE_FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from stance.interchange.load_sheets import LoadedSheets
    from stance.interchange.row_records import ImportedRow
    from stance.labels.codebook import Codebook


@dataclass(frozen=True)
class ImportOptions:
    """How files are read.

    Attributes
    ----------
    text_column, stance_column
        The columns or keys with the text and the stance.
    annotator_names
        Pairs of an annotator's name in the file and in the sheet; the name "" in the file is an unnamed annotator.
    """

    text_column: str = "text"
    stance_column: str = "stance"
    annotator_names: tuple[tuple[str, str], ...] = ()


class ToolModule(Protocol):
    """The functions that the module of a tool has."""

    def recognises(self, values: Sequence[Mapping[str, Any]]) -> bool:
        """Return whether the first JSON objects of a file were written by the tool."""

    def read_file(self, path: Path, options: ImportOptions) -> Iterator[ImportedRow]:
        """Yield the rows of a file of the tool."""

    def format_file(self, loaded: LoadedSheets, codebook: Codebook | None, *, resolved: bool) -> Iterator[str]:
        """Yield the parts of a file for the tool."""

    def format_config(self, loaded: LoadedSheets, codebook: Codebook) -> str:
        """Return the labelling interface, or the labels, of a codebook for the tool."""


@dataclass(frozen=True)
class Tool:
    """A labelling tool.

    Attributes
    ----------
    name
        Its name in the options `--to` and `--from`.
    module_name
        Its module in `stance/interchange/tools/`.
    output_suffixes
        The suffixes of outputs that are for this tool unless another one is named.
    has_config
        Whether it has a labelling interface that can be written.
    has_resolved_rows
        Whether it can be given one row per comment with its resolved stance.
    """

    name: str
    module_name: str
    output_suffixes: tuple[str, ...] = ()
    has_config: bool = True
    has_resolved_rows: bool = False

    def load_module(self) -> ToolModule:
        """Import the module of this tool."""
        return cast("ToolModule", importlib.import_module(f"stance.interchange.tools.{self.module_name}"))


# Two tools read JSON lines, so that their suffix does not say which one a file is for.
_TABLE_SUFFIXES = tuple(
    suffix for name in WRITABLE_FORMATS if FORMATS[name].has_fixed_columns for suffix in FORMATS[name].suffixes
)

# A file is of the first tool that recognises it.
TOOLS = {
    tool.name: tool
    for tool in (
        Tool("label-studio", "label_studio_json", output_suffixes=(".json",)),
        Tool("doccano", "doccano_jsonl"),
        Tool("prodigy", "prodigy_jsonl"),
        Tool("csv", "csv_table", output_suffixes=_TABLE_SUFFIXES, has_config=False, has_resolved_rows=True),
    )
}
TOOL_NAMES = tuple(TOOLS)
