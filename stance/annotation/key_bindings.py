"""Assign keys to stances and commands, on Latin and Cyrillic keyboards."""

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
"""The command of each letter key."""

_FIXED_KEYS = {
    "backspace": "undo",
    "ctrl+z": "undo",
    "ctrl+c": "quit",
    "ctrl+q": "quit",
    "f1": "help",
    "h": "help",
}
_DIGITS = "1234567890"

# The letters of a Russian, Kazakh or Kyrgyz keyboard, and the Latin letters on the same keys.
_CYRILLIC_TO_LATIN = dict(zip("йцукенгшщзфывапролдячсмить", "qwertyuiopasdfghjklzxcvbnm", strict=True))
# The Kazakh keyboard has letters in the row of digits.
_KAZAKH_TO_DIGIT = dict(zip("әіңғүұқ", "2345890", strict=True))


def assign_stance_keys(n_stances: int) -> tuple[str, ...]:
    """Return one key per stance: the digits first, then letters that are not used by a command.

    >>> assign_stance_keys(12)[-4:]
    ('9', '0', 'b', 'c')
    """
    taken = {*COMMAND_KEYS, *_FIXED_KEYS}
    letters = [letter for letter in "bcdefgijklmopqtvwxyz" if letter not in taken]
    return tuple([*_DIGITS, *letters, *map(str.upper, letters)][:n_stances])


def interpret_key(key: str, character: str | None, stance_keys: Sequence[str]) -> str | int | None:
    """Return what a key does: the name of a command, the index of a stance, or None.

    Parameters
    ----------
    key
        The name of the key, such as `backspace`.
    character
        The character that it types, if any; a Cyrillic letter stands for the Latin one on the same key.
    stance_keys
        The key of each stance.

    >>> [interpret_key(character, character, assign_stance_keys(6)) for character in "яәx"]
    ['undo', 1, None]
    """
    if key in _FIXED_KEYS:
        return _FIXED_KEYS[key]
    typed = character or ""
    for candidate in (typed, _KAZAKH_TO_DIGIT.get(typed, ""), _CYRILLIC_TO_LATIN.get(typed.lower(), "")):
        if candidate in stance_keys:
            return stance_keys.index(candidate)
        if candidate.lower() in COMMAND_KEYS:
            return COMMAND_KEYS[candidate.lower()]
    return None
