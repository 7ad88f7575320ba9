"""The commands: each parses, calls once, and prints."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from stance import terminal
from stance.errors import StanceError
from stance.terminal import MODEL, errors_in_one_line

# Everything else is imported where it is used: `stance --help` must not wait for scikit-learn and pandas.

app = typer.Typer(
    help="Measure stance in the comment sections under news articles.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help comes in half the time that boxes take
    context_settings={"help_option_names": ["-h", "--help"]},
)

QUALITY_GATE_MISSED = 3
SHOWN_WARNINGS = 40

Model = Annotated[Path, typer.Option(help="The model file.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only errors and the data asked for.")]
Force = Annotated[bool, typer.Option("--force", "-f", help="Overwrite an output that is there already.")]
TextColumn = Annotated[str, typer.Option(help="The column with the texts.")]
Columns = Annotated[str | None, typer.Option(metavar="A,B,...", help="The columns of CSV or TSV that has no header.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show where in the program an error arose.")]


class Input(StrEnum):
    """Formats that `predict` reads."""

    CSV = "csv"
    TSV = "tsv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    TEXT = "text"


class TableFormat(StrEnum):
    """Formats of labelling sheets."""

    CSV = "csv"
    TSV = "tsv"


class Output(StrEnum):
    """Formats that `predict` writes."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


