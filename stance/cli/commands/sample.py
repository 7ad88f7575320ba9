"""`stance sample`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from stance.cli import terminal
from stance.cli.help import command
from stance.cli.options import OUTPUT, Columns, Debug, Force, InputFormat, Quiet, TextColumn, split_names

SAMPLING = "Sampling"


@command(
    "sample",
    panel="Comments",
    position=2,
    summary="Draw comments at random into a sheet to label.",
    examples="""
        stance sample comments.csv -o labels/mine.csv --n 500 --test 150
        stance sample comments.csv -o labels/more.csv --stratify-by outlet --exclude labels/pilot.csv
    """,
)
def sample(
    inputs: Annotated[list[str], typer.Argument(help="Files of comments, or - for standard input.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The new labelling sheet.", rich_help_panel=OUTPUT)],
    n: Annotated[int, typer.Option("--n", min=1, help="Number of comments to draw.", rich_help_panel=SAMPLING)] = 500,
    test: Annotated[
        int,
        typer.Option(
            "--test",
            min=0,
            help="How many of them form a closed test set, kept out of training until 'stance train --final'.",
            rich_help_panel=SAMPLING,
        ),
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Random seed.", rich_help_panel=SAMPLING)] = 0,
    stratify_by: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="Draw from each value of this column separately.", rich_help_panel=SAMPLING
        ),
    ] = None,
    allocate: Annotated[
        Literal["equal", "proportional"],
        typer.Option(help="How to divide the sample among the values of --stratify-by.", rich_help_panel=SAMPLING),
    ] = "equal",
    exclude: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="SHEET", help="A sheet whose comments are not drawn; may be repeated.", rich_help_panel=SAMPLING
        ),
    ] = None,
    input_format: InputFormat = None,
    text_column: TextColumn = "text",
    columns: Columns = None,
    *,
    force: Force = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Draw comments at random into a new labelling sheet, recording each comment's inclusion probability."""
    with terminal.errors_on_one_line(debug=debug):
        from stance.cli import progress
        from stance.operations.sample import sample as draw
        from stance.reports.terminal_report import format_sample
        from stance.wording import pluralise

        with progress.show_rows("drawing", quiet=quiet) as show:
            result = draw(
                inputs,
                output,
                n=n,
                test=test,
                seed=seed,
                stratify_by=stratify_by,
                allocate=allocate,
                exclude=exclude or (),
                input_format=input_format,
                text_column=text_column,
                columns=split_names(columns),
                force=force,
                progress=show,
            )
        terminal.print_warnings(result.warnings)
        drawn = result.drawn
        strata = [(stratum.name, stratum.size, stratum.n_drawn, stratum.probability) for stratum in drawn.strata]
        not_drawn = {"without a text": drawn.n_without_text, "in the sheets excluded": drawn.n_excluded}
        terminal.print_report(format_sample(stratify_by, strata, not_drawn, terminal.table_width()), quiet=quiet)
        of_which = f", {test} of them as a closed test set" if test else ""
        terminal.print_message(
            f"{output}: {pluralise(len(drawn.comments), 'comment')} to label, drawn with seed {seed}{of_which}",
            quiet=quiet,
        )
