"""JSON of unknown origin -> objects with their places; objects -> JSON that everybody reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stance.errors import EmptyTableError, MissingFileError, UnreadableFileError
from stance.io.decoding import detect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SAMPLE = 1 << 20
_AGAIN = "export it again, or mend the place with an editor"


class Number(str):
    """A number as the file writes it, so that none is rounded or too long to read."""

    __slots__ = ()


@dataclass(frozen=True)
class Entry:
    """An object of a file, and its place: its line in JSON lines, its number in a list."""

    value: dict[str, Any]
    row: int


class _TwiceError(ValueError):
    """A key stands twice in one object."""


def read_entries(path: Path, data: bytes | None = None) -> Iterator[Entry]:
    """Read the objects of a file of JSON lines, one after the other, of one list of objects, or a single object.

    Parameters
    ----------
    path
        The file.
    data
        Its content, where it is a part of another file.

    Raises
    ------
    MissingFileError, EmptyTableError
        There is no such file, or nothing in it.
    UnreadableFileError
        It is no such JSON, with the line or the object at which that shows.
    """
    if data is None and not path.is_file():
        raise MissingFileError(path)
    found = False
    for entry in _entries(path, data):
        found = True
        yield entry
    if not found:
        raise EmptyTableError(path, "objects")


def _entries(path: Path, data: bytes | None) -> Iterator[Entry]:
    number = 0
    for number, line in enumerate(_lines(path, data), start=1):
        if not (begun := line.lstrip("\ufeff").strip()):
            continue
        if begun.startswith("["):
            yield from _listed(_text(path, data), path)
            return
        try:
            value = _value(begun, path, number)
        except UnreadableFileError:
            if not (alone := begun == "{" and _whole(_text(path, data))):
                raise
            yield Entry(alone, 1)
            return
        yield Entry(_object(value, path, number), number)


def _lines(path: Path, data: bytes | None) -> Iterator[str]:
    """Give the lines of a file, without holding all of them."""
    if data is not None:
        yield from data.decode(detect(data)[0], "replace").split("\n")
        return
    with path.open("rb") as file:
        encoding, _ = detect(file.read(_SAMPLE), whole=False)
    with path.open(encoding=encoding, errors="replace", newline="\n") as lines:
        yield from lines


def _text(path: Path, data: bytes | None) -> str:
    data = path.read_bytes() if data is None else data
    return data.decode(detect(data)[0], "replace").lstrip("\ufeff")


def _listed(text: str, path: Path) -> Iterator[Entry]:
    for number, value in enumerate(_value(text, path, None), start=1):
        yield Entry(_object(value, path, number), number)


def _whole(text: str) -> dict[str, Any] | None:
    try:
        value = _parsed(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _value(text: str, path: Path, line: int | None) -> Any:
    """Parse JSON; `line` is the one it stands in, none if it is a whole file."""
    try:
        return _parsed(text)
    except json.JSONDecodeError as error:
        ends = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        reason = "the JSON ends before it is complete" if ends else f"no JSON that can be read ({error.msg})"
        raise UnreadableFileError(path, reason, _AGAIN, row=line or error.lineno) from None
    except _TwiceError as error:
        raise UnreadableFileError(path, str(error), "keep one of the two", row=line) from None
    except RecursionError:
        reason = "JSON that is nested too deeply"
        raise UnreadableFileError(path, reason, "name a file that a labelling tool wrote", row=line) from None


def _parsed(text: str) -> Any:
    return json.loads(
        text, parse_int=Number, parse_float=Number, parse_constant=_no_number, object_pairs_hook=_without_doubles
    )


def _no_number(name: str) -> None:
    raise _TwiceError(f"{name} is no JSON, and no value")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _TwiceError(f"the key {twice[:60]!r} stands twice in one object")
    return made


def _object(value: Any, path: Path, row: int) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UnreadableFileError(path, "not an object in {...}", "name a file that a labelling tool wrote", row=row)
    return value


def cell(value: Any) -> str:
    """Give a JSON value as the text of a cell; lists and objects stay JSON.

    >>> [cell(value) for value in ("a", None, True, Number("1.50"), ["ё"])]
    ['a', '', 'true', '1.50', '["ё"]']
    """
    if isinstance(value, str):
        return str(value)
    if value is None:
        return ""
    return written(_plain(value))


def written(value: Any, *, ascii_only: bool = False) -> str:
    """Write a value as JSON on one line, whatever a reader takes for the end of a line.

    Parameters
    ----------
    value
        What to write.
    ascii_only
        Whether every other letter stands as an escape, for readers that guess the encoding.
    """
    text = json.dumps(value, ensure_ascii=ascii_only)
    # JSON leaves these letters as they are; str.splitlines, by which some tools read JSON lines, ends lines there.
    return text.replace("\x85", "\\u0085").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _plain(value: Any) -> Any:
    """Turn numbers that were kept as they are written back into numbers."""
    if isinstance(value, Number):
        return number(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value


def number(text: str) -> int | float | str:
    """Give the number that a text writes, if it is written as JSON would write it; else the text."""
    for kind in (int, float):
        try:
            read = kind(text)
        except ValueError:
            continue
        if json.dumps(read) == text:
            return read
    return str(text)  # rather a text than another number
