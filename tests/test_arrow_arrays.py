"""Arrow arrays from buffers are those that `pyarrow.array` makes."""

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
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_texts(kind: pa.DataType, texts: list[str | None]) -> None:
    made = string_array(texts, kind)
    made.validate(full=True)
    assert made.equals(pa.array(texts, kind))


@given(pairs=FLOATS, start=st.integers(0, 9))
def test_numbers_there_and_back(pairs: list[tuple[float, bool]], start: int) -> None:
    values, missing = np.array([value for value, _ in pairs]), np.array([gone for _, gone in pairs], dtype=bool)
    made = float_array(values, missing)
    made.validate(full=True)
    assert made.equals(pa.array(values, pa.float64(), mask=missing))
    expected = np.where(missing, np.nan, values)[start:]
    for column in (made[start:], pa.chunked_array([made[start:]])):
        np.testing.assert_array_equal(arrow_to_numpy(column), expected)


def test_whole_numbers() -> None:
    made = int32_array(np.array([3, -1], np.int32))
    assert made.equals(pa.array([3, -1], pa.int32()))
    assert arrow_to_numpy(made[1:]).tolist() == [-1]
    assert arrow_to_numpy(pa.array([], pa.int32())).tolist() == []
    with pytest.raises(ValueError, match="whole numbers with a null"):
        arrow_to_numpy(pa.array([1, None]))


def test_half_a_character_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        string_array(["half \ud83d"])
