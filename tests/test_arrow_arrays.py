"""Arrow arrays made from buffers equal those of `pyarrow.array`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.arrow_arrays import arrow_to_numpy, float_array, int32_array, string_array

TEXTS = st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=12)
FLOATS = st.lists(st.tuples(st.floats(allow_nan=False), st.booleans()), max_size=20)


@given(texts=TEXTS)
@pytest.mark.parametrize("arrow_type", [pa.string(), pa.large_string()])
def test_string_arrays(arrow_type: pa.DataType, texts: list[str | None]) -> None:
    array = string_array(texts, arrow_type)
    array.validate(full=True)
    assert array.equals(pa.array(texts, arrow_type))


@given(pairs=FLOATS, start=st.integers(0, 9))
def test_floats_to_arrow_and_back(pairs: list[tuple[float, bool]], start: int) -> None:
    values = np.array([value for value, _ in pairs])
    missing = np.array([is_missing for _, is_missing in pairs], dtype=bool)
    array = float_array(values, missing)
    array.validate(full=True)
    assert array.equals(pa.array(values, pa.float64(), mask=missing))
    expected = np.where(missing, np.nan, values)[start:]
    for column in (array[start:], pa.chunked_array([array[start:]])):
        np.testing.assert_array_equal(arrow_to_numpy(column), expected)


def test_integers() -> None:
    array = int32_array(np.array([3, -1], np.int32))
    assert array.equals(pa.array([3, -1], pa.int32()))
    assert arrow_to_numpy(array[1:]).tolist() == [-1]
    assert arrow_to_numpy(pa.array([], pa.int32())).tolist() == []
    with pytest.raises(ValueError, match="a column of integers contains a null"):
        arrow_to_numpy(pa.array([1, None]))


def test_lone_surrogates_are_an_error() -> None:
    with pytest.raises(UnicodeEncodeError):
        string_array(["half \ud83d"])
