"""Cells that hold a word or a figure which their column does not know."""

from __future__ import annotations

import datetime as dt
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from stance.labels import resolution
from stance.validation.findings import Finding, locate_rows, quote_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stance.validation.context import CheckContext

_MAX_NAMED = 10  # where more stances are unknown, the sheet goes by another codebook
_MIN_SIMILARITY = 0.5  # as in the error that training ends with
_INTEGER = re.compile(r"\d+")
_INTEGER_AS_FLOAT = re.compile(r"(\d+)[.,]0+")
_PERCENTAGE = re.compile(r"(\d+(?:[.,]\d+)?)\s*%")


def find_unknown_stances(context: CheckContext) -> Iterator[Finding]:
    """Find labels whose stance, or a further one, is not one of the codebook's."""
    last = context.last_rows
    yield from _report_unknown_stances(
        context, last[resolution.compute_mask(last["stance"], lambda stance: context.spell_stance(stance) is None)], ""
    )
    further = last[["path", "row", "comment_id", "codebook", "also"]]
    further = further.assign(
        codebook="", stance=pd.Series(map(resolution.split_stances, further["also"]), further.index, object)
    )
    further = further.explode("stance").dropna(subset="stance")
    unknown = further[resolution.compute_mask(further["stance"], lambda stance: context.spell_stance(stance) is None)]
    yield from _report_unknown_stances(context, unknown, " in the column also")


def _report_unknown_stances(context: CheckContext, rows: pd.DataFrame, where: str) -> Iterator[Finding]:
    stances = list(dict.fromkeys(rows["stance"]))
    of_codebook = "of the codebook" if context.codebook else "that a label may have"
    if len(stances) > _MAX_NAMED:
        what = f"{len(stances):,} stances{where} are none {of_codebook}: {', '.join(map(quote_cell, stances[:3]))} ..."
        yield Finding("unknown-stance", what, locate_rows(rows, map(quote_cell, rows["stance"])))
        return
    for stance in stances:
        named = rows[rows["stance"] == stance]
        if (named["codebook"] != "").any() and context.codebook:
            versions = {context.codebook.stance_version(name): name for name in context.stance_names}
            same = [versions[version] for version in named["codebook"].str.lower() if version in versions]
            may = f", what it meant is {same[0]!r} now" if same else ", although it was when the label was given"
            yield Finding(
                "removed-stance", f"{quote_cell(stance)}{where} is no stance of the codebook{may}", locate_rows(named)
            )
        else:
            what = (
                f"{quote_cell(stance)}{where} is no stance {of_codebook}{_suggest_stance(stance, context.stance_names)}"
            )
            yield Finding("unknown-stance", what, locate_rows(named))


def _suggest_stance(word: str, known: tuple[str, ...]) -> str:
    folded = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold(), folded, n=1, cutoff=_MIN_SIMILARITY)
    return f"; {folded[near[0]]!r} may be meant" if near else ""


def find_unknown_values(context: CheckContext) -> Iterator[Finding]:
    """Find cells of other columns that hold what the column does not know."""
    rows = context.rows
    labelled = rows["stance"] != ""
    draws = [
        _ColumnRule("unknown-sampled", "sampled", resolution.SAMPLING_METHODS.__contains__, _suggest_sampling),
        _ColumnRule("unknown-probability", "probability", resolution.is_valid_probability, _suggest_probability),
    ]
    yield from _check_column(rows, _ColumnRule("unknown-pass", "pass", resolution.is_valid_pass, _suggest_integer))
    for column in draws:
        yield from _check_column(rows[labelled], column)
        yield from _check_column(rows[~labelled], column._replace(kind="unknown-draw"))
    yield from _check_column(rows, _ColumnRule("unknown-seed", "seed", _is_empty_or_integer, _suggest_integer))
    yield from _check_column(rows, _ColumnRule("unknown-date", "labelled_at", _is_empty_or_date, _suggest_nothing))


class _ColumnRule(NamedTuple):
    kind: str
    name: str
    is_valid: Callable[[str], bool]
    suggest: Callable[[str], str]


def _check_column(rows: pd.DataFrame, rule: _ColumnRule) -> Iterator[Finding]:
    cells = rows[rule.name]
    unsound = {cell for cell in cells.unique() if not rule.is_valid(cell)}
    if not unsound:
        return
    bad = rows[cells.isin(unsound)]
    told = [
        f"{quote_cell(cell)}, perhaps {meant}" if (meant := rule.suggest(cell)) else quote_cell(cell)
        for cell in bad[rule.name]
    ]
    what = f"the column {rule.name} holds {_INVALID_MESSAGES[rule.name]}"
    yield Finding(rule.kind, what, locate_rows(bad, told))


_INVALID_MESSAGES = {
    "pass": "what is neither the number of a reading nor adjudicated",
    "sampled": "what is no way of choosing a comment",
    "probability": "what is no probability",
    "seed": "what is no whole number",
    "labelled_at": "what is no date",
}


def parse_iso_datetime(cell: str) -> dt.datetime | None:
    """Read a date or a time in ISO 8601, as of UTC unless it says otherwise.

    >>> parse_iso_datetime("2026-11-22"), parse_iso_datetime("22.11.2026")
    (datetime.datetime(2026, 11, 22, 0, 0, tzinfo=datetime.timezone.utc), None)
    """
    try:
        read = dt.datetime.fromisoformat(cell)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=dt.UTC)


def _is_empty_or_date(cell: str) -> bool:
    return not cell or parse_iso_datetime(cell) is not None


def _is_empty_or_integer(cell: str) -> bool:
    return not cell or _INTEGER.fullmatch(cell) is not None


def _suggest_nothing(_: str) -> str:
    return ""


def _suggest_integer(cell: str) -> str:
    """Give the whole number that a spreadsheet, or pandas, has written with decimals."""
    told = _INTEGER_AS_FLOAT.fullmatch(cell)
    return told[1] if told else ""


def _suggest_probability(cell: str) -> str:
    """Give the probability that was written with a comma or in percent."""
    if told := _PERCENTAGE.fullmatch(cell):
        value = f"{float(told[1].replace(',', '.')) / 100:g}"
    else:
        value = cell.replace(",", ".")
    return value if value and resolution.is_valid_probability(value) else ""


def _suggest_sampling(cell: str) -> str:
    return next(iter(get_close_matches(cell, resolution.SAMPLING_METHODS, n=1)), "")
