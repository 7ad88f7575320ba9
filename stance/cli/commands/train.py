"""`stance train`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stance.cli import options, terminal
from stance.cli.options import Columns, Debug, Jobs, Model, Quiet, Sheets, TextColumn
from stance.cli.terminal import MODEL, errors_in_one_line

QUALITY_GATE_MISSED = 3


class Decide(StrEnum):
    """How stances are predicted; as in `models.decision_rule`, which need not be loaded to show the help."""

    MATCHED = "matched"
    MOST_PROBABLE = "most-probable"


class TableFormat(StrEnum):
    """Formats of labelling sheets."""

    CSV = "csv"
    TSV = "tsv"


def train(
    sheets: Sheets = None,
    model: Model = MODEL,
    metrics: Annotated[
        Path | None, typer.Option(help="Where to write the figures [default: beside the model].")
    ] = None,
    oof: Annotated[Path | None, typer.Option(help="Where to write the predictions they are made from.")] = None,
    to_report: Annotated[Path | None, typer.Option("--report", help="Where to write the page about the model.")] = None,
    codebook: Annotated[Path | None, typer.Option(help="The codebook [default: codebook.toml beside a sheet].")] = None,
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Choose nothing, repeat nothing: fixed settings.")] = False,
    decide: Annotated[
        Decide, typer.Option(help="Predict each stance as often as expected, or always the most probable one.")
    ] = Decide.MATCHED,
    no_codebook: Annotated[bool, typer.Option("--no-codebook", help="Take the stances as they are found.")] = False,
    no_codebook_examples: Annotated[bool, typer.Option("--no-codebook-examples", help="Train on labels only.")] = False,
    target_column: Annotated[str, typer.Option(help="The column with what each stance is toward.")] = "target",
    group_column: Annotated[
        str | None, typer.Option(help="A column, such as the author, whose equal cells no fold parts.")
    ] = None,
    input_format: Annotated[
        TableFormat | None, typer.Option(help="What stands between cells [default: found out].")
    ] = None,
    columns: Columns = None,
    text_column: TextColumn = "text",
    stance_column: Annotated[str, typer.Option(help="The column with the stances.")] = "stance",
    seed: Annotated[int, typer.Option(min=0, help="Deals out folds.")] = 0,
    jobs: Jobs = -1,
    min_f1: Annotated[
        float | None, typer.Option("--min-f1", help="Exit with 3 if the cross-validated macro F1 is below this.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON on stdout.")] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Train a model on labelled comments and evaluate it by cross-validation."""
    if codebook and no_codebook:
        raise typer.BadParameter("--codebook and --no-codebook exclude each other")
    with errors_in_one_line(debug=debug):
        from stance import training
        from stance.cli import progress
        from stance.reports import terminal_report

        asked = training.TrainingOptions(
            codebook=codebook,
            use_codebook=not no_codebook,
            use_examples=not no_codebook_examples,
            text_column=text_column,
            stance_column=stance_column,
            target_column=target_column,
            group_column=group_column,
            columns=options.names(columns),
            delimiter={None: None, TableFormat.CSV: ",", TableFormat.TSV: "\t"}[input_format],
            quick=quick,
            decide=decide.value,
            seed=seed,
            jobs=jobs,
        )
        outputs = training.TrainingOutputs.beside_model(model, metrics, oof, to_report)
        inputs = sheets or options.default_sheets()
        outputs.check_inputs_kept(
            [*inputs, *([codebook] if codebook else []), *(path.with_name("codebook.toml") for path in inputs)]
        )
        with progress.steps("evaluating", quiet=quiet) as step:
            learnt = training.train_on_sheets(inputs, asked, step)
        outputs.write_files(learnt)
        terminal.warn(*learnt.warnings)
        if as_json:
            options.print_json(learnt.model.metrics)
        terminal.say(
            terminal_report.format_labels(learnt.labels, learnt.evaluation, options.width()), quiet=quiet or as_json
        )
        terminal.say(
            terminal_report.format_evaluation(learnt.evaluation, learnt.notes, options.width()), quiet=quiet or as_json
        )
        terminal.say(terminal_report.format_review(learnt.evaluation, options.width()), quiet=quiet or as_json)
        terminal.say(f"written: {', '.join(map(str, outputs.paths))}", quiet=quiet)
        reached = learnt.evaluation.macro_f1
        if min_f1 is not None and not reached >= min_f1:
            terminal.fail(f"macro F1 {reached:.3f} is below --min-f1 {min_f1}", code=QUALITY_GATE_MISSED)
