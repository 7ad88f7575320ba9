"""Formatting whole columns as cells of CSV or values of JSON.

Arrow and NumPy format the columns; Python is left the values that they would format differently from Python. The
measurements behind this are in docs/explanation/decisions/streaming.md.
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
"""Up to this many rows, Python is faster than importing pyarrow.compute."""

_LARGE_STRING = pa.large_string()
_ASCII_ZERO = ord("0")
_DECIMAL_WIDTH = len("0.") + DECIMALS
_HALF_TOLERANCE = 1e-6
# Python, and so JSON, formats numbers below 0.0001 with an exponent: 1e-06, 1.2e-05.
_SMALL_AS_JSON = np.array([json.dumps(millionths / 10**DECIMALS) for millionths in range(100)], f"S{_DECIMAL_WIDTH}")
_NEEDS_QUOTES = re.compile('[,"\r\n]')
_NULL_BYTES = np.frombuffer(b"null", np.uint8)


def format_cell(value: Any) -> str:
    """Return a value as the text of a spreadsheet cell.

    >>> [format_cell(value) for value in (None, 1.5, True, ["ё"])]
    ['', '1.5', 'true', '["ё"]']
    """
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (bool, dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def format_text_cells(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return each value of a column as `format_cell` does."""
    texts = _format_column(_flatten_column(column), format_cell)
    return texts.fill_null("") if texts.null_count else texts


