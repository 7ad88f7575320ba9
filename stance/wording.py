"""Counts with their nouns, as every message writes them."""

from __future__ import annotations


def format_count(value: float) -> str:
    """Return a number of cases, which need not be whole if it is a mean over repeats.

    >>> format_count(4.0), format_count(3.25), format_count(4200), format_count(1234.5)
    ('4', '3.2', '4,200', '1,234')
    """
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:.1f}"  # noqa: PLR2004 - from here on a tenth of a case is noise


def pluralise(value: float, noun: str) -> str:
    """Return a count with its noun in the singular or plural.

    >>> pluralise(1, "article"), pluralise(24, "label")
    ('1 article', '24 labels')
    """
    return f"{format_count(value)} {noun}" if value == 1 else f"{format_count(value)} {noun}s"
