"""`stance predict`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from stance.cli import terminal
from stance.cli.help import command
from stance.cli.options import (
    COLUMNS,
    INPUT,
    OUTPUT,
    Columns,
    Debug,
    Force,
    InputFormat,
    Jobs,
    Model,
    OutputFormat,
    Quiet,
    TextColumn,
    split_names,
)
from stance.operations.arguments import DEFAULT_MODEL, STANDARD_STREAM

PREDICTIONS = "Predictions"


@command(
    "predict",
    panel="Model",
    position=2,
    summary="Score new comments.",
    examples="""
        stance predict --text "We should leave the CSTO." --explain 3
        stance predict comments.csv -o scored.parquet --jobs 2
    """,
)
def predict(
    inputs: Annotated[
        list[str] | None, typer.Argument(help="Files to score, or - for standard input, one text per line.")
    ] = None,
    text: Annotated[
        list[str] | None, typer.Option("--text", help="A text to score; may be repeated.", rich_help_panel=INPUT)
    ] = None,
    model: Model = DEFAULT_MODEL,
    output: Annotated[
        str, typer.Option("--output", "-o", help="Where to write, - for stdout.", rich_help_panel=OUTPUT)
    ] = STANDARD_STREAM,
    output_format: OutputFormat = None,
    input_format: InputFormat = None,
    text_column: TextColumn = "text",
    target: Annotated[str | None, typer.Option(help="Target of all texts.", rich_help_panel=COLUMNS)] = None,
    target_column: Annotated[
        str | None,
        typer.Option(
            help="Column that holds each row's target [default: target, if it exists].", rich_help_panel=COLUMNS
        ),
    ] = None,
    columns: Columns = None,
    min_confidence: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            metavar="P",
            help="Predict cannot-tell where the confidence is below P.",
            rich_help_panel=PREDICTIONS,
        ),
    ] = 0.0,
    min_known: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            metavar="P",
            help="Predict cannot-tell where the model knows a smaller share of the words; 0 predicts all "
            "[default: the share below which 3 % of the labelled comments are].",
            rich_help_panel=PREDICTIONS,
        ),
    ] = None,
    explain: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="N",
            help="Add the N terms that contribute most to each prediction.",
            rich_help_panel=PREDICTIONS,
        ),
    ] = 0,
    jobs: Jobs = 1,
    *,
    force: Force = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Score new comments: each row with its predicted stance and the probability of every stance."""
    with terminal.errors_on_one_line(debug=debug):
        from stance.cli import progress
        from stance.operations.predict import predict_file
        from stance.wording import pluralise

        # A bar would be mixed with rows that are printed on the same terminal.
        is_shown = not quiet and not (output == STANDARD_STREAM and sys.stdout.isatty())
        with progress.show_rows("scoring", quiet=not is_shown) as show:
            summary = predict_file(
                inputs or (),
                output,
                model,
                texts=text or (),
                output_format=output_format,
                input_format=input_format,
                text_column=text_column,
                target=target,
                target_column=target_column,
                columns=split_names(columns),
                min_confidence=min_confidence,
                min_known=min_known,
                explain=explain,
                jobs=jobs,
                force=force,
                progress=show,
            )
        terminal.print_warnings(summary.warnings)
        terminal.print_message(summary.note, quiet=quiet or not summary.note)
        is_file = output != STANDARD_STREAM
        terminal.print_message(f"{output}: {pluralise(summary.n_rows, 'row')} scored", quiet=quiet or not is_file)
