"""What several commands ask for, and how they print."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from stance.errors import StanceError

# Everything else is imported where it is used: `stance --help` must not wait for scikit-learn and pandas.

SHOWN_WARNINGS = 40


class Input(StrEnum):
    """Formats in which comments are read."""

    CSV = "csv"
    TSV = "tsv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    TEXT = "text"


Model = Annotated[Path, typer.Option(help="The model file.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only errors and the data asked for.")]
Force = Annotated[bool, typer.Option("--force", "-f", help="Overwrite an output that is there already.")]
TextColumn = Annotated[str, typer.Option(help="The column with the texts.")]
Columns = Annotated[str | None, typer.Option(metavar="A,B,...", help="The columns of CSV or TSV that has no header.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show where in the program an error arose.")]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=-1, help="Processes to use, -1 for all cores.")]
InputFormat = Annotated[Input | None, typer.Option(help="Input format [default: by suffix].")]
Sheets = Annotated[list[Path] | None, typer.Argument(help="Labelling sheets.", show_default="labels/*.csv")]
OneSheet = Annotated[Path, typer.Argument(help="The labelling sheet.")]
Annotator = Annotated[str | None, typer.Option(metavar="NAME", help="Who labels [default: your login name].")]
TheCodebook = Annotated[Path | None, typer.Option(help="The codebook [default: codebook.toml beside the sheet].")]


def default_sheets() -> list[Path]:
    """Find the sheets of this folder.

    Raises
    ------
    StanceError
        There are none.
    """
    found = sorted(Path("labels").glob("*.csv"))
    if not found:
        raise StanceError("no labelling sheet named, and none in labels/", "name one, or make one by 'stance collect'")
    return found


def names(columns: str | None) -> tuple[str, ...] | None:
    """Read a list of columns."""
    return None if columns is None else tuple(columns.split(","))


def print_json(value: Any) -> None:
    """Print a value on stdout."""
    import json

    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def width() -> int:
    """Give the width to draw tables in; a pipe gets room for every column."""
    return max(80, os.get_terminal_size(sys.stderr.fileno()).columns) if sys.stderr.isatty() else 120


def labelling_screen() -> Any:
    """Load the screen to label on.

    Raises
    ------
    StanceError
        What it is drawn with is not installed, or there is no terminal to draw on.
    """
    try:
        from stance.annotation import terminal_screen
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "textual":
            raise
        raise StanceError("labelling needs the package 'textual'", "install it by 'pip install textual'") from None
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise StanceError("labelling needs a terminal", "run it without a pipe, or label in a spreadsheet")
    return terminal_screen
