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
_MOST_LINES = 1_000
_MOST_CHARACTERS = 1 << 26

# Excel writes, and obeys, a first line that names the delimiter.
NAMED_DELIMITER = re.compile(r"\ufeff?sep=(?P<delimiter>[,;\t|])\s*", re.IGNORECASE)

_QUOTED = re.compile(r'"((?:[^"]|"")*+)"')
_REST_OF_QUOTED = re.compile(r'((?:[^"]|"")*+)"')
_REMEDY = "close the quote, and double quotes inside a cell"
_SIGNS = frozenset("<=>|")
_MARKER = re.compile(r"(<{7}|={7}|>{7}|\|{7})(?: .*)?\s*")
_RUNS = ((re.compile(r"\d+"), "9"), (re.compile(r"[^\W\d_]+"), "a"))
_FREE = "*"
_MOST_SHAPES = 40
_ROWS_LOOKED_AT = 1_000
_LONGEST_SHAPE = 30


def split_lines(text: str) -> list[str]:
    r"""Split text into lines, ends included, at `\n`; at `\r` only where no line ends otherwise, as on old Macs.

    >>> split_lines("a\rb\nc\r\n")
    ['a\rb\n', 'c\r\n']
    >>> split_lines("a\rb")
    ['a\n', 'b']
    """
    whole = text.replace("\r", "\n") if has_old_line_ends(text) else text
    return io.StringIO(whole, newline="\n").readlines()


def has_old_line_ends(text: str) -> bool:
    r"""Return whether the lines of a text end in `\r`, as on old Macs."""
    return "\r" in text and "\n" not in text


def without_end(line: str) -> str:
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
        for cell in without_end(line).split(delimiter) if '"' in line else ():
            single = cell.replace('""', "").removeprefix('"').removesuffix('"')
            plain += '"' in single
            quoting += '""' in cell and _QUOTED.fullmatch(cell) is not None and len(cell) > len('""')
    return plain > quoting


