"""`stance sample`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stance.cli import options, terminal
from stance.cli.options import Columns, Debug, Force, InputFormat, Quiet, TextColumn
from stance.cli.terminal import errors_in_one_line


class Allocate(StrEnum):
    """How many comments each stratum gets."""

    EQUAL = "equal"
    PROPORTIONAL = "proportional"


def sample(
    inputs: Annotated[list[str], typer.Argument(help="Files to draw from, or - for a line a comment.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The new labelling sheet.")],
    n: Annotated[int, typer.Option("--n", min=1, help="How many comments to draw.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Draws the comments.")] = 0,
    stratify_by: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Draw from each part that this column tells apart.")
    ] = None,
    allocate: Annotated[Allocate, typer.Option(help="How to share the draws out among them.")] = Allocate.EQUAL,
    exclude: Annotated[
        list[Path] | None, typer.Option(metavar="SHEET", help="A sheet whose comments are not drawn; may be repeated.")
    ] = None,
    input_format: InputFormat = None,
    text_column: TextColumn = "text",
    columns: Columns = None,
    *,
    force: Force = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Draw comments at random into a new labelling sheet, each with the probability that it had to be drawn."""
    if str(output) == "-":
        raise typer.BadParameter("a labelling sheet is a file", param_hint="--output")
    with errors_in_one_line(debug=debug):
        from stance.cli import progress
        from stance.reports import terminal_report
        from stance.reports.text_format import pluralise
        from stance.sampling import sample_sheet as room
        from stance.sampling.sampler import SamplingPlan

        plan = SamplingPlan(n, seed, stratify_by, allocate.value)
        request = room.SampleRequest(
            inputs=tuple(inputs),
            output=output,
            plan=plan,
            exclude=tuple(exclude or ()),
            input_format=input_format.value if input_format else None,
            text_column=text_column,
            columns=options.names(columns),
            force=force,
        )
        with progress.rows("drawing", quiet=quiet) as bar:
            drawn = room.draw_sample(request, bar)
        room.write_sample(drawn, request)
        terminal.warn(*room.format_sample_warnings(drawn, plan))
        strata = [(each.name, each.size, each.n_drawn, each.probability) for each in drawn.strata]
        left_out = {"without a text": drawn.n_without_text, "in the sheets excluded": drawn.n_excluded}
        told = terminal_report.format_sample(stratify_by, strata, left_out, options.width())
        terminal.say(told, quiet=quiet)
        terminal.say(
            f"{output}: {pluralise(len(drawn.comments), 'comment')} to label, drawn by seed {seed}", quiet=quiet
        )
