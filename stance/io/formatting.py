"""Columns as text, all rows of them at once: as cells of CSV, or as JSON.

Python is left what Arrow and NumPy would write otherwise than Python does. A CSV of comments of 29 words takes 0.4
microseconds a row so, where csv.writer takes 4.2, and six probabilities take 0.3, where f"{number:.6f}" takes 1.9.
"""

from __future__ import annotations

import csv
import json
import re
from itertools import repeat
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from stance.arrow_arrays import arrow_to_numpy, string_array
from stance.io.csv_format import format_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

DECIMALS = 6
"""How many decimals of a probability are written to text formats."""

MAX_PYTHON_ROWS = 64
"""Up to here Python writes rows sooner than Arrow's compute functions load."""

_LARGE_STRING = pa.large_string()
_ASCII_ZERO = ord("0")
_DECIMAL_WIDTH = len("0.") + DECIMALS
_HALF_TOLERANCE = 1e-6
# Below 100 millionths Python, and so JSON, writes an exponent: 1e-06, 1.2e-05.
_SMALL_AS_JSON = np.array([json.dumps(millionths / 10**DECIMALS) for millionths in range(100)], f"S{_DECIMAL_WIDTH}")
_NEEDS_QUOTES = re.compile('[,"\r\n]')
_NULL_BYTES = np.frombuffer(b"null", np.uint8)


def format_cell(value: Any) -> str:
    """Write a value as it would stand in a cell of a spreadsheet."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (bool, dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def format_text_cells(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Write each value as `format_cell` does."""
    written = _format_column(_flatten_column(column), format_cell)
    return written.fill_null("") if written.null_count else written


