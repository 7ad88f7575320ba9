"""Lines of a table -> its rows, in the ways in which programs quote cells, or do not.

Cells may be put in quotes as spreadsheets do. Between tabs many programs do not quote at all, so that a quote is a
character like any other there; which of the two a file does is judged by what is in it.
"""

from __future__ import annotations

import io
import re
from collections import deque
from typing import TYPE_CHECKING

from stance.errors import MergeConflictError, UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

TAB = "\t"
SAMPLE_CHARACTERS = 1 << 20
"""How much of a file is looked at to judge how it is written."""

# The longest that a quoted cell may be, in lines between tabs (where it may be none) and in characters elsewhere.
_MAX_CELL_LINES = 1_000
_MAX_CELL_CHARACTERS = 1 << 26

# Excel writes, and obeys, a first line that names the delimiter.
SEP_LINE = re.compile(r"\ufeff?sep=(?P<delimiter>[,;\t|])\s*", re.IGNORECASE)

_QUOTED_CELL = re.compile(r'"((?:[^"]|"")*+)"')
_QUOTED_CELL_REST = re.compile(r'((?:[^"]|"")*+)"')
_CLOSE_QUOTE_REMEDY = "close the quote, and double quotes inside a cell"
_CONFLICT_MARKER_CHARACTERS = frozenset("<=>|")
_CONFLICT_MARKER = re.compile(r"(<{7}|={7}|>{7}|\|{7})(?: .*)?\s*")
_CHARACTER_CLASSES = ((re.compile(r"\d+"), "9"), (re.compile(r"[^\W\d_]+"), "a"))
_FREE_TEXT = "*"
_MAX_SHAPES = 40
_MAX_ROWS_SAMPLED = 1_000
_MAX_SHAPE_LENGTH = 30


def split_lines(text: str) -> list[str]:
    r"""Split text into lines, ends included, at `\n`; at `\r` only where no line ends otherwise, as on old Macs.

    >>> split_lines("a\rb\nc\r\n")
    ['a\rb\n', 'c\r\n']
    >>> split_lines("a\rb")
    ['a\n', 'b']
    """
    whole = text.replace("\r", "\n") if has_cr_line_ends(text) else text
    return io.StringIO(whole, newline="\n").readlines()


def has_cr_line_ends(text: str) -> bool:
    r"""Return whether the lines of a text end in `\r`, as on old Macs."""
    return "\r" in text and "\n" not in text


def strip_line_end(line: str) -> str:
    r"""Return a line without its end; some programs write `\r\r\n`."""
    if line[-1:] != "\n":
        return line
    return line[:-1].rstrip("\r") if line[-2:-1] == "\r" else line[:-1]


def is_unquoted(sample: str, delimiter: str) -> bool:
    """Return whether a file quotes no cell, judged by its beginning: so it may be between tabs only.

    A quote inside a cell that is not in quotes itself says so; a cell in quotes that needs them says the opposite.
    """
    if delimiter != TAB:
        return False
    plain = quoting = 0
    for line in split_lines(sample):
        for cell in strip_line_end(line).split(delimiter) if '"' in line else ():
            single = cell.replace('""', "").removeprefix('"').removesuffix('"')
            plain += '"' in single
            quoting += '""' in cell and _QUOTED_CELL.fullmatch(cell) is not None and len(cell) > len('""')
    return plain > quoting


def parse_csv_rows(
    lines: Iterable[str],
    delimiter: str,
    path: Path | str,
    *,
    quoted: bool = True,
    warn: Callable[[str], None] = lambda _: None,
) -> Iterator[list[str]]:
    """Read the rows of a table, however long their cells are.

    The place of each is the number that a spreadsheet shows, so that a row that holds nothing is an empty list.

    Parameters
    ----------
    lines
        The lines, ends included.
    delimiter
        The character between cells.
    path
        What messages call the table.
    quoted
        Whether cells may be in quotes; else a quote is a character like any other.
    warn
        Takes a message about a quoted cell that may have absorbed rows.

    Raises
    ------
    UnreadableFileError
        A quote is not closed, or text follows a closing quote, other than between tabs.
    MergeConflictError
        Two versions of the table were merged, and their conflict is still in it.
    """
    source, markers = _LineSource(lines), _ConflictDetector(path)
    shapes = _ColumnShapes()
    for number, line in enumerate(source, start=1):
        if line[0] in _CONFLICT_MARKER_CHARACTERS:
            markers.check_line(line, source.line_number)
        if quoted and '"' in line:
            first = source.line_number
            row, inside = _parse_quoted_row(line, delimiter, source, shapes, path, number)
            if inside and any(shapes.matches_row(strip_line_end(part).split(delimiter)) for part in inside):
                warn(
                    f"a cell in quotes has lines that look like rows ({path}:{first} to {source.line_number}): if "
                    "they are "
                    "rows, close the quote in the first line, or double the quotes inside cells"
                )
        elif number == 1 and SEP_LINE.fullmatch(line):
            row = []
        else:
            text = strip_line_end(line)
            row = text.split(delimiter) if text else []
        if number <= _MAX_ROWS_SAMPLED:
            shapes.add_row(row)
        yield row


