"""Labels of many rows, passes and annotators -> one stance a comment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stance import tables
from stance.errors import (
    BadPassError,
    BadSampleError,
    ConflictingLabelsError,
    MissingColumnError,
    StanceError,
    TwoTextsError,
    UnknownCommentError,
    UnknownStanceError,
)
from stance.labels.codebook import Codebook, from_names
from stance.labels.sheets import cell_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from stance.labels.sheets.sheet_file import Sheet

ADJUDICATED = "adjudicated"

SAMPLED = ("", "given", "random", "uncertain", "disagree")
"""How a comment may have been chosen to be labelled."""

KEY = ["comment_id", "target", "annotator", "pass"]
"""What tells a label from others; the last row of a key counts."""

# What a label takes from another row of its comment where its own row leaves it empty.
_OF_THE_COMMENT = ("article_id", "article_title", "text", tables.GROUP)
_COLUMNS = ("comment_id", *_OF_THE_COMMENT, *tables.LABEL_COLUMNS)
_ABOUT = ["comment_id", "target"]
_PLACE = ["path", "row"]
_REWRITTEN = {
    "pass": cell_values.whole_number,
    "seed": cell_values.whole_number,
    "probability": cell_values.decimal,
    "unsure": cell_values.unsure,
}
_PASS = re.compile(r"[1-9][0-9]*")


def rows(
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
        _refuse_missing_columns(sheet, group_column)
    found = as_written(sheets, group_column)
    _refuse_unknown_words(found)
    last = last_words(found)
    codebook = codebook or from_names(last["stance"])
    homeless = last[last["target"] == ""]
    if len(homeless) and len(homeless) < len(last):
        row = homeless.iloc[0]
        remedy = "write what its stance is toward, as the other rows do"
        raise StanceError("a label without a target", remedy, path=row["path"], row=row["row"])
    spell = speller(codebook)
    stances = [_known(stance, spell, codebook, *place) for stance, place in _placed(last, "stance")]
    further = [[_known(part, spell, codebook, *place) for part in parts(also)] for also, place in _placed(last, "also")]
    also = [
        "; ".join(dict.fromkeys(name for name in names if name != own))
        for names, own in zip(further, stances, strict=True)
    ]
    for column, values in (("also", also), ("stance", stances)):
        found[column] = pd.Series(values, index=last.index, dtype="str").reindex(found.index, fill_value="")
    return found, codebook


def one_stance_each(rows: pd.DataFrame) -> pd.DataFrame:
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
    known = _of_comments(rows)
    settled = _settle(rows[rows["stance"] != ""])
    order = {key: place for place, key in enumerate(dict.fromkeys(rows["comment_id"]))}
    settled = settled.sort_values("comment_id", key=lambda ids: ids.map(order), kind="stable")
    for column in _OF_THE_COMMENT:
        told = [known[column].get(comment, "") for comment in settled["comment_id"]]
        settled[column] = pd.Series(told, index=settled.index, dtype="str")
    textless = settled[settled["text"].str.strip() == ""]
    if len(textless):
        first = textless.iloc[0]
        raise UnknownCommentError(first["comment_id"], first["path"], first["row"])
    return settled[list(_COLUMNS)].reset_index(drop=True)


def as_written(sheets: Sequence[Sheet], group_column: str | None = None) -> pd.DataFrame:
    """Bring together all rows of sheets with every column of a label, an id each, and the place they stand in.

    Nothing is checked, and a column that a sheet does not have is empty.
    """
    found = pd.concat([_rows(sheet, group_column) for sheet in sheets], ignore_index=True)
    found["comment_id"] = tables.own_ids(found["comment_id"].to_list(), found["text"].to_list())
    return found


def last_words(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows that count: the last one of each key, unless its label is withdrawn in its sheet."""
    # A comment to do in one sheet withdraws no label in another.
    last = rows[~rows.duplicated(["path", *KEY], keep="last") & (rows["stance"] != "")]
    return last.drop_duplicates(KEY, keep="last")


def is_probability(value: str) -> bool:
    """Tell whether a cell holds the probability that a comment was drawn by, or nothing."""
    try:
        return not value or 0 < float(value) <= 1
    except ValueError:
        return False


def is_pass(value: str) -> bool:
    """Tell whether a cell holds the number of a reading, or says that it settles what others differ on."""
    return value == ADJUDICATED or _PASS.fullmatch(value) is not None


def which(cells: pd.Series[str], test: Callable[[str], bool]) -> NDArray[np.bool_]:
    """Tell of each cell whether it passes a test; a mapped column of no cells would be one of texts."""
    return np.fromiter(map(test, cells), np.bool_, len(cells))


def parts(also: str) -> list[str]:
    """Part a cell with further stances.

    >>> parts("for; neutral ;")
    ['for', 'neutral']
    """
    return [part.strip() for part in also.split(";") if part.strip()]


def speller(codebook: Codebook) -> Callable[[str], str | None]:
    """Give what spells a stance as the codebook does; None for one that it does not have."""
    names = {name.casefold(): name for name in codebook.names} | {name: name for name in codebook.names}

    def spell(stance: str) -> str | None:
        known = names.get(stance, names.get(stance.casefold()))
        return None if known == tables.CANNOT_TELL else known

    return spell


