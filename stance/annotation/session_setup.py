"""Open a labelling session or an adjudication on a sheet, which stays locked until the session ends."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

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

    from stance.annotation.comment_order import CommentPool, Item
    from stance.annotation.ranking import Ranking
    from stance.labels.codebook import Codebook
    from stance.labels.sheets.sheet_file import Sheet
    from stance.labels.sheets.writer import SheetWriter


@dataclass(frozen=True)
class SessionOptions:
    """How to select the comments of a labelling session.

    Attributes
    ----------
    annotator
        The annotator's name.
    order
        How to select the next comment: `random`, `uncertain` or `disagree`.
    seed
        Random seed.
    second_share
        The share of the comments labelled by others that are to be labelled independently; 0 selects unlabelled
        comments instead.
    repeat_share
        The share of the annotator's own comments to be shown a second time.
    """

    annotator: str
    order: str = comment_order.RANDOM
    seed: int = 0
    second_share: float = 0.0
    repeat_share: float = 0.0


@dataclass(frozen=True, eq=False)
class OpenSheet:
    """A session, the sheet as it was at its start, the codebook in use, and the writer of its labels."""

    session: LabellingSession
    initial_sheet: Sheet
    codebook_path: Path | None
    writer: SheetWriter


class _LoadedSheets(NamedTuple):
    """The comments and labels of some sheets, with the codebook that applies to them."""

    pool: CommentPool
    rows: pd.DataFrame
    codebook: Codebook
    codebook_path: Path | None


@contextmanager
def open_labelling_session(
    path: Path, codebook_path: Path | None, options: SessionOptions, ranking: Ranking | None = None
) -> Iterator[OpenSheet]:
    """Lock a sheet and open a session to label it.

    Parameters
    ----------
    path
        The sheet.
    codebook_path
        The codebook; if None, the one beside the sheet, else a codebook of the stances that the labels contain.
    options
        How to select the comments.
    ranking
        Ranks the comments in orders other than random: a function of the comments and all rows of the sheet that
        returns pairs of comment id and target.

    Raises
    ------
    StanceError
        Another process writes to the sheet, or something in it must be fixed first.
    """
    with lock_sheet(path), open_sheet_writer(path) as writer:
        initial_sheet = writer.sheet
        is_random = not options.second_share and ranking is None
        loaded = _load_sheets([writer.sheet], codebook_path)
        if is_random and _append_reclassified(writer, loaded.pool, options.seed):
            loaded = _load_sheets([writer.flush()], codebook_path)
        pool = loaded.pool
        if options.second_share:
            items = comment_order.sample_labelled_by_others(pool, options.annotator, options.seed, options.second_share)
        elif ranking is None:
            items = comment_order.order_randomly(pool, options.seed)
        else:
            ranked_keys = ranking(pool, loaded.rows)
            items = comment_order.order_by_ranking(pool, options.annotator, options.order, options.seed, ranked_keys)
        session = _start_session(options.annotator, items, loaded, writer)
        if options.repeat_share:
            session.schedule_repeats(options.repeat_share, options.seed, pool.items)
        yield OpenSheet(session, initial_sheet, loaded.codebook_path, writer)
        if is_random and session.new_label_counts:
            _append_reclassified(writer, _load_sheets([writer.flush()], codebook_path).pool, options.seed)


@contextmanager
def open_adjudication_session(paths: Sequence[Path], codebook_path: Path | None, annotator: str) -> Iterator[OpenSheet]:
    """Open sheets to decide between conflicting labels; decisions are written to the first sheet.

    See `open_labelling_session` for the codebook and the errors.
    """
    with lock_sheet(paths[0]), open_sheet_writer(paths[0]) as writer:
        other_sheets = [read_sheet_with_journal(path) for path in paths[1:]]
        loaded = _load_sheets([writer.sheet, *other_sheets], codebook_path)
        items = comment_order.find_conflicting_items(loaded.pool)
        session = _start_session(annotator, items, loaded, writer, adjudicated=True)
        yield OpenSheet(session, writer.sheet, loaded.codebook_path, writer)


def _start_session(
    annotator: str, items: Sequence[Item], loaded: _LoadedSheets, writer: SheetWriter, *, adjudicated: bool = False
) -> LabellingSession:
    record_versions = loaded.codebook_path is not None
    session = LabellingSession(annotator, loaded.codebook, items, writer.append, record_versions=record_versions)
    rows = resolution.concatenate_sheets([_complete_columns(writer.sheet)])
    past_rows = comment_order.select_annotator_rows(rows, annotator, adjudicated=adjudicated)
    session.resume(past_rows, loaded.pool.items)
    return session


def _append_reclassified(writer: SheetWriter, pool: CommentPool, seed: int) -> bool:
    """Record model-selected labels that the random order has reached as random; return whether there were any."""
    reclassified = comment_order.reclassify_as_random(pool, seed)
    for row in reclassified:
        writer.append(row)
    return bool(reclassified)


def _load_sheets(sheets: Sequence[Sheet], codebook_path: Path | None) -> _LoadedSheets:
    if not any("text" in sheet.frame.columns for sheet in sheets):  # one sheet with texts is enough, found by their ids
        tables.require_columns(sheets[0].frame.columns, ("text",), sheets[0].path)
    completed = [_complete_columns(sheet) for sheet in sheets]
    codebook_path = codebook_path or find_codebook([sheet.path for sheet in sheets])
    rows, codebook = resolution.combine_labels(completed, read_codebook(codebook_path) if codebook_path else None)
    resolution.check_one_text_per_comment(rows)
    path = sheets[0].path
    if not codebook.stance_names:
        raise CodebookError(path, "none beside the sheet, and no stances in the sheet", "name one with --codebook")
    pool = comment_order.build_pool(pd.concat([sheet.frame for sheet in completed]), rows)
    if not pool.items:
        raise StanceError("no comments in the sheet", "add some with 'stance collect' or 'stance import'", path=path)
    without_target = [key for key in pool.items if not key.target]
    if without_target and len(without_target) < len(pool.items):
        row = rows[rows["comment_id"] == without_target[0].comment_id].iloc[0]
        remedy = "fill in the column 'target', as in the other rows"
        raise StanceError("a comment without a target", remedy, path=row["path"], row=row["row"])
    return _LoadedSheets(pool, rows, codebook, codebook_path)


def _complete_columns(sheet: Sheet) -> Sheet:
    return replace(sheet, frame=add_missing_columns(sheet.frame, (*LABEL_ROW_COLUMNS, "text")))
