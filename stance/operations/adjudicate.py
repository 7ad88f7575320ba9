"""Deciding by hand where labels of the same comment differ."""

from __future__ import annotations

from stance.operations.arguments import PathInput, PathInputs, as_path, find_sheets
from stance.operations.label import LabelResult
from stance.operations.screens import annotator_name, load_labelling_screen


def adjudicate(
    sheets: PathInputs | None = None, annotator: str | None = None, *, codebook: PathInput | None = None
) -> LabelResult:
    """Decide in the terminal where labels of the same comment differ; decisions become rows of the first sheet.

    Parameters
    ----------
    sheets
        Labelling sheets; by default those in `labels/`.
    annotator
        Who decides; by default the login name.
    codebook
        The codebook; by default `codebook.toml` beside the first sheet.

    Returns
    -------
    LabelResult
        `had_items` is false where no labels differ.

    Raises
    ------
    StanceError
        There is no terminal, another process writes to the sheet, or something in it must be corrected first.

    Examples
    --------
    >>> import stance
    >>> stance.adjudicate("labels/csto.csv", annotator="ann")  # doctest: +SKIP
    """
    from stance.annotation import session_setup

    run_screen = load_labelling_screen()
    name = annotator_name(annotator)
    paths = find_sheets(sheets)
    with session_setup.open_adjudication_session(paths, as_path(codebook), name) as opened:
        had_items = opened.session.current_item is not None
        if had_items:
            run_screen(opened.session, f"{paths[0].name}, {name}, adjudicating", opened.writer)
    session = opened.session
    return LabelResult(
        paths[0],
        opened.initial_sheet,
        session.new_label_counts,
        session.labels_per_hour,
        tuple(opened.writer.messages),
        had_items,
    )
