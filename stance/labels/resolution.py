"""Labels of many rows, passes and annotators -> one stance a comment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stance import tables
from stance.errors import (
    ConflictingLabelsError,
    InvalidPassError,
    InvalidSamplingInfoError,
    MissingColumnError,
    StanceError,
    TextMismatchError,
    UnknownCommentError,
    UnknownStanceError,
)
from stance.labels.codebook import Codebook, codebook_from_names
from stance.labels.sheets import cell_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from stance.labels.sheets.sheet_file import Sheet

ADJUDICATED = "adjudicated"

SAMPLING_METHODS = ("", "given", "random", "uncertain", "disagree")
"""How a comment may have been chosen to be labelled."""

KEY_COLUMNS = ["comment_id", "target", "annotator", "pass"]
"""What tells a label from others; the last row of a key counts."""

# What a label takes from another row of its comment where its own row leaves it empty.
_COMMENT_LEVEL_COLUMNS = ("article_id", "article_title", "text", tables.GROUP_COLUMN)
_LABEL_TABLE_COLUMNS = ("comment_id", *_COMMENT_LEVEL_COLUMNS, *tables.LABEL_COLUMNS)
_ITEM_COLUMNS = ["comment_id", "target"]
_LOCATION_COLUMNS = ["path", "row"]
_CELL_NORMALISERS = {
    "pass": cell_values.normalise_whole_number,
    "seed": cell_values.normalise_whole_number,
    "probability": cell_values.normalise_decimal,
    "unsure": cell_values.normalise_unsure,
}
_PASS_PATTERN = re.compile(r"[1-9][0-9]*")


def combine_labels(
    sheets: Sequence[Sheet], codebook: Codebook | None, group_column: str | None = None
) -> tuple[pd.DataFrame, Codebook]:
    """Bring together all rows of sheets, the stance only where a row is the last word of its key.

    The key of a label is (comment_id, target, annotator, pass). An empty stance means that the row is still to do, or
    that the label is withdrawn in this sheet.

    Parameters
    ----------
    sheets
        Labelling sheets; a row with only a comment_id takes its text from any of them.
    codebook
        The stances that labels may name; None takes the stances as they are found.
    group_column
        The column that names what must not be parted by a fold, such as an author.

    Returns
    -------
    tuple of (DataFrame, Codebook)
        The rows in their order, with the columns comment_id, article_id, article_title, text, group, those of a label,
        and where each stands; and the codebook, made from the labels if there was none.

    Raises
    ------
    MissingColumnError, UnknownStanceError, BadPassError, BadSampleError
    """
    for sheet in sheets:
        _check_columns(sheet, group_column)
    found = concatenate_sheets(sheets, group_column)
    _check_cell_values(found)
    last = select_latest_labels(found)
    codebook = codebook or codebook_from_names(last["stance"])
    homeless = last[last["target"] == ""]
    if len(homeless) and len(homeless) < len(last):
        row = homeless.iloc[0]
        remedy = "write what its stance is toward, as the other rows do"
        raise StanceError("a label without a target", remedy, path=row["path"], row=row["row"])
    spell = make_stance_normaliser(codebook)
    stances = [
        _normalise_stance(stance, spell, codebook, *place) for stance, place in _cells_with_location(last, "stance")
    ]
    further = [
        [_normalise_stance(part, spell, codebook, *place) for part in split_stances(also)]
        for also, place in _cells_with_location(last, "also")
    ]
    also = [
        "; ".join(dict.fromkeys(name for name in names if name != own))
        for names, own in zip(further, stances, strict=True)
    ]
    for column, values in (("also", also), ("stance", stances)):
        found[column] = pd.Series(values, index=last.index, dtype="str").reindex(found.index, fill_value="")
    return found, codebook


def resolve_labels(rows: pd.DataFrame) -> pd.DataFrame:
    """Settle on one stance a comment (and target): the last adjudication, or what all labels without one agree on.

    Returns
    -------
    DataFrame
        One row a labelled comment and target, in the order of first mention, with the columns comment_id, article_id,
        article_title, text, group and those of a label.

    Raises
    ------
    TwoTextsError, UnknownCommentError, ConflictingLabelsError
    """
    known = _find_comment_attributes(rows)
    settled = _resolve_stances(rows[rows["stance"] != ""])
    order = {key: place for place, key in enumerate(dict.fromkeys(rows["comment_id"]))}
    settled = settled.sort_values("comment_id", key=lambda ids: ids.map(order), kind="stable")
    for column in _COMMENT_LEVEL_COLUMNS:
        told = [known[column].get(comment, "") for comment in settled["comment_id"]]
        settled[column] = pd.Series(told, index=settled.index, dtype="str")
    textless = settled[settled["text"].str.strip() == ""]
    if len(textless):
        first = textless.iloc[0]
        raise UnknownCommentError(first["comment_id"], first["path"], first["row"])
    return settled[list(_LABEL_TABLE_COLUMNS)].reset_index(drop=True)


def concatenate_sheets(sheets: Sequence[Sheet], group_column: str | None = None) -> pd.DataFrame:
    """Bring together all rows of sheets with every column of a label, an id each, and the place they stand in.

    Nothing is checked, and a column that a sheet does not have is empty.
    """
    found = pd.concat([_normalise_sheet(sheet, group_column) for sheet in sheets], ignore_index=True)
    found["comment_id"] = tables.fill_comment_ids(found["comment_id"].to_list(), found["text"].to_list())
    return found


def select_latest_labels(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows that count: the last one of each key, unless its label is withdrawn in its sheet."""
    # A comment to do in one sheet withdraws no label in another.
    last = rows[~rows.duplicated(["path", *KEY_COLUMNS], keep="last") & (rows["stance"] != "")]
    return last.drop_duplicates(KEY_COLUMNS, keep="last")


