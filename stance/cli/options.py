"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from stance.interchange.registry import TOOL_NAMES
from stance.io.formats import READABLE_FORMATS, WRITABLE_FORMATS

INPUT = "Input"
OUTPUT = "Output"
COLUMNS = "Columns"
CODEBOOK = "Codebook"
MODEL = "Model"
MESSAGES = "Messages"

TOOL_METAVAR = f"<{'|'.join(TOOL_NAMES)}>"


def parse_choice(choices: Sequence[str]) -> Callable[[str], str]:
    """Return a parser that accepts only these names."""

    def parse(name: str) -> str:
        if name not in choices:
            raise typer.BadParameter(f"{name!r} is not one of {', '.join(choices)}")
        return name

    return parse


Sheets = Annotated[list[Path] | None, typer.Argument(help="Labelling sheets.", show_default="labels/*.csv")]
OneSheet = Annotated[Path, typer.Argument(help="The labelling sheet.")]

InputFormat = Annotated[
    str | None,
    typer.Option(
        parser=parse_choice(READABLE_FORMATS),
        metavar=f"<{'|'.join(READABLE_FORMATS)}>",
        help="Format of the inputs [default: by suffix].",
        rich_help_panel=INPUT,
    ),
]
OutputFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        parser=parse_choice(WRITABLE_FORMATS),
        metavar=f"<{'|'.join(WRITABLE_FORMATS)}>",
        help="Output format [default: by suffix, else csv].",
        rich_help_panel=OUTPUT,
    ),
]
Force = Annotated[
    bool, typer.Option("--force", "-f", help="Overwrite an output file that exists.", rich_help_panel=OUTPUT)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.", rich_help_panel=OUTPUT)]
TextColumn = Annotated[str, typer.Option(help="Column that holds the texts.", rich_help_panel=COLUMNS)]
StanceColumn = Annotated[str, typer.Option(help="Column that holds the stances.", rich_help_panel=COLUMNS)]
TargetColumn = Annotated[str, typer.Option(help="Column that holds each row's target.", rich_help_panel=COLUMNS)]
Columns = Annotated[
    str | None,
    typer.Option(metavar="A,B,...", help="Column names of files without a header.", rich_help_panel=COLUMNS),
]
Codebook = Annotated[
    Path | None,
    typer.Option(help="The codebook [default: codebook.toml beside the sheet].", rich_help_panel=CODEBOOK),
]
NoCodebook = Annotated[
    bool,
    typer.Option(
        "--no-codebook",
        help="Ignore the codebook; use whatever stances the labels contain.",
        rich_help_panel=CODEBOOK,
    ),
]
Model = Annotated[Path, typer.Option(help="The model file.", rich_help_panel=MODEL)]
Annotator = Annotated[str | None, typer.Option(metavar="NAME", help="Who labels [default: your login name].")]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=-1, help="Number of processes, -1 for one per core.")]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Print only errors, warnings and the data asked for.", rich_help_panel=MESSAGES),
]
Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Print lists in full, not only their first entries.", rich_help_panel=OUTPUT),
]
Debug = Annotated[
    bool, typer.Option("--debug", help="Show where in the program an error occurred.", rich_help_panel=MESSAGES)
]


def split_names(columns: str | None) -> tuple[str, ...] | None:
    """Return the column names of a comma-separated list."""
    return None if columns is None else tuple(columns.split(","))
