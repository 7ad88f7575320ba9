"""`stance check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stance.cli import options, terminal
from stance.cli.options import Columns, Debug, Model, Sheets, TextColumn
from stance.cli.terminal import MODEL, errors_in_one_line


def check(
    sheets: Sheets = None,
    model: Model = MODEL,
    codebook: Annotated[Path | None, typer.Option(help="The codebook [default: codebook.toml beside a sheet].")] = None,
    *,
    no_codebook: Annotated[bool, typer.Option("--no-codebook", help="Take the stances as they are found.")] = False,
    columns: Columns = None,
    text_column: TextColumn = "text",
    stance_column: Annotated[str, typer.Option(help="The column with the stances.")] = "stance",
    target_column: Annotated[str, typer.Option(help="The column with what each stance is toward.")] = "target",
    as_json: Annotated[bool, typer.Option("--json", help="Print all that was found as JSON on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only what was found that is an error.")] = False,
    debug: Debug = False,
) -> None:
    """Look for all that may be wrong with labels, and say what to do; exit with 1 if any of it is an error."""
    if codebook and no_codebook:
        raise typer.BadParameter("--codebook and --no-codebook exclude each other")
    with errors_in_one_line(debug=debug):
        from stance.validation import findings_report
        from stance.validation.check import CheckOptions
        from stance.validation.check import check as check_labels
        from stance.validation.rules import Severity

        checked = check_labels(
            CheckOptions(
                sheets=tuple(sheets or options.default_sheets()),
                model_path=model,
                codebook_path=codebook,
                use_codebook=not no_codebook,
                columns=options.names(columns),
                column_names={"text": text_column, "stance": stance_column, "target": target_column},
            )
        )
        if as_json:
            options.print_json(findings_report.findings_to_json(checked))
        elif text := findings_report.format_findings(checked, options.width(), errors_only=quiet):
            typer.echo(text)
        terminal.say(findings_report.summarise_check(checked), quiet=quiet)
        if checked.count_findings(Severity.ERROR):
            raise SystemExit(1)
