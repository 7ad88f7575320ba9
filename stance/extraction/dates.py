"""Dates as sites write them: where one stands in a line, and what it is in ISO 8601.

Libraries that find dates in text (dateparser, which trafilatura brings, is one) see one in nearly any number. Here a
line of a comment is told from its header by whether there is a date in it, so this finds only what surely is one.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_YEARS_PER_CENTURY = 100
_TWO_DIGIT_YEAR_PIVOT = 70  # two-digit years below it are of this century
_MONTHS_PER_YEAR, _HOURS_PER_DAY, _NOON = 12, 24, 12
_UTC_NAMES = frozenset({"Z", "UTC", "GMT"})

_DAY = r"(?<!\d)(?P<day>[0-3]?\d)(?:st|nd|rd|th|er|º|-?го)?(?!\d)\.?"
_YEAR = r"(?P<year>(?:19|20)\d\d|['’]\d\d)(?!\d)(?:\s*(?:г\.|г(?!\w)|года|жылы?|ж\.|р\.))?"
_DATE_SEPARATOR = r"\s*(?:,|of|de|del|do|-)?\s*"
_TIME_ZONE = r"z\b|utc|gmt|msk|мск|(?:[aecmpw]|ce|we|ee)[sd]?t\b|[+-]\d\d:?\d\d"
_TIME_OF_DAY = (
    r"(?<![\d.])(?P<hour>[012]?\d)"
    r"(?:[:.h](?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?:\.\d+)?\s*(?P<half>[ap]\.?\s?m\b\.?)?"
    r"|\s?(?P<bare_half>[ap]\.?m\b\.?))"
    rf"(?:\s*(?:uhr|hrs|h\b))?(?:\s*(?P<zone>{_TIME_ZONE})|\s*\((?:{_TIME_ZONE})[^)]{{0,8}}\))?"
)
_NUMERIC_DATE = (
    r"(?<![\d./-])(?P<first>\d{1,2})(?P<mark>[./-])(?P<other>\d{1,2})(?P=mark)(?P<year>(?:19|20)\d\d|\d\d)(?!\d)"
)
_YEAR_FIRST_DATE = (
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?:[./-]|年\s?)(?P<month>[01]?\d)(?:[./-]|月\s?)(?P<day>[0-3]?\d)(?!\d)日?"
)


@dataclass(frozen=True)
class DateMatch:
    """A date in a line: where it stands, as it is written there, and in ISO 8601 ("" where that is not certain)."""

    start: int
    end: int
    raw: str
    iso: str


@dataclass(frozen=True)
class _DatePatterns:
    month_numbers: Mapping[str, int]
    months_needing_year: frozenset[str]
    dates: tuple[re.Pattern[str], ...]
    times_after: tuple[re.Pattern[str], ...]
    time_before: re.Pattern[str]
    relative_date: re.Pattern[str]


@cache
def _load_date_patterns() -> _DatePatterns:
    words = tomllib.loads(files("stance.extraction").joinpath("dates.toml").read_text(encoding="utf-8"))
    months = {name: number for number, names in enumerate(words["months"], start=1) for name in names.split()}
    month = rf"(?<![^\W\d_])(?P<month>{_alternation(months)})(?![^\W\d_])\.?"
    weekday = rf"(?:\b(?:{_alternation(words['weekdays'].split())})\b\.?,?\s*(?:the\s+)?)?"
    at = rf"(?:[\s,@|·•/(–—-]|\b(?:{_alternation(words['at'].split())})\b\.?)*"
    dates = (
        weekday + _DAY + _DATE_SEPARATOR + month + rf"(?:{_DATE_SEPARATOR}{_YEAR})?",
        weekday + month + rf"\s*{_DAY}(?:\s*,?\s*{_YEAR})?",
        _DAY + rf"[-\s]{month}[-\s](?P<year>\d\d)(?!\d)",
        _YEAR_FIRST_DATE,
        weekday + _NUMERIC_DATE,
    )
    times = (
        r"T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?(?P<zone>Z|[+-]\d\d:?\d\d)?",
        at + _TIME_OF_DAY,
    )
    at_word = _alternation(words["at"].split())
    named = rf"\b(?:{_alternation(words['named_days'].split())})\b(?=\W*\d|\W*$|\W*(?:{at_word})\b)"
    return _DatePatterns(
        months,
        frozenset(words["only_with_year"].split()),
        tuple(map(_compile_ignoring_case, dates)),
        tuple(map(_compile_ignoring_case, times)),
        _compile_ignoring_case(_TIME_OF_DAY + rf"(?:{at})$"),
        _compile_ignoring_case(rf"(?:{'|'.join(words['ago_after'])})\b|{named}"),
    )


@lru_cache(maxsize=10_000)
def find_date(line: str, *, day_first: bool | None = None) -> DateMatch | None:
    """Find the first date of a line.

    Parameters
    ----------
    line
        A line, or any short text.
    day_first
        Whether 05/06/2022 is in June; None where that is not known.

    >>> find_date("Posted by Anna on 12 марта 2022 в 14:05 |")
    Found(start=18, end=39, raw='12 марта 2022 в 14:05', iso='2022-03-12T14:05')
    >>> find_date("3 hours ago").iso, find_date("05/06/2022").iso, find_date("25/06/2022").iso, find_date("May I?")
    ('', '', '2022-06-25', None)
    """
    grammar = _load_date_patterns()
    date = _find_first_date(line)
    ago = grammar.relative_date.search(line)
    if ago and (date is None or ago.start() <= date.start()):
        time = _match_time_after(line, ago.end())
        return _make_date_match(line, ago.start(), time.end() if time else ago.end(), "")
    if date is None:
        return None
    start, end = date.span()
    parts = date.groupdict(default="")
    if time := _match_time_after(line, end):
        end = time.end()
        if not parts["year"] and (year := re.compile(r"[\s,]*((?:19|20)\d\d)(?!\d)").match(line, end)):
            parts["year"], end = year[1], year.end()
    elif time := grammar.time_before.search(line[:start]):
        start = time.start()
    return _make_date_match(
        line, start, end, _format_iso_date(parts, time.groupdict(default="") if time else {}, day_first)
    )


def _find_first_date(line: str) -> re.Match[str] | None:
    """Match the first date of a line; of two that share letters, the one with a year: "Jan 12 mars 2022" is by Jan."""
    each = (filter(_is_date, pattern.finditer(line)) for pattern in _load_date_patterns().dates)
    found = sorted(
        filter(None, (next(of_one, None) for of_one in each)), key=lambda match: (match.start(), -match.end())
    )
    first = found[0] if found else None
    within = (match for match in found if first and match["year"] and match.start() < first.end())
    return first if first is None or first["year"] else next(within, first)


def _is_date(match: re.Match[str]) -> bool:
    return bool(match["year"]) or match["month"].lower() not in _load_date_patterns().months_needing_year


def infer_day_first(dates: Iterable[str]) -> bool | None:
    """Tell by dates from one page whether its numbers have the day before the month, None where none of them says so.

    >>> infer_day_first(["05/06/2022", "06/25/2022"])
    False
    """
    numeric = [match for date in dates if (match := re.search(_NUMERIC_DATE, date))]
    first, other = (any(int(match[name]) > _MONTHS_PER_YEAR for match in numeric) for name in ("first", "other"))
    return None if first == other else first


def _match_time_after(line: str, end: int) -> re.Match[str] | None:
    """Match the time of day that stands after a date."""
    return next(filter(None, (pattern.match(line, end) for pattern in _load_date_patterns().times_after)), None)


def _make_date_match(line: str, start: int, end: int, iso: str) -> DateMatch:
    raw = line[start:end].strip()
    start = line.index(raw, start)
    return DateMatch(start, start + len(raw), raw, iso)


def _format_iso_date(date: Mapping[str, str], time: Mapping[str, str], day_first: bool | None) -> str:
    day_and_month = _resolve_day_and_month(date, day_first)
    if not date["year"] or day_and_month is None:
        return ""
    year = int(date["year"].strip("'’"))
    if year < _YEARS_PER_CENTURY:
        year += 2000 if year < _TWO_DIGIT_YEAR_PIVOT else 1900
    day, month = day_and_month
    try:
        written = dt.date(year, month, day).isoformat()
    except ValueError:
        return ""
    return written + _format_iso_time(time)


def _resolve_day_and_month(date: Mapping[str, str], day_first: bool | None) -> tuple[int, int] | None:
    """Tell day from month, or give None where both orders are possible and sites use both."""
    if "first" not in date:
        month = date["month"]
        return int(date["day"]), int(month) if month.isdigit() else _load_date_patterns().month_numbers[
            month.lower().rstrip(".")
        ]
    first, other = int(date["first"]), int(date["other"])
    if other > _MONTHS_PER_YEAR:
        return other, first
    # With full stops the day comes first everywhere but in a few places.
    if first > _MONTHS_PER_YEAR or first == other or date["mark"] == ".":
        return first, other
    return None if day_first is None else (first, other) if day_first else (other, first)


def _format_iso_time(time: Mapping[str, str]) -> str:
    if not time:
        return ""
    hour = int(time["hour"])
    if half := (time.get("half") or time.get("bare_half") or "").lower():
        hour = hour % _NOON + (_NOON if half.startswith("p") else 0)
    if hour >= _HOURS_PER_DAY:
        return ""
    zone = time.get("zone", "").upper()
    offset = "Z" if zone in _UTC_NAMES else zone if zone[:1] in {"+", "-"} and zone else ""
    if offset not in {"", "Z"} and ":" not in offset:
        offset = f"{offset[:3]}:{offset[3:]}"
    seconds = f":{time['second']}" if time.get("second") else ""
    return f"T{hour:02}:{time.get('minute') or '00'}{seconds}{offset}"


def _alternation(words: Mapping[str, int] | list[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


def _compile_ignoring_case(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
