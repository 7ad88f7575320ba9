"""Columns are formatted just as Python formats each value."""

from __future__ import annotations

import csv
import io
import json

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stance.io import formatting
from stance.io.csv_format import format_csv


@pytest.fixture(autouse=True, params=["Python", "Arrow"])
def _formatted_by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "Arrow":
        monkeypatch.setattr(formatting, "MAX_PYTHON_ROWS", -1)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(',"\r\n\\\0 '), max_size=8)
NUMBERS = st.floats(0, 2) | st.integers(0, 2 * 10**7).map(lambda n: n / (2 * 10**7))


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS)))
def test_csv_lines_equal_those_of_csv_writer(rows: list[tuple[str, str, str]]) -> None:
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)] or [pa.array([], pa.string())]
    cells = [formatting.format_csv_cells(column) for column in columns]
    lines = formatting.join_csv_lines(cells).to_pybytes().decode()
    assert lines == format_csv(rows, ",", "\n")
    assert list(map(tuple, csv.reader(io.StringIO(lines, newline=""), strict=True))) == rows


@given(st.lists(TEXTS | st.none()))
def test_json_strings_equal_those_of_json_dumps(texts: list[str | None]) -> None:
    for column in (pa.array(texts, pa.string()), pa.array(texts, pa.string()).dictionary_encode()):
        assert formatting.format_json_values(column).to_pylist() == [
            json.dumps(text, ensure_ascii=False) for text in texts
        ]


@given(st.lists(NUMBERS | st.none()))
@example([k / 10**6 for k in range(101)])
@example([(2 * k + 1) / (2 * 10**6) for k in range(101)])
@example([0.0, 1.0, 9.999999, 0.1, 0.5, 0.9999995, 0.9999994999999999, None])
def test_decimals_equal_those_of_python(numbers: list[float | None]) -> None:
    column = pa.array(numbers, pa.float64())
    assert formatting.format_decimals(column).to_pylist() == ["" if x is None else f"{x:.6f}" for x in numbers]
    rounded = [None if number is None else round(number, 6) for number in numbers]
    assert formatting.format_json_decimals(column).to_pylist() == [json.dumps(number) for number in rounded]


@pytest.mark.parametrize(
    ("column", "expected_cells", "expected_json"),
    [
        (pa.array([1, None], pa.int8()), ["1", ""], ["1", "null"]),
        (pa.array([1e16, float("inf"), 1.0]), ["1e+16", "inf", "1.0"], ["1e+16", "null", "1.0"]),
        (pa.array([True, None]), ["true", ""], ["true", "null"]),
        (pa.array([b"a\xff"]), ["a\ufffd"], ['"a\ufffd"']),
        (pa.array([[1, None]]), ["[1, null]"], ["[1, null]"]),
        (pa.array(["a"], pa.string_view()), ["a"], ['"a"']),
        (pa.chunked_array([["a"], ["b"]]), ["a", "b"], ['"a"', '"b"']),
        (pa.nulls(1), [""], ["null"]),
    ],
)
def test_values_of_all_types(column: pa.Array, expected_cells: list[str], expected_json: list[str]) -> None:
    assert formatting.format_text_cells(column).to_pylist() == expected_cells
    assert formatting.format_json_values(column).to_pylist() == expected_json
