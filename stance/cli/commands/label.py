"""`stance label`."""

import getpass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli import options, terminal
from stance.cli.options import Annotator, Debug, Model, OneSheet, Quiet, TheCodebook
from stance.cli.terminal import MODEL, errors_in_one_line

if TYPE_CHECKING:
    from stance.annotation.ranking import Ranking
    from stance.annotation.session_setup import OpenSheet


class Order(StrEnum):
    """Which comment comes next."""

    RANDOM = "random"
    UNCERTAIN = "uncertain"
    DISAGREE = "disagree"


def label(
    sheet: OneSheet,
    annotator: Annotator = None,
    order: Annotated[Order, typer.Option(help="By what comments are chosen.")] = Order.RANDOM,
    second: Annotated[
        float, typer.Option(min=0, max=1, metavar="SHARE", help="Label a share of what others did, unseen.")
    ] = 0.0,
    again: Annotated[
        float, typer.Option(min=0, max=1, metavar="SHARE", help="Show a share of your comments once more later.")
    ] = 0.0,
    model: Model = MODEL,
    codebook: TheCodebook = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides the order.")] = 0,
    *,
    train: Annotated[
        bool | None, typer.Option("--train/--no-train", help="Train afterwards or not [default: ask].")
    ] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Label comments by hand in the terminal; each label is saved before the next comment is shown."""
    if second and order is not Order.RANDOM:
        raise typer.BadParameter("--second draws comments by lot, so it goes with no other --order")
    with errors_in_one_line(debug=debug):
        from stance.annotation import session_setup
        from stance.reports import label_summary

        screen = options.labelling_screen()
        wish = session_setup.SessionOptions(annotator or getpass.getuser(), order.value, seed, second, again)
        with session_setup.open_labelling_session(sheet, codebook, wish, _ranking(order, model, seed)) as opened:
            screen.run(opened.session, f"{sheet.name}, {wish.annotator}, {order.value}", opened.writer)
        session = opened.session
        terminal.warn(*opened.writer.messages)
        terminal.say(
            f"{sheet}: {label_summary.format_new_labels(session.new_label_counts, session.labels_per_hour)}",
            quiet=quiet,
        )
        if not session.new_label_counts.total() or train is False:
            return
        sheets = _all_with(sheet)
        names = " ".join(map(str, sheets))
        if train or typer.confirm(f"Train again on {names}, and see what the new labels changed?", err=True):
            _train(opened, sheets, codebook, model, quiet=quiet)


def _ranking(order: Order, model: Path, seed: int) -> "Ranking | None":
    if order is Order.RANDOM:
        return None
    from stance.annotation import ranking
    from stance.evaluation.predictions import read_oof
    from stance.models import model_file

    if order is Order.UNCERTAIN:
        return ranking.make_uncertainty_ranking(model_file.load(model), seed)
    oof = model.with_name("oof.csv")
    return ranking.make_disagreement_ranking(
        model_file.load(model) if model.is_file() else None, read_oof(oof) if oof.is_file() else None
    )


def _all_with(sheet: Path) -> list[Path]:
    """Find the sheets that `stance train` learns from without being told, if this is one of them."""
    found = sorted(Path("labels").glob("*.csv"))
    return found if sheet.resolve() in {path.resolve() for path in found} else [sheet]


def _train(opened: "OpenSheet", sheets: list[Path], codebook: Path | None, model: Path, *, quiet: bool) -> None:
    from stance import training
    from stance.cli import progress
    from stance.reports import label_summary, terminal_report

    with progress.steps("comparing", quiet=quiet) as step:
        gain = training.compare_models_before_after(opened.initial_sheet, sheets, codebook, 0, step)
    outputs = training.TrainingOutputs.beside_model(model, None, None, None)
    outputs.check_inputs_kept(sheets)
    with progress.steps("evaluating", quiet=quiet) as step:
        learnt = training.train_on_sheets(sheets, training.TrainingOptions(codebook=codebook), step)
    outputs.write_files(learnt)
    terminal.warn(*learnt.warnings)
    terminal.say(terminal_report.format_labels(learnt.labels, learnt.evaluation, options.width()), quiet=quiet)
    terminal.say(label_summary.format_label_impact(gain, learnt.evaluation.headline, options.width()), quiet=quiet)
    terminal.say(f"written: {', '.join(map(str, outputs.paths))}", quiet=quiet)
