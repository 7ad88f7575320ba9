"""A sheet and what an annotator asked for -> a session; the sheet stays locked while it runs."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from stance import tables
from stance.annotation import comment_order
from stance.annotation.session import Session
from stance.errors import CodebookError, StanceError
from stance.labels import resolution
from stance.labels.codebook import find_codebook, read_codebook
from stance.labels.sheets.lock import lock_sheet
from stance.labels.sheets.sheet_file import add_missing_columns
from stance.labels.sheets.unmerged import LABEL_ROW_COLUMNS, read_sheet_with_journal
from stance.labels.sheets.writer import open_sheet_writer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from stance.annotation.comment_order import Pool
    from stance.annotation.ranking import Ranking
    from stance.labels.codebook import Codebook
    from stance.labels.sheets.sheet_file import Sheet
    from stance.labels.sheets.writer import SheetWriter


@dataclass(frozen=True)
class Wish:
    """What an annotator asked for.

    Attributes
    ----------
    annotator
        Who labels.
    order
        By what the comments are chosen.
    seed
        Decides every lot.
    second
        The share of what others have labelled to be labelled independently; 0 takes what nobody has labelled.
    again
        The share of the annotator's comments to be shown once more.
    """

    annotator: str
    order: str = comment_order.RANDOM
    seed: int = 0
    second: float = 0.0
    again: float = 0.0


@dataclass(frozen=True, eq=False)
class Desk:
    """A session, the sheet it began with, and what writes its labels."""

    session: Session
    before: Sheet
    codebook: Path | None
    writer: SheetWriter


@contextmanager
def labelling(path: Path, codebook: Path | None, wish: Wish, rank: Ranking | None = None) -> Iterator[Desk]:
    """Open a sheet to be labelled.

    Parameters
    ----------
    path
        The sheet.
    codebook
        The codebook, else the one beside the sheet, else the stances are taken as they are found.
    wish
        What is asked for.
    rank
        Orders comments where a model or a disagreement decides: the pool and all rows to pairs of comment and target.

    Raises
    ------
    StanceError
        Another process writes to the sheet, or something in it must be mended first.
    """
    with lock_sheet(path), open_sheet_writer(path) as writer:
        before = writer.sheet
        by_lot = not wish.second and rank is None
        found, rows, stances, source = _gathered([writer.sheet], codebook)
        if by_lot and _draw_again(writer, found, wish.seed):
            found, rows, stances, source = _gathered([writer.flush()], codebook)
        if wish.second:
            items = comment_order.second_reading(found, wish.annotator, wish.seed, wish.second)
        elif rank is None:
            items = comment_order.random_order(found, wish.seed)
        else:
            items = comment_order.ranked(found, wish.annotator, wish.order, wish.seed, rank(found, rows))
        session = Session(wish.annotator, stances, items, writer.append, versions=source is not None)
        session.resume(comment_order.past_rows(_written(writer.sheet), wish.annotator), found.comments)
        if wish.again:
            session.show_again(wish.again, wish.seed, found.comments)
        yield Desk(session, before, source, writer)
        if by_lot and session.given:
            _draw_again(writer, _gathered([writer.flush()], codebook)[0], wish.seed)


@contextmanager
def adjudication(paths: Sequence[Path], codebook: Path | None, annotator: str) -> Iterator[Desk]:
    """Open sheets to decide where their labels differ; decisions go to the first. Else as `labelling`."""
    with lock_sheet(paths[0]), open_sheet_writer(paths[0]) as writer:
        others = [read_sheet_with_journal(path) for path in paths[1:]]
        found, _, stances, source = _gathered([writer.sheet, *others], codebook)
        items = comment_order.to_adjudicate(found)
        session = Session(annotator, stances, items, writer.append, versions=source is not None)
        session.resume(comment_order.past_rows(_written(writer.sheet), annotator, adjudicated=True), found.comments)
        yield Desk(session, writer.sheet, source, writer)


def _draw_again(writer: SheetWriter, found: Pool, seed: int) -> bool:
    again = comment_order.drawn_again(found, seed)
    for row in again:
        writer.append(row)
    return bool(again)


def _gathered(sheets: Sequence[Sheet], codebook: Path | None) -> tuple[Pool, pd.DataFrame, Codebook, Path | None]:
    for sheet in sheets:
        tables.require(sheet.frame.columns, ("text",), sheet.path)
    whole = [replace(sheet, frame=_completed(sheet)) for sheet in sheets]
    source = codebook or find_codebook([sheet.path for sheet in sheets])
    rows, stances = resolution.combine_labels(whole, read_codebook(source) if source else None)
    resolution.check_one_text_per_comment(rows)
    path = sheets[0].path
    if not stances.stance_names:
        raise CodebookError(path, "none beside the sheet, and no label in it", "name one by --codebook")
    found = comment_order.pool(pd.concat([sheet.frame for sheet in whole]), rows)
    if not found.comments:
        raise StanceError("no comments in it", "bring some in by 'stance collect' or 'stance import'", path=path)
    homeless = [about for about in found.comments if not about.target]
    if homeless and len(homeless) < len(found.comments):
        row = rows[rows["comment_id"] == homeless[0].comment_id].iloc[0]
        remedy = "write what its stance is to be toward, as the other rows do"
        raise StanceError("a comment without a target", remedy, path=row["path"], row=row["row"])
    return found, rows, stances, source


def _written(sheet: Sheet) -> pd.DataFrame:
    return resolution.concatenate_sheets([replace(sheet, frame=_completed(sheet))])


def _completed(sheet: Sheet) -> pd.DataFrame:
    return add_missing_columns(sheet.frame, LABEL_ROW_COLUMNS)
