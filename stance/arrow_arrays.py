"""Convert strings and numbers to and from Arrow arrays, through their buffers.

`pyarrow.array` imports pandas at its first call, which takes longer than scoring a text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


def string_array(texts: Iterable[str | None], arrow_type: pa.DataType | None = None) -> pa.Array:
    """Return texts as an Arrow array of strings, null for None.

    Parameters
    ----------
    texts
        Strings or None.
    arrow_type
        `pyarrow.string()`, or the default `pyarrow.large_string()`.

    Raises
    ------
    UnicodeEncodeError
        A text contains a lone surrogate, which Arrow cannot hold.
    pyarrow.ArrowCapacityError
        The texts are too long for `pyarrow.string()`.

    Examples
    --------
    >>> string_array(["да", None]).to_pylist()
    ['да', None]
    """
    strings = list(texts)
    encoded = [b"" if text is None else text.encode() for text in strings]
    arrow_type = arrow_type or pa.large_string()
    offsets = np.zeros(len(strings) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)), out=offsets[1:])
    if arrow_type == pa.string():
        if offsets[-1] > np.iinfo(np.int32).max:
            raise pa.ArrowCapacityError("the texts are longer than 2 GB in total, the limit of an Arrow string array")
        offsets = offsets.astype(np.int32)
    missing = np.fromiter((text is None for text in strings), np.bool_, len(strings)) if None in strings else None
    buffers = [_validity_bitmap(missing), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(arrow_type, len(strings), buffers)


def float_array(values: NDArray[np.float64], missing: NDArray[np.bool_]) -> pa.Array:
    """Return floats of shape (n,) as an Arrow array, null where `missing` is true."""
    numbers = np.ascontiguousarray(values, np.float64)
    return pa.Array.from_buffers(pa.float64(), len(numbers), [_validity_bitmap(missing), pa.py_buffer(numbers)])


def int32_array(values: NDArray[np.int32]) -> pa.Array:
    """Return integers of shape (n,) as an Arrow array."""
    numbers = np.ascontiguousarray(values, np.int32)
    return pa.Array.from_buffers(pa.int32(), len(numbers), [None, pa.py_buffer(numbers)])


def arrow_to_numpy(column: pa.Array | pa.ChunkedArray) -> NDArray[Any]:
    """Return an Arrow column of numbers as a NumPy array of shape (n,), NaN for null.

    Raises
    ------
    ValueError
        A column of integers contains a null.
    """
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    validity, data = array.buffers()
    dtype = np.dtype(array.type.to_pandas_dtype())
    values = np.frombuffer(data, dtype)[array.offset : array.offset + len(array)] if len(array) else np.zeros(0, dtype)
    if not array.null_count:
        return values
    if dtype.kind != "f":
        raise ValueError("a column of integers contains a null")
    is_valid = np.unpackbits(np.frombuffer(validity, np.uint8), bitorder="little")
    return np.where(is_valid[array.offset : array.offset + len(array)] == 1, values, np.nan)


def _validity_bitmap(missing: NDArray[np.bool_] | None) -> pa.Buffer | None:
    """Return the validity bitmap of an Arrow array, or None if no element is missing."""
    if missing is None or not missing.any():
        return None
    return pa.py_buffer(np.packbits(~missing, bitorder="little"))
