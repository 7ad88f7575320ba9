"""Arrow arrays from their buffers.

`pyarrow.array` imports pandas when it is first called, which takes longer than to score a text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


def string_array(texts: Iterable[str | None], arrow_type: pa.DataType | None = None) -> pa.Array:
    """Return texts as an Arrow array of `large_string`, or of `string` if that is the kind asked for.

    Raises
    ------
    UnicodeEncodeError
        A text holds half a surrogate pair, which Arrow cannot hold.

    Examples
    --------
    >>> string_array(["да", None]).to_pylist()
    ['да', None]
    """
    listed = list(texts)
    encoded = [b"" if text is None else text.encode() for text in listed]
    arrow_type = arrow_type or pa.large_string()
    ends = np.zeros(len(listed) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)), out=ends[1:])
    if arrow_type == pa.string():
        if ends[-1] > np.iinfo(np.int32).max:
            raise pa.ArrowCapacityError("the texts have more than 2 GB together")
        ends = ends.astype(np.int32)
    missing = np.fromiter((text is None for text in listed), np.bool_, len(listed)) if None in listed else None
    buffers = [_validity_bitmap(missing), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(arrow_type, len(listed), buffers)


def float_array(values: NDArray[np.float64], missing: NDArray[np.bool_]) -> pa.Array:
    """Return numbers of shape (n,) as an Arrow array of doubles, null where they are missing."""
    numbers = np.ascontiguousarray(values, np.float64)
    return pa.Array.from_buffers(pa.float64(), len(numbers), [_validity_bitmap(missing), pa.py_buffer(numbers)])


def int32_array(values: NDArray[np.int32]) -> pa.Array:
    """Return whole numbers of shape (n,) as an Arrow array."""
    numbers = np.ascontiguousarray(values, np.int32)
    return pa.Array.from_buffers(pa.int32(), len(numbers), [None, pa.py_buffer(numbers)])


def arrow_to_numpy(column: pa.Array | pa.ChunkedArray) -> NDArray[Any]:
    """Return an Arrow column of numbers as a NumPy array of shape (n,), NaN for a null.

    Raises
    ------
    ValueError
        Whole numbers have a null among them.
    """
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    validity, data = whole.buffers()
    kind = np.dtype(whole.type.to_pandas_dtype())
    values = np.frombuffer(data, kind)[whole.offset : whole.offset + len(whole)] if len(whole) else np.zeros(0, kind)
    if not whole.null_count:
        return values
    if kind.kind != "f":
        raise ValueError("whole numbers with a null among them")
    bits = np.unpackbits(np.frombuffer(validity, np.uint8), bitorder="little")
    return np.where(bits[whole.offset : whole.offset + len(whole)] == 1, values, np.nan)


def _validity_bitmap(missing: NDArray[np.bool_] | None) -> pa.Buffer | None:
    if missing is None or not missing.any():
        return None
    return pa.py_buffer(np.packbits(~missing, bitorder="little"))
