"""Replace characters that other tools do not accept, and report each replacement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Characters that XML 1.0 excludes (https://www.w3.org/TR/xml/#charsets), so that spreadsheet files and labelling
# interfaces cannot contain them; among them NUL, which PostgreSQL does not accept either. And Unicode noncharacters.
_PLANE_NONCHARACTERS = "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
_DISALLOWED_CHARACTERS = re.compile(
    f"[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff{_PLANE_NONCHARACTERS}]"
)

_CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\r"))
_NONCHARACTER_BYTES = (b"\xbf\xbe", b"\xbf\xbf", b"\xef\xb7")  # part of the UTF-8 form of each noncharacter


def repair_text(text: str) -> str:
    r"""Return a text with each disallowed character replaced by U+FFFD.

    Characters are replaced, not removed: removing one would join its neighbours to a word that nobody wrote.

    >>> repair_text("fine\tand\nwell"), repair_text("ha\x0blf \ud83d")
    ('fine\tand\nwell', 'ha�lf �')
    """
    return _DISALLOWED_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", text)


def has_only_allowed_characters(texts: Iterable[str]) -> bool:
    """Return whether no text has a disallowed character; all texts are searched at once, as hardly any has one."""
    joined = "\n".join(texts)
    try:
        data = joined.encode()
    except UnicodeEncodeError:
        return False
    # Searching the bytes is ten times as fast, but has false positives; few texts need the exact search.
    has_control = len(data.translate(None, _CONTROL_BYTES)) < len(data)
    is_suspicious = has_control or any(sequence in data for sequence in _NONCHARACTER_BYTES)
    return not is_suspicious or _DISALLOWED_CHARACTERS.search(joined) is None


def repair_cells(cells: dict[str, str], location: str) -> tuple[dict[str, str], list[str]]:
    """Replace disallowed characters in the cells of a row and in their names.

    Parameters
    ----------
    cells
        The cells by column name.
    location
        The row as warnings call it, such as "sheet.csv:2".

    Returns
    -------
    tuple of (dict, list of str)
        The cells, and one warning per changed cell.
    """
    if has_only_allowed_characters(cells) and has_only_allowed_characters(cells.values()):
        return cells, []
    repaired_cells, warnings = {}, []
    for name, text in cells.items():
        repaired = repair_text(text)
        if repaired != text:
            n_replaced = sum(before != after for before, after in zip(text, repaired, strict=True))
            characters = "1 character" if n_replaced == 1 else f"{n_replaced} characters"
            warnings.append(
                f"{location}: {characters} in {name!r} not accepted by other tools, replaced by "
                "\N{REPLACEMENT CHARACTER}"
            )
        repaired_cells[repair_text(name)] = repaired
    return repaired_cells, warnings
