"""Scoring every input format to every output format; the input's own columns stay unchanged."""

from __future__ import annotations

import csv
import io
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import stance
from stance.errors import ColumnExistsError, MissingColumnError, StanceError, UnreadableFileError
from stance.io import formats, formatting
from stance.io.row_batches import BATCH_ROWS, ColumnSelection, RowBatch
from stance.io.tabular import parquet_files
from stance.models.model import Model
from stance.scoring.batch_scores import format_scores
from stance.scoring.score import ScoringRequest, ScoringSummary, score_and_write, score_inputs

TEXTS = ["a good idea", 'Плохо,\n"дело"', "", "a bad thing"]  # fmt: skip


def _batches(data: bytes, kind: Any) -> list[RowBatch]:
    return list(formats.read_batches(io.BytesIO(data), kind, "in", ColumnSelection()))


def _texts(data: bytes, kind: Any) -> list[str]:
    return [text for batch in _batches(data, kind) for text in batch.texts.to_pylist()]


def _scorer(model: Model, to: Any) -> Any:
    return lambda batches: (format_scores(model.predict_arrow(*batch.columns), to) for batch in batches)


def _score(model: Path, data: bytes, kind: Any, to: Any, *, write_bom: bool = False) -> bytes:
    out = io.BytesIO()
    with closing(formats.FORMATS[to].load_module().open_writer(out, "in", write_bom=write_bom)) as writer:
        score_and_write(
            formats.read_batches(io.BytesIO(data), kind, "in", ColumnSelection()),
            _scorer(stance.load(model), to),
            writer,
        )
    return out.getvalue()


def _parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def _not_utf8() -> pa.Array:
    return pa.Array.from_buffers(pa.string(), 1, pa.array([b"\xff"]).buffers())


def _csv(header: list[str], records: list[list[str]], **options: Any) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, **options).writerows([header, *records])
    return buffer.getvalue().encode()