@app.command(short_help="Pull reader comments from pages into a sheet.")
def collect(
    pages: Annotated[list[Path], typer.Argument(help="Article pages: text dumps, saved HTML, or folders of them.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The labelling sheet.")] = Path("labels/comments.csv"),
    layouts: Annotated[Path | None, typer.Option(metavar="FILE", help="Footer layouts of your own.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the page report as JSON on stdout.")] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=-1, help="Processes to use, -1 for all cores.")] = -1,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Pull reader comments from article pages into a labelling sheet; rows and labels in it are kept."""
    with errors_in_one_line(debug=debug):
        from dataclasses import asdict

        from stance import progress
        from stance.collecting import footers
        from stance.collecting.collect import collect as collect_from
        from stance.collecting.collect import find_pages
        from stance.labelling import sheets
        from stance.reporting import report

        own = footers.read_layouts(layouts) if layouts else ()
        paths = find_pages(pages)
        with progress.steps("reading pages", quiet=quiet) as show:
            collection = collect_from(paths, own, jobs=jobs, on_page=show)
        new, warnings = sheets.merge_comments(output, collection.comments)
        if as_json:
            _print_json([asdict(page) for page in collection.pages])
        terminal.say(report.pages_text(collection.pages, _width()), quiet=quiet or as_json)
        told = [f"{page.source}: {warning}" for page in collection.pages for warning in page.warnings]
        terminal.warn(*told[:SHOWN_WARNINGS])
        if len(told) > SHOWN_WARNINGS:
            terminal.warn(f"{len(told) - SHOWN_WARNINGS} more about pages, --json lists all")
        terminal.warn(*warnings)
        known = len(collection.comments) - new
        terminal.say(f"{output}: {new} new comments, {known} known already", quiet=quiet)
        unread = [page for page in collection.pages if page.error]
        if unread:
            cause = f"{len(unread)} of {len(collection.pages)} pages could not be read, see the report; the others were"
            terminal.fail(cause)


@app.command(short_help="Train a model on labels, and evaluate it.")
def train(
    sheets: Annotated[list[Path] | None, typer.Argument(help="Labelling sheets.", show_default="labels/*.csv")] = None,
    model: Model = MODEL,
    metrics: Annotated[
        Path | None, typer.Option(help="Where to write the figures [default: beside the model].")
    ] = None,
    oof: Annotated[Path | None, typer.Option(help="Where to write the predictions they are made from.")] = None,
    to_report: Annotated[Path | None, typer.Option("--report", help="Where to write the page about the model.")] = None,
    codebook: Annotated[Path | None, typer.Option(help="The codebook [default: codebook.toml beside a sheet].")] = None,
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Choose nothing, repeat nothing: fixed settings.")] = False,
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
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=-1, help="Processes to use, -1 for all cores.")] = -1,
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
        from stance import learn, progress
        from stance.reporting import report

        options = learn.Options(
            codebook=codebook,
            use_codebook=not no_codebook,
            use_examples=not no_codebook_examples,
            text_column=text_column,
            stance_column=stance_column,
            target_column=target_column,
            group_column=group_column,
            columns=_names(columns),
            delimiter={None: None, TableFormat.CSV: ",", TableFormat.TSV: "\t"}[input_format],
            quick=quick,
            seed=seed,
            jobs=jobs,
        )
        outputs = learn.Outputs.beside(model, metrics, oof, to_report)
        inputs = sheets or _default_sheets()
        outputs.check(
            [*inputs, *([codebook] if codebook else []), *(path.with_name("codebook.toml") for path in inputs)]
        )
        with progress.steps("evaluating", quiet=quiet) as step:
            learnt = learn.learn(inputs, options, step)
        outputs.write(learnt)
        terminal.warn(*learnt.warnings)
        if as_json:
            _print_json(learnt.model.metrics)
        terminal.say(report.labels_text(learnt.labels, learnt.evaluation, _width()), quiet=quiet or as_json)
        terminal.say(report.evaluation_text(learnt.evaluation, learnt.notes, _width()), quiet=quiet or as_json)
        terminal.say(report.review_text(learnt.evaluation, _width()), quiet=quiet or as_json)
        terminal.say(f"written: {', '.join(map(str, outputs.paths))}", quiet=quiet)
        reached = learnt.evaluation.macro_f1
        if min_f1 is not None and not reached >= min_f1:
            terminal.fail(f"macro F1 {reached:.3f} is below --min-f1 {min_f1}", code=QUALITY_GATE_MISSED)


@app.command(short_help="Score new comments.")
def predict(
    inputs: Annotated[list[str] | None, typer.Argument(help="Files to score, or - for a line a comment.")] = None,
    text: Annotated[list[str] | None, typer.Option("--text", help="A text to score; may be repeated.")] = None,
    model: Model = MODEL,
    output: Annotated[str, typer.Option("--output", "-o", help="Where to write, - for stdout.")] = "-",
    to: Annotated[Output | None, typer.Option("--format", help="Output format [default: by suffix, else csv].")] = None,
    input_format: Annotated[Input | None, typer.Option(help="Input format [default: by suffix].")] = None,
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
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=-1, help="Processes to use, -1 for all cores.")] = 1,
    *,
    force: Force = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Score new comments: each row with its predicted stance and the probability of every stance."""
    if target is not None and target_column is not None:
        raise typer.BadParameter("--target and --target-column exclude each other")
    with errors_in_one_line(debug=debug):
        from stance import progress
        from stance.scoring import arrow, score, workers

        arrow.do_without_pandas()

        request = score.Request(
            inputs=tuple(inputs or ()),
            texts=tuple(text or ()),
            model=model,
            output=output,
            output_format=to.value if to else None,
            input_format=input_format.value if input_format else None,
            text_column=text_column,
            target=target,
            target_column=target_column,
            columns=_names(columns),
            min_confidence=min_confidence,
            explain=explain,
            jobs=jobs if jobs > 0 else workers.cores(),
            force=force,
        )
        # A bar would run through rows that come out on the same terminal.
        with progress.rows("scoring", quiet=quiet or (output == score.STANDARD and sys.stdout.isatty())) as bar:
            scored = score.run(request, bar)
        terminal.warn(*scored.warnings)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line, with the arguments the process was given unless others are."""
    terminal.set_up()
    app(arguments, prog_name="stance")


def _default_sheets() -> list[Path]:
    found = sorted(Path("labels").glob("*.csv"))
    if not found:
        raise StanceError("no labelling sheet named, and none in labels/", "name one, or make one by 'stance collect'")
    return found


def _names(columns: str | None) -> tuple[str, ...] | None:
    return None if columns is None else tuple(columns.split(","))


def _print_json(value: Any) -> None:
    import json

    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _width() -> int:
    """Give the width to draw tables in; a pipe gets room for every column."""
    return max(80, os.get_terminal_size(sys.stderr.fileno()).columns) if sys.stderr.isatty() else 120
