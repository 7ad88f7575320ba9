"""Which key does what, on the keyboards that annotators have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "u": "unsure",
    "n": "note",
    "a": "also",
    "s": "skip",
    "z": "undo",
    "r": "revisit",
    "q": "quit",
    "?": "help",
}
"""The letter of each command."""

_ALWAYS = {
    "backspace": "undo",
    "ctrl+z": "undo",
    "ctrl+c": "quit",
    "ctrl+q": "quit",
    "f1": "help",
    "h": "help",
}
_DIGITS = "1234567890"

# The Russian, Kazakh and Kyrgyz keyboards have these letters where the Latin one has those.
_LATIN = dict(zip("йцукенгшщзфывапролдячсмить", "qwertyuiopasdfghjklzxcvbnm", strict=True))
# In the row of digits the Kazakh one has letters.
_KAZAKH_DIGITS = dict(zip("әіңғүұқ", "2345890", strict=True))


def stance_keys(count: int) -> tuple[str, ...]:
    """Give each of some stances a key: digits, then letters that no command has.

    >>> stance_keys(12)[-4:]
    ('9', '0', 'b', 'c')
    """
    taken = {*COMMANDS, *_ALWAYS}
    letters = [letter for letter in "bcdefgijklmopqtvwxyz" if letter not in taken]
    return tuple([*_DIGITS, *letters, *map(str.upper, letters)][:count])


def meaning(key: str, character: str | None, stances: Sequence[str]) -> str | int | None:
    """Tell what a key means: a command by its name, a stance by its number, or nothing.

    Parameters
    ----------
    key
        The name of the key, such as `backspace`.
    character
        What it types, if anything; a letter of another alphabet stands for the Latin one on the same key.
    stances
        The keys of the stances.

    >>> meaning("я", "я", stance_keys(6)), meaning("ә", "ә", stance_keys(6)), meaning("x", "x", stance_keys(6))
    ('undo', 1, None)
    """
    if key in _ALWAYS:
        return _ALWAYS[key]
    typed = character or ""
    for each in (typed, _KAZAKH_DIGITS.get(typed, ""), _LATIN.get(typed.lower(), "")):
        if each in stances:
            return stances.index(each)
        if each.lower() in COMMANDS:
            return COMMANDS[each.lower()]
    return None
