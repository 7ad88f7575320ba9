"""Find a date in a line of text and convert it to ISO 8601.

Libraries for this task (for example dateparser, a dependency of trafilatura) accept nearly any number as a date. Here a
date separates the header of a comment from its text, so only unambiguous dates are found. The words are in dates.toml.
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
_TWO_DIGIT_YEAR_PIVOT = 70  # two-digit years below it are in the 2000s, the others in the 1900s
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
    r"(?<![\d./-])(?P<first>\d{1,2})(?P<separator>[./-])(?P<second>\d{1,2})(?P=separator)"
    r"(?P<year>(?:19|20)\d\d|\d\d)(?!\d)"
)
_YEAR_FIRST_DATE = (
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?:[./-]|年\s?)(?P<month>[01]?\d)(?:[./-]|月\s?)(?P<day>[0-3]?\d)(?!\d)日?"
)


@dataclass(frozen=True)
class DateMatch:
    """A date in a line: its position, its text as written, and its ISO 8601 form ("" if ambiguous)."""

    start: int
    end: int
    raw: str
    iso: str


@dataclass(frozen=True)
class _DatePatterns:
    """The compiled patterns of dates.toml."""

    month_numbers: Mapping[str, int]
    months_needing_year: frozenset[str]
    dates: tuple[re.Pattern[str], ...]
    times_after: tuple[re.Pattern[str], ...]
    time_before: re.Pattern[str]
    relative_date: re.Pattern[str]


@cache
def _load_date_patterns() -> _DatePatterns:
    """Return the patterns of dates.toml, compiled once."""
    words = tomllib.loads(files("stance.extraction").joinpath("dates.toml").read_text(encoding="utf-8"))
    months = {name: number for number, names in enumerate(words["months"], start=1) for name in names.split()}
    month = rf"(?<![^\W\d_])(?P<month>{_alternation(months)})(?![^\W\d_])\.?"
    weekday = rf"(?:\b(?:{_alternation(words['weekdays'].split())})\b\.?,?\s*(?:the\s+)?)?"
    at_word = _alternation(words["at"].split())
    between = rf"(?:[\s,@|·•/(–—-]|\b(?:{at_word})\b\.?)*"
    dates = (
        weekday + _DAY + _DATE_SEPARATOR + month + rf"(?:{_DATE_SEPARATOR}{_YEAR})?",
        weekday + month + rf"\s*{_DAY}(?:\s*,?\s*{_YEAR})?",
        _DAY + rf"[-\s]{month}[-\s](?P<year>\d\d)(?!\d)",
        _YEAR_FIRST_DATE,
        weekday + _NUMERIC_DATE,
    )
    times = (
        r"T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?(?P<zone>Z|[+-]\d\d:?\d\d)?",
        between + _TIME_OF_DAY,
    )
    named_day = rf"\b(?:{_alternation(words['named_days'].split())})\b(?=\W*\d|\W*$|\W*(?:{at_word})\b)"
    return _DatePatterns(
        months,
        frozenset(words["only_with_year"].split()),
        tuple(map(_compile_ignoring_case, dates)),
        tuple(map(_compile_ignoring_case, times)),
        _compile_ignoring_case(_TIME_OF_DAY + rf"(?:{between})$"),
        _compile_ignoring_case(rf"(?:{'|'.join(words['ago_after'])})\b|{named_day}"),
    )


@lru_cache(maxsize=10_000)
def find_date(line: str, *, day_first: bool | None = None) -> DateMatch | None:
    """Return the first date of a line, or None.

    Parameters
    ----------
    line
        A line, or any short text.
    day_first
        Whether 05/06/2022 is in June; None if unknown, which leaves such a date without ISO form.

    >>> find_date("Posted by Anna on 12 марта 2022 в 14:05 |")
    DateMatch(start=18, end=39, raw='12 марта 2022 в 14:05', iso='2022-03-12T14:05')
    >>> find_date("3 hours ago").iso, find_date("05/06/2022").iso, find_date("25/06/2022").iso
    ('', '', '2022-06-25')
    >>> find_date("May I?") is None
    True
    """
    patterns = _load_date_patterns()
    date = _find_first_date(line)
    relative = patterns.relative_date.search(line)
    if relative and (date is None or relative.start() <= date.start()):
        time = _match_time_after(line, relative.end())
        return _make_date_match(line, relative.start(), time.end() if time else relative.end(), "")
    if date is None:
        return None
    start, end = date.span()
    date_parts = date.groupdict(default="")
    if time := _match_time_after(line, end):
        end = time.end()
        if not date_parts["year"] and (year := re.compile(r"[\s,]*((?:19|20)\d\d)(?!\d)").match(line, end)):
            date_parts["year"], end = year[1], year.end()
    elif time := patterns.time_before.search(line[:start]):
        start = time.start()
    time_parts = time.groupdict(default="") if time else {}
    return _make_date_match(line, start, end, _format_iso_date(date_parts, time_parts, day_first))


def _find_first_date(line: str) -> re.Match[str] | None:
    """Return the first date of a line; of overlapping dates, one with a year ("Jan 12 mars 2022" is in March)."""
    first_matches = (next(filter(_is_date, pattern.finditer(line)), None) for pattern in _load_date_patterns().dates)
    matches = sorted(filter(None, first_matches), key=lambda match: (match.start(), -match.end()))
    if not matches or matches[0]["year"]:
        return next(iter(matches), None)
    first = matches[0]
    overlapping = (match for match in matches if match["year"] and match.start() < first.end())
    return next(overlapping, first)


def _is_date(match: re.Match[str]) -> bool:
    return bool(match["year"]) or match["month"].lower() not in _load_date_patterns().months_needing_year


def infer_day_first(dates: Iterable[str]) -> bool | None:
    """Return whether the numeric dates of a page put the day before the month; None if they do not tell or disagree.

    >>> infer_day_first(["05/06/2022", "06/25/2022"])
    False
    """
    matches = [match for date in dates if (match := re.search(_NUMERIC_DATE, date))]
    first_is_day, second_is_day = (
        any(int(match[name]) > _MONTHS_PER_YEAR for match in matches) for name in ("first", "second")
    )
    return None if first_is_day == second_is_day else first_is_day


def _match_time_after(line: str, end: int) -> re.Match[str] | None:
    """Return the time of day right after position `end`, or None."""
    return next(filter(None, (pattern.match(line, end) for pattern in _load_date_patterns().times_after)), None)


def _make_date_match(line: str, start: int, end: int, iso: str) -> DateMatch:
    """Return the match of `line[start:end]` without surrounding white space."""
    raw = line[start:end].strip()
    start = line.index(raw, start)
    return DateMatch(start, start + len(raw), raw, iso)


def _format_iso_date(date: Mapping[str, str], time: Mapping[str, str], day_first: bool | None) -> str:
    """Return a date and time in ISO 8601, "" if the year is missing, the day is ambiguous or does not exist."""
    day_and_month = _resolve_day_and_month(date, day_first)
    if not date["year"] or day_and_month is None:
        return ""
    year = int(date["year"].strip("'’"))
    if year < _YEARS_PER_CENTURY:
        year += 2000 if year < _TWO_DIGIT_YEAR_PIVOT else 1900
    day, month = day_and_month
    try:
        iso_date = dt.date(year, month, day).isoformat()
    except ValueError:
        return ""
    return iso_date + _format_iso_time(time)


def _resolve_day_and_month(date: Mapping[str, str], day_first: bool | None) -> tuple[int, int] | None:
    """Return (day, month), None if both orders are possible and sites use both."""
    if "first" not in date:
        month = date["month"].lower().rstrip(".")
        return int(date["day"]), int(month) if month.isdigit() else _load_date_patterns().month_numbers[month]
    first, second = int(date["first"]), int(date["second"])
    if second > _MONTHS_PER_YEAR:
        return second, first
    # With full stops the day comes first nearly everywhere.
    if first > _MONTHS_PER_YEAR or first == second or date["separator"] == ".":
        return first, second
    return None if day_first is None else (first, second) if day_first else (second, first)


def _format_iso_time(time: Mapping[str, str]) -> str:
    """Return the time part of an ISO 8601 date, "" if there is no valid time."""
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
    """Return a pattern that matches any of some words, longer words first."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


def _compile_ignoring_case(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
