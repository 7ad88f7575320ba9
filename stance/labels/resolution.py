"""Combine the rows of labelling sheets and resolve all labels of a comment into one stance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stance import tables
from stance.errors import (
    ConflictingLabelsError,
    InvalidPassError,
    InvalidSamplingInfoError,
    StanceError,
    TextMismatchError,
    UnknownCommentError,
    UnknownStanceError,
)
from stance.labels.codebook import Codebook, codebook_from_names
from stance.labels.label_table import (
    COMMENT_LEVEL_COLUMNS,
    LABEL_TABLE_COLUMNS,
    LOCATION_COLUMNS,
    check_sheet_columns,
    normalise_sheet,
    spread_split,
)
from stance.labels.sheets import cell_values, label_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from stance.labels.sheets.sheet_file import Sheet

ADJUDICATED = cell_values.ADJUDICATED
"""The pass of a label that decides between others."""

SAMPLING_METHODS = ("", "given", "random", "uncertain", "disagree")
"""The values of the column `sampled`: how a comment was selected for labelling."""

KEY_COLUMNS = list(label_keys.KEY_COLUMNS)
"""The columns that identify a label; the last row of a key counts."""

ITEM_COLUMNS = ["comment_id", "target"]
"""The columns that identify what has one stance in the end."""

_SAMPLING_INFO_COLUMNS = ["sampled", "seed", "probability"]


def combine_labels(
    sheets: Sequence[Sheet], codebook: Codebook | None, group_column: str | None = None
) -> tuple[pd.DataFrame, Codebook]:
    """Combine and check the rows of sheets; keep a stance only in the last row of each key.

    The key of a label is (comment_id, target, annotator, pass). An empty stance means that the comment is still to be
    labelled, or that the label was withdrawn in this sheet.

    Parameters
    ----------
    sheets
        Labelling sheets; a row with only a comment_id takes its text from any of them.
    codebook
        The stances that labels may have; None accepts whatever stances the labels contain.
    group_column
        The column of groups, such as authors, that must not be split between folds.

    Returns
    -------
    tuple of (DataFrame, Codebook)
        All rows in their order, with the columns comment_id, article_id, article_title, text, group, those of a label,
        and `path` and `row`, the location of each row; and the codebook, made from the labels if there was none.

    Raises
    ------
    MissingColumnError, UnknownStanceError, InvalidPassError, InvalidSamplingInfoError
    """
    for sheet in sheets:
        check_sheet_columns(sheet, group_column)
    rows = concatenate_sheets(sheets, group_column)
    _check_cell_values(rows)
    labels = select_latest_labels(rows)
    codebook = codebook or codebook_from_names(labels["stance"], with_directions=bool((labels["target"] != "").any()))
    without_target = labels[labels["target"] == ""]
    if len(without_target) and len(without_target) < len(labels):
        first = without_target.iloc[0]
        remedy = "fill in its target, as other rows do"
        raise StanceError("a label without a target", remedy, path=first["path"], row=first["row"])
    normalise = make_stance_normaliser(codebook)
    stances = [
        _normalise_stance(stance, normalise, codebook, *location)
        for stance, location in _cells_with_location(labels, "stance")
    ]
    further_stances = [
        [_normalise_stance(stance, normalise, codebook, *location) for stance in split_stances(also)]
        for also, location in _cells_with_location(labels, "also")
    ]
    also_cells = [
        "; ".join(dict.fromkeys(name for name in further if name != stance))
        for further, stance in zip(further_stances, stances, strict=True)
    ]
    for column, values in (("also", also_cells), ("stance", stances)):
        rows[column] = pd.Series(values, index=labels.index, dtype="str").reindex(rows.index, fill_value="")
    return rows, codebook


def resolve_labels(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one stance per comment (and target): the last adjudication, else the stance that all labels agree on.

    Parameters
    ----------
    rows
        The rows that `combine_labels` returns.

    Returns
    -------
    DataFrame
        One row per labelled comment and target, in the order of first mention, with the columns comment_id,
        article_id, article_title, text, group and those of a label.

    Raises
    ------
    TextMismatchError, UnknownCommentError, ConflictingLabelsError
    """
    check_one_text_per_comment(rows)
    resolved = _resolve_stances(rows[rows["stance"] != ""])
    positions = {comment_id: position for position, comment_id in enumerate(dict.fromkeys(rows["comment_id"]))}
    resolved = resolved.sort_values("comment_id", key=lambda ids: ids.map(positions), kind="stable")
    for column in COMMENT_LEVEL_COLUMNS:
        cells = first_filled_cells(rows, column)
        values = [cells.get(comment_id, "") for comment_id in resolved["comment_id"]]
        resolved[column] = pd.Series(values, index=resolved.index, dtype="str")
    without_text = resolved[resolved["text"].str.strip() == ""]
    if len(without_text):
        first = without_text.iloc[0]
        raise UnknownCommentError(first["comment_id"], first["path"], first["row"])
    return resolved[list(LABEL_TABLE_COLUMNS)].reset_index(drop=True)


