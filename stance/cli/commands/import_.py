"""`stance import`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stance.cli import terminal
from stance.cli.help import command
from stance.cli.options import (
    INPUT,
    OUTPUT,
    TOOL_METAVAR,
    Codebook,
    Debug,
    Quiet,
    StanceColumn,
    TextColumn,
    parse_choice,
)
from stance.interchange.registry import TOOL_NAMES


@command(
    "import",
    panel="Other tools",
    position=1,
    summary="Bring labels from other tools into a sheet.",
    examples="""
        stance import export.json -o labels/imported.csv
        stance import coded.csv -o labels/imported.csv --stance-column code --annotator ann
    """,
)
def import_(
    files: Annotated[list[Path], typer.Argument(help="Files of Label Studio, doccano or Prodigy, or tables.")],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="The labelling sheet, new or to be added to.", rich_help_panel=OUTPUT),
    ],
    tool: Annotated[
        str | None,
        typer.Option(
            "--from",
            parser=parse_choice(TOOL_NAMES),
            metavar=TOOL_METAVAR,
            help="The tool that wrote them [default: detected].",
            rich_help_panel=INPUT,
        ),
    ] = None,
    text_column: TextColumn = "text",
    stance_column: StanceColumn = "stance",
    annotator: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[OLD=]NAME",
            help="Annotator of labels that name none; OLD=NAME renames annotator OLD; may be repeated.",
            rich_help_panel=INPUT,
        ),
    ] = None,
    codebook: Codebook = None,
    *,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Bring labels from other tools into a sheet; its rows are kept, and none is added twice."""
    with terminal.errors_on_one_line(debug=debug):
        from stance.operations.import_labels import import_labels
        from stance.wording import pluralise

        result = import_labels(
            files,
            output,
            tool=tool,
            text_column=text_column,
            stance_column=stance_column,
            annotators={old: new for old, _, new in (name.rpartition("=") for name in annotator or [])},
            codebook=codebook,
        )
        terminal.print_warnings(result.repairs)
        terminal.print_warnings(result.warnings)
        terminal.print_message(
            f"{output}: {pluralise(result.n_comments, 'new comment')}, {pluralise(result.n_labels, 'new label')}, "
            f"{pluralise(result.n_known_rows, 'row')} already in the sheet",
            quiet=quiet,
        )
