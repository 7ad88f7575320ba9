"""JSON of unknown origin -> objects with their places; objects -> JSON that everybody reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stance.errors import EmptyTableError, MissingFileError, UnreadableFileError
from stance.io.decoding import detect_encoding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SNIFFED_BYTES = 1 << 20
_EXPORT_AGAIN = "export it again, or mend the place with an editor"


class JsonNumber(str):
    """A number as the file writes it, so that none is rounded or too long to read."""

    __slots__ = ()


@dataclass(frozen=True)
class JsonRecord:
    """An object of a file, and its place: its line in JSON lines, its number in a list."""

    value: dict[str, Any]
    row: int


class _RejectedJsonError(ValueError):
    """A key stands twice in one object."""


def read_json_records(path: Path, data: bytes | None = None) -> Iterator[JsonRecord]:
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
    for entry in _parse_records(path, data):
        found = True
        yield entry
    if not found:
        raise EmptyTableError(path, "objects")


def _parse_records(path: Path, data: bytes | None) -> Iterator[JsonRecord]:
    number = 0
    for number, line in enumerate(_read_lines(path, data), start=1):
        if not (begun := line.lstrip("\ufeff").strip()):
            continue
        if begun.startswith("["):
            yield from _parse_list(_read_text(path, data), path)
            return
        try:
            value = _parse_value(begun, path, number)
        except UnreadableFileError:
            if not (alone := begun == "{" and _parse_single_object(_read_text(path, data))):
                raise
            yield JsonRecord(alone, 1)
            return
        yield JsonRecord(_require_object(value, path, number), number)


def _read_lines(path: Path, data: bytes | None) -> Iterator[str]:
    """Give the lines of a file, without holding all of them."""
    if data is not None:
        yield from data.decode(detect_encoding(data)[0], "replace").split("\n")
        return
    with path.open("rb") as file:
        encoding, _ = detect_encoding(file.read(_SNIFFED_BYTES), is_complete=False)
    with path.open(encoding=encoding, errors="replace", newline="\n") as lines:
        yield from lines


def _read_text(path: Path, data: bytes | None) -> str:
    data = path.read_bytes() if data is None else data
    return data.decode(detect_encoding(data)[0], "replace").lstrip("\ufeff")


def _parse_list(text: str, path: Path) -> Iterator[JsonRecord]:
    for number, value in enumerate(_parse_value(text, path, None), start=1):
        yield JsonRecord(_require_object(value, path, number), number)


def _parse_single_object(text: str) -> dict[str, Any] | None:
    try:
        value = _load_json(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _parse_value(text: str, path: Path, line: int | None) -> Any:
    """Parse JSON; `line` is the one it stands in, none if it is a whole file."""
    try:
        return _load_json(text)
    except json.JSONDecodeError as error:
        ends = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        reason = "the JSON ends before it is complete" if ends else f"no JSON that can be read ({error.msg})"
        raise UnreadableFileError(path, reason, _EXPORT_AGAIN, row=line or error.lineno) from None
    except _RejectedJsonError as error:
        raise UnreadableFileError(path, str(error), "keep one of the two", row=line) from None
    except RecursionError:
        reason = "JSON that is nested too deeply"
        raise UnreadableFileError(path, reason, "name a file that a labelling tool wrote", row=line) from None


def _load_json(text: str) -> Any:
    return json.loads(
        text,
        parse_int=JsonNumber,
        parse_float=JsonNumber,
        parse_constant=_reject_constant,
        object_pairs_hook=_reject_duplicate_keys,
    )


def _reject_constant(name: str) -> None:
    raise _RejectedJsonError(f"{name} is no JSON, and no value")


def _reject_duplicate_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _RejectedJsonError(f"the key {twice[:60]!r} stands twice in one object")
    return made


def _require_object(value: Any, path: Path, row: int) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UnreadableFileError(path, "not an object in {...}", "name a file that a labelling tool wrote", row=row)
    return value


def json_to_cell(value: Any) -> str:
    """Give a JSON value as the text of a cell; lists and objects stay JSON.

    >>> [json_to_cell(value) for value in ("a", None, True, JsonNumber("1.50"), ["ё"])]
    ['a', '', 'true', '1.50', '["ё"]']
    """
    if isinstance(value, str):
        return str(value)
    if value is None:
        return ""
    return format_json(_restore_numbers(value))


def format_json(value: Any, *, ascii_only: bool = False) -> str:
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


def _restore_numbers(value: Any) -> Any:
    """Turn numbers that were kept as they are written back into numbers."""
    if isinstance(value, JsonNumber):
        return parse_json_number(value)
    if isinstance(value, list):
        return [_restore_numbers(each) for each in value]
    if isinstance(value, dict):
        return {key: _restore_numbers(each) for key, each in value.items()}
    return value


def parse_json_number(text: str) -> int | float | str:
    """Give the number that a text writes, if it is written as JSON would write it; else the text."""
    for kind in (int, float):
        try:
            read = kind(text)
        except ValueError:
            continue
        if json.dumps(read) == text:
            return read
    return str(text)  # rather a text than another number
