"""Odd tables come out byte for byte as they did when each cell was written by a call of its own."""

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

KINDS = ["csv", "tsv", "jsonl", "parquet", "text"]


def answers(texts: pa.Array, *, explain: bool) -> pa.Table:
    told = [odd_tables.probabilities(text) for text in texts.to_pylist()]
    of_stance = [[None if each is None else each[code] for each in told] for code in range(len(odd_tables.STANCES))]
    best = [None if each is None else max(range(len(each)), key=each.__getitem__) for each in told]
    columns: dict[str, Any] = {
        "predicted": ["cannot-tell" if code is None else odd_tables.STANCES[code] for code in best],
        "confidence": [None if each is None else max(each) for each in told],
        **{f"p_{name}": column for name, column in zip(odd_tables.STANCES, of_stance, strict=True)},
        "predicted_group": ["cannot-tell" if code is None else "xxyy"[code] for code in best],
        "p_group_x": [None if each is None else each[0] + each[1] for each in told],
    }
    if explain:
        explained = zip(texts.to_pylist(), told, strict=True)
        columns["terms"] = ["" if each is None else odd_tables.terms(text) for text, each in explained]
    names = ("predicted", "predicted_group", "terms")
    return pa.table(
        {
            name: pa.array(column, pa.large_string() if name in names else pa.float64())
            for name, column in columns.items()
        }
    )


def written(kind: Any, to: Any, *, explain: bool) -> bytes:
    out = io.BytesIO()
    with closing(formats.FORMATS[to].load_module().open_writer(out, "in", write_bom=False)) as writer:
        read = formats.read_batches(io.BytesIO(odd_tables.inputs()[kind]), kind, "in", ColumnSelection())
        score_and_write(
            read,
            lambda batches: (format_scores(answers(*each, explain=explain), to) for each in batches),
            writer,
        )
    return out.getvalue()


@pytest.mark.parametrize("to", ["csv", "jsonl"])
@pytest.mark.parametrize("explain", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("few", [-1, 10**6])
def test_text_formats(kind: str, to: str, explain: bool, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formatting, "MAX_PYTHON_ROWS", few)  # by Arrow throughout, by Python where it can
    golden = ROOT / "tests" / "golden" / f"{kind}{'-explained' if explain else ''}.{to}"
    assert written(kind, to, explain=explain).decode() == golden.read_bytes().decode()


@pytest.mark.parametrize("kind", KINDS)
def test_parquet_holds_what_was_read_and_the_answers(kind: str) -> None:
    table = pq.read_table(io.BytesIO(written(kind, "parquet", explain=True)))
    read = list(formats.read_batches(io.BytesIO(odd_tables.inputs()[kind]), kind, "in", ColumnSelection()))
    own = pa.concat_tables([chunk.make_table() for chunk in read])
    added = pa.concat_tables([answers(chunk.texts, explain=True) for chunk in read])
    assert table.column_names == [*own.column_names, *added.column_names]
    assert table.select(added.column_names).equals(added)
    assert list(map(str, table.select(own.column_names).to_pylist())) == list(
        map(str, own.to_pylist())
    )  # nan is no nan
