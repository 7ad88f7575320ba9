"""A sheet before and after a person has labelled -> what the new labels changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stance import tables
from stance.evaluation.label_impact import gain
from stance.labels import resolution
from stance.labels.codebook import codebook_beside, read_codebook
from stance.labels.sheets import sheet_file
from stance.labels.sheets.unmerged import read_sheet_with_journal
from stance.learn import plan_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from stance.evaluation.label_impact import Gain
    from stance.labels.sheets.sheet_file import Sheet


def compare(
    before: Sheet,
    paths: Sequence[Path],
    codebook: Path | None,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> Gain | None:
    """Compare models of the labels before and after.

    Parameters
    ----------
    before
        The sheet that was added to, as it was.
    paths
        All sheets to learn from, that one among them.
    codebook
        The codebook, else the one beside the sheets.
    seed
        Deals out the folds.
    progress
        Takes how many steps are done, and of how many.

    Returns
    -------
    Gain or None
        None where there is too little to compare.

    Raises
    ------
    StanceError
        Something in the sheets must be mended first, such as labels that differ.
    """
    source = codebook or codebook_beside(paths)
    stances = read_codebook(source) if source else None
    now = [read_sheet_with_journal(path) for path in paths]
    whole = replace(before, frame=sheet_file.completed(before.frame, ("comment_id", *tables.LABEL_COLUMNS)))
    added_to = before.path.resolve()
    then = [whole if sheet.path.resolve() == added_to else sheet for sheet in now]
    rows, stances = resolution.rows(now, stances)
    new = resolution.one_stance_each(rows)
    old = resolution.one_stance_each(resolution.rows(then, stances)[0])
    return gain(old, new, stances, plan_for(new, stances, quick=True), seed, progress)
