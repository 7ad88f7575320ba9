"""Columns and names that are probably written wrong."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from stance import tables
from stance.validation.findings import Finding, Place, place_of, places, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from stance.validation.context import Material

_ALIKE = 0.8  # the part of letters that a misspelt name shares; `text` and `test` share .75
_NOT_A_LETTER = re.compile(r"[\W_]+")
_POINT_NOUGHT = re.compile(r"(\d+)[.,]0+")
# Letters of another alphabet that nobody can tell from Latin ones.
_LOOK_ALIKE = str.maketrans("аеорсухікмтвн", "aeopcyxikmtbh")


def missing(material: Material) -> Iterator[Finding]:
    """Find sheets without a column for stances, or without one that says what they are of."""
    for sheet in material.sheets:
        columns = list(sheet.frame.columns)
        there = ", ".join(columns)
        if "stance" not in columns:
            yield Finding("missing-column", f"no column stance, there are: {there}", (Place(str(sheet.path), 1),))
        if not {"comment_id", "text"}.intersection(columns):
            what = f"neither a column comment_id nor text, there are: {there}"
            yield Finding("missing-column", what, (Place(str(sheet.path), 1),))


def misspelt(material: Material) -> Iterator[Finding]:
    """Find columns whose name is nearly that of a column which the sheet does not have."""
    for sheet in material.sheets:
        columns = list(sheet.frame.columns)
        lacking = {_folded(name): name for name in tables.SHEET_COLUMNS if name not in columns}
        for column in columns:
            near = get_close_matches(_folded(column), lacking, n=1, cutoff=_ALIKE)
            if column not in tables.SHEET_COLUMNS and near and abs(len(near[0]) - len(_folded(column))) <= 1:
                what = f"the column {quoted(column)} may be meant to be {lacking[near[0]]}"
                yield Finding("misspelt-column", what, (Place(str(sheet.path), 1),))


def differing(material: Material) -> Iterator[Finding]:
    """Find sheets that lack a column of labels which others have and use."""
    used = [{name for name in tables.LABEL_COLUMNS if _is_used(sheet.frame, name)} for sheet in material.sheets]
    anywhere = set().union(*used)
    for sheet in material.sheets:
        if lacking := [name for name in tables.LABEL_COLUMNS if name in anywhere.difference(sheet.frame.columns)]:
            what = f"the sheet has no column for what others say of labels: {', '.join(lacking)}"
            yield Finding("columns-differ", what, (Place(str(sheet.path), 1),))


def _is_used(frame: pd.DataFrame, column: str) -> bool:
    return column in frame.columns and bool(frame[column].ne("").any())


def similar_ids(material: Material) -> Iterator[Finding]:
    """Find ids that differ in no more than case, white space, noughts or look-alike letters, unless texts differ."""
    rows = material.rows[material.rows["comment_id"] != ""]
    found: list[Place] = []
    for spellings in _alike(rows["comment_id"].unique()):
        told = {tables.normalised(material.texts[each]) for each in spellings if each in material.texts}
        if len(told) <= 1:
            other = rows[rows["comment_id"].isin(spellings[1:])].drop_duplicates("comment_id")
            found += places(other, [f"like {quoted(spellings[0])}"] * len(other))
    if found:
        yield Finding("similar-ids", "ids that may name one comment, written differently", tuple(found))


def similar_names(material: Material) -> Iterator[Finding]:
    """Find annotators, targets and stances whose names differ in case, white space or look-alike letters only."""
    for what, column, names in (
        ("annotators", "annotator", material.last["annotator"]),
        ("targets", "target", material.last["target"]),
        ("stances", "stance", material.last["stance"]),
    ):
        if column == "stance" and material.codebook:
            continue  # which spells them
        for spellings in _alike(dict.fromkeys(names)):
            rows = material.last[material.last[column].isin(spellings[1:])]
            told = f"{what} written differently: {', '.join(map(quoted, spellings))}"
            yield Finding("similar-names", told, places(rows, map(quoted, rows[column])))


def equal_rows(material: Material) -> Iterator[Finding]:
    """Find rows that are wholly equal to an earlier one, in their sheet or, where they name no comment, in another."""
    first: dict[tuple[str, frozenset[tuple[str, str]]], tuple[str, int]] = {}
    found: list[Place] = []
    for sheet, rows in material.parts():
        columns = list(sheet.frame.columns)
        for cells, (path, row, comment) in zip(
            sheet.frame.itertuples(index=False, name=None), rows[["path", "row", "comment_id"]].to_numpy(), strict=True
        ):
            told = {column: cell for column, cell in zip(columns, cells, strict=True) if cell}
            key = (str(sheet.path) if told.get("comment_id", "").strip() else "", frozenset(told.items()))
            if (like := first.setdefault(key, (path, row))) != (path, row):
                found.append(Place(path, int(row), comment, f"like {place_of(*like, beside=path)}"))
    if found:
        yield Finding("equal-rows", "rows that are wholly equal to an earlier one", tuple(found))


def _alike(names: Iterable[str]) -> list[list[str]]:
    """Gather names that are one when case, white space, apostrophes, noughts and look-alike letters say nothing."""
    spellings: dict[str, list[str]] = {}
    for name in names:
        told = _POINT_NOUGHT.fullmatch(name)
        key = "".join((told[1] if told else name).casefold().split()).strip("'’").translate(_LOOK_ALIKE)
        spellings.setdefault(key.lstrip("0") if key.isdigit() else key, []).append(name)
    return [each for each in spellings.values() if len(each) > 1]


def _folded(column: str) -> str:
    return _NOT_A_LETTER.sub("", column.casefold())