def _rows(sheet: Sheet, group_column: str | None) -> pd.DataFrame:
    frame = sheet.frame
    rows = frame.reindex(columns=list(_COLUMNS), fill_value="").copy()
    rows[tables.GROUP] = "" if group_column is None else frame[group_column]
    for column in rows.columns.drop("text"):
        rows[column] = rows[column].str.strip()
    rows["path"], rows["row"] = str(sheet.path), frame.index
    for column, read in _REWRITTEN.items():
        rows[column] = rows[column].map(read).astype("str")
    rows["pass"] = rows["pass"].str.lower().replace("", "1")
    rows["sampled"] = rows["sampled"].str.lower()
    return rows


def _refuse_missing_columns(sheet: Sheet, group_column: str | None) -> None:
    columns = sheet.frame.columns
    tables.require(columns, ("stance",), sheet.path, "rename the column with the labels, or use --stance-column")
    if not {"comment_id", "text"}.intersection(columns):
        raise MissingColumnError("text", columns, sheet.path, "rename the column with the texts, or use --text-column")
    if group_column is not None:
        tables.require(columns, (group_column,), sheet.path, "name the right one by --group-column")


def _refuse_unknown_words(rows: pd.DataFrame) -> None:
    if len(bad := rows[~which(rows["pass"], is_pass)]):
        raise BadPassError(bad.iloc[0]["pass"], *bad.iloc[0][_PLACE])
    for column, is_sound, remedy in (
        ("sampled", SAMPLED.__contains__, f"write one of {', '.join(filter(None, SAMPLED))}, or nothing"),
        ("probability", is_probability, "write the probability that the comment had to be drawn, such as 0.05"),
    ):
        if len(bad := rows[(rows["stance"] != "") & ~which(rows[column], is_sound)]):
            raise BadSampleError(column, bad.iloc[0][column], remedy, *bad.iloc[0][_PLACE])


def _placed(rows: pd.DataFrame, column: str) -> Iterator[tuple[str, tuple[str, int]]]:
    """Give each cell of a column with the place of its row."""
    return ((cell, (path, row)) for cell, path, row in rows[[column, *_PLACE]].itertuples(index=False))


def _known(stance: str, spell: Callable[[str], str | None], codebook: Codebook, path: str, row: int) -> str:
    if (known := spell(stance)) is None:
        raise UnknownStanceError(stance, codebook.names, path, row)
    return known


def refuse_two_texts(rows: pd.DataFrame) -> None:
    """Stop where one id stands beside two texts.

    Raises
    ------
    TwoTextsError
    """
    texts = rows.loc[rows["text"].str.strip() != "", ["comment_id", "text", *_PLACE]]
    same = texts["text"].map(tables.normalised)
    first = same.groupby(texts["comment_id"]).transform("first")
    if (other := texts[same != first]).size:
        row = other.iloc[0]
        raise TwoTextsError(row["comment_id"], row["path"], row["row"])


def _of_comments(rows: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Look up what is known of each comment, whichever row says it."""
    refuse_two_texts(rows)
    known = {}
    for column in _OF_THE_COMMENT:
        told = rows[rows[column].str.strip() != ""].drop_duplicates("comment_id")
        known[column] = dict(zip(told["comment_id"], told[column], strict=True))
    return known


def conflicts(labels: pd.DataFrame) -> pd.DataFrame:
    """Keep the labels of comments on which they differ and nobody has decided.

    Parameters
    ----------
    labels
        The rows of `rows` that have a stance.

    Returns
    -------
    DataFrame
        Those of them, in their order.
    """
    open_ones = _undecided(labels)
    stances = open_ones.groupby(_ABOUT)["stance"].transform("nunique")
    return open_ones[stances > 1]


def _undecided(labels: pd.DataFrame) -> pd.DataFrame:
    adjudicated = pd.MultiIndex.from_frame(labels.loc[labels["pass"] == ADJUDICATED, _ABOUT])
    return labels[~pd.MultiIndex.from_frame(labels[_ABOUT]).isin(adjudicated)]


def _settle(labels: pd.DataFrame) -> pd.DataFrame:
    last_word = labels[labels["pass"] == ADJUDICATED].drop_duplicates(_ABOUT, keep="last")
    if len(open_ones := conflicts(labels)):
        first = open_ones[(open_ones[_ABOUT] == open_ones[_ABOUT].iloc[0]).all(axis=1)]
        row, others = first.iloc[-1], len(open_ones.drop_duplicates(_ABOUT)) - 1
        raise ConflictingLabelsError(row["comment_id"], list(first["stance"].unique()), others, row["path"], row["row"])
    settled = pd.concat([last_word, _undecided(labels).drop_duplicates(_ABOUT, keep="last")])
    return _as_first_drawn(settled, labels)


def _as_first_drawn(settled: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Say of each comment how it came to be labelled, whichever of its labels says so.

    A comment that was drawn at random stays one when it is labelled again because a model or an annotator disagreed:
    without such comments the rest would be the easy ones.
    """
    rank = labels["sampled"].map({"random": 0, "given": 0, "uncertain": 1, "disagree": 1, "": 2})
    drawn = labels.assign(rank=rank).sort_values("rank", kind="stable").drop_duplicates(_ABOUT)
    how = ["sampled", "seed", "probability"]
    return settled.drop(columns=how).merge(drawn[[*_ABOUT, *how]], on=_ABOUT)
