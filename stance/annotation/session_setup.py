"""A sheet and what an annotator asked for -> a session; the sheet stays locked while it runs."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from stance import tables
from stance.annotation import comment_order
from stance.annotation.session import LabellingSession
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

    from stance.annotation.comment_order import CommentPool
    from stance.annotation.ranking import Ranking
    from stance.labels.codebook import Codebook
    from stance.labels.sheets.sheet_file import Sheet
    from stance.labels.sheets.writer import SheetWriter


@dataclass(frozen=True)
class SessionOptions:
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
class OpenSheet:
    """A session, the sheet it began with, and what writes its labels."""

    session: LabellingSession
    initial_sheet: Sheet
    codebook_path: Path | None
    writer: SheetWriter


@contextmanager
def open_labelling_session(
    path: Path, codebook_path: Path | None, options: SessionOptions, ranking: Ranking | None = None
) -> Iterator[OpenSheet]:
    """Open a sheet to be labelled.

    Parameters
    ----------
    path
        The sheet.
    codebook_path
        The codebook, else the one beside the sheet, else the stances are taken as they are found.
    options
        What is asked for.
    ranking
        Orders comments where a model or a disagreement decides: the pool and all rows to pairs of comment and target.

    Raises
    ------
    StanceError
        Another process writes to the sheet, or something in it must be mended first.
    """
    with lock_sheet(path), open_sheet_writer(path) as writer:
        before = writer.sheet
        by_lot = not options.second and ranking is None
        found, rows, stances, source = _load_pool([writer.sheet], codebook_path)
        if by_lot and _append_reclassified(writer, found, options.seed):
            found, rows, stances, source = _load_pool([writer.flush()], codebook_path)
        if options.second:
            items = comment_order.sample_labelled_by_others(found, options.annotator, options.seed, options.second)
        elif ranking is None:
            items = comment_order.order_randomly(found, options.seed)
        else:
            items = comment_order.order_by_ranking(
                found, options.annotator, options.order, options.seed, ranking(found, rows)
            )
        session = LabellingSession(options.annotator, stances, items, writer.append, record_versions=source is not None)
        session.resume(
            comment_order.select_annotator_rows(_rows_as_written(writer.sheet), options.annotator), found.items
        )
        if options.again:
            session.schedule_repeats(options.again, options.seed, found.items)
        yield OpenSheet(session, before, source, writer)
        if by_lot and session.new_label_counts:
            _append_reclassified(writer, _load_pool([writer.flush()], codebook_path)[0], options.seed)


@contextmanager
def open_adjudication_session(paths: Sequence[Path], codebook_path: Path | None, annotator: str) -> Iterator[OpenSheet]:
    """Open sheets to decide where their labels differ; decisions go to the first. Else as `open_labelling_session`."""
    with lock_sheet(paths[0]), open_sheet_writer(paths[0]) as writer:
        others = [read_sheet_with_journal(path) for path in paths[1:]]
        found, _, stances, source = _load_pool([writer.sheet, *others], codebook_path)
        items = comment_order.find_conflicting_items(found)
        session = LabellingSession(annotator, stances, items, writer.append, record_versions=source is not None)
        session.resume(
            comment_order.select_annotator_rows(_rows_as_written(writer.sheet), annotator, adjudicated=True),
            found.items,
        )
        yield OpenSheet(session, writer.sheet, source, writer)


def _append_reclassified(writer: SheetWriter, pool: CommentPool, seed: int) -> bool:
    again = comment_order.reclassify_as_random(pool, seed)
    for row in again:
        writer.append(row)
    return bool(again)


def _load_pool(
    sheets: Sequence[Sheet], codebook_path: Path | None
) -> tuple[CommentPool, pd.DataFrame, Codebook, Path | None]:
    for sheet in sheets:
        tables.require_columns(sheet.frame.columns, ("text",), sheet.path)
    whole = [replace(sheet, frame=_complete_columns(sheet)) for sheet in sheets]
    source = codebook_path or find_codebook([sheet.path for sheet in sheets])
    rows, stances = resolution.combine_labels(whole, read_codebook(source) if source else None)
    resolution.check_one_text_per_comment(rows)
    path = sheets[0].path
    if not stances.stance_names:
        raise CodebookError(path, "none beside the sheet, and no label in it", "name one by --codebook")
    found = comment_order.build_pool(pd.concat([sheet.frame for sheet in whole]), rows)
    if not found.items:
        raise StanceError("no comments in it", "bring some in by 'stance collect' or 'stance import'", path=path)
    homeless = [about for about in found.items if not about.target]
    if homeless and len(homeless) < len(found.items):
        row = rows[rows["comment_id"] == homeless[0].comment_id].iloc[0]
        remedy = "write what its stance is to be toward, as the other rows do"
        raise StanceError("a comment without a target", remedy, path=row["path"], row=row["row"])
    return found, rows, stances, source


def _rows_as_written(sheet: Sheet) -> pd.DataFrame:
    return resolution.concatenate_sheets([replace(sheet, frame=_complete_columns(sheet))])


def _complete_columns(sheet: Sheet) -> pd.DataFrame:
    return add_missing_columns(sheet.frame, LABEL_ROW_COLUMNS)
