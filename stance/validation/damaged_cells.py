"""Find cells that a spreadsheet or a wrong encoding has damaged."""

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
"""The number of UTF-16 code units that a cell in Excel can hold; longer texts are cut there."""

# Excel writes errors in the language of its menus; LibreOffice numbers its own.
_SPREADSHEET_ERROR = re.compile(
    r"#(NAME\?|REF!|VALUE!|DIV/0!|NUM!|NULL!|N/A|SPILL!|CALC!|ИМЯ\?|ССЫЛКА!|ЗНАЧ!|ДЕЛ/0!|ЧИСЛО!|ПУСТО!|Н/Д)|Err:5\d\d"
)
_SCIENTIFIC_NOTATION = re.compile(r"\d([.,]\d+)?E[+-]?\d+")
_LONG_INTEGER = re.compile(r"\d{18,}")
_SIGNIFICANT_DIGITS = 15  # a spreadsheet writes zeros for the digits after these
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|янв|фев|мар|апр|май|мая|июн|июл|авг|сен|окт|ноя|дек)\w{0,5}"
_DATE_LIKE = re.compile(
    rf"\d{{1,4}}[-. /]{_MONTH}\.?([-. /]\d{{2,4}})?|{_MONTH}[-. /]\d{{2,4}}|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}",
    re.IGNORECASE,
)
_CONTROL_CHARACTER = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]|_x00[01][0-9A-F]_")
_FORMULA_START = re.compile(r"\s*[=+\-@]")
_APOSTROPHE_ESCAPED = re.compile(r"'[=+\-@][^']*")

_NON_ASCII_RUN = re.compile(r"[^\x00-\x7f]{2,}")
# The first two bytes of a UTF-8 character as read with any of the code pages.
_MOJIBAKE_HINT = re.compile(r"[Â-ôВ-ф][^\x00-\x7fÀ-ÿА-я]")
_URL = re.compile(r"https?://\S+|www\.\S+")
_LETTER = r"[^\W\d_]"
# Encodings replace characters that they do not have by question marks.
_WORD_WITH_QUESTION_MARKS = re.compile(rf"(?<!\S)(\?*)({_LETTER}+(?:\?+{_LETTER}+)*)")
_QUESTION_MARKS = re.compile(r"\?+")
_VOWEL = re.compile(r"[aeiouyàâäáåéèêëíìîïóòôöúùûüıаеёиоуыэюяіїєүұөә]", re.IGNORECASE)
_WORDS_WITHOUT_VOWEL = {"в", "к", "с"}
_MIN_LOST = 3
_ONLY_QUESTION_MARKS = re.compile(r"\?{2,}([\s.,!-]+\?{2,}){3,}[\s.,!-]*")
_CODE_PAGES = ("cp1252", "latin-1", "cp1251")


def find_spreadsheet_errors(context: CheckContext) -> Iterator[Finding]:
    """Find cells that a spreadsheet has replaced by an error."""
    message = "a spreadsheet has replaced the cell by an error"
    yield from _find_cells(
        context, "error-for-a-cell", message, None, lambda cell: bool(_SPREADSHEET_ERROR.fullmatch(cell.strip()))
    )


def find_damaged_ids(context: CheckContext) -> Iterator[Finding]:
    """Find ids that a spreadsheet has converted to numbers or dates."""
    locations: list[Location] = []
    for column in _ID_COLUMNS:
        ids = {cell for sheet in context.sheets if column in sheet.frame for cell in sheet.frame[column].str.strip()}
        dates = {cell for cell in ids if _DATE_LIKE.fullmatch(cell)}
        if 2 * len(dates) > len(ids):  # the ids are dates by design
            dates = set()
        long_numbers = {cell for cell in ids if _LONG_INTEGER.fullmatch(cell)}
        are_rounded = long_numbers and not any(cell[_SIGNIFICANT_DIGITS:].strip("0") for cell in long_numbers)
        scientific = {cell for cell in ids if _SCIENTIFIC_NOTATION.fullmatch(cell)}
        damaged = dates | scientific | (long_numbers if are_rounded else set())
        locations += _locate_cells(context, (column,), lambda cell, damaged=damaged: cell.strip() in damaged)  # type: ignore[misc]
    if locations:
        yield Finding("damaged-id", "a spreadsheet has converted ids to numbers or dates", tuple(locations))


def find_truncated_texts(context: CheckContext) -> Iterator[Finding]:
    """Find texts that end at the length limit of a cell in Excel."""
    message = f"the text ends after {EXCEL_CELL_LIMIT:,} characters, the limit of a cell in Excel"
    yield from _find_cells(context, "cut-text", message, ("text",), _is_at_cell_limit, show_cell=False)


