"""What spreadsheets and wrong encodings do to cells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stance.validation.findings import Finding, Place, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stance.validation.context import Material

_IDS = ("comment_id", "article_id")
_TEXTS = ("text", "article_title", "author", "note")

EXCEL_LIMIT = 32_767
"""How many UTF-16 units a cell of Excel holds; what is longer is cut there."""

# Excel writes its errors in the language of its menus; LibreOffice numbers its own.
_ERROR = re.compile(
    r"#(NAME\?|REF!|VALUE!|DIV/0!|NUM!|NULL!|N/A|SPILL!|CALC!|ИМЯ\?|ССЫЛКА!|ЗНАЧ!|ДЕЛ/0!|ЧИСЛО!|ПУСТО!|Н/Д)|Err:5\d\d"
)
_EXPONENT = re.compile(r"\d([.,]\d+)?E[+-]?\d+")
_LONG_NUMBER = re.compile(r"\d{18,}")  # of which a spreadsheet keeps 15 digits and writes noughts for the rest
_KEPT_DIGITS = 15
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|янв|фев|мар|апр|май|мая|июн|июл|авг|сен|окт|ноя|дек)\w{0,5}"
_DATE = re.compile(
    rf"\d{{1,4}}[-. /]{_MONTH}\.?([-. /]\d{{2,4}})?|{_MONTH}[-. /]\d{{2,4}}|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]|_x00[01][0-9A-F]_")
_FORMULA = re.compile(r"\s*[=+\-@]")
_ESCAPED = re.compile(r"'[=+\-@][^']*")

_FOREIGN = re.compile(r"[^\x00-\x7f]{2,}")
# A first byte of UTF-8 and another one, in any of the code pages.
_MAY_BE_MISREAD = re.compile(r"[Â-ôВ-ф][^\x00-\x7fÀ-ÿА-я]")
_LINK = re.compile(r"https?://\S+|www\.\S+")
_LETTER = r"[^\W\d_]"
# Where an encoding has no letter for it, a question mark takes its place.
_MARKED = re.compile(rf"(?<!\S)(\?*)({_LETTER}+(?:\?+{_LETTER}+)*)")
_MARKS = re.compile(r"\?+")
_VOWEL = re.compile(r"[aeiouyàâäáåéèêëíìîïóòôöúùûüıаеёиоуыэюяіїєүұөә]", re.IGNORECASE)
_WORDS_WITHOUT = {"в", "к", "с"}
_FEW_LOST = 3
_ALL_LOST = re.compile(r"\?{2,}([\s.,!-]+\?{2,}){3,}[\s.,!-]*")
_CODE_PAGES = ("cp1252", "latin-1", "cp1251")


def spreadsheet_errors(material: Material) -> Iterator[Finding]:
    """Find cells in which a spreadsheet has put an error for what stood there."""
    what = "a spreadsheet has put an error in place of the cell"
    yield from _cells(material, "error-for-a-cell", what, None, lambda cell: bool(_ERROR.fullmatch(cell.strip())))


def damaged_ids(material: Material) -> Iterator[Finding]:
    """Find ids that a spreadsheet has taken for numbers or dates."""
    found: list[Place] = []
    for column in _IDS:
        ids = {cell for sheet in material.sheets if column in sheet.frame for cell in sheet.frame[column].str.strip()}
        dates = {each for each in ids if _DATE.fullmatch(each)}
        if 2 * len(dates) > len(ids):  # somebody calls comments by days
            dates = set()
        long = {each for each in ids if _LONG_NUMBER.fullmatch(each)}
        rounded = long if long and not any(each[_KEPT_DIGITS:].strip("0") for each in long) else set()
        damaged = dates | rounded | {each for each in ids if _EXPONENT.fullmatch(each)}
        found += _where(material, (column,), lambda cell, damaged=damaged: cell.strip() in damaged)  # type: ignore[misc]
    if found:
        yield Finding("damaged-id", "a spreadsheet has taken ids for numbers or dates", tuple(found))


def cut_texts(material: Material) -> Iterator[Finding]:
    """Find texts that end where a cell of Excel does."""
    what = f"the text ends after {EXCEL_LIMIT:,} characters, where a cell of Excel does"
    yield from _cells(material, "cut-text", what, ("text",), _is_full, shown=False)


def _is_full(cell: str) -> bool:
    return len(cell) >= EXCEL_LIMIT // 2 and len(cell.encode("utf-16-le", "surrogatepass")) // 2 == EXCEL_LIMIT


def garbled_texts(material: Material) -> Iterator[Finding]:
    """Find texts that were read or saved in a wrong encoding."""
    yield from _cells(material, "garbled-text", "letters were garbled or lost", _TEXTS, is_garbled)


def is_garbled(text: str) -> bool:
    """Tell whether letters of a text were lost, or are UTF-8 that was read in another encoding.

    >>> is_garbled("РџСЂРёРІРµС‚"), is_garbled("itâ€™s"), is_garbled("?аза?стан ?олында"), is_garbled("Что? Когда?")
    (True, True, True, False)
    """
    if "\N{REPLACEMENT CHARACTER}" in text or _ALL_LOST.fullmatch(text.strip()):
        return True
    if "?" in text and _lost_letters(_LINK.sub(" ", text)):
        return True
    runs = _FOREIGN.findall(text) if _MAY_BE_MISREAD.search(text) else []
    return any(sum(map(_weight, _misread(runs, page))) > 1 for page in _CODE_PAGES)


def _lost_letters(text: str) -> bool:
    """Tell whether question marks stand for letters of words, and not between words or beside them.

    A mark inside a word leaves a part without a vowel, or the word begins with another one. Marks that words only begin
    with are evidence beside such: some people put the space before the mark and not after it.
    """
    inside = before = 0
    for marks, word in _MARKED.findall(text):
        parts = _MARKS.split(word)
        broken = any(part not in _WORDS_WITHOUT and not _VOWEL.search(part) for part in parts)
        inside += len(parts) - 1 if broken or marks else 0
        before += bool(marks)
    return bool(inside) and inside + before >= _FEW_LOST


def _misread(runs: Iterable[str], page: str) -> Iterator[str]:
    """Give what stood there, of stretches of foreign letters that are UTF-8 read by a code page."""
    for run in runs:
        try:
            yield from run.encode(page).decode("utf-8")
        except UnicodeError:
            continue


def _weight(letter: str) -> int:
    """Say how much a letter speaks for a text that was misread: by chance hardly two come about, or one of three bytes.

    Quotes and dashes of three bytes, and emoji; letters of two bytes that people write.
    """
    if "\u2010" <= letter <= "\u20bf" or letter >= "\U0001f000":
        return 2
    return int("\u00c0" <= letter <= "\u017f" or "\u0400" <= letter <= "\u0459" or "\u0490" <= letter <= "\u04f9")


def control_characters(material: Material) -> Iterator[Finding]:
    """Find characters that nobody can see, at which other tools choke."""
    what = "characters that cannot be seen, at which other tools choke"
    yield from _cells(material, "control-characters", what, None, lambda cell: _CONTROL.search(cell) is not None)


def apostrophes(material: Material) -> Iterator[Finding]:
    """Find apostrophes that a spreadsheet puts before what it is not to calculate, or to keep as text."""
    found = _where(
        material, (*_IDS, "stance", "annotator", "pass"), lambda cell: cell.strip() != cell.strip().strip("'")
    )
    found += _where(material, _TEXTS, lambda cell: _ESCAPED.fullmatch(cell) is not None)
    if found:
        yield Finding("apostrophe", "an apostrophe stands before the cell, or after it", tuple(found))


def formulas(material: Material) -> Iterator[Finding]:
    """Find texts that a spreadsheet would take for a formula."""
    what = "the text begins with = + - or @: a spreadsheet takes it for a formula, and may lose it"
    yield from _cells(material, "formula", what, ("text",), lambda cell: _FORMULA.match(cell) is not None)


def _cells(
    material: Material, kind: str, what: str, columns: tuple[str, ...] | None, is_bad: Callable[[str], bool],
    *, shown: bool = True,
) -> Iterator[Finding]:  # fmt: skip
    if found := _where(material, columns, is_bad, shown=shown):
        yield Finding(kind, what, tuple(found))


def _where(
    material: Material, columns: tuple[str, ...] | None, is_bad: Callable[[str], bool], *, shown: bool = True
) -> list[Place]:
    """Say where cells are bad, in some columns or in all, sheet by sheet and row by row."""
    found = []
    for sheet, rows in material.parts():
        named = [column for column in sheet.frame.columns if columns is None or column in columns]
        bad = [(column, {cell for cell in sheet.frame[column].unique() if is_bad(cell)}) for column in named]
        bad = [(column, cells) for column, cells in bad if cells]
        if not bad:
            continue
        hit = sheet.frame[[column for column, _ in bad]]
        for (place, cells), comment in zip(hit.iterrows(), rows["comment_id"], strict=True):
            for column, unsound in bad:
                if cells[column] in unsound:
                    told = f"{column}: {quoted(cells[column])}" if shown else column
                    found.append(Place(str(sheet.path), int(str(place)), comment, told))
    return found
