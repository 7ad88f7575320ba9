"""Undo what spreadsheets do to the cells of a label: `1.0` for `1`, `5 %` for `0.05`, `TRUE` for `yes`."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

SKIPPED = "skipped"
"""The value of the column `unsure` for a comment that was left for later."""

ADJUDICATED = "adjudicated"
"""The value of the column `pass` of a label that decides between others."""

_WHOLE_NUMBER = re.compile(r"([0-9]+)[.,]0*")
_PASS_NUMBER = re.compile(r"[1-9][0-9]*")
_PLAIN_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")
_FALSE_WORDS = frozenset(("", "0", "false", "no", "ложь", "нет", "жалған", "жоқ", "жок"))
_MAX_LENGTH = 40  # characters of a number; an exponent beyond it would take up all memory


def normalise_whole_number(text: str) -> str:
    """Return a whole number in plain digits; return any other text stripped.

    >>> [normalise_whole_number(text) for text in (" 1 ", "1.0", "1,00", "1E+00", "7", "adjudicated")]
    ['1', '1', '1', '1', '7', 'adjudicated']
    """
    stripped = text.strip()
    if match := _WHOLE_NUMBER.fullmatch(stripped):
        return match[1]
    number = _parse_decimal(stripped) if "e" in stripped.casefold() else None
    if number is not None and number == number.to_integral_value():
        return f"{number:.0f}"
    return stripped


def normalise_decimal(text: str) -> str:
    """Return a decimal number or percentage as a plain decimal; return any other text stripped.

    >>> [normalise_decimal(text) for text in ("0.05", "0,05", "5 %", "5,00%", "5E-02", "often")]
    ['0.05', '0.05', '0.05', '0.05', '0.05', 'often']
    """
    stripped = text.strip()
    if _PLAIN_DECIMAL.fullmatch(stripped):
        return stripped
    number = _parse_decimal(stripped.removesuffix("%"))
    if number is None:
        return stripped
    return f"{(number / 100 if stripped.endswith('%') else number).normalize():f}"


def normalise_unsure(text: str) -> str:
    """Return the value of a cell of the column `unsure`: "yes", "skipped" or "".

    >>> [normalise_unsure(text) for text in ("yes", "TRUE", "ИСТИНА", "Skipped", "FALSE", "")]
    ['yes', 'yes', 'yes', 'skipped', '', '']
    """
    word = text.strip().casefold()
    return SKIPPED if word == SKIPPED else "" if word in _FALSE_WORDS else "yes"


def is_valid_probability(value: str) -> bool:
    """Return whether a cell is empty or holds an inclusion probability.

    >>> [is_valid_probability(value) for value in ("0.05", "1", "", "0", "5 %")]
    [True, True, True, False, False]
    """
    try:
        return not value or 0 < float(value) <= 1
    except ValueError:
        return False


def is_valid_pass(value: str) -> bool:
    """Return whether a cell holds the number of a pass or `adjudicated`."""
    return value == ADJUDICATED or _PASS_NUMBER.fullmatch(value) is not None


def _parse_decimal(text: str) -> Decimal | None:
    digits = "".join(text.split()).replace(",", ".")
    try:
        number = Decimal(digits) if len(digits) < _MAX_LENGTH else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() and abs(number.adjusted()) < _MAX_LENGTH else None