def reject_merge_conflicts(lines: Iterable[str], path: Path | str) -> Iterator[str]:
    """Pass lines on unless git has left a conflict in them.

    Raises
    ------
    MergeConflictError
        It has; all of its marks have been passed.
    """
    markers = _ConflictDetector(path)
    for number, line in enumerate(lines, start=1):
        if line[0] in _CONFLICT_MARKER_CHARACTERS:
            markers.check_line(line, number)
        yield line


class _LineSource:
    """Lines that can be given back, and the number of the last one that was taken; any number of loops share them."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._pushed_back: deque[str] = deque()
        self.line_number = 0

    def __iter__(self) -> Iterator[str]:
        lines, returned = self._lines, self._pushed_back
        while True:
            line = returned.popleft() if returned else next(lines, None)
            if line is None:
                return
            self.line_number += 1
            yield line

    def push_back(self, lines: list[str]) -> None:
        """Take lines back that were taken last."""
        self._pushed_back.extendleft(reversed(lines))
        self.line_number -= len(lines)


class _ConflictDetector:
    """The lines by which git marks a conflict of two versions, in their order."""

    def __init__(self, path: Path | str) -> None:
        self._path = path
        self._line_numbers: list[int] = []

    def check_line(self, line: str, line_number: int) -> None:
        """Take note of a line if it is one; the last of a conflict raises."""
        if not _CONFLICT_MARKER.fullmatch(line):
            return
        if line[0] == "<":
            self._line_numbers = [line_number]
        elif self._line_numbers:
            self._line_numbers.append(line_number)
            if line[0] == ">" and len(self._line_numbers) > 2:  # noqa: PLR2004 - a beginning, a middle and an end
                raise MergeConflictError(self._path, self._line_numbers)


class _ColumnShapes:
    """What the cells of each column look like, by which a line inside a cell is recognised as a row."""

    def __init__(self) -> None:
        self.n_columns = 0
        self._column_shapes: list[set[str]] = []

    def add_row(self, row: list[str]) -> None:
        """Take note of a row; the first one has the names of the columns."""
        if not self.n_columns:
            self.n_columns = len(row)
            self._column_shapes = [set() for _ in row]
        elif len(row) == self.n_columns:
            for cell, seen in zip(row, self._column_shapes, strict=True):
                if _FREE_TEXT not in seen:
                    seen.add(_cell_shape(cell))
                    if len(seen) > _MAX_SHAPES:
                        seen.add(_FREE_TEXT)

    def matches_row(self, row: list[str]) -> bool:
        """Return whether cells look like those of the columns, and not all of the columns hold free text."""
        row = [*row[:-1], row[-1].rstrip("\r")]
        fixed = [seen for seen in self._column_shapes if _FREE_TEXT not in seen]
        return (
            len(row) == self.n_columns > 1
            and bool(fixed)
            and all(
                _FREE_TEXT in seen or _cell_shape(cell) in seen
                for cell, seen in zip(row, self._column_shapes, strict=True)
            )
        )


def _cell_shape(cell: str) -> str:
    """Return what a cell looks like: runs of digits and of letters as one sign each, text with blanks as free text.

    >>> [_cell_shape(cell) for cell in ("k12", "2026-11-27", "Yes, please", "")]
    ['a9', '9-9-9', '*', '']
    """
    if len(cell) > _MAX_SHAPE_LENGTH or any(map(str.isspace, cell)):
        return _FREE_TEXT
    for run, sign in _CHARACTER_CLASSES:
        cell = run.sub(sign, cell)
    return cell


def _parse_quoted_row(
    line: str, delimiter: str, source: _LineSource, shapes: _ColumnShapes, path: Path | str, row_number: int
) -> tuple[list[str], list[str]]:
    """Part a line with quotes in it into cells; return them, and the further lines that cells in quotes go on over."""
    row: list[str] = []
    inside: list[str] = []
    text, position = strip_line_end(line), 0
    while True:
        cell, end = "", -1
        if text.startswith('"', position):
            if match := _QUOTED_CELL.match(text, position):
                cell, end = match[1], match.end()
            elif taken := _take_cell_lines(source, delimiter, shapes, path, row_number):
                last = _QUOTED_CELL_REST.match(taken[-1])
                cell = "".join([line[position + 1 :], *taken[:-1], last[1] if last else ""])
                line, text, end = taken[-1], strip_line_end(taken[-1]), last.end() if last else 0
                inside += taken
            if end >= 0 and not (end == len(text) or text.startswith(delimiter, end)):
                if delimiter != TAB:
                    reason = f"a quoted cell does not end as it should ({delimiter!r} expected after '\"')"
                    raise UnreadableFileError(path, reason, _CLOSE_QUOTE_REMEDY, row=row_number)
                end = -1
        if end >= 0:
            row.append(cell.replace('""', '"'))
        else:
            end = text.find(delimiter, position)
            end = len(text) if end < 0 else end
            row.append(text[position:end])
        if end == len(text):
            return row, inside
        position = end + len(delimiter)


def _take_cell_lines(
    source: _LineSource, delimiter: str, shapes: _ColumnShapes, path: Path | str, row_number: int
) -> list[str] | None:
    """Take the lines up to the one that closes a quote; return None if there is none between tabs."""
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
        reason = "a quoted cell does not end as it should (no quote closes it)"
        raise UnreadableFileError(path, reason, _CLOSE_QUOTE_REMEDY, row=row_number)
    source.push_back(taken)
    return None
