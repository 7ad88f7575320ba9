"""What spreadsheets and wrong encodings do to cells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stance.validation.findings import Finding, Location, quote_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stance.validation.context import CheckContext

_ID_COLUMNS = ("comment_id", "article_id")
_TEXT_COLUMNS = ("text", "article_title", "author", "note")

EXCEL_CELL_LIMIT = 32_767
"""How many UTF-16 units a cell of Excel holds; what is longer is cut there."""

# Excel writes its errors in the language of its menus; LibreOffice numbers its own.
_SPREADSHEET_ERROR = re.compile(
    r"#(NAME\?|REF!|VALUE!|DIV/0!|NUM!|NULL!|N/A|SPILL!|CALC!|ИМЯ\?|ССЫЛКА!|ЗНАЧ!|ДЕЛ/0!|ЧИСЛО!|ПУСТО!|Н/Д)|Err:5\d\d"
)
_SCIENTIFIC_NOTATION = re.compile(r"\d([.,]\d+)?E[+-]?\d+")
_LONG_INTEGER = re.compile(r"\d{18,}")  # of which a spreadsheet keeps 15 digits and writes noughts for the rest
_SIGNIFICANT_DIGITS = 15
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|янв|фев|мар|апр|май|мая|июн|июл|авг|сен|окт|ноя|дек)\w{0,5}"
_DATE_LIKE = re.compile(
    rf"\d{{1,4}}[-. /]{_MONTH}\.?([-. /]\d{{2,4}})?|{_MONTH}[-. /]\d{{2,4}}|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}",
    re.IGNORECASE,
)
_CONTROL_CHARACTER = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]|_x00[01][0-9A-F]_")
_FORMULA_START = re.compile(r"\s*[=+\-@]")
_APOSTROPHE_ESCAPED = re.compile(r"'[=+\-@][^']*")

_NON_ASCII_RUN = re.compile(r"[^\x00-\x7f]{2,}")
# A first byte of UTF-8 and another one, in any of the code pages.
_MOJIBAKE_HINT = re.compile(r"[Â-ôВ-ф][^\x00-\x7fÀ-ÿА-я]")
_URL = re.compile(r"https?://\S+|www\.\S+")
_LETTER = r"[^\W\d_]"
# Where an encoding has no letter for it, a question mark takes its place.
_WORD_WITH_QUESTION_MARKS = re.compile(rf"(?<!\S)(\?*)({_LETTER}+(?:\?+{_LETTER}+)*)")
_QUESTION_MARKS = re.compile(r"\?+")
_VOWEL = re.compile(r"[aeiouyàâäáåéèêëíìîïóòôöúùûüıаеёиоуыэюяіїєүұөә]", re.IGNORECASE)
_WORDS_WITHOUT_VOWEL = {"в", "к", "с"}
_MIN_LOST = 3
_ONLY_QUESTION_MARKS = re.compile(r"\?{2,}([\s.,!-]+\?{2,}){3,}[\s.,!-]*")
_CODE_PAGES = ("cp1252", "latin-1", "cp1251")


def find_spreadsheet_errors(context: CheckContext) -> Iterator[Finding]:
    """Find cells in which a spreadsheet has put an error for what stood there."""
    what = "a spreadsheet has put an error in place of the cell"
    yield from _find_cells(
        context, "error-for-a-cell", what, None, lambda cell: bool(_SPREADSHEET_ERROR.fullmatch(cell.strip()))
    )


def find_damaged_ids(context: CheckContext) -> Iterator[Finding]:
    """Find ids that a spreadsheet has taken for numbers or dates."""
    found: list[Location] = []
    for column in _ID_COLUMNS:
        ids = {cell for sheet in context.sheets if column in sheet.frame for cell in sheet.frame[column].str.strip()}
        dates = {each for each in ids if _DATE_LIKE.fullmatch(each)}
        if 2 * len(dates) > len(ids):  # somebody calls comments by days
            dates = set()
        long = {each for each in ids if _LONG_INTEGER.fullmatch(each)}
        rounded = long if long and not any(each[_SIGNIFICANT_DIGITS:].strip("0") for each in long) else set()
        damaged = dates | rounded | {each for each in ids if _SCIENTIFIC_NOTATION.fullmatch(each)}
        found += _locate_cells(context, (column,), lambda cell, damaged=damaged: cell.strip() in damaged)  # type: ignore[misc]
    if found:
        yield Finding("damaged-id", "a spreadsheet has taken ids for numbers or dates", tuple(found))


def find_truncated_texts(context: CheckContext) -> Iterator[Finding]:
    """Find texts that end where a cell of Excel does."""
    what = f"the text ends after {EXCEL_CELL_LIMIT:,} characters, where a cell of Excel does"
    yield from _find_cells(context, "cut-text", what, ("text",), _is_at_cell_limit, show_cell=False)


def _is_at_cell_limit(cell: str) -> bool:
    return (
        len(cell) >= EXCEL_CELL_LIMIT // 2 and len(cell.encode("utf-16-le", "surrogatepass")) // 2 == EXCEL_CELL_LIMIT
    )


def find_garbled_texts(context: CheckContext) -> Iterator[Finding]:
    """Find texts that were read or saved in a wrong encoding."""
    yield from _find_cells(context, "garbled-text", "letters were garbled or lost", _TEXT_COLUMNS, is_garbled)


def is_garbled(text: str) -> bool:
    """Tell whether letters of a text were lost, or are UTF-8 that was read in another encoding.

    >>> is_garbled("РџСЂРёРІРµС‚"), is_garbled("itâ€™s"), is_garbled("?аза?стан ?олында"), is_garbled("Что? Когда?")
    (True, True, True, False)
    """
    if "\N{REPLACEMENT CHARACTER}" in text or _ONLY_QUESTION_MARKS.fullmatch(text.strip()):
        return True
    if "?" in text and _has_lost_characters(_URL.sub(" ", text)):
        return True
    runs = _NON_ASCII_RUN.findall(text) if _MOJIBAKE_HINT.search(text) else []
    return any(sum(map(_score_character, _decode_mojibake(runs, page))) > 1 for page in _CODE_PAGES)


def _has_lost_characters(text: str) -> bool:
    """Tell whether question marks stand for letters of words, and not between words or beside them.

    A mark inside a word leaves a part without a vowel, or the word begins with another one. Marks that words only begin
    with are evidence beside such: some people put the space before the mark and not after it.
    """
    inside = before = 0
    for marks, word in _WORD_WITH_QUESTION_MARKS.findall(text):
        parts = _QUESTION_MARKS.split(word)
        broken = any(part not in _WORDS_WITHOUT_VOWEL and not _VOWEL.search(part) for part in parts)
        inside += len(parts) - 1 if broken or marks else 0
        before += bool(marks)
    return bool(inside) and inside + before >= _MIN_LOST


def _decode_mojibake(runs: Iterable[str], code_page: str) -> Iterator[str]:
    """Give what stood there, of stretches of foreign letters that are UTF-8 read by a code page."""
    for run in runs:
        try:
            yield from run.encode(code_page).decode("utf-8")
        except UnicodeError:
            continue


def _score_character(character: str) -> int:
    """Say how much a letter speaks for a text that was misread: by chance hardly two come about, or one of three bytes.

    Quotes and dashes of three bytes, and emoji; letters of two bytes that people write.
    """
    if "\u2010" <= character <= "\u20bf" or character >= "\U0001f000":
        return 2
    return int(
        "\u00c0" <= character <= "\u017f" or "\u0400" <= character <= "\u0459" or "\u0490" <= character <= "\u04f9"
    )


def find_control_characters(context: CheckContext) -> Iterator[Finding]:
    """Find characters that nobody can see, at which other tools choke."""
    what = "characters that cannot be seen, at which other tools choke"
    yield from _find_cells(
        context, "control-characters", what, None, lambda cell: _CONTROL_CHARACTER.search(cell) is not None
    )


def find_apostrophes(context: CheckContext) -> Iterator[Finding]:
    """Find apostrophes that a spreadsheet puts before what it is not to calculate, or to keep as text."""
    found = _locate_cells(
        context, (*_ID_COLUMNS, "stance", "annotator", "pass"), lambda cell: cell.strip() != cell.strip().strip("'")
    )
    found += _locate_cells(context, _TEXT_COLUMNS, lambda cell: _APOSTROPHE_ESCAPED.fullmatch(cell) is not None)
    if found:
        yield Finding("apostrophe", "an apostrophe stands before the cell, or after it", tuple(found))


def find_formulas(context: CheckContext) -> Iterator[Finding]:
    """Find texts that a spreadsheet would take for a formula."""
    what = "the text begins with = + - or @: a spreadsheet takes it for a formula, and may lose it"
    yield from _find_cells(context, "formula", what, ("text",), lambda cell: _FORMULA_START.match(cell) is not None)


def _find_cells(
    context: CheckContext, rule_id: str, message: str, columns: tuple[str, ...] | None, is_bad: Callable[[str], bool],
    *, show_cell: bool = True,
) -> Iterator[Finding]:  # fmt: skip
    if found := _locate_cells(context, columns, is_bad, show_cell=show_cell):
        yield Finding(rule_id, message, tuple(found))


def _locate_cells(
    context: CheckContext, columns: tuple[str, ...] | None, is_bad: Callable[[str], bool], *, show_cell: bool = True
) -> list[Location]:
    """Say where cells are bad, in some columns or in all, sheet by sheet and row by row."""
    found = []
    for sheet, rows in context.iter_sheets():
        named = [column for column in sheet.frame.columns if columns is None or column in columns]
        bad = [(column, {cell for cell in sheet.frame[column].unique() if is_bad(cell)}) for column in named]
        bad = [(column, cells) for column, cells in bad if cells]
        if not bad:
            continue
        hit = sheet.frame[[column for column, _ in bad]]
        for (place, cells), comment in zip(hit.iterrows(), rows["comment_id"], strict=True):
            for column, unsound in bad:
                if cells[column] in unsound:
                    told = f"{column}: {quote_cell(cells[column])}" if show_cell else column
                    found.append(Location(str(sheet.path), int(str(place)), comment, told))
    return found
