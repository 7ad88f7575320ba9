"""`stance import`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stance.cli import terminal
from stance.cli.commands.export import Tool
from stance.cli.options import SHOWN_WARNINGS, Debug, Quiet, TextColumn
from stance.cli.terminal import errors_in_one_line


def import_(
    files: Annotated[list[Path], typer.Argument(help="Files of Label Studio, doccano or Prodigy, or CSV.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The labelling sheet, new or to be added to.")],
    wrote: Annotated[Tool | None, typer.Option("--from", help="What wrote them [default: found out].")] = None,
    text_column: TextColumn = "text",
    stance_column: Annotated[str, typer.Option(help="The column, key or question with the stances.")] = "stance",
    annotator: Annotated[
        list[str] | None,
        typer.Option(metavar="[OLD=]NAME", help="Who labelled, where a file does not say so, or calls them OLD."),
    ] = None,
    codebook: Annotated[Path | None, typer.Option(help="The codebook [default: codebook.toml beside it].")] = None,
    *,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Bring labels from other tools into a sheet: rows are added, none twice; what stands in it stays."""
    with errors_in_one_line(debug=debug):
        from stance.interchange import tool_files

        tools = [(path, wrote.value if wrote else tool_files.detect_input_tool(path)) for path in files]
    paths = [(path, tool) for path, tool in tools if tool is not None]
    if len(paths) < len(tools):
        unknown = next(path for path, tool in tools if tool is None)
        raise typer.BadParameter(f"{unknown.name} does not tell what wrote it: add --from label-studio|doccano|prodigy")
    with errors_in_one_line(debug=debug):
        from stance.errors import OutputIsInputError
        from stance.interchange import merge_rows
        from stance.labels.codebook import find_codebook, read_codebook
        from stance.labels.sheets import lock

        if output.resolve() in {path.resolve() for path in files}:
            raise OutputIsInputError(output)
        lies = codebook or find_codebook([output])
        stances = read_codebook(lies) if lies else None
        names = tuple((old, new) for old, _, new in (name.rpartition("=") for name in annotator or []))
        found, repaired = tool_files.read_tool_files(paths, tool_files.ImportOptions(text_column, stance_column, names))
        with lock.lock_sheet(output):
            merged = merge_rows.merge_into_sheet(output, found)
        terminal.warn(*repaired[:SHOWN_WARNINGS])
        if len(repaired) > SHOWN_WARNINGS:
            terminal.warn(f"{len(repaired) - SHOWN_WARNINGS} more of this kind")
        terminal.warn(*merged.warnings)
        if stances and (unknown_stances := tool_files.find_unknown_stances(found, stances)):
            listed = ", ".join(unknown_stances[:SHOWN_WARNINGS])
            terminal.warn(f"not in the codebook: {listed}; correct the rows, or add them to {lies}")
        counts = (
            f"{merged.n_comments} new comments, {merged.n_labels} new labels, {merged.n_known_rows} rows known already"
        )
        terminal.say(f"{output}: {counts}", quiet=quiet)
