"""Figures and foreign texts as people read them, the same on the page and on the card."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOT_AVAILABLE = "n/a"
_PERCENT_SIGN = "\N{NO-BREAK SPACE}%"
CONFIDENCE_LEVEL = f"95{_PERCENT_SIGN}"
"""What the intervals hold for."""

_MINUS_SIGN = "\N{MINUS SIGN}"
# What no document can hold, and what would turn the direction of all that follows it. Tab and line feed are text.
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def format_number(value: float | None, *, sign: bool = False) -> str:
    """Write a figure at two decimals.

    >>> format_number(0.5), format_number(-0.25, sign=True), format_number(None)
    ('0.50', '−0.25', 'n/a')
    """
    if value is None:
        return NOT_AVAILABLE
    return _use_minus_sign(f"{value:+.2f}" if sign else f"{value:.2f}")


def format_score(score: Mapping[str, Any] | None, *, sign: bool = False) -> str:
    """Write a figure with its interval, where it has one.

    >>> format_score({"value": 0.6, "low": 0.38, "high": 0.9}), format_score({"value": 0.6, "low": None, "high": None})
    ('0.60 [0.38, 0.90]', '0.60')
    """
    value = None if score is None else score.get("value")
    if score is None or value is None:
        return NOT_AVAILABLE
    if not has_interval(score):
        return format_number(value, sign=sign)
    low, high = format_number(score["low"], sign=sign), format_number(score["high"], sign=sign)
    return f"{format_number(value, sign=sign)} [{low}, {high}]"


def has_interval(score: Mapping[str, Any] | None) -> bool:
    """Tell whether a figure came with both ends of an interval."""
    return score is not None and score.get("low") is not None and score.get("high") is not None


def format_recall(stance_scores: Mapping[str, Any]) -> str:
    """Write the recall of a stance; one that no test item has is told apart from one that was never found.

    >>> format_recall({"n": 0, "recall": {"value": None}}), format_recall({"n": 4, "recall": {"value": 0.8}})
    ('n/a (n=0)', '0.80')
    """
    return format_score(stance_scores.get("recall")) if stance_scores["n"] else f"{NOT_AVAILABLE} (n=0)"


def format_count(value: float | None) -> str:
    """Write a number of cases, which is a mean over repeats and need not be whole.

    >>> format_count(4.0), format_count(3.25), format_count(4200), format_count(1234.5)
    ('4', '3.2', '4,200', '1,234')
    """
    if value is None:
        return NOT_AVAILABLE
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:.1f}"  # noqa: PLR2004 - from here on a tenth of a case is noise


def pluralise(value: float, noun: str) -> str:
    """Write a number of things.

    >>> pluralise(1, "article"), pluralise(24, "label")
    ('1 article', '24 labels')
    """
    return f"{format_count(value)} {noun}" if value == 1 else f"{format_count(value)} {noun}s"


def format_percent(share: float | None) -> str:
    r"""Write a share in whole percent.

    >>> format_percent(0.375), format_percent(None)
    ('38\xa0%', 'n/a')
    """
    return NOT_AVAILABLE if share is None else f"{100 * share:.0f}{_PERCENT_SIGN}"


def join_with_and(parts: Sequence[str]) -> str:
    """Join parts as a sentence does.

    >>> join_with_and(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def replace_unprintable(text: str) -> str:
    r"""Replace what cannot be shown, or would be obeyed, by a visible mark; ends of lines become line feeds.

    >>> replace_unprintable("a\x00b\r\nc")
    'a�b\nc'
    """
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))


def truncate(text: str, max_length: int) -> str:
    """Cut a long text, and say by how much.

    >>> truncate("abcdef", 4)
    'abcd … [2 more characters]'
    """
    rest = len(text) - max_length
    return text if rest <= 0 else f"{text[:max_length]} … [{rest:,} more {'character' if rest == 1 else 'characters'}]"


def _use_minus_sign(number: str) -> str:
    # A minus as wide as a plus keeps a column of signed figures straight; no figure is less than nothing by rounding.
    return number.replace("-", "" if not number.strip("-+0.") else _MINUS_SIGN)
