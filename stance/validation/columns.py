"""Find missing and misspelt columns, different spellings of ids and names, and duplicate rows."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from stance import tables
from stance.validation.findings import Finding, Location, format_location, locate_rows, quote_cell
from stance.validation.unknown_values import strip_zero_decimals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from stance.validation.context import CheckContext

_MIN_SIMILARITY = 0.8  # of a misspelt column name; `text` and `test` have .75
_NON_ALPHANUMERIC = re.compile(r"[\W_]+")
# Cyrillic letters that look like Latin ones.
_HOMOGLYPHS = str.maketrans("аеорсухікмтвн", "aeopcyxikmtbh")


def find_missing_columns(context: CheckContext) -> Iterator[Finding]:
    """Find sheets without a column of stances, or without a column that identifies the comments."""
    for sheet in context.sheets:
        columns = list(sheet.frame.columns)
        present = ", ".join(columns)
        location = (Location(str(sheet.path), 1),)
        if "stance" not in columns:
            yield Finding("missing-column", f"no column stance; the columns are: {present}", location)
        if not {"comment_id", "text"}.intersection(columns):
            message = f"neither a column comment_id nor a column text; the columns are: {present}"
            yield Finding("missing-column", message, location)


def find_misspelt_columns(context: CheckContext) -> Iterator[Finding]:
    """Find columns whose name resembles a column that the sheet does not have."""
    for sheet in context.sheets:
        columns = list(sheet.frame.columns)
        known = (*tables.SHEET_COLUMNS, tables.SPLIT_COLUMN)
        absent = {_normalise_column_name(name): name for name in known if name not in columns}
        for column in columns:
            if column in known:
                continue
            name = _normalise_column_name(column)
            matches = get_close_matches(name, absent, n=1, cutoff=_MIN_SIMILARITY)
            if matches and abs(len(matches[0]) - len(name)) <= 1:
                message = f"the column {quote_cell(column)} may be meant to be {absent[matches[0]]}"
                yield Finding("misspelt-column", message, (Location(str(sheet.path), 1),))


def find_differing_columns(context: CheckContext) -> Iterator[Finding]:
    """Find sheets without a label column that other sheets use."""
    used_columns = [{name for name in tables.LABEL_COLUMNS if _is_used(sheet.frame, name)} for sheet in context.sheets]
    used_anywhere = set().union(*used_columns)
    for sheet in context.sheets:
        absent = used_anywhere.difference(sheet.frame.columns)
        if absent:
            names = ", ".join(name for name in tables.LABEL_COLUMNS if name in absent)
            message = f"the sheet has no column for what other sheets say about labels: {names}"
            yield Finding("columns-differ", message, (Location(str(sheet.path), 1),))


def _is_used(frame: pd.DataFrame, column: str) -> bool:
    return column in frame.columns and bool(frame[column].ne("").any())


def find_similar_ids(context: CheckContext) -> Iterator[Finding]:
    """Find ids that differ only in case, white space, zeros or look-alike letters, unless their texts differ."""
    rows = context.rows[context.rows["comment_id"] != ""]
    locations: list[Location] = []
    for spellings in _group_spellings(rows["comment_id"].unique()):
        texts = {tables.normalise_text(context.texts[name]) for name in spellings if name in context.texts}
        if len(texts) <= 1:
            variants = rows[rows["comment_id"].isin(spellings[1:])].drop_duplicates("comment_id")
            locations += locate_rows(variants, [f"like {quote_cell(spellings[0])}"] * len(variants))
    if locations:
        message = "ids that may belong to one comment but are written differently"
        yield Finding("similar-ids", message, tuple(locations))


def find_similar_names(context: CheckContext) -> Iterator[Finding]:
    """Find annotators, targets and stances whose names differ only in case, white space or look-alike letters."""
    for plural, column in (("annotators", "annotator"), ("targets", "target"), ("stances", "stance")):
        if column == "stance" and context.codebook:
            continue  # the codebook's spelling is used
        names = context.last_rows[column]
        for spellings in _group_spellings(dict.fromkeys(names)):
            rows = context.last_rows[names.isin(spellings[1:])]
            message = f"{plural} written differently: {', '.join(map(quote_cell, spellings))}"
            yield Finding("similar-names", message, locate_rows(rows, map(quote_cell, rows[column])))


def find_equal_rows(context: CheckContext) -> Iterator[Finding]:
    """Find rows equal to an earlier one of their sheet or, if they have no comment_id, of any sheet."""
    first_location: dict[tuple[str, frozenset[tuple[str, str]]], tuple[str, int]] = {}
    locations: list[Location] = []
    for sheet, rows in context.iter_sheets():
        columns = list(sheet.frame.columns)
        keys = rows[["path", "row", "comment_id"]].to_numpy()
        for cells, (path, row, comment_id) in zip(sheet.frame.itertuples(index=False, name=None), keys, strict=True):
            filled = {column: cell for column, cell in zip(columns, cells, strict=True) if cell}
            scope = str(sheet.path) if filled.get("comment_id", "").strip() else ""
            first = first_location.setdefault((scope, frozenset(filled.items())), (path, row))
            if first != (path, row):
                detail = f"like {format_location(*first, relative_to=path)}"
                locations.append(Location(path, int(row), comment_id, detail))
    if locations:
        yield Finding("equal-rows", "rows equal to an earlier row", tuple(locations))


def _group_spellings(names: Iterable[str]) -> list[list[str]]:
    """Return the groups of names that differ only in case, white space, apostrophes, zeros and look-alike letters."""
    spellings: dict[str, list[str]] = {}
    for name in names:
        key = "".join((strip_zero_decimals(name) or name).casefold().split()).strip("'’").translate(_HOMOGLYPHS)
        spellings.setdefault(key.lstrip("0") if key.isdigit() else key, []).append(name)
    return [group for group in spellings.values() if len(group) > 1]


def _normalise_column_name(column: str) -> str:
    return _NON_ALPHANUMERIC.sub("", column.casefold())
