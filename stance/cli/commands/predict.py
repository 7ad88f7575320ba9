"""`stance predict`."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from stance.cli import options, terminal
from stance.cli.options import Columns, Debug, Force, InputFormat, Jobs, Model, Quiet, TextColumn
from stance.cli.terminal import MODEL, errors_in_one_line


class Output(StrEnum):
    """Formats that `predict` writes."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


def predict(
    inputs: Annotated[list[str] | None, typer.Argument(help="Files to score, or - for a line a comment.")] = None,
    text: Annotated[list[str] | None, typer.Option("--text", help="A text to score; may be repeated.")] = None,
    model: Model = MODEL,
    output: Annotated[str, typer.Option("--output", "-o", help="Where to write, - for stdout.")] = "-",
    to: Annotated[Output | None, typer.Option("--format", help="Output format [default: by suffix, else csv].")] = None,
    input_format: InputFormat = None,
    text_column: TextColumn = "text",
    target: Annotated[str | None, typer.Option(help="What all texts are toward.")] = None,
    target_column: Annotated[
        str | None, typer.Option(help="The column with what each is toward [default: target, if it is there].")
    ] = None,
    columns: Columns = None,
    min_confidence: Annotated[
        float, typer.Option(min=0, max=1, metavar="P", help="Answer cannot-tell where the model is less sure.")
    ] = 0.0,
    explain: Annotated[int, typer.Option(min=0, metavar="N", help="Add the N terms that pulled most.")] = 0,
    jobs: Jobs = 1,
    *,
    force: Force = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Score new comments: each row with its predicted stance and the probability of every stance."""
    if target is not None and target_column is not None:
        raise typer.BadParameter("--target and --target-column exclude each other")
    with errors_in_one_line(debug=debug):
        from stance.cli import progress
        from stance.io.input_stream import STANDARD_STREAM
        from stance.scoring import score

        request = score.ScoringRequest(
            inputs=tuple(inputs or ()),
            texts=tuple(text or ()),
            model=model,
            output=output,
            output_format=to.value if to else None,
            input_format=input_format.value if input_format else None,
            text_column=text_column,
            target=target,
            target_column=target_column,
            columns=options.names(columns),
            min_confidence=min_confidence,
            explain=explain,
            jobs=jobs,
            force=force,
        )
        # A bar would run through rows that come out on the same terminal.
        with progress.rows("scoring", quiet=quiet or (output == STANDARD_STREAM and sys.stdout.isatty())) as bar:
            scored = score.score_inputs(request, bar)
        terminal.warn(*scored.warnings)
        terminal.say(scored.note, quiet=quiet or not scored.note)
