"""`stance agree`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stance.cli import terminal
from stance.cli.help import command
from stance.cli.options import OUTPUT, AsJson, Codebook, Debug, Force, NoCodebook, Quiet, Sheets, Verbose


@command(
    "agree",
    panel="Labels",
    position=2,
    summary="Measure how far annotators agree.",
    examples="""
        stance agree labels/csto.csv
        stance agree labels/ann.csv labels/ben.csv -o disagreements.csv
    """,
)
def agree(
    sheets: Sheets = None,
    codebook: Codebook = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="CSV file for the disagreements.", rich_help_panel=OUTPUT),
    ] = None,
    *,
    no_codebook: NoCodebook = False,
    as_json: AsJson = False,
    force: Force = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Measure how far annotators agree beyond chance, with intervals, and list what they disagree on."""
    with terminal.errors_on_one_line(debug=debug):
        from stance.operations.agreement import agreement
        from stance.reports.agreement_report import agreement_to_json, format_agreement

        result = agreement(sheets or None, codebook=codebook, no_codebook=no_codebook, output=output, force=force)
        terminal.print_warnings(result.warnings, verbose=verbose)
        parts = (result.comparisons, result.disagreements, result.notes)
        if as_json:
            terminal.print_json(agreement_to_json(*parts))
        text = format_agreement(*parts, terminal.table_width(), verbose=verbose)
        terminal.print_report(text, quiet=quiet or as_json)
        if output:
            terminal.print_message(f"written: {output}", quiet=quiet)
