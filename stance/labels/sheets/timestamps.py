"""Convert the times of labels between sheets (ISO 8601) and other tools."""

from __future__ import annotations

from datetime import UTC, datetime


def parse_timestamp(text: str) -> datetime | None:
    """Return an ISO 8601 time with its offset, None for anything else, such as a date or a reformatted cell.

    >>> parse_timestamp("2026-11-22T10:15:03+00:00").timestamp()
    1795342503.0
    """
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return time if time.tzinfo else None


def normalise_timestamp(text: str) -> str:
    """Return a time as sheets write it, to the second; text that is not a time is returned unchanged.

    >>> normalise_timestamp("2021-03-09T22:16:08.728353Z")
    '2021-03-09T22:16:08+00:00'
    """
    time = parse_timestamp(text)
    return time.isoformat(timespec="seconds") if time else text


def unix_to_iso_time(text: str) -> str:
    """Return seconds since 1970 as a time of a sheet; text that is not such a number is returned unchanged.

    >>> unix_to_iso_time("1795342503")
    '2026-11-22T10:15:03+00:00'
    """
    try:
        return datetime.fromtimestamp(float(text), UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return text


def iso_to_unix_time(text: str) -> int | None:
    """Return a time of a sheet as whole seconds since 1970, None if it is not a time with an offset.

    >>> iso_to_unix_time("2026-11-22T10:15:03+00:00")
    1795342503
    """
    time = parse_timestamp(text)
    return int(time.timestamp()) if time else None
