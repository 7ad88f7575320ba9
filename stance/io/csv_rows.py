"""Parsing the lines of a CSV file into rows, with or without quoted cells, and finding what went wrong in them.

Spreadsheets put cells in quotes. Many programs that write tab-separated files do not, so that a quote is a character
like any other there; `is_unquoted` judges which of the two a file does by its content.
"""

from __future__ import annotations

import io
import re
from collections import deque
from typing import TYPE_CHECKING

from stance.errors import MergeConflictError, UnreadableFileError
from stance.io.column_shapes import ColumnShapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

TAB = "\t"
SAMPLE_CHARACTERS = 1 << 20
"""How many characters at the beginning of a file its dialect is detected from."""

# The longest quoted cell: in lines in a tab-separated file (where the quote may not be special), else in characters.
_MAX_CELL_LINES = 1_000
_MAX_CELL_CHARACTERS = 1 << 26

# Excel writes, and obeys, a first line that names the delimiter.
SEP_LINE = re.compile(r"\ufeff?sep=(?P<delimiter>[,;\t|])\s*", re.IGNORECASE)

_QUOTED_CELL = re.compile(r'"((?:[^"]|"")*+)"')
_QUOTED_CELL_REST = re.compile(r'((?:[^"]|"")*+)"')
_CLOSE_QUOTE_REMEDY = "close the quote, and double quotes inside a cell"
_CONFLICT_MARKER_CHARACTERS = frozenset("<=>|")
_CONFLICT_MARKER = re.compile(r"(<{7}|={7}|>{7}|\|{7})(?: .*)?\s*")
_MIN_MARKERS_PER_CONFLICT = 3  # beginning, middle and end
_MAX_ROWS_SAMPLED = 1_000


def split_lines(text: str) -> list[str]:
    r"""Return the lines of a text, ends included, split at `\n`; at `\r` only if there is no `\n`, as on old Macs.

    >>> split_lines("a\rb\nc\r\n")
    ['a\rb\n', 'c\r\n']
    >>> split_lines("a\rb")
    ['a\n', 'b']
    """
    unified = text.replace("\r", "\n") if has_cr_line_ends(text) else text
    return io.StringIO(unified, newline="\n").readlines()


def has_cr_line_ends(text: str) -> bool:
    r"""Return whether the lines of a text end in `\r`, as on old Macs."""
    return "\r" in text and "\n" not in text


def strip_line_end(line: str) -> str:
    r"""Return a line without its end, which some programs write as `\r\r\n`."""
    if line[-1:] != "\n":
        return line
    return line[:-1].rstrip("\r") if line[-2:-1] == "\r" else line[:-1]


def is_unquoted(sample: str, delimiter: str) -> bool:
    """Return whether the cells of a file are never quoted, judged by its beginning; only a tab-separated one may be.

    A quote inside a cell that is not quoted itself speaks for it; a quoted cell that has to be quoted speaks against.
    """
    if delimiter != TAB:
        return False
    n_unquoted = n_quoted = 0
    for line in split_lines(sample):
        for cell in strip_line_end(line).split(delimiter) if '"' in line else ():
            inner = cell.replace('""', "").removeprefix('"').removesuffix('"')
            n_unquoted += '"' in inner
            n_quoted += '""' in cell and _QUOTED_CELL.fullmatch(cell) is not None and len(cell) > len('""')
    return n_unquoted > n_quoted


def parse_csv_rows(
    lines: Iterable[str],
    delimiter: str,
    path: Path | str,
    *,
    quoted: bool = True,
    warn: Callable[[str], None] = lambda _: None,
) -> Iterator[list[str]]:
    r"""Yield the rows of a table, however long their cells are.

    An empty row is an empty list, so that the number of a row is the one that a spreadsheet shows.

    Parameters
    ----------
    lines
        The lines of the table, ends included.
    delimiter
        The character between cells.
    path
        The name of the table in messages.
    quoted
        Whether cells may be quoted; else a quote is a character like any other.
    warn
        Called with a message about a quoted cell that may have absorbed rows.

    Raises
    ------
    UnreadableFileError
        A quote is not closed, or text follows a closing quote; not in a tab-separated table.
    MergeConflictError
        The table contains a merge conflict of git.

    Examples
    --------
    >>> list(parse_csv_rows(['text,stance\n', '"Yes, please",for\n'], ",", "sheet.csv"))
    [['text', 'stance'], ['Yes, please', 'for']]
    """
    source, conflicts = _LineSource(lines), _ConflictDetector(path)
    shapes = ColumnShapes()
    for row_number, line in enumerate(source, start=1):
        if line[0] in _CONFLICT_MARKER_CHARACTERS:
            conflicts.check_line(line, source.line_number)
        if quoted and '"' in line:
            first_line = source.line_number
            row, further_lines = _parse_quoted_row(line, delimiter, source, shapes, path, row_number)
            if any(shapes.matches_row(strip_line_end(part).split(delimiter)) for part in further_lines):
                warn(
                    f"a quoted cell has lines that look like rows ({path}:{first_line} to {source.line_number}): "
                    "if they are rows, close the quote in the first line, or double the quotes inside cells"
                )
        elif row_number == 1 and SEP_LINE.fullmatch(line):
            row = []
        else:
            text = strip_line_end(line)
            row = text.split(delimiter) if text else []
        if row_number <= _MAX_ROWS_SAMPLED:
            shapes.add_row(row)
        yield row


