"""Unusual tables are written byte for byte as when each cell was formatted by a separate call."""

from __future__ import annotations

import io
from contextlib import closing
from typing import Any

import odd_tables
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT

from stance.io import formats, formatting
from stance.io.row_batches import ColumnSelection
from stance.scoring.batch_scores import format_scores
from stance.scoring.score import score_and_write

FORMATS = ["csv", "tsv", "jsonl", "parquet", "text"]


def make_predictions(texts: pa.Array, *, explain: bool) -> pa.Table:
    probabilities = [odd_tables.probabilities(text) for text in texts.to_pylist()]
    by_stance = [[row and row[code] for row in probabilities] for code in range(len(odd_tables.STANCES))]
    best = [None if row is None else max(range(len(row)), key=row.__getitem__) for row in probabilities]
    columns: dict[str, Any] = {
        "predicted": ["cannot-tell" if code is None else odd_tables.STANCES[code] for code in best],
        "confidence": [row and max(row) for row in probabilities],
        **{f"p_{name}": column for name, column in zip(odd_tables.STANCES, by_stance, strict=True)},
        "predicted_group": ["cannot-tell" if code is None else "xxyy"[code] for code in best],
        "p_group_x": [row and row[0] + row[1] for row in probabilities],
    }
    if explain:
        rows = zip(texts.to_pylist(), probabilities, strict=True)
        columns["terms"] = [odd_tables.terms(text) if row else "" for text, row in rows]
    text_columns = ("predicted", "predicted_group", "terms")
    return pa.table(
        {
            name: pa.array(column, pa.large_string() if name in text_columns else pa.float64())
            for name, column in columns.items()
        }
    )


def score_table(input_format: Any, output_format: Any, *, explain: bool) -> bytes:
    out = io.BytesIO()
    with closing(formats.FORMATS[output_format].load_module().open_writer(out, "in", write_bom=False)) as writer:
        source = io.BytesIO(odd_tables.inputs()[input_format])
        batches = formats.read_batches(source, input_format, "in", ColumnSelection())
        score_and_write(
            batches,
            lambda batches: (
                format_scores(make_predictions(*batch, explain=explain), output_format) for batch in batches
            ),
            writer,
        )
    return out.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("output_format", ["csv", "jsonl"])
@pytest.mark.parametrize("explain", [False, True])
@pytest.mark.parametrize("input_format", FORMATS)
@pytest.mark.parametrize("max_python_rows", [-1, 10**6])
def test_text_formats(
    input_format: str, output_format: str, explain: bool, max_python_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formatting, "MAX_PYTHON_ROWS", max_python_rows)  # always Arrow, or Python where possible
    golden = ROOT / "tests" / "golden" / f"{input_format}{'-explained' if explain else ''}.{output_format}"
    assert score_table(input_format, output_format, explain=explain).decode() == golden.read_bytes().decode()


@pytest.mark.parametrize("input_format", FORMATS)
def test_parquet_has_the_input_columns_and_the_predictions(input_format: Any) -> None:
    table = pq.read_table(io.BytesIO(score_table(input_format, "parquet", explain=True)))
    source = io.BytesIO(odd_tables.inputs()[input_format])
    batches = list(formats.read_batches(source, input_format, "in", ColumnSelection()))
    own = pa.concat_tables([batch.make_table() for batch in batches])
    added = pa.concat_tables([make_predictions(batch.texts, explain=True) for batch in batches])
    assert table.column_names == [*own.column_names, *added.column_names]
    assert table.select(added.column_names).equals(added)
    assert list(map(str, table.select(own.column_names).to_pylist())) == list(
        map(str, own.to_pylist())
    )  # compared as strings, since NaN is not equal to NaN
