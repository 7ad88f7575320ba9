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

FEW_ROWS = 64
"""Up to here Python writes rows sooner than Arrow's compute functions load."""

_TEXT = pa.large_string()
_ZERO = ord("0")
_WIDTH = len("0.") + DECIMALS
_DOUBTFUL = 1e-6
# Below 100 millionths Python, and so JSON, writes an exponent: 1e-06, 1.2e-05.
_SMALL = np.array([json.dumps(millionths / 10**DECIMALS) for millionths in range(100)], f"S{_WIDTH}")
_SPECIAL = re.compile('[,"\r\n]')
_NULL = np.frombuffer(b"null", np.uint8)


def cell(value: Any) -> str:
    """Write a value as it would stand in a cell of a spreadsheet."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (bool, dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def text_cells(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Write each value as `cell` does."""
    written = _written(_plain(column), cell)
    return written.fill_null("") if written.null_count else written


def csv_cells(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Write each value as `cell` does, in quotes where CSV needs them."""
    text = text_cells(column)
    if len(text) <= FEW_ROWS:
        return _array(_quoted(value) if _SPECIAL.search(value) else value for value in text.to_pylist())
    import pyarrow.compute as pc

    special = pc.match_substring_regex(text, _SPECIAL.pattern)
    if not special.true_count:
        return text
    return pc.if_else(special, join(['"', pc.replace_substring(text, '"', '""'), '"']), text)


def _quoted(value: str) -> str:
    doubled = value.replace('"', '""')
    return f'"{doubled}"'


def csv_lines(cells: Sequence[pa.Array]) -> pa.Buffer:
    """Put columns of cells beside each other, as lines of CSV."""
    lines = join(cells, ",")
    if len(lines) <= FEW_ROWS and not any("\r" in line for line in lines.to_pylist()):
        return ended(lines)
    import pyarrow.compute as pc

    returns = pc.match_substring_regex(lines, "\r")
    if returns.true_count:
        # Beside a carriage return every cell is quoted, as `format_csv` has it.
        rows = csv.reader(lines.filter(returns).to_pylist(), strict=True)
        lines = pc.replace_with_mask(lines, returns, _array(format_csv([row], ",", "") for row in rows))
    return ended(lines)


def json_values(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Write each value as JSON; one that JSON has no form for as `cell` does, a number that is not finite as null."""
    import pyarrow.compute as pc

    plain = _plain(column)
    written = _written(plain, _json_value)
    if _is_text(plain.type):
        special = pc.match_substring_regex(written, r'["\\\x00-\x1f]').fill_null(False)
        escaped = (json.dumps(text, ensure_ascii=False) for text in written.filter(special).to_pylist())
        written = pc.replace_with_mask(join(['"', written, '"']), special, _array(escaped))
    return written.fill_null("null")


def decimals(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Write numbers from 0 to below 10 with six decimals, as f"{number:.6f}" does; one that is missing as nothing."""
    millionths, missing = _millionths(column)
    return _from_bytes(_digits(millionths), np.where(missing, 0, _WIDTH))


def json_decimals(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Write numbers from 0 to below 10 as json.dumps(round(number, 6)) does; one that is missing as null."""
    millionths, missing = _millionths(column)
    digits = _digits(millionths)
    lengths = np.full(len(digits), _WIDTH)
    for place in range(_WIDTH - 1, 2, -1):  # one decimal stays
        lengths -= (lengths == place + 1) & (digits[:, place] == _ZERO)
    small = np.flatnonzero((millionths > 0) & (millionths < len(_SMALL)))
    digits[small] = _SMALL.view(np.uint8).reshape(-1, _WIDTH)[millionths[small]]
    lengths[small] = np.char.str_len(_SMALL)[millionths[small]]
    digits[missing, : len(_NULL)], lengths[missing] = _NULL, len(_NULL)
    return _from_bytes(digits, lengths)


def join(parts: Iterable[pa.Array | str], separator: str = "") -> pa.Array:
    """Join texts row by row; a part that is no column stands in every row, and a null makes its whole row null."""
    columns = list(parts)
    n_rows = max(len(part) for part in columns if not isinstance(part, str))
    if n_rows <= FEW_ROWS:
        listed = [repeat(part, n_rows) if isinstance(part, str) else part.to_pylist() for part in columns]
        return _array(None if None in row else separator.join(row) for row in zip(*listed, strict=True))
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(*map(_large, columns), _large(separator))


def ended(lines: pa.Array) -> pa.Buffer:
    """Give the bytes of lines, each with a line feed behind it."""
    if not len(lines):
        return pa.py_buffer(b"")
    text = join([lines, "\n"])
    return text.buffers()[2].slice(0, int(np.frombuffer(text.buffers()[1], np.int64)[len(text)]))


def _plain(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return whole.dictionary_decode() if pa.types.is_dictionary(whole.type) else whole


def _written(column: pa.Array, write: Callable[[Any], str]) -> pa.Array:
    """Write what is not null as text; Arrow writes whole numbers as Python does, but not 1e16, 1.0 or dates."""
    if column.type == _TEXT:
        return column
    if _is_text(column.type) and len(column) <= FEW_ROWS:
        return _array(column.to_pylist())
    if _is_text(column.type) or pa.types.is_integer(column.type):
        return column.cast(_TEXT)
    return _array(None if value is None else write(value) for value in column.to_pylist())


def _is_text(kind: pa.DataType) -> bool:
    return kind in (pa.string(), _TEXT)


def _json_value(value: Any) -> str:
    valid = None if isinstance(value, float) and not isfinite(value) else value
    return json.dumps(valid, ensure_ascii=False, default=cell)


def _millionths(column: pa.Array | pa.ChunkedArray) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Round numbers to millionths, halves and all as Python does, and tell which are missing."""
    numbers = arrow_to_numpy(column)
    missing = np.isnan(numbers)
    scaled = np.where(missing, 0.0, numbers) * 10**DECIMALS
    rounded = np.rint(scaled).astype(np.int64)
    # The product is not exact: close to a half only the decimals of the number itself tell which way it goes.
    for row in np.flatnonzero(np.abs(np.abs(scaled - rounded) - 0.5) < _DOUBTFUL):
        rounded[row] = int(f"{numbers[row]:.{DECIMALS}f}".replace(".", ""))
    return rounded, missing


def _digits(millionths: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Give the bytes of numbers with all their decimals, of shape (n, 8)."""
    digits = np.empty((len(millionths), _WIDTH), np.uint8)
    rest = millionths
    for place in (*range(_WIDTH - 1, 1, -1), 0):
        rest, digit = np.divmod(rest, 10)
        digits[:, place] = digit + _ZERO
    digits[:, 1] = ord(".")
    return digits


def _from_bytes(letters: NDArray[np.uint8], lengths: NDArray[np.int64]) -> pa.Array:
    """Make a column of texts of ASCII letters, of shape (n, width), as many of each row as its length says."""
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    kept = letters[np.arange(letters.shape[1]) < lengths[:, np.newaxis]]
    return pa.LargeStringArray.from_buffers(len(lengths), pa.py_buffer(ends), pa.py_buffer(kept))


def _array(texts: Iterable[str | None]) -> pa.Array:
    return string_array(texts)


def _large(text: pa.Array | str) -> pa.Array | pa.Scalar:
    return pa.scalar(text, _TEXT) if isinstance(text, str) else text.cast(_TEXT)
