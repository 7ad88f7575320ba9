"""Validate the texts that a caller passes, in one place for all of the public API."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from stance.errors import UsageError

Texts: TypeAlias = Any
"""A list, tuple, NumPy array, pandas Series or Arrow array of texts; texts may be missing."""

_EXPECTED = "must be a list, NumPy array, pandas Series or Arrow array of texts"
_MISSING_TYPES = {"NAType", "NaTType"}


class NotTextsError(UsageError, TypeError):
    """The value passed is not a list or array of texts; also a ValueError and a TypeError, as scikit-learn raises."""

    def __init__(self, message: str) -> None:
        Exception.__init__(self, message)


def as_texts(texts: Texts, name: str = "texts") -> Any:
    """Return texts as a list of strings or an Arrow array of strings, with "" for missing texts.

    Missing values are None, NaN, `pandas.NA`, `pandas.NaT` and Arrow null.

    Parameters
    ----------
    texts
        A list or other sequence, or a one-dimensional NumPy, pandas or Arrow array.
    name
        What to call them in error messages.

    Raises
    ------
    NotTextsError
        The value is of another type, or an element is neither a string nor missing.

    Examples
    --------
    >>> as_texts(["Yes.", None, float("nan")])
    ['Yes.', '', '']
    """
    if _is_pandas_strings(texts):
        texts = texts.array.__arrow_array__()
    if _is_arrow_array(texts):
        return _from_arrow(texts, name)
    elements = _to_list(texts, name)
    if not set(map(type, elements)) - {str}:
        return elements
    return [
        "" if _is_missing(text) else _require_string(text, name, position) for position, text in enumerate(elements)
    ]


def require_texts(texts: Texts, name: str = "texts") -> list[str]:
    """Return texts as a list of strings; a missing text is an error.

    Parameters
    ----------
    texts
        As in `as_texts`, or an iterator over texts.
    name
        What to call them in error messages.

    Raises
    ------
    NotTextsError
        The value is of another type, or an element is missing or not a string.
    """
    is_iterator = hasattr(texts, "__next__")
    elements = list(texts) if is_iterator else texts.to_pylist() if _is_arrow_array(texts) else _to_list(texts, name)
    for position, text in enumerate(elements):
        if not isinstance(text, str):
            _reject_missing(text, name, position)
            _require_string(text, name, position)
    return list(elements)


def series_index(texts: Texts) -> Any:
    """Return the index of a pandas Series, and None for anything else."""
    pandas = sys.modules.get("pandas")  # whoever passes a Series has imported it
    return texts.index if pandas is not None and isinstance(texts, pandas.Series) else None


def _is_pandas_strings(texts: Any) -> bool:
    """Return whether texts are a pandas Series of strings that are stored as an Arrow array."""
    pandas = sys.modules.get("pandas")
    if pandas is None or not isinstance(texts, pandas.Series):
        return False
    return isinstance(texts.dtype, pandas.StringDtype) and texts.dtype.storage == "pyarrow"


def _is_arrow_array(texts: object) -> bool:
    pyarrow = sys.modules.get("pyarrow")
    return pyarrow is not None and isinstance(texts, (pyarrow.Array, pyarrow.ChunkedArray))


def _from_arrow(texts: Any, name: str) -> Any:
    import pyarrow as pa

    value_type = texts.type.value_type if pa.types.is_dictionary(texts.type) else texts.type
    if pa.types.is_null(value_type):
        return [""] * len(texts)
    if not (pa.types.is_string(value_type) or pa.types.is_large_string(value_type) or value_type == pa.string_view()):
        raise NotTextsError(f"{name} {_EXPECTED}, not of {texts.type}")
    array = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    if isinstance(array, pa.Array) and value_type in {pa.string(), pa.large_string()} and not array.null_count:
        return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
    return [text or "" for text in texts.to_pylist()]


def _to_list(texts: Any, name: str) -> list[Any]:
    """Return the elements of a sequence or one-dimensional array."""
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(texts, (pandas.Series, pandas.Index, pandas.api.extensions.ExtensionArray)):
        return list(texts)
    if pandas is not None and isinstance(texts, pandas.DataFrame):
        columns = f", such as {name}[{texts.columns[0]!r}]" if len(texts.columns) else ""
        raise NotTextsError(f"{name} {_EXPECTED}, not a DataFrame: pass one of its columns{columns}")
    if isinstance(texts, np.ndarray):
        if texts.ndim != 1:
            raise NotTextsError(f"{name} {_EXPECTED}, not an array of {texts.ndim} dimensions: pass one column of it")
        values: list[Any] = texts.tolist()
        return values
    if isinstance(texts, (str, bytes, bytearray)):
        raise NotTextsError(f"{name} {_EXPECTED}, not a single {type(texts).__name__}: write [{name}]")
    if not isinstance(texts, Sequence) or isinstance(texts, (memoryview, range)):
        raise NotTextsError(f"{name} {_EXPECTED}, not a {type(texts).__name__}: pass a list")
    return list(texts)


def _is_missing(text: object) -> bool:
    if text is None or type(text).__name__ in _MISSING_TYPES:
        return True
    return isinstance(text, (float, np.floating)) and bool(text != text)  # noqa: PLR0124 - only NaN differs from itself


def _reject_missing(text: object, name: str, position: int) -> None:
    if _is_missing(text):
        raise NotTextsError(f"{name}[{position}] is missing: leave out rows without a text, or fill them with ''")


def _require_string(text: object, name: str, position: int) -> str:
    if isinstance(text, str):
        return str(text)
    raise NotTextsError(f"{name} {_EXPECTED}, but {name}[{position}] is of type {type(text).__name__}")
