"""Cells that hold a word or a figure which their column does not know."""

from __future__ import annotations

import datetime as dt
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from stance.labels import resolution
from stance.validation.findings import Finding, places, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stance.validation.context import Material

_MOST_NAMED = 10  # where more stances are unknown, the sheet goes by another codebook
_NEAR = 0.5  # as in the error that training ends with
_WHOLE = re.compile(r"\d+")
_POINT_NOUGHT = re.compile(r"(\d+)[.,]0+")
_PERCENT = re.compile(r"(\d+(?:[.,]\d+)?)\s*%")


def unknown_stances(material: Material) -> Iterator[Finding]:
    """Find labels whose stance, or a further one, is not one of the codebook's."""
    last = material.last
    yield from _unknown(
        material, last[resolution.compute_mask(last["stance"], lambda stance: material.spell(stance) is None)], ""
    )
    further = last[["path", "row", "comment_id", "codebook", "also"]]
    further = further.assign(
        codebook="", stance=pd.Series(map(resolution.split_stances, further["also"]), further.index, object)
    )
    further = further.explode("stance").dropna(subset="stance")
    unknown = further[resolution.compute_mask(further["stance"], lambda stance: material.spell(stance) is None)]
    yield from _unknown(material, unknown, " in the column also")


def _unknown(material: Material, rows: pd.DataFrame, where: str) -> Iterator[Finding]:
    stances = list(dict.fromkeys(rows["stance"]))
    of_codebook = "of the codebook" if material.codebook else "that a label may have"
    if len(stances) > _MOST_NAMED:
        what = f"{len(stances):,} stances{where} are none {of_codebook}: {', '.join(map(quoted, stances[:3]))} ..."
        yield Finding("unknown-stance", what, places(rows, map(quoted, rows["stance"])))
        return
    for stance in stances:
        named = rows[rows["stance"] == stance]
        if (named["codebook"] != "").any() and material.codebook:
            versions = {material.codebook.stance_version(name): name for name in material.names}
            same = [versions[version] for version in named["codebook"].str.lower() if version in versions]
            may = f", what it meant is {same[0]!r} now" if same else ", although it was when the label was given"
            yield Finding("removed-stance", f"{quoted(stance)}{where} is no stance of the codebook{may}", places(named))
        else:
            what = f"{quoted(stance)}{where} is no stance {of_codebook}{_near(stance, material.names)}"
            yield Finding("unknown-stance", what, places(named))


def _near(word: str, known: tuple[str, ...]) -> str:
    folded = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold(), folded, n=1, cutoff=_NEAR)
    return f"; {folded[near[0]]!r} may be meant" if near else ""


def unknown_words(material: Material) -> Iterator[Finding]:
    """Find cells of other columns that hold what the column does not know."""
    rows = material.rows
    labelled = rows["stance"] != ""
    draws = [
        _Column("unknown-sampled", "sampled", resolution.SAMPLING_METHODS.__contains__, _sampled),
        _Column("unknown-probability", "probability", resolution.is_valid_probability, _probability),
    ]
    yield from _cells(rows, _Column("unknown-pass", "pass", resolution.is_valid_pass, _number))
    for column in draws:
        yield from _cells(rows[labelled], column)
        yield from _cells(rows[~labelled], column._replace(kind="unknown-draw"))
    yield from _cells(rows, _Column("unknown-seed", "seed", _is_whole, _number))
    yield from _cells(rows, _Column("unknown-date", "labelled_at", _is_date, _nothing))


class _Column(NamedTuple):
    kind: str
    name: str
    is_sound: Callable[[str], bool]
    meant: Callable[[str], str]


def _cells(rows: pd.DataFrame, column: _Column) -> Iterator[Finding]:
    cells = rows[column.name]
    unsound = {cell for cell in cells.unique() if not column.is_sound(cell)}
    if not unsound:
        return
    bad = rows[cells.isin(unsound)]
    told = [
        f"{quoted(cell)}, perhaps {meant}" if (meant := column.meant(cell)) else quoted(cell)
        for cell in bad[column.name]
    ]
    what = f"the column {column.name} holds {_WHAT[column.name]}"
    yield Finding(column.kind, what, places(bad, told))


_WHAT = {
    "pass": "what is neither the number of a reading nor adjudicated",
    "sampled": "what is no way of choosing a comment",
    "probability": "what is no probability",
    "seed": "what is no whole number",
    "labelled_at": "what is no date",
}


def moment(cell: str) -> dt.datetime | None:
    """Read a date or a time in ISO 8601, as of UTC unless it says otherwise.

    >>> moment("2026-11-22"), moment("22.11.2026")
    (datetime.datetime(2026, 11, 22, 0, 0, tzinfo=datetime.timezone.utc), None)
    """
    try:
        read = dt.datetime.fromisoformat(cell)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=dt.UTC)


def _is_date(cell: str) -> bool:
    return not cell or moment(cell) is not None


def _is_whole(cell: str) -> bool:
    return not cell or _WHOLE.fullmatch(cell) is not None


def _nothing(_: str) -> str:
    return ""


def _number(cell: str) -> str:
    """Give the whole number that a spreadsheet, or pandas, has written with decimals."""
    told = _POINT_NOUGHT.fullmatch(cell)
    return told[1] if told else ""


def _probability(cell: str) -> str:
    """Give the probability that was written with a comma or in percent."""
    if told := _PERCENT.fullmatch(cell):
        value = f"{float(told[1].replace(',', '.')) / 100:g}"
    else:
        value = cell.replace(",", ".")
    return value if value and resolution.is_valid_probability(value) else ""


def _sampled(cell: str) -> str:
    return next(iter(get_close_matches(cell, resolution.SAMPLING_METHODS, n=1)), "")