def _is_at_cell_limit(cell: str) -> bool:
    # A character has at most two UTF-16 units, so encoding can be skipped for shorter texts.
    if len(cell) < EXCEL_CELL_LIMIT // 2:
        return False
    return len(cell.encode("utf-16-le", "surrogatepass")) // 2 == EXCEL_CELL_LIMIT


def find_garbled_texts(context: CheckContext) -> Iterator[Finding]:
    """Find texts that were read or saved in a wrong encoding."""
    yield from _find_cells(context, "garbled-text", "characters are garbled or lost", _TEXT_COLUMNS, is_garbled)


def is_garbled(text: str) -> bool:
    """Return whether characters of a text were lost, or are UTF-8 that was decoded with another encoding.

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
    """Return whether question marks replace letters of words, rather than standing between or beside words.

    A question mark inside a word counts if it leaves a part without a vowel, or if the word also begins with one. Words
    that only begin with a question mark count in addition to these: some people write the space before the mark.
    """
    n_inside = n_before = 0
    for marks, word in _WORD_WITH_QUESTION_MARKS.findall(text):
        parts = _QUESTION_MARKS.split(word)
        is_broken = any(part not in _WORDS_WITHOUT_VOWEL and not _VOWEL.search(part) for part in parts)
        n_inside += len(parts) - 1 if is_broken or marks else 0
        n_before += bool(marks)
    return bool(n_inside) and n_inside + n_before >= _MIN_LOST


def _decode_mojibake(runs: Iterable[str], code_page: str) -> Iterator[str]:
    """Yield the original characters of runs that are UTF-8 decoded with a code page."""
    for run in runs:
        try:
            yield from run.encode(code_page).decode("utf-8")
        except UnicodeError:
            continue


def _score_character(character: str) -> int:
    """Return how strongly a recovered character indicates mojibake; 2 in all are unlikely to occur by chance.

    2 for quotes, dashes and emoji (three or more bytes in UTF-8), 1 for common letters of two bytes.
    """
    if "\u2010" <= character <= "\u20bf" or character >= "\U0001f000":
        return 2
    return int(
        "\u00c0" <= character <= "\u017f" or "\u0400" <= character <= "\u0459" or "\u0490" <= character <= "\u04f9"
    )


def find_control_characters(context: CheckContext) -> Iterator[Finding]:
    """Find invisible characters that other tools reject."""
    message = "invisible characters that other tools reject"
    yield from _find_cells(
        context, "control-characters", message, None, lambda cell: _CONTROL_CHARACTER.search(cell) is not None
    )


def find_apostrophes(context: CheckContext) -> Iterator[Finding]:
    """Find apostrophes that a spreadsheet puts before formulas and before numbers stored as text."""
    key_columns = (*_ID_COLUMNS, "stance", "annotator", "pass")
    locations = _locate_cells(context, key_columns, lambda cell: cell.strip() != cell.strip().strip("'"))
    locations += _locate_cells(context, _TEXT_COLUMNS, lambda cell: _APOSTROPHE_ESCAPED.fullmatch(cell) is not None)
    if locations:
        yield Finding("apostrophe", "the cell begins or ends with an apostrophe", tuple(locations))


def find_formulas(context: CheckContext) -> Iterator[Finding]:
    """Find texts that a spreadsheet would read as a formula."""
    message = "the text begins with = + - or @, so a spreadsheet reads it as a formula and may lose it"
    yield from _find_cells(context, "formula", message, ("text",), lambda cell: _FORMULA_START.match(cell) is not None)


def _find_cells(
    context: CheckContext,
    rule_id: str,
    message: str,
    columns: tuple[str, ...] | None,
    is_bad: Callable[[str], bool],
    *,
    show_cell: bool = True,
) -> Iterator[Finding]:
    if locations := _locate_cells(context, columns, is_bad, show_cell=show_cell):
        yield Finding(rule_id, message, tuple(locations))


def _locate_cells(
    context: CheckContext, columns: tuple[str, ...] | None, is_bad: Callable[[str], bool], *, show_cell: bool = True
) -> list[Location]:
    """Return the locations of bad cells in some columns (or all), sheet by sheet and row by row."""
    locations = []
    for sheet, rows in context.iter_sheets():
        bad_cells = {
            column: {cell for cell in sheet.frame[column].unique() if is_bad(cell)}
            for column in sheet.frame.columns
            if columns is None or column in columns
        }
        bad_cells = {column: cells for column, cells in bad_cells.items() if cells}
        if not bad_cells:
            continue
        frame = sheet.frame[list(bad_cells)]
        for (row, cells), comment_id in zip(frame.iterrows(), rows["comment_id"], strict=True):
            for column, bad in bad_cells.items():
                if cells[column] in bad:
                    detail = f"{column}: {quote_cell(cells[column])}" if show_cell else column
                    locations.append(Location(str(sheet.path), int(str(row)), comment_id, detail))
    return locations