def format_csv_cells(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return each value of a column as `format_cell` does, in quotes if CSV needs them."""
    cells = format_text_cells(column)
    if len(cells) <= MAX_PYTHON_ROWS:
        return string_array(_quote(cell) if _NEEDS_QUOTES.search(cell) else cell for cell in cells.to_pylist())
    import pyarrow.compute as pc

    needs_quotes = pc.match_substring_regex(cells, _NEEDS_QUOTES.pattern)
    if not needs_quotes.true_count:
        return cells
    return pc.if_else(needs_quotes, join_columns(['"', pc.replace_substring(cells, '"', '""'), '"']), cells)


def _quote(value: str) -> str:
    doubled = value.replace('"', '""')
    return f'"{doubled}"'


def join_csv_lines(cells: Sequence[pa.Array]) -> pa.Buffer:
    """Return columns of CSV cells, all of the same length, as the bytes of lines of CSV."""
    lines = join_columns(cells, ",")
    if len(lines) <= MAX_PYTHON_ROWS and not any("\r" in line for line in lines.to_pylist()):
        return encode_lines(lines)
    import pyarrow.compute as pc

    has_return = pc.match_substring_regex(lines, "\r")
    if has_return.true_count:
        # `format_csv` quotes every cell of a row with a carriage return.
        rows = csv.reader(lines.filter(has_return).to_pylist(), strict=True)
        lines = pc.replace_with_mask(lines, has_return, string_array(format_csv([row], ",", "") for row in rows))
    return encode_lines(lines)


def format_json_values(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return each value as JSON: a type that JSON lacks as `format_cell` does, a number that is not finite as null."""
    import pyarrow.compute as pc

    flat = _flatten_column(column)
    values = _format_column(flat, _format_json_value)
    if _is_string_type(flat.type):
        needs_escapes = pc.match_substring_regex(values, r'["\\\x00-\x1f]').fill_null(False)
        escaped = (json.dumps(text, ensure_ascii=False) for text in values.filter(needs_escapes).to_pylist())
        values = pc.replace_with_mask(join_columns(['"', values, '"']), needs_escapes, string_array(escaped))
    return values.fill_null("null")


def format_decimals(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return numbers from 0 to below 10 with six decimals, as f"{number:.6f}" does, and a null as an empty string."""
    millionths, missing = _round_to_millionths(column)
    return _strings_from_bytes(_format_digits(millionths), np.where(missing, 0, _DECIMAL_WIDTH))


def format_json_decimals(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return numbers from 0 to below 10 as json.dumps(round(number, 6)) does, and a null as "null"."""
    millionths, missing = _round_to_millionths(column)
    digits = _format_digits(millionths)
    lengths = np.full(len(digits), _DECIMAL_WIDTH)
    for index in range(_DECIMAL_WIDTH - 1, 2, -1):  # remove zeros at the end, but keep one decimal
        lengths -= (lengths == index + 1) & (digits[:, index] == _ASCII_ZERO)
    small = np.flatnonzero((millionths > 0) & (millionths < len(_SMALL_AS_JSON)))
    digits[small] = _SMALL_AS_JSON.view(np.uint8).reshape(-1, _DECIMAL_WIDTH)[millionths[small]]
    lengths[small] = np.char.str_len(_SMALL_AS_JSON)[millionths[small]]
    digits[missing, : len(_NULL_BYTES)], lengths[missing] = _NULL_BYTES, len(_NULL_BYTES)
    return _strings_from_bytes(digits, lengths)


def join_columns(parts: Iterable[pa.Array | str], separator: str = "") -> pa.Array:
    """Return the texts of columns joined row by row; a string is repeated in every row, a null makes its row null."""
    columns = list(parts)
    n_rows = max(len(part) for part in columns if not isinstance(part, str))
    if n_rows <= MAX_PYTHON_ROWS:
        lists = [repeat(part, n_rows) if isinstance(part, str) else part.to_pylist() for part in columns]
        return string_array(None if None in row else separator.join(row) for row in zip(*lists, strict=True))
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(*map(_as_large_string, columns), _as_large_string(separator))


def encode_lines(lines: pa.Array) -> pa.Buffer:
    """Return the bytes of lines, each followed by a line feed."""
    if not len(lines):
        return pa.py_buffer(b"")
    text = join_columns([lines, "\n"])
    return text.buffers()[2].slice(0, int(np.frombuffer(text.buffers()[1], np.int64)[len(text)]))


def _flatten_column(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return a column as one array without a dictionary."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def _format_column(column: pa.Array, format_value: Callable[[Any], str]) -> pa.Array:
    """Return values as text, nulls as nulls; Arrow casts integers as Python does, but not 1e16, 1.0 or dates."""
    if column.type == _LARGE_STRING:
        return column
    if _is_string_type(column.type) and len(column) <= MAX_PYTHON_ROWS:
        return string_array(column.to_pylist())
    if _is_string_type(column.type) or pa.types.is_integer(column.type):
        return column.cast(_LARGE_STRING)
    return string_array(None if value is None else format_value(value) for value in column.to_pylist())


def _is_string_type(data_type: pa.DataType) -> bool:
    return data_type in (pa.string(), _LARGE_STRING)


def _format_json_value(value: Any) -> str:
    finite = None if isinstance(value, float) and not isfinite(value) else value
    return json.dumps(finite, ensure_ascii=False, default=format_cell)


def _round_to_millionths(column: pa.Array | pa.ChunkedArray) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return numbers rounded to millionths as Python does, and which of them are missing, each of shape (n,)."""
    numbers = arrow_to_numpy(column)
    missing = np.isnan(numbers)
    scaled = np.where(missing, 0.0, numbers) * 10**DECIMALS
    rounded = np.rint(scaled).astype(np.int64)
    # The product is not exact: close to a half, the decimals of the number itself decide.
    for row in np.flatnonzero(np.abs(np.abs(scaled - rounded) - 0.5) < _HALF_TOLERANCE):
        rounded[row] = int(f"{numbers[row]:.{DECIMALS}f}".replace(".", ""))
    return rounded, missing


def _format_digits(millionths: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return numbers in ASCII with all their decimals, of shape (n, 8)."""
    digits = np.empty((len(millionths), _DECIMAL_WIDTH), np.uint8)
    quotient = millionths
    for index in (*range(_DECIMAL_WIDTH - 1, 1, -1), 0):
        quotient, digit = np.divmod(quotient, 10)
        digits[:, index] = digit + _ASCII_ZERO
    digits[:, 1] = ord(".")
    return digits


def _strings_from_bytes(characters: NDArray[np.uint8], lengths: NDArray[np.int64]) -> pa.Array:
    """Return an array of strings from ASCII characters of shape (n, width) and the length of each string, (n,)."""
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    data = characters[np.arange(characters.shape[1]) < lengths[:, np.newaxis]]
    return pa.LargeStringArray.from_buffers(len(lengths), pa.py_buffer(ends), pa.py_buffer(data))


def _as_large_string(text: pa.Array | str) -> pa.Array | pa.Scalar:
    return pa.scalar(text, _LARGE_STRING) if isinstance(text, str) else text.cast(_LARGE_STRING)
