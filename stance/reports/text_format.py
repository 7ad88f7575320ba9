"""Format numbers, scores and untrusted texts for people, the same way in all reports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from stance import wording
from stance.wording import pluralise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    JsonObject = Mapping[str, Any]

NOT_AVAILABLE = "n/a"
_PERCENT_SIGN = "\N{NO-BREAK SPACE}%"
CONFIDENCE_LEVEL = f"95{_PERCENT_SIGN}"
"""The confidence level of all intervals."""

_MINUS_SIGN = "\N{MINUS SIGN}"
# Characters that XML and HTML cannot contain, and controls of the text direction. Tab and line feed are kept.
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def format_number(value: float | None, *, sign: bool = False) -> str:
    """Return a number with two decimals.

    >>> format_number(0.5), format_number(-0.25, sign=True), format_number(None)
    ('0.50', '−0.25', 'n/a')
    """
    if value is None:
        return NOT_AVAILABLE
    return _use_minus_sign(f"{value:+.2f}" if sign else f"{value:.2f}")


def format_score(score: JsonObject | None, *, sign: bool = False) -> str:
    """Return a score with its interval, if it has one.

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


def has_interval(score: JsonObject | None) -> bool:
    """Return whether a score has both ends of an interval."""
    return score is not None and score.get("low") is not None and score.get("high") is not None


def format_recall(stance_scores: JsonObject) -> str:
    """Return the recall of a stance; "n/a (n=0)" if no tested comment has the stance.

    >>> format_recall({"n": 0, "recall": {"value": None}}), format_recall({"n": 4, "recall": {"value": 0.8}})
    ('n/a (n=0)', '0.80')
    """
    return format_score(stance_scores.get("recall")) if stance_scores["n"] else f"{NOT_AVAILABLE} (n=0)"


def format_count(value: float | None) -> str:
    """Return a number of cases, with a decimal if it is a mean over repeats that is not a whole number.

    >>> format_count(4.0), format_count(3.25), format_count(4200), format_count(1234.5)
    ('4', '3.2', '4,200', '1,234')
    """
    if value is None:
        return NOT_AVAILABLE
    return wording.format_count(value)


def format_percent(share: float | None) -> str:
    r"""Return a share in whole percent.

    >>> format_percent(0.375), format_percent(None)
    ('38\xa0%', 'n/a')
    """
    return NOT_AVAILABLE if share is None else f"{100 * share:.0f}{_PERCENT_SIGN}"


def join_with_and(items: Sequence[str]) -> str:
    """Join items with commas and a final "and".

    >>> join_with_and(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)


def replace_unprintable(text: str) -> str:
    r"""Replace control characters of an untrusted text by U+FFFD, and all line ends by line feeds.

    >>> replace_unprintable("a\x00b\r\nc")
    'a�b\nc'
    """
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))


def truncate(text: str, max_length: int) -> str:
    """Truncate a long text, and append the number of characters left out.

    >>> truncate("abcdef", 4)
    'abcd … [2 more characters]'
    """
    n_left_out = len(text) - max_length
    return text if n_left_out <= 0 else f"{text[:max_length]} … [{pluralise(n_left_out, 'more character')}]"


def _use_minus_sign(number: str) -> str:
    # U+2212 is as wide as the plus sign, so columns of signed numbers align. "-0.00" loses its sign.
    return number.replace("-", "" if not number.strip("-+0.") else _MINUS_SIGN)
