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
_ATTRIBUTES = (
    "datetime", "content", "data-datetime", "data-utime", "data-time", "data-timestamp", "timestamp", "title",
    "data-original-title", "aria-label",
)  # fmt: skip
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d\S*)?")
_SECONDS, _MILLISECONDS = re.compile(r"1\d{9}(?:\.\d+)?"), re.compile(r"1\d{12}")
_LONGEST = 200  # letters of an attribute with a date
_MOST_PIECES = 4  # of an element with no text but a date
# A stamp that is further than this from what people read is that of something else.
_ZONES = dt.timedelta(hours=26)


def read(element: HtmlElement) -> str:
    """Find the date that an element states in its attributes, else in ISO 8601 in its text, in ISO 8601, or ""."""
    values = [" ".join((element.get(attribute) or "")[:_LONGEST].split()) for attribute in _ATTRIBUTES]
    text = "".join(islice(element.itertext(), _MOST_PIECES)).strip()
    return next(filter(None, map(_iso, [*values, text if _ISO.fullmatch(text) else ""])), "")


def is_stated(element: HtmlElement) -> bool:
    """Tell whether an element states a date where nothing else could be meant."""
    return any(_ISO.fullmatch((element.get(attribute) or "").strip()) for attribute in ("datetime", "content"))


def _iso(value: str) -> str:
    if _SECONDS.fullmatch(value) or _MILLISECONDS.fullmatch(value):
        seconds = int(value[:10])
        return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if _ISO.fullmatch(value):
        try:
            stamp = dt.datetime.fromisoformat(value)
        except ValueError:
            return value[:10] if _is_date(value[:10]) else ""
        if len(value) == len("2021-05-03"):
            return value
        return stamp.replace(microsecond=0).isoformat().replace("+00:00", "Z")
    found = dates.find(value)
    return found.iso if found else ""


def _is_date(value: str) -> bool:
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        return False
    return True


def better(read: str, stated: str) -> str:
    """Choose between a date that people read and one that the markup states, both in ISO 8601 or "".

    >>> better("2021-05-03", "2021-05-03T16:05:00Z"), better("2021-05-03T16:05", "2021-05-03"), better("", "2021-05-03")
    ('2021-05-03T16:05:00Z', '2021-05-03T16:05', '2021-05-03')
    """
    if not (read and stated):
        return read or stated
    apart = abs(_naive(read) - _naive(stated))
    return stated if len(stated) > len(read) and apart <= _ZONES else read


def _naive(iso: str) -> dt.datetime:
    return dt.datetime.fromisoformat(iso).replace(tzinfo=None)
