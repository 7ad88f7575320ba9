"""Text that other tools refuse, made text that they take, and said aloud."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# What XML 1.0 does not count among its characters (https://www.w3.org/TR/xml/#charsets), so that no spreadsheet file
# and no labelling interface can hold it, NUL with it, which PostgreSQL refuses; and Unicode's non-characters.
_PLANE_NONCHARACTERS = "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
_DISALLOWED_CHARACTERS = re.compile(
    f"[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff{_PLANE_NONCHARACTERS}]"
)

_CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\r"))
_NONCHARACTER_BYTES = (b"\xbf\xbe", b"\xbf\xbf", b"\xef\xb7")  # within the UTF-8 of each


def repair_text(text: str) -> str:
    r"""Put U+FFFD in the place of each letter that other tools refuse, and change nothing else.

    The letter is not left out: what stands around it would run together into a word that nobody wrote.

    >>> repair_text("fine\tand\nwell"), repair_text("ha\x0blf \ud83d")
    ('fine\tand\nwell', 'ha�lf �')
    """
    return _DISALLOWED_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", text)


def has_only_allowed_characters(texts: Iterable[str]) -> bool:
    """Tell whether no text holds a letter that other tools refuse; all at once, since hardly any does."""
    together = "\n".join(texts)
    try:
        data = together.encode()
    except UnicodeEncodeError:
        return False
    # In bytes what may be wrong is found some ten times as fast; few texts are looked at letter by letter.
    suspect = len(data.translate(None, _CONTROL_BYTES)) < len(data) or any(mark in data for mark in _NONCHARACTER_BYTES)
    return not suspect or _DISALLOWED_CHARACTERS.search(together) is None


def repair_cells(cells: dict[str, str], location: str) -> tuple[dict[str, str], list[str]]:
    """Repair the cells of a row and their names.

    Returns
    -------
    tuple of (dict, list of str)
        The cells, and a warning a cell that was changed.
    """
    if has_only_allowed_characters(cells) and has_only_allowed_characters(cells.values()):
        return cells, []
    sound, warnings = {}, []
    for name, text in cells.items():
        held = repair_text(text)
        if held != text:
            changed = sum(one != other for one, other in zip(text, held, strict=True))
            letters = "a letter" if changed == 1 else f"{changed} letters"
            warnings.append(
                f"{location}: {letters} of {name!r} that other tools refuse stand as \N{REPLACEMENT CHARACTER}"
            )
        sound[repair_text(name)] = held
    return sound, warnings
