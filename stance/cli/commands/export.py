"""`stance export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stance.cli import terminal
from stance.cli.help import command
from stance.cli.options import OUTPUT, TOOL_METAVAR, Codebook, Debug, Force, Quiet, parse_choice
from stance.interchange.registry import TOOL_NAMES


@command(
    "export",
    panel="Other tools",
    position=2,
    summary="Write sheets for other labelling tools, or as a table.",
    examples="""
        stance export labels/csto.csv -o tasks.json --to label-studio --config interface.xml
        stance export labels/csto.csv -o stances.csv --settled
    """,
)
def export(
    sheets: Annotated[list[Path], typer.Argument(help="Labelling sheets.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where to write, - for stdout.", rich_help_panel=OUTPUT)
    ],
    tool: Annotated[
        str | None,
        typer.Option(
            "--to",
            parser=parse_choice(TOOL_NAMES),
            metavar=TOOL_METAVAR,
            help="Tool to export to [default: by suffix].",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="File for the tool's labelling interface or label set.", rich_help_panel=OUTPUT
        ),
    ] = None,
    codebook: Codebook = None,
    *,
    settled: Annotated[
        bool,
        typer.Option(
            "--settled", help="For CSV: one row per comment with its resolved stance.", rich_help_panel=OUTPUT
        ),
    ] = False,
    force: Force = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write sheets for Label Studio, doccano or Prodigy, or as a table; importing them again loses nothing."""
    with terminal.errors_on_one_line(debug=debug):
        from stance.operations.export_labels import export_labels
        from stance.wording import pluralise

        result = export_labels(
            sheets, output, tool=tool, config=config, codebook=codebook, settled=settled, force=force
        )
        terminal.print_warnings(result.warnings)
        terminal.print_message(
            f"written: {', '.join(map(str, result.paths)) or 'stdout'}: "
            f"{pluralise(result.n_comments, 'comment')}, {pluralise(result.n_labels, 'label')}",
            quiet=quiet,
        )
