"""`stance label`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from stance.cli import terminal
from stance.cli.help import command
from stance.cli.options import Annotator, Codebook, Debug, Model, OneSheet, Quiet
from stance.operations.arguments import DEFAULT_MODEL

if TYPE_CHECKING:
    from stance.operations.label import LabelResult

ORDER = "Order of comments"


@command(
    "label",
    panel="Labels",
    position=1,
    summary="Label comments by hand in the terminal.",
    examples="""
        stance label labels/csto.csv
        stance label labels/csto.csv --annotator ann --second 0.2
    """,
)
def label(
    sheet: OneSheet,
    annotator: Annotator = None,
    order: Annotated[
        Literal["random", "uncertain", "disagree"],
        typer.Option(help="How to select the next comment.", rich_help_panel=ORDER),
    ] = "random",
    second: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            metavar="FRACTION",
            help="Blindly re-label this fraction of others' comments.",
            rich_help_panel=ORDER,
        ),
    ] = 0.0,
    again: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            metavar="FRACTION",
            help="Show this fraction of your own comments a second time, as a later pass.",
            rich_help_panel=ORDER,
        ),
    ] = 0.0,
    model: Model = DEFAULT_MODEL,
    codebook: Codebook = None,
    seed: Annotated[int, typer.Option(min=0, help="Random seed of the order.", rich_help_panel=ORDER)] = 0,
    *,
    train: Annotated[
        bool | None, typer.Option("--train/--no-train", help="Retrain the model afterwards or not [default: ask].")
    ] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Label comments by hand in the terminal; each label is saved before the next comment is shown."""
    with terminal.errors_on_one_line(debug=debug):
        from stance.operations.label import label as label_comments
        from stance.reports.label_summary import format_new_labels

        result = label_comments(
            sheet, annotator, order=order, second=second, again=again, model=model, codebook=codebook, seed=seed
        )
        terminal.print_warnings(result.warnings)
        terminal.print_message(f"{sheet}: {format_new_labels(result.new_labels, result.labels_per_hour)}", quiet=quiet)
        if not result.new_labels.total() or train is False:
            return
        sheets = _sheets_to_train_on(sheet)
        names = " ".join(map(str, sheets))
        if train or typer.confirm(f"Train a model on {names} now, and see what the new labels changed?", err=True):
            _retrain(result, sheets, codebook, model, quiet=quiet)


def _sheets_to_train_on(sheet: Path) -> list[Path]:
    """Return the sheets that `stance train` uses by default if this is one of them, else this one."""
    in_folder = sorted(Path("labels").glob("*.csv"))
    return in_folder if sheet.resolve() in {path.resolve() for path in in_folder} else [sheet]


def _retrain(result: LabelResult, sheets: list[Path], codebook: Path | None, model: Path, *, quiet: bool) -> None:
    from stance import training
    from stance.cli import progress
    from stance.operations.train import train
    from stance.reports.label_summary import format_label_impact, format_model_score
    from stance.reports.terminal_report import format_label_counts

    with progress.show_steps("comparing", quiet=quiet) as show:
        impact = training.compare_models_before_after(result.initial_sheet, sheets, codebook, 0, show)
    with progress.show_steps("evaluating", quiet=quiet) as show:
        run = train(sheets, model, codebook=codebook, progress=show)
    terminal.print_warnings(run.warnings)
    width = terminal.table_width()
    terminal.print_report(format_label_counts(run.evaluation, width), quiet=quiet)
    terminal.print_report(format_label_impact(impact, run.evaluation.headline, width), quiet=quiet)
    terminal.print_report(format_model_score(run.evaluation, width), quiet=quiet)
    terminal.print_message(f"written: {', '.join(map(str, run.paths))}", quiet=quiet)
