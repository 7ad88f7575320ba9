"""Figures and foreign texts as people read them, the same on the page and on the card."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOT_GIVEN = "n/a"
_PERCENT = "\N{NO-BREAK SPACE}%"
LEVEL = f"95{_PERCENT}"
"""What the intervals hold for."""

_MINUS = "\N{MINUS SIGN}"
# What no document can hold, and what would turn the direction of all that follows it. Tab and line feed are text.
_UNSHOWN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def number(value: float | None, *, sign: bool = False) -> str:
    """Write a figure at two decimals.

    >>> number(0.5), number(-0.25, sign=True), number(None)
    ('0.50', '−0.25', 'n/a')
    """
    if value is None:
        return NOT_GIVEN
    return _printed(f"{value:+.2f}" if sign else f"{value:.2f}")


def score(figure: Mapping[str, Any] | None, *, sign: bool = False) -> str:
    """Write a figure with its interval, where it has one.

    >>> score({"value": 0.6, "low": 0.38, "high": 0.9}), score({"value": 0.6, "low": None, "high": None})
    ('0.60 [0.38, 0.90]', '0.60')
    """
    value = None if figure is None else figure.get("value")
    if figure is None or value is None:
        return NOT_GIVEN
    if not has_interval(figure):
        return number(value, sign=sign)
    return f"{number(value, sign=sign)} [{number(figure['low'], sign=sign)}, {number(figure['high'], sign=sign)}]"


def has_interval(figure: Mapping[str, Any] | None) -> bool:
    """Tell whether a figure came with both ends of an interval."""
    return figure is not None and figure.get("low") is not None and figure.get("high") is not None


def recall(stance: Mapping[str, Any]) -> str:
    """Write the recall of a stance; one that no test item has is told apart from one that was never found.

    >>> recall({"n": 0, "recall": {"value": None}}), recall({"n": 4, "recall": {"value": 0.8}})
    ('n/a (n=0)', '0.80')
    """
    return score(stance.get("recall")) if stance["n"] else f"{NOT_GIVEN} (n=0)"


def count(value: float | None) -> str:
    """Write a number of cases, which is a mean over repeats and need not be whole.

    >>> count(4.0), count(3.25), count(4200), count(1234.5)
    ('4', '3.2', '4,200', '1,234')
    """
    if value is None:
        return NOT_GIVEN
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:.1f}"  # noqa: PLR2004 - from here on a tenth of a case is noise


def counted(value: float, what: str) -> str:
    """Write a number of things.

    >>> counted(1, "article"), counted(24, "label")
    ('1 article', '24 labels')
    """
    return f"{count(value)} {what}" if value == 1 else f"{count(value)} {what}s"


def percent(share: float | None) -> str:
    r"""Write a share in whole percent.

    >>> percent(0.375), percent(None)
    ('38\xa0%', 'n/a')
    """
    return NOT_GIVEN if share is None else f"{100 * share:.0f}{_PERCENT}"


def listed(parts: Sequence[str]) -> str:
    """Join parts as a sentence does.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def shown(text: str) -> str:
    r"""Replace what cannot be shown, or would be obeyed, by a visible mark; ends of lines become line feeds.

    >>> shown("a\x00b\r\nc")
    'a�b\nc'
    """
    return _UNSHOWN.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))


def cut(text: str, most: int) -> str:
    """Cut a long text, and say by how much.

    >>> cut("abcdef", 4)
    'abcd … [2 more characters]'
    """
    rest = len(text) - most
    return text if rest <= 0 else f"{text[:most]} … [{rest:,} more {'character' if rest == 1 else 'characters'}]"


def _printed(figure: str) -> str:
    # A minus as wide as a plus keeps a column of signed figures straight; no figure is less than nothing by rounding.
    return figure.replace("-", "" if not figure.strip("-+0.") else _MINUS)