@pytest.mark.parametrize(
    ("data", "kind", "texts"),
    [
        (_csv(["n", "text"], [["1", text] for text in TEXTS]), "csv", TEXTS),
        (_csv(["text", "n"], [[text, "1"] for text in TEXTS], delimiter=";"), "csv", TEXTS),
        (_csv(["text", "n"], [[text, "1"] for text in TEXTS], delimiter="\t"), "tsv", TEXTS),
        (b"\xef\xbb\xbf" + _csv(["text"], [["a"]]), "csv", ["a"]),
        ("text;n\r\nПлохое дело господа;1\r\n".encode("cp1251"), "csv", ["Плохое дело господа"]),
        ("text\nодно\n".encode("utf-16"), "csv", ["одно"]),
        (b"comment\none\ntwo\n", "csv", ["one", "two"]),
        (b"text,n,,\none,1,,,\n", "csv", ["one"]),
        (b"text,n\na\n", "csv", ["a"]),
        (b"sep=;\r\ntext;n\r\na;1\r\n", "csv", ["a"]),
        (_parquet(pa.table({"text": pa.array([b"a good"], pa.binary())})), "parquet", ["a good"]),
        (b"", "text", []),
        ("one\r\n\r\nдва".encode(), "text", ["one", "", "два"]),
        (b'{"text": "a"}\n\n{"n": 1}\n{"text": null}\n{"text": 5}\n', "jsonl", ["a", "", "", "5"]),
        (_parquet(pa.table({"text": ["a", None], "n": [1, 2]})), "parquet", ["a", ""]),
        (_parquet(pa.table({" text": ["a"], "n": [1]})), "parquet", ["a"]),
        (_parquet(pa.table({"text": pa.array(["a", None, "a"]).dictionary_encode()})), "parquet", ["a", "", "a"]),
        (_parquet(pa.table({"text": [1, None]})), "parquet", ["1", ""]),
        (b"text\n\n\na\n\n", "csv", ["a"]),
    ],
)
def test_texts_are_read_from_every_format(data: bytes, kind: Any, texts: list[str]) -> None:
    assert _texts(data, kind) == texts


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "kind", "error", "message"),
    [
        (b"a,b\n1,2\n", "csv", MissingColumnError, r"no column 'text', there are: a, b \(in:1\): .* --text-column"),
        (b"", "csv", MissingColumnError, r"no column 'text', there are: none"),
        (
            b"a,text\n1,2,3\n",
            "csv",
            UnreadableFileError,
            r"the row has 3 cells, .* the table has 2 \(in:2\): put texts",
        ),
        (b"text,text\n1,2\n", "csv", UnreadableFileError, r"the column 'text' appears twice"),
        (
            b'{"text": "a"}\nnonsense\n',
            "jsonl",
            UnreadableFileError,
            r"not valid JSON \(in:2\): write one",
        ),
        (b"[1]\n", "jsonl", UnreadableFileError, r"the line is JSON, but not an object \(in:1\)"),
        (b"nonsense", "parquet", UnreadableFileError, r"not a Parquet file, or a damaged one .*\(in\)"),
        (
            _parquet(pa.table({"text": _not_utf8()})),
            "parquet",
            UnreadableFileError,
            r"a damaged one \(.*[Ii]nvalid UTF",
        ),
        (b"text,n\n\na,1\n\nb,2,3\n", "csv", UnreadableFileError, r"the row has 3 cells, .* \(in:5\): put texts"),
        (b'{"text": "a"}\n\n[1]\n', "jsonl", UnreadableFileError, r"the line is JSON, but not an object \(in:3\)"),
        (b"id|text\n1|good\n", "csv", MissingColumnError, r"no column 'text', there are: id\|text"),
        (b'text\n"a\n', "csv", UnreadableFileError, r"a quoted cell is never closed"),
        (b'{"text": ' + b"[" * 100_000, "jsonl", UnreadableFileError, r"the line is not valid JSON"),
        (
            b"text\n" + b"a\n" * 600_000 + "é\n".encode("cp1252"),
            "csv",
            UnreadableFileError,
            "begins as utf-8, but has",
        ),
    ],
)
def test_unreadable_inputs_are_errors(data: bytes, kind: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        _batches(data, kind)


def test_an_unknown_suffix_is_an_error_with_all_formats() -> None:
    with pytest.raises(StanceError, match=r"unknown file type '\.doc' .*: add --input-format csv\|tsv"):
        formats.resolve_input_format("x.doc")


@pytest.mark.parametrize("to", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_own_columns_come_first_and_are_unchanged(small_model: Path, kind: str, to: str) -> None:
    own = {"id": ["1", "2", "3", "4"], "text": TEXTS, "x": ["", "é", "1.50", " y "]}
    data = {
        "csv": _csv(list(own), [list(record) for record in zip(*own.values(), strict=True)]),
        "jsonl": "\n".join(pd.DataFrame(own).to_json(orient="records", lines=True).splitlines()).encode(),
        "parquet": _parquet(pa.table(own)),
    }[kind]
    output = io.BytesIO(_score(small_model, data, kind, to))
    readers: dict[str, Any] = {
        "csv": lambda: pd.read_csv(output, dtype="str", keep_default_na=False),
        "jsonl": lambda: pd.read_json(output, lines=True, dtype=False),
        "parquet": lambda: pd.read_parquet(output),
    }
    scored = readers[to]()
    assert list(scored.columns[:3]) == list(own)
    assert scored[list(own)].to_dict("list") == own
    assert list(scored["predicted"]) == ["for", "cannot-tell", "cannot-tell", "against"]


def test_the_command_and_the_library_predict_the_same(small_model: Path) -> None:
    scored = pd.read_csv(io.BytesIO(_score(small_model, b"a good idea\na bad one", "text", "csv")))
    expected = stance.load(small_model).predict(["a good idea", "a bad one"]).round(formatting.DECIMALS)
    pd.testing.assert_frame_equal(scored.drop(columns="text"), expected, check_dtype=False, atol=1e-9)


def test_json_lines_keep_their_characters(small_model: Path) -> None:
    line = '{ "text" : "a \\u0444",  "n": 1.50, "deep": {"a": [1e3]} }'
    output = _score(small_model, line.encode(), "jsonl", "jsonl").decode()
    assert output.startswith('{ "text" : "a \\u0444",  "n": 1.50, "deep": {"a": [1e3]}, "predicted": ')
    assert json.loads(output)["deep"] == {"a": [1000.0]}


def test_types_of_parquet_are_kept(small_model: Path) -> None:
    table = pa.table({"text": ["a good idea"], "n": pa.array([1], pa.int8()), "t": pa.array([0], pa.timestamp("ms"))})
    scored = pq.read_table(io.BytesIO(_score(small_model, _parquet(table), "parquet", "parquet")))
    assert scored.select(table.column_names).equals(table)
    assert scored.schema.field("confidence").type == pa.float64()


def test_a_lone_surrogate_is_replaced_except_in_json(small_model: Path) -> None:
    data = b'{"text": "a \\ud800 good idea"}'
    assert "a � good idea" in _score(small_model, data, "jsonl", "csv").decode()
    assert "\\ud800" in _score(small_model, data, "jsonl", "jsonl").decode()


def test_a_csv_file_has_the_byte_order_mark_that_excel_needs(small_model: Path) -> None:
    assert _score(small_model, b"a good idea", "text", "csv", write_bom=True).startswith(b"\xef\xbb\xbftext,predicted,")


@pytest.mark.parametrize("to", ["csv", "jsonl"])
def test_dates_and_missing_numbers(small_model: Path, to: str) -> None:
    table = pa.table({"text": ["a"], "t": pa.array([0], pa.timestamp("s")), "x": [float("nan")]})
    output = _score(small_model, _parquet(table), "parquet", to).decode().splitlines()[-1]
    assert output.startswith(
        {"csv": "a,1970-01-01 00:00:00,nan,", "jsonl": '{"text": "a", "t": "1970-01-01 00:00:00", "x": null'}[to]
    )


def test_a_column_that_changes_its_type_is_an_error_for_parquet(small_model: Path) -> None:
    lines = ['{"text": "a", "n": true}'] * BATCH_ROWS + ['{"text": "b", "n": 7}']
    with pytest.raises(UnreadableFileError, match=r"'n' is bool in the first rows and int64 in later ones"):
        _score(small_model, "\n".join(lines).encode(), "jsonl", "parquet")


@pytest.mark.parametrize(
    ("data", "kind"), [(b"id,text\n", "csv"), (_parquet(pa.table({"id": [""], "text": [""]}).slice(0, 0)), "parquet")]
)
@pytest.mark.parametrize("to", ["csv", "parquet"])
def test_a_table_without_rows_keeps_its_columns(small_model: Path, data: bytes, kind: str, to: str) -> None:
    output = io.BytesIO(_score(small_model, data, kind, to))
    columns = list((pd.read_csv if to == "csv" else pd.read_parquet)(output).columns)
    assert columns[:3] == ["id", "text", "predicted"]


def test_a_column_that_would_be_overwritten_is_an_error(small_model: Path) -> None:
    with pytest.raises(ColumnExistsError, match=r"the input already has a column 'predicted' \(in:1\): rename"):
        _score(small_model, b"text,predicted\na,b\n", "csv", "csv")


@pytest.mark.parametrize("to", ["csv", "parquet"])
def test_a_column_that_appears_later_is_an_error(small_model: Path, to: str) -> None:
    lines = ['{"text": "a", "n": null}'] * BATCH_ROWS + ['{"text": "b", "late": 1}']
    with pytest.raises(UnreadableFileError, match=r"a column 'late' that the first rows do not have"):
        _score(small_model, "\n".join(lines).encode(), "jsonl", to)


def test_a_column_that_is_missing_later_is_empty(small_model: Path) -> None:
    lines = ['{"text": "a", "n": 1}'] * BATCH_ROWS + ['{"text": "b"}']
    scored = pd.read_csv(io.BytesIO(_score(small_model, "\n".join(lines).encode(), "jsonl", "csv")), dtype="str")
    assert scored["n"].isna().sum() == 1


@pytest.mark.parametrize("to", ["csv", "jsonl", "parquet"])
def test_no_rows_are_scored(small_model: Path, to: Any) -> None:
    out = io.BytesIO()
    with closing(formats.FORMATS[to].load_module().open_writer(out, "in", write_bom=False)) as writer:
        assert score_and_write([], _scorer(stance.load(small_model), to), writer) == ScoringSummary(0, 0)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))))
