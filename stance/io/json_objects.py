"""Reading JSON and JSON lines of other tools with line numbers, and writing JSON that all tools can read."""

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
_EXPORT_AGAIN = "export it again, or correct the line in a text editor"


class JsonNumber(str):
    """A number as it is written in the file, so that none is rounded or too long to read."""

    __slots__ = ()


@dataclass(frozen=True)
class JsonRecord:
    """An object of a file, and its row: its line number in JSON lines, its number in a list."""

    value: dict[str, Any]
    row: int


class _RejectedJsonError(ValueError):
    """JSON that Python would accept, such as a key that appears twice in an object."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy


def read_json_records(path: Path, data: bytes | None = None) -> Iterator[JsonRecord]:
    """Yield the objects of a file: of JSON lines, of a list of objects, or a single object.

    Parameters
    ----------
    path
        The file.
    data
        Its content, if it is a member of an archive.

    Raises
    ------
    MissingFileError, EmptyTableError
        There is no such file, or nothing in it.
    UnreadableFileError
        It is not such JSON; the error names the line or the object.
    """
    if data is None and not path.is_file():
        raise MissingFileError(path)
    is_empty = True
    for record in _parse_records(path, data):
        is_empty = False
        yield record
    if is_empty:
        raise EmptyTableError(path, "objects")


def _parse_records(path: Path, data: bytes | None) -> Iterator[JsonRecord]:
    for line_number, line in enumerate(_read_lines(path, data), start=1):
        if not (stripped := line.lstrip("\ufeff").strip()):
            continue
        if stripped.startswith("["):
            yield from _parse_list(_read_text(path, data), path)
            return
        try:
            value = _parse_value(stripped, path, line_number)
        except UnreadableFileError:
            if not (single_object := stripped == "{" and _parse_single_object(_read_text(path, data))):
                raise
            yield JsonRecord(single_object, 1)
            return
        yield JsonRecord(_require_object(value, path, line_number), line_number)


def _read_lines(path: Path, data: bytes | None) -> Iterator[str]:
    """Yield the lines of a file, without holding all of them in memory."""
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
    """Return the value of JSON; `line` is its line number, None for the text of a whole file."""
    try:
        return _load_json(text)
    except json.JSONDecodeError as error:
        is_cut_off = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        reason = "the JSON ends before it is complete" if is_cut_off else f"not valid JSON ({error.msg})"
        raise UnreadableFileError(path, reason, _EXPORT_AGAIN, row=line or error.lineno) from None
    except _RejectedJsonError as error:
        raise UnreadableFileError(path, error.reason, error.remedy, row=line) from None
    except RecursionError:
        reason = "the JSON is nested too deeply"
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
    raise _RejectedJsonError(f"{name} is not valid JSON", "write null for a missing number")


def _reject_duplicate_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise _RejectedJsonError(f"the key {repeated[:60]!r} appears twice in one object", "keep one of the two")
    return members


def _require_object(value: Any, path: Path, row: int) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UnreadableFileError(path, "not an object in {...}", "name a file that a labelling tool wrote", row=row)
    return value


def json_to_cell(value: Any) -> str:
    """Return a JSON value as the text of a cell; lists and objects stay JSON.

    >>> [json_to_cell(value) for value in ("a", None, True, JsonNumber("1.50"), ["ё"])]
    ['a', '', 'true', '1.50', '["ё"]']
    """
    if isinstance(value, str):
        return str(value)
    if value is None:
        return ""
    return format_json(_restore_numbers(value))


def format_json(value: Any, *, ascii_only: bool = False) -> str:
    r"""Return a value as JSON on one line, without any character at which a reader might end a line.

    Parameters
    ----------
    value
        A value that JSON can represent.
    ascii_only
        Whether to escape all other characters, for readers that guess the encoding.

    Examples
    --------
    >>> print(format_json({"text": "ё"}), format_json("ё", ascii_only=True))
    {"text": "ё"} "\u0451"
    """
    text = json.dumps(value, ensure_ascii=ascii_only)
    # JSON need not escape these characters, but some tools read JSON lines by str.splitlines, which ends lines there.
    return text.replace("\x85", "\\u0085").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _restore_numbers(value: Any) -> Any:
    """Return a JSON value with its `JsonNumber`s as numbers."""
    if isinstance(value, JsonNumber):
        return parse_json_number(value)
    if isinstance(value, list):
        return [_restore_numbers(element) for element in value]
    if isinstance(value, dict):
        return {key: _restore_numbers(member) for key, member in value.items()}
    return value


def parse_json_number(text: str) -> int | float | str:
    """Return a number as int or float if that is written just like `text`, else the text: better than another number.

    >>> [parse_json_number(text) for text in ("3", "0.5", "1.50")]
    [3, 0.5, '1.50']
    """
    for number_type in (int, float):
        try:
            number = number_type(text)
        except ValueError:
            continue
        if json.dumps(number) == text:
            return number
    return str(text)
