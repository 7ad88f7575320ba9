"""The time of a label, as sheets write it and as other tools do."""

from __future__ import annotations

from datetime import UTC, datetime


def parse_timestamp(text: str) -> datetime | None:
    """Read a time with its offset; None of a mere date, or of what a spreadsheet has made of it.

    >>> parse_timestamp("2026-11-22T10:15:03+00:00").timestamp()
    1795342503.0
    """
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return read if read.tzinfo else None


def normalise_timestamp(text: str) -> str:
    """Write a time as sheets do; what is no time stays as it is.

    >>> normalise_timestamp("2021-03-09T22:16:08.728353Z")
    '2021-03-09T22:16:08+00:00'
    """
    read = parse_timestamp(text)
    return read.isoformat(timespec="seconds") if read else text


def unix_to_iso_time(text: str) -> str:
    """Write seconds since 1970 as sheets write times; what is no such number stays as it is.

    >>> unix_to_iso_time("1795342503")
    '2026-11-22T10:15:03+00:00'
    """
    try:
        return datetime.fromtimestamp(float(text), UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return text


def iso_to_unix_time(text: str) -> int | None:
    """Give a time of a sheet in seconds since 1970, if it is a whole one."""
    read = parse_timestamp(text)
    return int(read.timestamp()) if read else None