def reject_merge_conflicts(lines: Iterable[str], path: Path | str) -> Iterator[str]:
    """Yield lines unchanged, unless git has left a merge conflict in them.

    Raises
    ------
    MergeConflictError
        At the end of the first conflict.
    """
    conflicts = _ConflictDetector(path)
    for line_number, line in enumerate(lines, start=1):
        if line[0] in _CONFLICT_MARKER_CHARACTERS:
            conflicts.check_line(line, line_number)
        yield line


class _LineSource:
    """Lines that can be pushed back, and the number of the last one taken; any number of loops may share it."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._pushed_back: deque[str] = deque()
        self.line_number = 0

    def __iter__(self) -> Iterator[str]:
        lines, pushed_back = self._lines, self._pushed_back
        while True:
            line = pushed_back.popleft() if pushed_back else next(lines, None)
            if line is None:
                return
            self.line_number += 1
            yield line

    def push_back(self, lines: list[str]) -> None:
        """Take back the lines that were taken last."""
        self._pushed_back.extendleft(reversed(lines))
        self.line_number -= len(lines)


class _ConflictDetector:
    """Finds the lines by which git marks a merge conflict."""

    def __init__(self, path: Path | str) -> None:
        self._path = path
        self._line_numbers: list[int] = []

    def check_line(self, line: str, line_number: int) -> None:
        """Record a line if it is a conflict marker; raise at the last marker of a conflict."""
        if not _CONFLICT_MARKER.fullmatch(line):
            return
        if line[0] == "<":
            self._line_numbers = [line_number]
        elif self._line_numbers:
            self._line_numbers.append(line_number)
            if line[0] == ">" and len(self._line_numbers) >= _MIN_MARKERS_PER_CONFLICT:
                raise MergeConflictError(self._path, self._line_numbers)


def _parse_quoted_row(
    line: str, delimiter: str, source: _LineSource, shapes: ColumnShapes, path: Path | str, row_number: int
) -> tuple[list[str], list[str]]:
    """Return the cells of a row that has quotes in its first line, and the further lines that it takes."""
    row: list[str] = []
    further_lines: list[str] = []
    text, position = strip_line_end(line), 0
    while True:
        cell, end = "", -1
        if text.startswith('"', position):
            if match := _QUOTED_CELL.match(text, position):
                cell, end = match[1], match.end()
            elif taken := _take_cell_lines(source, delimiter, shapes, path, row_number):
                rest = _QUOTED_CELL_REST.match(taken[-1])
                cell = "".join([line[position + 1 :], *taken[:-1], rest[1] if rest else ""])
                line, text, end = taken[-1], strip_line_end(taken[-1]), rest.end() if rest else 0
                further_lines += taken
            if end >= 0 and not (end == len(text) or text.startswith(delimiter, end)):
                if delimiter != TAB:
                    reason = f"text follows the closing quote of a cell ({delimiter!r} expected after '\"')"
                    raise UnreadableFileError(path, reason, _CLOSE_QUOTE_REMEDY, row=row_number)
                end = -1
        if end >= 0:
            row.append(cell.replace('""', '"'))
        else:
            end = text.find(delimiter, position)
            end = len(text) if end < 0 else end
            row.append(text[position:end])
        if end == len(text):
            return row, further_lines
        position = end + len(delimiter)


def _take_cell_lines(
    source: _LineSource, delimiter: str, shapes: ColumnShapes, path: Path | str, row_number: int
) -> list[str] | None:
    """Return the lines up to the one that closes a quote; in a tab-separated file None if there is none."""
    taken: list[str] = []
    length = 0
    for line in source:
        taken.append(line)
        length += len(line)
        match = _QUOTED_CELL_REST.match(line)
        if delimiter == TAB:
            in_cell = line[: match.end()] if match else line
            is_row = TAB in in_cell and line.count(TAB) + 1 == shapes.n_columns
            if is_row or len(taken) > _MAX_CELL_LINES:
                break
            if match and strip_line_end(line)[match.end() :][:1] not in ("", TAB):
                break
        if match:
            return taken
        if length > _MAX_CELL_CHARACTERS:
            break
    if delimiter != TAB:
        raise UnreadableFileError(path, "a quoted cell is never closed", _CLOSE_QUOTE_REMEDY, row=row_number)
    source.push_back(taken)
    return None
