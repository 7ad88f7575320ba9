"""Labelling by hand in the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from stance.errors import UsageError
from stance.operations.arguments import DEFAULT_MODEL, PathInput, as_path, as_paths, check_number
from stance.operations.screens import annotator_name, load_labelling_screen

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path

    from stance.annotation.ranking import Ranking
    from stance.labels.sheets.sheet_file import Sheet

LabelOrder = Literal["random", "uncertain", "disagree"]


@dataclass(frozen=True, eq=False)
class LabelResult:
    """What an annotator did in one session.

    Attributes
    ----------
    sheet
        The sheet that was labelled.
    initial_sheet
        The sheet as it was before.
    new_labels
        The number of new labels of each stance.
    labels_per_hour
        How fast they came; None if there were too few to tell.
    warnings
        Warnings about the sheet.
    had_items
        Whether there was anything to label.
    """

    sheet: Path
    initial_sheet: Sheet
    new_labels: Counter[str]
    labels_per_hour: float | None
    warnings: tuple[str, ...] = ()
    had_items: bool = True


def label(
    sheet: PathInput,
    annotator: str | None = None,
    *,
    order: LabelOrder = "random",
    second: float = 0.0,
    again: float = 0.0,
    model: PathInput = DEFAULT_MODEL,
    codebook: PathInput | None = None,
    seed: int = 0,
) -> LabelResult:
    """Label comments by hand in the terminal; each label is on disk before the next comment is shown.

    Parameters
    ----------
    sheet
        The labelling sheet.
    annotator
        Who labels; by default the login name.
    order
        How to select the next comment: "random", "uncertain" (where the model is least sure) or "disagree" (where
        annotators, or model and label, differ).
    second
        Blindly re-label this fraction, 0 to 1, of the comments that others have labelled.
    again
        Show this fraction, 0 to 1, of the annotator's own comments once more later.
    model
        The model file, for the orders "uncertain" and "disagree".
    codebook
        The codebook; by default `codebook.toml` beside the sheet.
    seed
        The random seed.

    Raises
    ------
    UsageError
        `second` is combined with another order than "random", the order is unknown, or a number is out of range.
    StanceError
        There is no terminal, another process writes to the sheet, or something in it must be corrected first.

    Examples
    --------
    >>> import stance
    >>> stance.label("labels/csto.csv", annotator="ann")  # doctest: +SKIP
    """
    from stance.annotation import session_setup

    if order not in get_args(LabelOrder):
        raise UsageError(f"unknown order {order!r}", f"use one of {', '.join(get_args(LabelOrder))}")
    if second and order != "random":
        raise UsageError("--second can only be combined with --order random", "leave one of them out")
    check_number("second", second, 0, 1, whole=False)
    check_number("again", again, 0, 1, whole=False)
    check_number("seed", seed, 0)
    run_screen = load_labelling_screen()
    path = as_paths(sheet)[0]
    options = session_setup.SessionOptions(annotator_name(annotator), order, seed, second, again)
    ranking = _load_ranking(order, as_paths(model)[0], seed)
    with session_setup.open_labelling_session(path, as_path(codebook), options, ranking) as opened:
        run_screen(opened.session, f"{path.name}, {options.annotator}, {order}", opened.writer)
    session = opened.session
    return LabelResult(
        path,
        opened.initial_sheet,
        session.new_label_counts,
        session.labels_per_hour,
        tuple(opened.writer.messages),
    )


def _load_ranking(order: LabelOrder, model: Path, seed: int) -> Ranking | None:
    if order == "random":
        return None
    from stance.annotation import ranking
    from stance.evaluation.predictions import read_oof
    from stance.models import model_file

    if order == "uncertain":
        return ranking.make_uncertainty_ranking(model_file.load(model), seed)
    oof = model.with_name("oof.csv")
    return ranking.make_disagreement_ranking(
        model_file.load(model) if model.is_file() else None, read_oof(oof) if oof.is_file() else None
    )
