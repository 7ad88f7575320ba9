"""Find cells with a stance, word, number or date that is not valid in their column."""

from __future__ import annotations

import datetime as dt
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from stance.labels import resolution
from stance.labels.sheets import cell_values
from stance.tables import SPLITS
from stance.validation.findings import Finding, locate_rows, quote_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stance.validation.context import CheckContext

_MAX_NAMED = 10  # with more unknown stances, the sheet is of another codebook
_MIN_SIMILARITY = 0.5  # as in the error message of training
_INTEGER = re.compile(r"\d+")
_INTEGER_AS_FLOAT = re.compile(r"(\d+)[.,]0+")
_PERCENTAGE = re.compile(r"(\d+(?:[.,]\d+)?)\s*%")

_INVALID_MESSAGES = {
    "pass": "values that are neither the number of a pass nor adjudicated",
    "sampled": "values that are not a way of choosing a comment",
    "probability": "values that are not a probability",
    "split": "values other than train and test",
    "seed": "values that are not a whole number",
    "labelled_at": "values that are not a date",
}


def find_unknown_stances(context: CheckContext) -> Iterator[Finding]:
    """Find labels whose stance, or a secondary stance, is not in the codebook."""

    def keep_unknown(rows: pd.DataFrame) -> pd.DataFrame:
        return rows[resolution.compute_mask(rows["stance"], lambda stance: context.spell_stance(stance) is None)]

    yield from _report_unknown_stances(context, keep_unknown(context.last_rows), "")
    further = context.last_rows[["path", "row", "comment_id", "codebook", "also"]]
    stances = pd.Series(map(resolution.split_stances, further["also"]), further.index, object)
    further = further.assign(codebook="", stance=stances).explode("stance").dropna(subset="stance")
    yield from _report_unknown_stances(context, keep_unknown(further), " in the column also")


def _report_unknown_stances(context: CheckContext, rows: pd.DataFrame, where: str) -> Iterator[Finding]:
    stances = list(dict.fromkeys(rows["stance"]))
    if len(stances) > _MAX_NAMED:
        are_unknown = "are not in the codebook" if context.codebook else "are not allowed"
        message = f"{len(stances):,} stances{where} {are_unknown}: {', '.join(map(quote_cell, stances[:3]))} ..."
        yield Finding("unknown-stance", message, locate_rows(rows, map(quote_cell, rows["stance"])))
        return
    for stance in stances:
        labels = rows[rows["stance"] == stance]
        if (labels["codebook"] != "").any() and context.codebook:
            names = {context.codebook.stance_version(name): name for name in context.stance_names}
            renamed = [names[version] for version in labels["codebook"].str.lower() if version in names]
            change = f"; it is called {renamed[0]!r} now" if renamed else ", although it was when it was used"
            message = f"{quote_cell(stance)}{where} is not in the codebook{change}"
            yield Finding("removed-stance", message, locate_rows(labels))
        else:
            is_unknown = "is not in the codebook" if context.codebook else "is not allowed as a stance"
            message = f"{quote_cell(stance)}{where} {is_unknown}{_suggest_stance(stance, context.stance_names)}"
            yield Finding("unknown-stance", message, locate_rows(labels))


def _suggest_stance(stance: str, names: tuple[str, ...]) -> str:
    names_by_key = {name.casefold(): name for name in names}
    matches = get_close_matches(stance.casefold(), names_by_key, n=1, cutoff=_MIN_SIMILARITY)
    return f"; {names_by_key[matches[0]]!r} may be meant" if matches else ""


class _ColumnRule(NamedTuple):
    """How a column is checked: the rule, the column, the test of a cell, and what a wrong cell may be meant to be."""

    rule_id: str
    column: str
    is_valid: Callable[[str], bool]
    suggest: Callable[[str], str]


def find_unknown_values(context: CheckContext) -> Iterator[Finding]:
    """Find cells of other columns with values that are not valid there."""
    rows = context.rows
    is_labelled = rows["stance"] != ""
    sampling_rules = (
        _ColumnRule("unknown-sampled", "sampled", resolution.SAMPLING_METHODS.__contains__, _suggest_sampling),
        _ColumnRule("unknown-probability", "probability", cell_values.is_valid_probability, _suggest_probability),
        _ColumnRule("unknown-split", "split", SPLITS.__contains__, _suggest_split),
    )
    yield from _check_column(rows, _ColumnRule("unknown-pass", "pass", cell_values.is_valid_pass, strip_zero_decimals))
    for rule in sampling_rules:
        yield from _check_column(rows[is_labelled], rule)
        yield from _check_column(rows[~is_labelled], rule._replace(rule_id="unknown-draw"))
    yield from _check_column(rows, _ColumnRule("unknown-seed", "seed", _is_empty_or_integer, strip_zero_decimals))
    yield from _check_column(rows, _ColumnRule("unknown-date", "labelled_at", _is_empty_or_date, lambda _: ""))


def _check_column(rows: pd.DataFrame, rule: _ColumnRule) -> Iterator[Finding]:
    cells = rows[rule.column]
    invalid = {cell for cell in cells.unique() if not rule.is_valid(cell)}
    if not invalid:
        return
    invalid_rows = rows[cells.isin(invalid)]
    details = [
        f"{quote_cell(cell)}, perhaps {suggestion}" if (suggestion := rule.suggest(cell)) else quote_cell(cell)
        for cell in invalid_rows[rule.column]
    ]
    message = f"the column {rule.column} has {_INVALID_MESSAGES[rule.column]}"
    yield Finding(rule.rule_id, message, locate_rows(invalid_rows, details))


def parse_iso_datetime(cell: str) -> dt.datetime | None:
    """Parse a date or time in ISO 8601, in UTC if it has no offset; return None for anything else.

    >>> parse_iso_datetime("2026-11-22"), parse_iso_datetime("22.11.2026")
    (datetime.datetime(2026, 11, 22, 0, 0, tzinfo=datetime.timezone.utc), None)
    """
    try:
        time = dt.datetime.fromisoformat(cell)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=dt.UTC)


def strip_zero_decimals(cell: str) -> str:
    """Return the whole number that a spreadsheet, or pandas, has written with decimals; empty for anything else.

    >>> strip_zero_decimals("2.0"), strip_zero_decimals("two")
    ('2', '')
    """
    match = _INTEGER_AS_FLOAT.fullmatch(cell)
    return match[1] if match else ""


def _is_empty_or_date(cell: str) -> bool:
    return not cell or parse_iso_datetime(cell) is not None


def _is_empty_or_integer(cell: str) -> bool:
    return not cell or _INTEGER.fullmatch(cell) is not None


def _suggest_probability(cell: str) -> str:
    """Return a probability written with a comma or in percent; empty for anything else."""
    if match := _PERCENTAGE.fullmatch(cell):
        value = f"{float(match[1].replace(',', '.')) / 100:g}"
    else:
        value = cell.replace(",", ".")
    return value if value and cell_values.is_valid_probability(value) else ""


def _suggest_split(cell: str) -> str:
    return next(iter(get_close_matches(cell, SPLITS, n=1)), "")


def _suggest_sampling(cell: str) -> str:
    return next(iter(get_close_matches(cell, resolution.SAMPLING_METHODS, n=1)), "")
