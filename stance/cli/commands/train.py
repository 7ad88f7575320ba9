"""`stance train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from stance.cli import terminal
from stance.cli.help import command
from stance.cli.options import (
    CODEBOOK,
    COLUMNS,
    INPUT,
    OUTPUT,
    AsJson,
    Codebook,
    Columns,
    Debug,
    Jobs,
    Model,
    NoCodebook,
    Quiet,
    Sheets,
    StanceColumn,
    TargetColumn,
    TextColumn,
    Verbose,
    split_names,
)
from stance.operations.arguments import DEFAULT_MODEL

BELOW_MIN_F1 = 3
TRAINING = "Training and evaluation"
LONG_SECONDS = 30
"""From this estimate on, the user is told how long the evaluation will take."""


@command(
    "train",
    panel="Model",
    position=1,
    summary="Train a model on labels, and evaluate it.",
    examples="""
        stance train labels/csto.csv --quick
        stance train labels/csto.csv --group-column author --min-f1 0.3
    """,
)
def train(
    sheets: Sheets = None,
    model: Model = DEFAULT_MODEL,
    metrics: Annotated[
        Path | None,
        typer.Option(help="Where to write metrics.json [default: beside the model].", rich_help_panel=OUTPUT),
    ] = None,
    oof: Annotated[
        Path | None,
        typer.Option(
            help="Where to write the out-of-fold predictions [default: beside the model].", rich_help_panel=OUTPUT
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", help="Where to write the report [default: beside the model].", rich_help_panel=OUTPUT),
    ] = None,
    codebook: Codebook = None,
    *,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help="Cross-validate once, without a learning curve.",
            rich_help_panel=TRAINING,
        ),
    ] = False,
    final: Annotated[
        bool,
        typer.Option(
            "--final",
            help="Open the closed test set: score the model on it, too. Every opening is counted.",
            rich_help_panel=TRAINING,
        ),
    ] = False,
    decide: Annotated[
        Literal["matched", "most-probable"],
        typer.Option(
            help="Predict each stance as often as it is expected, or always the most probable one.",
            rich_help_panel=TRAINING,
        ),
    ] = "matched",
    no_codebook: NoCodebook = False,
    no_codebook_examples: Annotated[
        bool,
        typer.Option("--no-codebook-examples", help="Train on the labels only.", rich_help_panel=CODEBOOK),
    ] = False,
    target_column: TargetColumn = "target",
    group_column: Annotated[
        str | None,
        typer.Option(
            help="Keep rows with the same value in this column (e.g. author) in the same fold.",
            rich_help_panel=COLUMNS,
        ),
    ] = None,
    input_format: Annotated[
        Literal["csv", "tsv"] | None,
        typer.Option(help="Format of the sheets, comma- or tab-separated [default: detected].", rich_help_panel=INPUT),
    ] = None,
    columns: Columns = None,
    text_column: TextColumn = "text",
    stance_column: StanceColumn = "stance",
    seed: Annotated[
        int, typer.Option(min=0, help="Random seed for the cross-validation splits.", rich_help_panel=TRAINING)
    ] = 0,
    jobs: Jobs = -1,
    min_f1: Annotated[
        float | None,
        typer.Option(
            "--min-f1", help="Exit with 3 if the cross-validated macro F1 is below this.", rich_help_panel=TRAINING
        ),
    ] = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Train a model on labelled comments and evaluate it by cross-validation."""
    with terminal.errors_on_one_line(debug=debug):
        from stance.cli import progress
        from stance.operations.train import train as train_model
        from stance.reports import comment_lists, terminal_report
        from stance.reports.verdict import compose_verdict

        with progress.show_steps("evaluating", quiet=quiet) as show:
            run = train_model(
                sheets or None,
                model,
                metrics=metrics,
                oof=oof,
                report=report,
                codebook=codebook,
                quick=quick,
                final=final,
                decide=decide,
                no_codebook=no_codebook,
                no_codebook_examples=no_codebook_examples,
                target_column=target_column,
                group_column=group_column,
                delimiter={None: None, "csv": ",", "tsv": "\t"}[input_format],
                columns=split_names(columns),
                text_column=text_column,
                stance_column=stance_column,
                seed=seed,
                jobs=jobs,
                progress=show,
                announce=lambda seconds: _announce(seconds, quiet=quiet),
            )
        terminal.print_warnings(run.warnings, verbose=verbose)
        if as_json:
            terminal.print_json(run.model.metrics)
        width, is_hidden = terminal.table_width(), quiet or as_json
        terminal.print_report(terminal_report.format_evaluation(run.evaluation, run.notes, width), quiet=is_hidden)
        terminal.print_report(
            comment_lists.format_comment_lists(run.labels, run.evaluation, width, verbose=verbose), quiet=is_hidden
        )
        terminal.print_message(f"written: {', '.join(map(str, run.paths))}", quiet=quiet)
        verdict = compose_verdict(run.model.metrics)
        terminal.print_report(terminal_report.format_verdict(verdict, width), quiet=is_hidden)
        macro_f1 = run.evaluation.macro_f1
        if min_f1 is not None and not macro_f1 >= min_f1:
            terminal.exit_with_error(f"macro F1 {macro_f1:.3f} is below --min-f1 {min_f1}", code=BELOW_MIN_F1)


def _announce(seconds: float, *, quiet: bool) -> None:
    """Say how long the evaluation will take, if that is long."""
    from stance.cli import progress

    if seconds >= LONG_SECONDS:
        terminal.print_message(f"evaluating: about {progress.describe_duration(seconds)}", quiet=quiet)
