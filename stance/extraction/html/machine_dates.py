"""Reads machine-readable dates: attributes such as `datetime`, as opposed to the date that a page shows."""

from __future__ import annotations

import datetime as dt
import re
from itertools import islice
from typing import TYPE_CHECKING

from stance.extraction import dates

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# Attributes that may hold a date, the most reliable first: ISO 8601, seconds or milliseconds since 1970, or words.
_DATE_ATTRIBUTES = (
    "datetime", "content", "data-datetime", "data-utime", "data-time", "data-timestamp", "timestamp", "title",
    "data-original-title", "aria-label",
)  # fmt: skip
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d\S*)?")
_EPOCH_SECONDS, _EPOCH_MILLISECONDS = re.compile(r"1\d{9}(?:\.\d+)?"), re.compile(r"1\d{12}")
_MAX_ATTRIBUTE_LENGTH = 200  # characters
_MAX_TEXT_NODES = 4  # in an element whose whole text is a date
# Two dates further apart than any two time zones do not mean the same moment.
_MAX_ZONE_DIFFERENCE = dt.timedelta(hours=26)


def read_machine_date(element: HtmlElement) -> str:
    """Return the date in an element's attributes, or else its text if that is an ISO 8601 date, as ISO 8601 or ""."""
    values = [
        " ".join((element.get(attribute) or "")[:_MAX_ATTRIBUTE_LENGTH].split()) for attribute in _DATE_ATTRIBUTES
    ]
    text = "".join(islice(element.itertext(), _MAX_TEXT_NODES)).strip()
    return next(filter(None, map(_to_iso, [*values, text if _ISO_DATE.fullmatch(text) else ""])), "")


def has_explicit_date(element: HtmlElement) -> bool:
    """Return whether an element has a `datetime` or `content` attribute that is a date."""
    return any(_ISO_DATE.fullmatch((element.get(attribute) or "").strip()) for attribute in ("datetime", "content"))


def _to_iso(value: str) -> str:
    """Return a date, time stamp or phrase with a date as ISO 8601, or "" if it is none of them."""
    if _EPOCH_SECONDS.fullmatch(value) or _EPOCH_MILLISECONDS.fullmatch(value):
        seconds = int(value[:10])
        return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if _ISO_DATE.fullmatch(value):
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            return value[:10] if _is_iso_date(value[:10]) else ""
        if len(value) == len("2021-05-03"):
            return value
        return moment.replace(microsecond=0).isoformat().replace("+00:00", "Z")
    date_match = dates.find_date(value)
    return date_match.iso if date_match else ""


def _is_iso_date(value: str) -> bool:
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        return False
    return True


def choose_more_precise_date(visible_date: str, machine_date: str) -> str:
    """Return the more precise of a visible and a machine-readable date, the visible one if they contradict each other.

    Both are in ISO 8601, or "" if there is none.

    >>> choose_more_precise_date("2021-05-03", "2021-05-03T16:05:00Z")
    '2021-05-03T16:05:00Z'
    >>> choose_more_precise_date("2021-05-03T16:05", "2021-05-03")
    '2021-05-03T16:05'
    >>> choose_more_precise_date("2021-05-03", "2009-01-01T00:00:00Z")
    '2021-05-03'
    """
    if not (visible_date and machine_date):
        return visible_date or machine_date
    difference = abs(_parse_without_zone(visible_date) - _parse_without_zone(machine_date))
    is_more_precise = len(machine_date) > len(visible_date)
    return machine_date if is_more_precise and difference <= _MAX_ZONE_DIFFERENCE else visible_date


def _parse_without_zone(iso: str) -> dt.datetime:
    return dt.datetime.fromisoformat(iso).replace(tzinfo=None)