def read_rows(
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
    source, markers = _Source(lines), _Markers(path)
    shapes = _Shapes()
    for number, line in enumerate(source, start=1):
        if line[0] in _SIGNS:
            markers.see(line, source.number)
        if quoted and '"' in line:
            first = source.number
            row, inside = _quoted_row(line, delimiter, source, shapes, path, number)
            if inside and any(shapes.fit(without_end(part).split(delimiter)) for part in inside):
                warn(
                    f"a cell in quotes has lines that look like rows ({path}:{first} to {source.number}): if they are "
                    "rows, close the quote in the first line, or double the quotes inside cells"
                )
        elif number == 1 and NAMED_DELIMITER.fullmatch(line):
            row = []
        else:
            text = without_end(line)
            row = text.split(delimiter) if text else []
        if number <= _ROWS_LOOKED_AT:
            shapes.see(row)
        yield row


def refusing_conflicts(lines: Iterable[str], path: Path | str) -> Iterator[str]:
    """Pass lines on unless git has left a conflict in them.

    Raises
    ------
    MergeConflictError
        It has; all of its marks have been passed.
    """
    markers = _Markers(path)
    for number, line in enumerate(lines, start=1):
        if line[0] in _SIGNS:
            markers.see(line, number)
        yield line


class _Source:
    """Lines that can be given back, and the number of the last one that was taken; any number of loops share them."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._returned: deque[str] = deque()
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        lines, returned = self._lines, self._returned
        while True:
            line = returned.popleft() if returned else next(lines, None)
            if line is None:
                return
            self.number += 1
            yield line

    def give_back(self, lines: list[str]) -> None:
        """Take lines back that were taken last."""
        self._returned.extendleft(reversed(lines))
        self.number -= len(lines)


class _Markers:
    """The lines by which git marks a conflict of two versions, in their order."""

    def __init__(self, path: Path | str) -> None:
        self._path = path
        self._numbers: list[int] = []

    def see(self, line: str, number: int) -> None:
        """Take note of a line if it is one; the last of a conflict raises."""
        if not _MARKER.fullmatch(line):
            return
        if line[0] == "<":
            self._numbers = [number]
        elif self._numbers:
            self._numbers.append(number)
            if line[0] == ">" and len(self._numbers) > 2:  # noqa: PLR2004 - a beginning, a middle and an end
                raise MergeConflictError(self._path, self._numbers)


class _Shapes:
    """What the cells of each column look like, by which a line inside a cell is recognised as a row."""

    def __init__(self) -> None:
        self.n_columns = 0
        self._seen: list[set[str]] = []

    def see(self, row: list[str]) -> None:
        """Take note of a row; the first one has the names of the columns."""
        if not self.n_columns:
            self.n_columns = len(row)
            self._seen = [set() for _ in row]
        elif len(row) == self.n_columns:
            for cell, seen in zip(row, self._seen, strict=True):
                if _FREE not in seen:
                    seen.add(_shape(cell))
                    if len(seen) > _MOST_SHAPES:
                        seen.add(_FREE)

    def fit(self, row: list[str]) -> bool:
        """Return whether cells look like those of the columns, and not all of the columns hold free text."""
        row = [*row[:-1], row[-1].rstrip("\r")]
        fixed = [seen for seen in self._seen if _FREE not in seen]
        return (
            len(row) == self.n_columns > 1
            and bool(fixed)
            and all(_FREE in seen or _shape(cell) in seen for cell, seen in zip(row, self._seen, strict=True))
        )


def _shape(cell: str) -> str:
    """Return what a cell looks like: runs of digits and of letters as one sign each, text with blanks as free text.

    >>> [_shape(cell) for cell in ("k12", "2026-11-27", "Yes, please", "")]
    ['a9', '9-9-9', '*', '']
    """
    if len(cell) > _LONGEST_SHAPE or any(map(str.isspace, cell)):
        return _FREE
    for run, sign in _RUNS:
        cell = run.sub(sign, cell)
    return cell


def _quoted_row(
    line: str, delimiter: str, source: _Source, shapes: _Shapes, path: Path | str, number: int
) -> tuple[list[str], list[str]]:
    """Part a line with quotes in it into cells; return them, and the further lines that cells in quotes go on over."""
    row: list[str] = []
    inside: list[str] = []
    text, position = without_end(line), 0
    while True:
        cell, end = "", -1
        if text.startswith('"', position):
            if match := _QUOTED.match(text, position):
                cell, end = match[1], match.end()
            elif taken := _lines_of_cell(source, delimiter, shapes, path, number):
                last = _REST_OF_QUOTED.match(taken[-1])
                cell = "".join([line[position + 1 :], *taken[:-1], last[1] if last else ""])
                line, text, end = taken[-1], without_end(taken[-1]), last.end() if last else 0
                inside += taken
            if end >= 0 and not (end == len(text) or text.startswith(delimiter, end)):
                if delimiter != TAB:
                    reason = f"a quoted cell does not end as it should ({delimiter!r} expected after '\"')"
                    raise UnreadableFileError(path, reason, _REMEDY, row=number)
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


def _lines_of_cell(source: _Source, delimiter: str, shapes: _Shapes, path: Path | str, number: int) -> list[str] | None:
    """Take the lines up to the one that closes a quote; return None if there is none between tabs."""
    taken: list[str] = []
    length = 0
    for line in source:
        taken.append(line)
        length += len(line)
        match = _REST_OF_QUOTED.match(line)
        if delimiter == TAB:
            in_cell = line[: match.end()] if match else line
            is_row = TAB in in_cell and line.count(TAB) + 1 == shapes.n_columns
            if is_row or len(taken) > _MOST_LINES:
                break
            if match and without_end(line)[match.end() :][:1] not in ("", TAB):
                break
        if match:
            return taken
        if length > _MOST_CHARACTERS:
            break
    if delimiter != TAB:
        reason = "a quoted cell does not end as it should (no quote closes it)"
        raise UnreadableFileError(path, reason, _REMEDY, row=number)
    source.give_back(taken)
    return None
