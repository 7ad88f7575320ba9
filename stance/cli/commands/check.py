"""`stance check`."""

from __future__ import annotations

from typing import Annotated

import typer

from stance.cli import terminal
from stance.cli.help import command
from stance.cli.options import (
    MESSAGES,
    AsJson,
    Codebook,
    Columns,
    Debug,
    Model,
    NoCodebook,
    Sheets,
    StanceColumn,
    TargetColumn,
    TextColumn,
    Verbose,
    split_names,
)
from stance.operations.arguments import DEFAULT_MODEL


@command(
    "check",
    panel="Labels",
    position=4,
    summary="Find what is wrong with labels.",
    examples="""
        stance check labels/csto.csv
        stance check labels/csto.csv --json > findings.json
    """,
)
def check(
    sheets: Sheets = None,
    model: Model = DEFAULT_MODEL,
    codebook: Codebook = None,
    *,
    no_codebook: NoCodebook = False,
    columns: Columns = None,
    text_column: TextColumn = "text",
    stance_column: StanceColumn = "stance",
    target_column: TargetColumn = "target",
    as_json: AsJson = False,
    verbose: Verbose = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print only findings that are errors.", rich_help_panel=MESSAGES)
    ] = False,
    debug: Debug = False,
) -> None:
    """Find everything that may be wrong with labels and say what to do; exit with 1 if any of it is an error."""
    with terminal.errors_on_one_line(debug=debug):
        from stance.operations.check import check as check_labels
        from stance.validation import findings_report
        from stance.validation.rules import Severity

        result = check_labels(
            sheets or None,
            model=model,
            codebook=codebook,
            no_codebook=no_codebook,
            columns=split_names(columns),
            text_column=text_column,
            stance_column=stance_column,
            target_column=target_column,
        )
        if as_json:
            terminal.print_json(findings_report.findings_to_json(result))
        else:
            width = terminal.table_width()
            terminal.print_report(findings_report.format_findings(result, width, errors_only=quiet, verbose=verbose))
        terminal.print_message(findings_report.summarise_check(result), quiet=quiet)
        if result.count_findings(Severity.ERROR):
            raise SystemExit(1)