def test_any_texts_are_scored_in_order(small_model: Path, texts: list[str]) -> None:
    data = "".join(json.dumps({"text": text}) + "\n" for text in texts).encode()
    output = _score(small_model, data, "jsonl", "csv").decode()
    scored = list(csv.DictReader(io.StringIO(output, newline="")))
    assert [row["text"] for row in scored] == texts


def test_long_rows_make_small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_files, "BATCH_BYTES", 10_000)
    texts = [str(number) * 1000 for number in range(10)]
    batches = _batches(_parquet(pa.table({"text": texts})), "parquet")
    assert [text for batch in batches for text in batch.texts.to_pylist()] == texts
    assert len(batches) > 1


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_progress_counts_all_inputs(small_model: Path, tmp_path: Path, kind: str) -> None:
    data = {"csv": b"text\na\nb\n", "parquet": _parquet(pa.table({"text": ["a", "b"]}))}[kind]
    for name in ("one", "two"):
        (tmp_path / f"{name}.{kind}").write_bytes(data)
    inputs = tuple(str(tmp_path / f"{name}.{kind}") for name in ("one", "two"))
    calls: list[tuple[int, float | None]] = []
    request = ScoringRequest(small_model, inputs, output=str(tmp_path / "out.csv"))
    assert score_inputs(request, lambda n_rows, fraction: calls.append((n_rows, fraction))) == ScoringSummary(4, 0)
    assert calls == [(2, 0.5), (4, 1.0)]


def test_several_inputs_and_single_texts(small_model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a good idea\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("text\na bad one\n", encoding="utf-8")
    result = run(
        "predict", "--text", "first", tmp_path / "a.txt", tmp_path / "b.csv", "-", "--model", small_model, stdin=b"last"
    )
    assert [row["text"] for row in csv.DictReader(io.StringIO(result.out))] == [
        "first",
        "a good idea",
        "a bad one",
        "last",
    ]
