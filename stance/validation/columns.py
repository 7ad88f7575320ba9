"""Columns and names that are probably written wrong."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from stance import tables
from stance.validation.findings import Finding, Location, format_location, locate_rows, quote_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from stance.validation.context import CheckContext

_MIN_SIMILARITY = 0.8  # the part of letters that a misspelt name shares; `text` and `test` share .75
_NON_ALPHANUMERIC = re.compile(r"[\W_]+")
_INTEGER_AS_FLOAT = re.compile(r"(\d+)[.,]0+")
# Letters of another alphabet that nobody can tell from Latin ones.
_HOMOGLYPHS = str.maketrans("аеорсухікмтвн", "aeopcyxikmtbh")


def find_missing_columns(context: CheckContext) -> Iterator[Finding]:
    """Find sheets without a column for stances, or without one that says what they are of."""
    for sheet in context.sheets:
        columns = list(sheet.frame.columns)
        there = ", ".join(columns)
        if "stance" not in columns:
            yield Finding("missing-column", f"no column stance, there are: {there}", (Location(str(sheet.path), 1),))
        if not {"comment_id", "text"}.intersection(columns):
            what = f"neither a column comment_id nor text, there are: {there}"
            yield Finding("missing-column", what, (Location(str(sheet.path), 1),))


def find_misspelt_columns(context: CheckContext) -> Iterator[Finding]:
    """Find columns whose name is nearly that of a column which the sheet does not have."""
    for sheet in context.sheets:
        columns = list(sheet.frame.columns)
        lacking = {_normalise_column_name(name): name for name in tables.SHEET_COLUMNS if name not in columns}
        for column in columns:
            near = get_close_matches(_normalise_column_name(column), lacking, n=1, cutoff=_MIN_SIMILARITY)
            if (
                column not in tables.SHEET_COLUMNS
                and near
                and abs(len(near[0]) - len(_normalise_column_name(column))) <= 1
            ):
                what = f"the column {quote_cell(column)} may be meant to be {lacking[near[0]]}"
                yield Finding("misspelt-column", what, (Location(str(sheet.path), 1),))


def find_differing_columns(context: CheckContext) -> Iterator[Finding]:
    """Find sheets that lack a column of labels which others have and use."""
    used = [{name for name in tables.LABEL_COLUMNS if _is_used(sheet.frame, name)} for sheet in context.sheets]
    anywhere = set().union(*used)
    for sheet in context.sheets:
        if lacking := [name for name in tables.LABEL_COLUMNS if name in anywhere.difference(sheet.frame.columns)]:
            what = f"the sheet has no column for what others say of labels: {', '.join(lacking)}"
            yield Finding("columns-differ", what, (Location(str(sheet.path), 1),))


def _is_used(frame: pd.DataFrame, column: str) -> bool:
    return column in frame.columns and bool(frame[column].ne("").any())


def find_similar_ids(context: CheckContext) -> Iterator[Finding]:
    """Find ids that differ in no more than case, white space, noughts or look-alike letters, unless texts differ."""
    rows = context.rows[context.rows["comment_id"] != ""]
    found: list[Location] = []
    for spellings in _group_spellings(rows["comment_id"].unique()):
        told = {tables.normalise_text(context.texts[each]) for each in spellings if each in context.texts}
        if len(told) <= 1:
            other = rows[rows["comment_id"].isin(spellings[1:])].drop_duplicates("comment_id")
            found += locate_rows(other, [f"like {quote_cell(spellings[0])}"] * len(other))
    if found:
        yield Finding("similar-ids", "ids that may name one comment, written differently", tuple(found))


def find_similar_names(context: CheckContext) -> Iterator[Finding]:
    """Find annotators, targets and stances whose names differ in case, white space or look-alike letters only."""
    for what, column, names in (
        ("annotators", "annotator", context.last_rows["annotator"]),
        ("targets", "target", context.last_rows["target"]),
        ("stances", "stance", context.last_rows["stance"]),
    ):
        if column == "stance" and context.codebook:
            continue  # which spells them
        for spellings in _group_spellings(dict.fromkeys(names)):
            rows = context.last_rows[context.last_rows[column].isin(spellings[1:])]
            told = f"{what} written differently: {', '.join(map(quote_cell, spellings))}"
            yield Finding("similar-names", told, locate_rows(rows, map(quote_cell, rows[column])))


def find_equal_rows(context: CheckContext) -> Iterator[Finding]:
    """Find rows that are wholly equal to an earlier one, in their sheet or, where they name no comment, in another."""
    first: dict[tuple[str, frozenset[tuple[str, str]]], tuple[str, int]] = {}
    found: list[Location] = []
    for sheet, rows in context.iter_sheets():
        columns = list(sheet.frame.columns)
        for cells, (path, row, comment) in zip(
            sheet.frame.itertuples(index=False, name=None), rows[["path", "row", "comment_id"]].to_numpy(), strict=True
        ):
            told = {column: cell for column, cell in zip(columns, cells, strict=True) if cell}
            key = (str(sheet.path) if told.get("comment_id", "").strip() else "", frozenset(told.items()))
            if (like := first.setdefault(key, (path, row))) != (path, row):
                found.append(Location(path, int(row), comment, f"like {format_location(*like, relative_to=path)}"))
    if found:
        yield Finding("equal-rows", "rows that are wholly equal to an earlier one", tuple(found))


def _group_spellings(names: Iterable[str]) -> list[list[str]]:
    """Gather names that are one when case, white space, apostrophes, noughts and look-alike letters say nothing."""
    spellings: dict[str, list[str]] = {}
    for name in names:
        told = _INTEGER_AS_FLOAT.fullmatch(name)
        key = "".join((told[1] if told else name).casefold().split()).strip("'’").translate(_HOMOGLYPHS)
        spellings.setdefault(key.lstrip("0") if key.isdigit() else key, []).append(name)
    return [each for each in spellings.values() if len(each) > 1]


def _normalise_column_name(column: str) -> str:
    return _NON_ALPHANUMERIC.sub("", column.casefold())
