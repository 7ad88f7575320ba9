"""`stance export`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stance.cli import terminal
from stance.cli.options import SHOWN_WARNINGS, Debug, Force, Quiet
from stance.cli.terminal import errors_in_one_line


class Tool(StrEnum):
    """Tools whose files are written and read."""

    LABEL_STUDIO = "label-studio"
    DOCCANO = "doccano"
    PRODIGY = "prodigy"
    CSV = "csv"


def export(
    sheets: Annotated[list[Path], typer.Argument(help="Labelling sheets.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write, - for stdout.")],
    to: Annotated[Tool | None, typer.Option("--to", help="The tool it is for [default: by suffix].")] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the tool's labelling interface or labels there as well.")
    ] = None,
    codebook: Annotated[Path | None, typer.Option(help="The codebook [default: codebook.toml beside a sheet].")] = None,
    *,
    settled: Annotated[
        bool, typer.Option("--settled", help="CSV with one row a comment: the stance that holds.")
    ] = False,
    force: Force = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write sheets for Label Studio, doccano or Prodigy, or as plain CSV; nothing in them is lost on the way back."""
    from stance.interchange import tool_files

    tool = to.value if to else tool_files.infer_output_tool(output)
    if tool is None:
        raise typer.BadParameter("the suffix does not tell for which tool: add --to label-studio|doccano|prodigy|csv")
    if settled and tool != "csv":
        raise typer.BadParameter("--settled is for --to csv: the other tools take every label")
    if config and tool == "csv":
        raise typer.BadParameter("a CSV has no labelling interface: leave --config out")
    with errors_in_one_line(debug=debug):
        from stance.errors import OutputIsInputError, StanceError
        from stance.interchange import load_sheets
        from stance.io import atomic
        from stance.labels.codebook import find_codebook, read_codebook

        standard = str(output) == "-"
        inputs = {path.resolve() for path in (*sheets, *filter(None, [codebook]))}
        outputs = [*([] if standard else [output]), *([config] if config else [])]
        for path in outputs:
            if path.resolve() in inputs or outputs.count(path) > 1:
                raise OutputIsInputError(path)
            atomic.refuse_overwriting(path, force=force)
        taken = load_sheets.load_sheets_for_export(sheets)
        lies = codebook or find_codebook(sheets)
        stances = read_codebook(lies) if lies else None
        if config and stances is None:
            raise StanceError("no codebook to make a labelling interface of", "name one by --codebook")
        pieces = tool_files.format_for_tool(taken, tool, stances, resolved=settled)
        if standard:
            sys.stdout.writelines(pieces)
        else:
            tool_files.write_text_file(output, pieces)
        if config and stances is not None:
            tool_files.write_text_file(config, [tool_files.format_labelling_config(taken, tool, stances)])
        terminal.warn(*taken.warnings[:SHOWN_WARNINGS])
        if len(taken.warnings) > SHOWN_WARNINGS:
            terminal.warn(f"{len(taken.warnings) - SHOWN_WARNINGS} more of this kind")
        labels = sum(bool(row.get("stance")) for comment in taken.items for row in comment.rows.values())
        told = f"{len(taken.items)} comments, {labels} labels"
        terminal.say(f"written: {', '.join(map(str, outputs)) or 'stdout'}: {told}", quiet=quiet)