def format_csv_cells(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Write each value as `format_cell` does, in quotes where CSV needs them."""
    text = format_text_cells(column)
    if len(text) <= MAX_PYTHON_ROWS:
        return _large_string_array(
            _quote(value) if _NEEDS_QUOTES.search(value) else value for value in text.to_pylist()
        )
    import pyarrow.compute as pc

    special = pc.match_substring_regex(text, _NEEDS_QUOTES.pattern)
    if not special.true_count:
        return text
    return pc.if_else(special, join_columns(['"', pc.replace_substring(text, '"', '""'), '"']), text)


def _quote(value: str) -> str:
    doubled = value.replace('"', '""')
    return f'"{doubled}"'


def join_csv_lines(cells: Sequence[pa.Array]) -> pa.Buffer:
    """Put columns of cells beside each other, as lines of CSV."""
    lines = join_columns(cells, ",")
    if len(lines) <= MAX_PYTHON_ROWS and not any("\r" in line for line in lines.to_pylist()):
        return encode_lines(lines)
    import pyarrow.compute as pc

    returns = pc.match_substring_regex(lines, "\r")
    if returns.true_count:
        # Beside a carriage return every cell is quoted, as `format_csv` has it.
        rows = csv.reader(lines.filter(returns).to_pylist(), strict=True)
        lines = pc.replace_with_mask(lines, returns, _large_string_array(format_csv([row], ",", "") for row in rows))
    return encode_lines(lines)


def format_json_values(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Write each value as JSON: one without a JSON form as `format_cell` does, a number that is not finite as null."""
    import pyarrow.compute as pc

    plain = _flatten_column(column)
    written = _format_column(plain, _format_json_value)
    if _is_string_type(plain.type):
        special = pc.match_substring_regex(written, r'["\\\x00-\x1f]').fill_null(False)
        escaped = (json.dumps(text, ensure_ascii=False) for text in written.filter(special).to_pylist())
        written = pc.replace_with_mask(join_columns(['"', written, '"']), special, _large_string_array(escaped))
    return written.fill_null("null")


def format_decimals(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Write numbers from 0 to below 10 with six decimals, as f"{number:.6f}" does; one that is missing as nothing."""
    millionths, missing = _round_to_millionths(column)
    return _strings_from_bytes(_format_digits(millionths), np.where(missing, 0, _DECIMAL_WIDTH))


def format_json_decimals(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Write numbers from 0 to below 10 as json.dumps(round(number, 6)) does; one that is missing as null."""
    millionths, missing = _round_to_millionths(column)
    digits = _format_digits(millionths)
    lengths = np.full(len(digits), _DECIMAL_WIDTH)
    for place in range(_DECIMAL_WIDTH - 1, 2, -1):  # one decimal stays
        lengths -= (lengths == place + 1) & (digits[:, place] == _ASCII_ZERO)
    small = np.flatnonzero((millionths > 0) & (millionths < len(_SMALL_AS_JSON)))
    digits[small] = _SMALL_AS_JSON.view(np.uint8).reshape(-1, _DECIMAL_WIDTH)[millionths[small]]
    lengths[small] = np.char.str_len(_SMALL_AS_JSON)[millionths[small]]
    digits[missing, : len(_NULL_BYTES)], lengths[missing] = _NULL_BYTES, len(_NULL_BYTES)
    return _strings_from_bytes(digits, lengths)


def join_columns(parts: Iterable[pa.Array | str], separator: str = "") -> pa.Array:
    """Join texts row by row; a part that is no column stands in every row, and a null makes its whole row null."""
    columns = list(parts)
    n_rows = max(len(part) for part in columns if not isinstance(part, str))
    if n_rows <= MAX_PYTHON_ROWS:
        listed = [repeat(part, n_rows) if isinstance(part, str) else part.to_pylist() for part in columns]
        return _large_string_array(None if None in row else separator.join(row) for row in zip(*listed, strict=True))
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(*map(_as_large_string, columns), _as_large_string(separator))


def encode_lines(lines: pa.Array) -> pa.Buffer:
    """Give the bytes of lines, each with a line feed behind it."""
    if not len(lines):
        return pa.py_buffer(b"")
    text = join_columns([lines, "\n"])
    return text.buffers()[2].slice(0, int(np.frombuffer(text.buffers()[1], np.int64)[len(text)]))


def _flatten_column(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return whole.dictionary_decode() if pa.types.is_dictionary(whole.type) else whole


def _format_column(column: pa.Array, format_value: Callable[[Any], str]) -> pa.Array:
    """Write what is not null as text; Arrow writes whole numbers as Python does, but not 1e16, 1.0 or dates."""
    if column.type == _LARGE_STRING:
        return column
    if _is_string_type(column.type) and len(column) <= MAX_PYTHON_ROWS:
        return _large_string_array(column.to_pylist())
    if _is_string_type(column.type) or pa.types.is_integer(column.type):
        return column.cast(_LARGE_STRING)
    return _large_string_array(None if value is None else format_value(value) for value in column.to_pylist())


def _is_string_type(kind: pa.DataType) -> bool:
    return kind in (pa.string(), _LARGE_STRING)


def _format_json_value(value: Any) -> str:
    valid = None if isinstance(value, float) and not isfinite(value) else value
    return json.dumps(valid, ensure_ascii=False, default=format_cell)


def _round_to_millionths(column: pa.Array | pa.ChunkedArray) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Round numbers to millionths, halves and all as Python does, and tell which are missing."""
    numbers = arrow_to_numpy(column)
    missing = np.isnan(numbers)
    scaled = np.where(missing, 0.0, numbers) * 10**DECIMALS
    rounded = np.rint(scaled).astype(np.int64)
    # The product is not exact: close to a half only the decimals of the number itself tell which way it goes.
    for row in np.flatnonzero(np.abs(np.abs(scaled - rounded) - 0.5) < _HALF_TOLERANCE):
        rounded[row] = int(f"{numbers[row]:.{DECIMALS}f}".replace(".", ""))
    return rounded, missing


def _format_digits(millionths: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Give the bytes of numbers with all their decimals, of shape (n, 8)."""
    digits = np.empty((len(millionths), _DECIMAL_WIDTH), np.uint8)
    rest = millionths
    for place in (*range(_DECIMAL_WIDTH - 1, 1, -1), 0):
        rest, digit = np.divmod(rest, 10)
        digits[:, place] = digit + _ASCII_ZERO
    digits[:, 1] = ord(".")
    return digits


def _strings_from_bytes(characters: NDArray[np.uint8], lengths: NDArray[np.int64]) -> pa.Array:
    """Make a column of texts of ASCII letters, of shape (n, width), as many of each row as its length says."""
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    kept = characters[np.arange(characters.shape[1]) < lengths[:, np.newaxis]]
    return pa.LargeStringArray.from_buffers(len(lengths), pa.py_buffer(ends), pa.py_buffer(kept))


def _large_string_array(texts: Iterable[str | None]) -> pa.Array:
    return string_array(texts)


def _as_large_string(text: pa.Array | str) -> pa.Array | pa.Scalar:
    return pa.scalar(text, _LARGE_STRING) if isinstance(text, str) else text.cast(_LARGE_STRING)
