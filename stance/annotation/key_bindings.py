"""Which key does what, on the keyboards that annotators have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMAND_KEYS = {
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

_FIXED_KEYS = {
    "backspace": "undo",
    "ctrl+z": "undo",
    "ctrl+c": "quit",
    "ctrl+q": "quit",
    "f1": "help",
    "h": "help",
}
_DIGITS = "1234567890"

# The Russian, Kazakh and Kyrgyz keyboards have these letters where the Latin one has those.
_CYRILLIC_TO_LATIN = dict(zip("йцукенгшщзфывапролдячсмить", "qwertyuiopasdfghjklzxcvbnm", strict=True))
# In the row of digits the Kazakh one has letters.
_KAZAKH_TO_DIGIT = dict(zip("әіңғүұқ", "2345890", strict=True))


def assign_stance_keys(n_stances: int) -> tuple[str, ...]:
    """Give each of some stances a key: digits, then letters that no command has.

    >>> assign_stance_keys(12)[-4:]
    ('9', '0', 'b', 'c')
    """
    taken = {*COMMAND_KEYS, *_FIXED_KEYS}
    letters = [letter for letter in "bcdefgijklmopqtvwxyz" if letter not in taken]
    return tuple([*_DIGITS, *letters, *map(str.upper, letters)][:n_stances])


def interpret_key(key: str, character: str | None, stance_keys: Sequence[str]) -> str | int | None:
    """Tell what a key means: a command by its name, a stance by its number, or nothing.

    Parameters
    ----------
    key
        The name of the key, such as `backspace`.
    character
        What it types, if anything; a letter of another alphabet stands for the Latin one on the same key.
    stance_keys
        The keys of the stances.

    >>> interpret_key("я", "я", assign_stance_keys(6)), interpret_key("ә", "ә", assign_stance_keys(6)),
    interpret_key("x", "x", assign_stance_keys(6)) ('undo', 1, None)
    """
    if key in _FIXED_KEYS:
        return _FIXED_KEYS[key]
    typed = character or ""
    for each in (typed, _KAZAKH_TO_DIGIT.get(typed, ""), _CYRILLIC_TO_LATIN.get(typed.lower(), "")):
        if each in stance_keys:
            return stance_keys.index(each)
        if each.lower() in COMMAND_KEYS:
            return COMMAND_KEYS[each.lower()]
    return None