def is_valid_probability(value: str) -> bool:
    """Tell whether a cell holds the probability that a comment was drawn by, or nothing."""
    try:
        return not value or 0 < float(value) <= 1
    except ValueError:
        return False


def is_valid_pass(value: str) -> bool:
    """Tell whether a cell holds the number of a reading, or says that it settles what others differ on."""
    return value == ADJUDICATED or _PASS_PATTERN.fullmatch(value) is not None


def compute_mask(cells: pd.Series[str], predicate: Callable[[str], bool]) -> NDArray[np.bool_]:
    """Tell of each cell whether it passes a test; a mapped column of no cells would be one of texts."""
    return np.fromiter(map(predicate, cells), np.bool_, len(cells))


def split_stances(cell: str) -> list[str]:
    """Part a cell with further stances.

    >>> split_stances("for; neutral ;")
    ['for', 'neutral']
    """
    return [part.strip() for part in cell.split(";") if part.strip()]


def make_stance_normaliser(codebook: Codebook) -> Callable[[str], str | None]:
    """Give what spells a stance as the codebook does; None for one that it does not have."""
    names = {name.casefold(): name for name in codebook.stance_names} | {name: name for name in codebook.stance_names}

    def spell(stance: str) -> str | None:
        known = names.get(stance, names.get(stance.casefold()))
        return None if known == tables.CANNOT_TELL else known

    return spell


def _normalise_sheet(sheet: Sheet, group_column: str | None) -> pd.DataFrame:
    frame = sheet.frame
    rows = frame.reindex(columns=list(_LABEL_TABLE_COLUMNS), fill_value="").copy()
    rows[tables.GROUP_COLUMN] = "" if group_column is None else frame[group_column]
    for column in rows.columns.drop("text"):
        rows[column] = rows[column].str.strip()
    rows["path"], rows["row"] = str(sheet.path), frame.index
    for column, read in _CELL_NORMALISERS.items():
        rows[column] = rows[column].map(read).astype("str")
    rows["pass"] = rows["pass"].str.lower().replace("", "1")
    rows["sampled"] = rows["sampled"].str.lower()
    return rows


def _check_columns(sheet: Sheet, group_column: str | None) -> None:
    columns = sheet.frame.columns
    tables.require_columns(
        columns, ("stance",), sheet.path, "rename the column with the labels, or use --stance-column"
    )
    if not {"comment_id", "text"}.intersection(columns):
        raise MissingColumnError("text", columns, sheet.path, "rename the column with the texts, or use --text-column")
    if group_column is not None:
        tables.require_columns(columns, (group_column,), sheet.path, "name the right one by --group-column")