def concatenate_sheets(sheets: Sequence[Sheet], group_column: str | None = None) -> pd.DataFrame:
    """Return all rows of sheets with every column of a label, an id for each comment, and the location of each row.

    Nothing is checked, and a column that a sheet does not have is empty. The ids of equal texts do not depend on the
    order of rows.
    """
    rows = pd.concat([normalise_sheet(sheet, group_column) for sheet in sheets], ignore_index=True)
    if (rows["comment_id"] == "").any():
        by_content = rows.assign(is_unlabelled=rows["stance"] == "").sort_values(
            ["is_unlabelled", *tables.LABEL_COLUMNS, *LABEL_TABLE_COLUMNS], kind="stable"
        )
        ids = tables.fill_comment_ids(by_content["comment_id"], by_content["text"])
        rows["comment_id"] = pd.Series(ids, index=by_content.index, dtype="str")
    return spread_split(rows)


def sort_by_comment(labels: pd.DataFrame) -> pd.DataFrame:
    """Return resolved labels in the order of their ids, so that nothing depends on the order of rows in a sheet."""
    return labels.sort_values(ITEM_COLUMNS, kind="stable", ignore_index=True)


def select_latest_labels(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that count: the last one of each key, unless its label is withdrawn in its sheet."""
    # A row without a stance withdraws a label of its own sheet only: in other sheets the comment may be still to label.
    latest_of_sheet = rows[~rows.duplicated(["path", *KEY_COLUMNS], keep="last") & (rows["stance"] != "")]
    return latest_of_sheet.drop_duplicates(KEY_COLUMNS, keep="last")


def find_conflicts(labels: pd.DataFrame) -> pd.DataFrame:
    """Return the labels of comments whose labels differ and nobody has adjudicated.

    Parameters
    ----------
    labels
        The rows of `combine_labels` that have a stance.

    Returns
    -------
    DataFrame
        Some rows of `labels`, in their order.
    """
    undecided = _drop_adjudicated_items(labels)
    n_stances = undecided.groupby(ITEM_COLUMNS)["stance"].transform("nunique")
    return undecided[n_stances > 1]


def first_filled_cells(rows: pd.DataFrame, column: str) -> dict[str, str]:
    """Return the first non-empty cell of a column for each comment_id that has one."""
    filled = rows[rows[column].str.strip() != ""].drop_duplicates("comment_id")
    return dict(zip(filled["comment_id"], filled[column], strict=True))


def check_one_text_per_comment(rows: pd.DataFrame) -> None:
    """Raise an error if a comment_id has two different texts.

    Raises
    ------
    TextMismatchError
    """
    with_text = rows.loc[rows["text"].str.strip() != "", ["comment_id", "text", *LOCATION_COLUMNS]]
    texts = with_text["text"].map(tables.normalise_text)
    first_texts = texts.groupby(with_text["comment_id"]).transform("first")
    if (mismatches := with_text[texts != first_texts]).size:
        row = mismatches.iloc[0]
        raise TextMismatchError(row["comment_id"], row["path"], row["row"])


def compute_mask(cells: pd.Series[str], predicate: Callable[[str], bool]) -> NDArray[np.bool_]:
    """Return an array of booleans that says which cells fulfil a predicate, of shape (n_cells,)."""
    # Series.map would return strings for a column without rows.
    return np.fromiter(map(predicate, cells), np.bool_, len(cells))


def split_stances(cell: str) -> list[str]:
    """Split a cell of the column `also` into its stances.

    >>> split_stances("for; neutral ;")
    ['for', 'neutral']
    """
    return [stance.strip() for stance in cell.split(";") if stance.strip()]


def make_stance_normaliser(codebook: Codebook) -> Callable[[str], str | None]:
    """Return a function that spells a stance as the codebook does, and returns None for an unknown one.

    >>> normalise = make_stance_normaliser(codebook_from_names(["for", "against"]))
    >>> normalise("For"), normalise("maybe")
    ('for', None)
    """
    names = {name.casefold(): name for name in codebook.stance_names} | {name: name for name in codebook.stance_names}

    def normalise(stance: str) -> str | None:
        name = names.get(stance, names.get(stance.casefold()))
        return None if name == tables.CANNOT_TELL else name

    return normalise


def _check_cell_values(rows: pd.DataFrame) -> None:
    if len(invalid := rows[~compute_mask(rows["pass"], cell_values.is_valid_pass)]):
        raise InvalidPassError(invalid.iloc[0]["pass"], *invalid.iloc[0][LOCATION_COLUMNS])
    methods = ", ".join(filter(None, SAMPLING_METHODS))
    for column, is_valid, remedy in (
        ("sampled", SAMPLING_METHODS.__contains__, f"use one of {methods}, or leave it empty"),
        ("probability", cell_values.is_valid_probability, "enter the inclusion probability as a number, such as 0.05"),
        ("split", tables.SPLITS.__contains__, "write test or train, or leave it empty"),
    ):
        if len(invalid := rows[(rows["stance"] != "") & ~compute_mask(rows[column], is_valid)]):
            first = invalid.iloc[0]
            raise InvalidSamplingInfoError(column, first[column], remedy, *first[LOCATION_COLUMNS])


def _cells_with_location(rows: pd.DataFrame, column: str) -> Iterator[tuple[str, tuple[str, int]]]:
    """Yield each cell of a column with the path and the row number of its row."""
    return ((cell, (path, row)) for cell, path, row in rows[[column, *LOCATION_COLUMNS]].itertuples(index=False))


def _normalise_stance(
    stance: str, normalise: Callable[[str], str | None], codebook: Codebook, path: str, row: int
) -> str:
    if (name := normalise(stance)) is None:
        raise UnknownStanceError(stance, codebook.stance_names, path, row)
    return name


def _drop_adjudicated_items(labels: pd.DataFrame) -> pd.DataFrame:
    adjudicated = pd.MultiIndex.from_frame(labels.loc[labels["pass"] == ADJUDICATED, ITEM_COLUMNS])
    return labels[~pd.MultiIndex.from_frame(labels[ITEM_COLUMNS]).isin(adjudicated)]


def _resolve_stances(labels: pd.DataFrame) -> pd.DataFrame:
    if len(conflicts := find_conflicts(labels)):
        first_item = conflicts[(conflicts[ITEM_COLUMNS] == conflicts[ITEM_COLUMNS].iloc[0]).all(axis=1)]
        last_row, n_others = first_item.iloc[-1], len(conflicts.drop_duplicates(ITEM_COLUMNS)) - 1
        stances = list(first_item["stance"].unique())
        raise ConflictingLabelsError(last_row["comment_id"], stances, n_others, last_row["path"], last_row["row"])
    adjudications = labels[labels["pass"] == ADJUDICATED].drop_duplicates(ITEM_COLUMNS, keep="last")
    in_order = _drop_adjudicated_items(labels).sort_values(["labelled_at", "annotator", "pass"], kind="stable")
    unanimous = in_order.drop_duplicates(ITEM_COLUMNS, keep="last")
    return _restore_sampling_info(pd.concat([adjudications, unanimous]), labels)


def _restore_sampling_info(resolved: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Set how each comment was sampled, from whichever of its labels says so.

    A comment that was drawn at random remains one if it is labelled again because a model or an annotator disagreed.
    Without such comments the random ones would be the easy ones.
    """
    rank = labels["sampled"].map({"random": 0, "given": 0, "uncertain": 1, "disagree": 1, "": 2})
    best = labels.assign(rank=rank).sort_values("rank", kind="stable").drop_duplicates(ITEM_COLUMNS)
    info = best[[*ITEM_COLUMNS, *_SAMPLING_INFO_COLUMNS]]
    return resolved.drop(columns=_SAMPLING_INFO_COLUMNS).merge(info, on=ITEM_COLUMNS)
