"""Bring the rows of a labelling sheet into the form of a label table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance import tables
from stance.errors import MissingColumnError
from stance.labels.sheets import cell_values

if TYPE_CHECKING:
    import pandas as pd

    from stance.labels.sheets.sheet_file import Sheet

COMMENT_LEVEL_COLUMNS = (
    *("article_id", "article_title", "source", "author", "date_iso", "text"),
    *(tables.SPLIT_COLUMN, tables.GROUP_COLUMN),
)
"""If a row leaves one of these columns empty, another row of the same comment may fill it."""

LABEL_TABLE_COLUMNS = ("comment_id", *COMMENT_LEVEL_COLUMNS, *tables.LABEL_COLUMNS)

LOCATION_COLUMNS = ["path", "row"]
"""The sheet that a row is from, and its number there."""

_CELL_NORMALISERS = {
    "pass": cell_values.normalise_whole_number,
    "seed": cell_values.normalise_whole_number,
    "probability": cell_values.normalise_decimal,
    "unsure": cell_values.normalise_unsure,
}


def normalise_sheet(sheet: Sheet, group_column: str | None) -> pd.DataFrame:
    """Return the rows of a sheet with the columns of a label table, their cells stripped and spelt in one way."""
    rows = sheet.frame.reindex(columns=list(LABEL_TABLE_COLUMNS), fill_value="").copy()
    rows[tables.GROUP_COLUMN] = "" if group_column is None else sheet.frame[group_column]
    for column in rows.columns.drop("text"):
        rows[column] = rows[column].str.strip()
    rows["path"], rows["row"] = str(sheet.path), sheet.frame.index
    for column, normalise in _CELL_NORMALISERS.items():
        rows[column] = rows[column].map(normalise).astype("str")
    rows["pass"] = rows["pass"].str.lower().replace("", "1")
    for column in ("sampled", tables.SPLIT_COLUMN):
        rows[column] = rows[column].str.lower()
    return rows


def spread_split(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows that all belong to the closed test set if any row of their comment does, whoever labelled it."""
    split = rows[tables.SPLIT_COLUMN]
    if not (split != "").any():
        return rows
    filled = rows[split != ""].drop_duplicates("comment_id")
    split_of_comment = dict(zip(filled["comment_id"], filled[tables.SPLIT_COLUMN], strict=True))
    split_of_comment |= dict.fromkeys(rows.loc[split == tables.TEST_SPLIT, "comment_id"], tables.TEST_SPLIT)
    return rows.assign(**{tables.SPLIT_COLUMN: rows["comment_id"].map(split_of_comment).fillna("").astype("str")})


def check_sheet_columns(sheet: Sheet, group_column: str | None) -> None:
    """Raise MissingColumnError if a sheet has no stances, neither ids nor texts, or no column of groups."""
    columns = sheet.frame.columns
    remedy = "rename the column with the labels to 'stance'"
    tables.require_columns(columns, ("stance",), sheet.path, remedy)
    if not {"comment_id", "text"}.intersection(columns):
        raise MissingColumnError("text", columns, sheet.path, "rename the column with the texts to 'text'")
    if group_column is not None:
        tables.require_columns(columns, (group_column,), sheet.path, "choose one with --group-column")