def _check_cell_values(rows: pd.DataFrame) -> None:
    if len(bad := rows[~compute_mask(rows["pass"], is_valid_pass)]):
        raise InvalidPassError(bad.iloc[0]["pass"], *bad.iloc[0][_LOCATION_COLUMNS])
    for column, is_sound, remedy in (
        (
            "sampled",
            SAMPLING_METHODS.__contains__,
            f"write one of {', '.join(filter(None, SAMPLING_METHODS))}, or nothing",
        ),
        ("probability", is_valid_probability, "write the probability that the comment had to be drawn, such as 0.05"),
    ):
        if len(bad := rows[(rows["stance"] != "") & ~compute_mask(rows[column], is_sound)]):
            raise InvalidSamplingInfoError(column, bad.iloc[0][column], remedy, *bad.iloc[0][_LOCATION_COLUMNS])


def _cells_with_location(rows: pd.DataFrame, column: str) -> Iterator[tuple[str, tuple[str, int]]]:
    """Give each cell of a column with the place of its row."""
    return ((cell, (path, row)) for cell, path, row in rows[[column, *_LOCATION_COLUMNS]].itertuples(index=False))


def _normalise_stance(
    stance: str, normalise: Callable[[str], str | None], codebook: Codebook, path: str, row: int
) -> str:
    if (known := normalise(stance)) is None:
        raise UnknownStanceError(stance, codebook.stance_names, path, row)
    return known


def check_one_text_per_comment(rows: pd.DataFrame) -> None:
    """Stop where one id stands beside two texts.

    Raises
    ------
    TwoTextsError
    """
    texts = rows.loc[rows["text"].str.strip() != "", ["comment_id", "text", *_LOCATION_COLUMNS]]
    same = texts["text"].map(tables.normalise_text)
    first = same.groupby(texts["comment_id"]).transform("first")
    if (other := texts[same != first]).size:
        row = other.iloc[0]
        raise TextMismatchError(row["comment_id"], row["path"], row["row"])


def _find_comment_attributes(rows: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Look up what is known of each comment, whichever row says it."""
    check_one_text_per_comment(rows)
    known = {}
    for column in _COMMENT_LEVEL_COLUMNS:
        told = rows[rows[column].str.strip() != ""].drop_duplicates("comment_id")
        known[column] = dict(zip(told["comment_id"], told[column], strict=True))
    return known


def find_conflicts(labels: pd.DataFrame) -> pd.DataFrame:
    """Keep the labels of comments on which they differ and nobody has decided.

    Parameters
    ----------
    labels
        The rows of `combine_labels` that have a stance.

    Returns
    -------
    DataFrame
        Those of them, in their order.
    """
    open_ones = _drop_adjudicated(labels)
    stances = open_ones.groupby(_ITEM_COLUMNS)["stance"].transform("nunique")
    return open_ones[stances > 1]


def _drop_adjudicated(labels: pd.DataFrame) -> pd.DataFrame:
    adjudicated = pd.MultiIndex.from_frame(labels.loc[labels["pass"] == ADJUDICATED, _ITEM_COLUMNS])
    return labels[~pd.MultiIndex.from_frame(labels[_ITEM_COLUMNS]).isin(adjudicated)]


def _resolve_stances(labels: pd.DataFrame) -> pd.DataFrame:
    last_word = labels[labels["pass"] == ADJUDICATED].drop_duplicates(_ITEM_COLUMNS, keep="last")
    if len(open_ones := find_conflicts(labels)):
        first = open_ones[(open_ones[_ITEM_COLUMNS] == open_ones[_ITEM_COLUMNS].iloc[0]).all(axis=1)]
        row, others = first.iloc[-1], len(open_ones.drop_duplicates(_ITEM_COLUMNS)) - 1
        raise ConflictingLabelsError(row["comment_id"], list(first["stance"].unique()), others, row["path"], row["row"])
    settled = pd.concat([last_word, _drop_adjudicated(labels).drop_duplicates(_ITEM_COLUMNS, keep="last")])
    return _restore_sampling_info(settled, labels)


def _restore_sampling_info(resolved: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Say of each comment how it came to be labelled, whichever of its labels says so.

    A comment that was drawn at random stays one when it is labelled again because a model or an annotator disagreed:
    without such comments the rest would be the easy ones.
    """
    rank = labels["sampled"].map({"random": 0, "given": 0, "uncertain": 1, "disagree": 1, "": 2})
    drawn = labels.assign(rank=rank).sort_values("rank", kind="stable").drop_duplicates(_ITEM_COLUMNS)
    how = ["sampled", "seed", "probability"]
    return resolved.drop(columns=how).merge(drawn[[*_ITEM_COLUMNS, *how]], on=_ITEM_COLUMNS)
