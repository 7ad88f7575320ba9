"""Cells of a label that a spreadsheet has written in its own way, read as what they were."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

SKIPPED = "skipped"

_WHOLE_NUMBER = re.compile(r"([0-9]+)[.,]0*")
_PLAIN_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")
_FALSE_WORDS = frozenset(("", "0", "false", "no", "ложь", "нет", "жалған", "жоқ", "жок"))
_MAX_DIGITS = 40  # letters; more is no number that anybody wrote


def normalise_whole_number(text: str) -> str:
    """Read a whole number; what is none stays as it is, without blanks around it.

    >>> [normalise_whole_number(text) for text in (" 1 ", "1.0", "1,00", "1E+00", "7", "adjudicated")]
    ['1', '1', '1', '1', '7', 'adjudicated']
    """
    bare = text.strip()
    if match := _WHOLE_NUMBER.fullmatch(bare):
        return match[1]
    if "e" in bare.casefold() and (number := _parse_decimal(bare)) is not None and number == number.to_integral_value():
        return f"{number:.0f}"
    return bare


def normalise_decimal(text: str) -> str:
    """Read a number below one or a percentage, with a point or a comma; what is none stays as it is.

    >>> [normalise_decimal(text) for text in ("0.05", "0,05", "5 %", "5,00%", "5E-02", "often")]
    ['0.05', '0.05', '0.05', '0.05', '0.05', 'often']
    """
    bare = text.strip()
    if _PLAIN_DECIMAL.fullmatch(bare):
        return bare
    number = _parse_decimal(bare.removesuffix("%"))
    if number is None:
        return bare
    return f"{(number / 100 if bare.endswith('%') else number).normalize():f}"


def normalise_unsure(text: str) -> str:
    """Read whether somebody hesitated: "yes", "skipped" or nothing.

    >>> [normalise_unsure(text) for text in ("yes", "TRUE", "ИСТИНА", "Skipped", "FALSE", "")]
    ['yes', 'yes', 'yes', 'skipped', '', '']
    """
    bare = text.strip().casefold()
    return SKIPPED if bare == SKIPPED else "" if bare in _FALSE_WORDS else "yes"


def _parse_decimal(text: str) -> Decimal | None:
    bare = "".join(text.split()).replace(",", ".")
    try:
        number = Decimal(bare) if len(bare) < _MAX_DIGITS else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() and abs(number.adjusted()) < _MAX_DIGITS else None
