"""Dates that the markup of a page states for programs, beside the words that people read."""

from __future__ import annotations

import datetime as dt
import re
from itertools import islice
from typing import TYPE_CHECKING

from stance.extraction import dates

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# Attributes that state a date, the clearest first: in ISO 8601, in seconds or milliseconds since 1970, in words.
_DATE_ATTRIBUTES = (
    "datetime", "content", "data-datetime", "data-utime", "data-time", "data-timestamp", "timestamp", "title",
    "data-original-title", "aria-label",
)  # fmt: skip
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d\S*)?")
_EPOCH_SECONDS, _EPOCH_MILLISECONDS = re.compile(r"1\d{9}(?:\.\d+)?"), re.compile(r"1\d{12}")
_MAX_ATTRIBUTE_LENGTH = 200  # letters of an attribute with a date
_MAX_TEXT_NODES = 4  # of an element with no text but a date
# A stamp that is further than this from what people read is that of something else.
_MAX_ZONE_DIFFERENCE = dt.timedelta(hours=26)


def read_machine_date(element: HtmlElement) -> str:
    """Find the date that an element states in its attributes, else in ISO 8601 in its text, in ISO 8601, or ""."""
    values = [
        " ".join((element.get(attribute) or "")[:_MAX_ATTRIBUTE_LENGTH].split()) for attribute in _DATE_ATTRIBUTES
    ]
    text = "".join(islice(element.itertext(), _MAX_TEXT_NODES)).strip()
    return next(filter(None, map(_to_iso, [*values, text if _ISO_DATE.fullmatch(text) else ""])), "")


def has_explicit_date(element: HtmlElement) -> bool:
    """Tell whether an element states a date where nothing else could be meant."""
    return any(_ISO_DATE.fullmatch((element.get(attribute) or "").strip()) for attribute in ("datetime", "content"))


def _to_iso(value: str) -> str:
    if _EPOCH_SECONDS.fullmatch(value) or _EPOCH_MILLISECONDS.fullmatch(value):
        seconds = int(value[:10])
        return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if _ISO_DATE.fullmatch(value):
        try:
            stamp = dt.datetime.fromisoformat(value)
        except ValueError:
            return value[:10] if _is_iso_date(value[:10]) else ""
        if len(value) == len("2021-05-03"):
            return value
        return stamp.replace(microsecond=0).isoformat().replace("+00:00", "Z")
    found = dates.find_date(value)
    return found.iso if found else ""


def _is_iso_date(value: str) -> bool:
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        return False
    return True


def choose_more_precise_date(visible_date: str, machine_date: str) -> str:
    """Choose between a date that people read and one that the markup states, both in ISO 8601 or "".

    >>> choose_more_precise_date("2021-05-03", "2021-05-03T16:05:00Z"), choose_more_precise_date("2021-05-03T16:05",
    "2021-05-03"), choose_more_precise_date("", "2021-05-03") ('2021-05-03T16:05:00Z', '2021-05-03T16:05', '2021-05-03')
    """
    if not (visible_date and machine_date):
        return visible_date or machine_date
    apart = abs(_parse_without_zone(visible_date) - _parse_without_zone(machine_date))
    return machine_date if len(machine_date) > len(visible_date) and apart <= _MAX_ZONE_DIFFERENCE else visible_date


def _parse_without_zone(iso: str) -> dt.datetime:
    return dt.datetime.fromisoformat(iso).replace(tzinfo=None)
