"""Options of `stance predict`: minimum confidence, and tables without a header."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from conftest import run

import stance
from stance.errors import StanceError
from stance.io import formats
from stance.io.row_batches import ColumnSelection
from stance.scoring.batch_scores import format_scores


def _confidences(model: Path, texts: list[str]) -> list[float]:
    return [
        confidence or 0.0 for confidence in stance.load(model).predict_arrow(texts).column("confidence").to_pylist()
    ]


@pytest.mark.parametrize("to", ["csv", "jsonl", "parquet"])
def test_a_row_below_min_confidence_is_cannot_tell_and_keeps_its_probabilities(small_model: Path, to: Any) -> None:
    texts = ["a good idea", "the plan", "a bad thing", "?", "good or bad"]
    confidences = _confidences(small_model, texts)
    floor = sorted(confidences)[3]
    unsure = [0 < confidence < floor for confidence in confidences]
    predictions = stance.load(small_model).predict_arrow(texts, min_confidence=floor)
    scores = format_scores(predictions, to, floor)
    assert (scores.n_cannot_tell, scores.n_below_min_confidence, sum(unsure)) == (1, 2, 2)
    for name, column in zip(
        predictions.column_names, stance.load(small_model).predict_arrow(texts).columns, strict=True
    ):
        cells = zip(column.to_pylist(), unsure, strict=True)
        expected = ["cannot-tell" if is_low and name.startswith("predicted") else value for value, is_low in cells]
        assert predictions.column(name).to_pylist() == expected


def test_both_reasons_for_cannot_tell_are_counted(small_model: Path, tmp_path: Path) -> None:
    texts = ["a good idea", "the plan", "?", "good or bad"]
    confidences = sorted(_confidences(small_model, texts))
    floor = round((confidences[2] + confidences[3]) / 2, 4)
    (tmp_path / "in.txt").write_text("\n".join(texts), encoding="utf-8")
    result = run("predict", tmp_path / "in.txt", "--model", small_model, "--min-confidence", str(floor))
    assert result.err.splitlines() == [
        "warning: 1 of 4 texts are empty or contain no known term: cannot-tell",
        f"warning: 2 of 4 have a confidence below --min-confidence {floor}: cannot-tell",
    ]
    assert [row["predicted"] for row in csv.DictReader(io.StringIO(result.out))].count("cannot-tell") == 3


@pytest.mark.parametrize(
    ("texts", "options", "notes"), [(29, (), 0), (30, (), 1), (1_000, (), 1), (30, ("--quiet",), 0)]
)
def test_a_note_says_what_counts_of_predictions_mean(
    small_model: Path, tmp_path: Path, texts: int, options: tuple[str, ...], notes: int
) -> None:
    (tmp_path / "in.txt").write_text("a good idea\n" * texts, encoding="utf-8")
    result = run("predict", tmp_path / "in.txt", "--model", small_model, *options)
    assert result.err.count("note: counts of 'predicted' do not estimate prevalence") == notes
    assert len(result.err.splitlines()) == notes


@pytest.mark.parametrize("confidence", ["-0.1", "1.1", "x"])
def test_an_invalid_confidence_is_a_usage_error(confidence: str) -> None:
    assert run("predict", "--text", "a", "--min-confidence", confidence).code == 2


@pytest.mark.parametrize(
    ("data", "kind", "names", "texts"),
    [
        (b"1\ta good idea\n2\tbad\n", "tsv", ("id", "text"), ["a good idea", "bad"]),
        (b'1\t"a good\r\n2\t"bad", they say\r\n\r\n', "tsv", ("id", "text"), ['"a good', '"bad", they say']),
        (b'1,"a, ""good"";\none"\n2,bad\n', "csv", ("id", "text"), ['a, "good";\none', "bad"]),
        (b"a, b, c;1\nd, e, f;2\n", "csv", ("text", " id "), ["a, b, c", "d, e, f"]),
        ("text\tIt’s …\n".encode("cp1252"), "tsv", ("id", "text"), ["It’s …"]),
        (b"one\ntwo\n", "tsv", ("comment",), ["one", "two"]),
        (b"", "csv", ("id", "text"), []),
    ],
)
def test_a_table_without_a_header_is_read_with_column_names(
    data: bytes, kind: Any, names: tuple[str, ...], texts: list[str]
) -> None:
    batches = list(formats.read_batches(io.BytesIO(data), kind, "in", ColumnSelection(column_names=names)))
    assert [text for batch in batches for text in batch.texts.to_pylist()] == texts
    assert {tuple(batch.column_names) for batch in batches} == {tuple(name.strip() for name in names)}


@pytest.mark.parametrize(
    ("data", "kind", "names", "message"),
    [
        (b"a\tb\tc\n", "tsv", ("id", "text"), r"the row has 3 cells, but the table has 2 \(in:1\): put"),
        (b"a\tb\n", "tsv", ("text", "text"), "the column 'text' appears twice"),
        (b"a\tb\n", "tsv", ("id", "tweet"), "no column 'text', there are: id, tweet .* --text-column"),
        (b"{}", "jsonl", ("text",), r"--columns is for csv and tsv, not for jsonl \(in\): leave --columns out"),
    ],
)
def test_column_names_that_do_not_fit_the_table(data: bytes, kind: Any, names: tuple[str, ...], message: str) -> None:
    with pytest.raises(StanceError, match=message):
        list(formats.read_batches(io.BytesIO(data), kind, "in", ColumnSelection(column_names=names)))


def test_column_names_are_written_to_the_output(small_model: Path) -> None:
    command = ("predict", "-", "--input-format", "tsv", "--columns", "id,text", "--model", small_model)
    result = run(*command, stdin=b'7\t"a good idea\n8\t"bad", they say\n')
    assert [(row["id"], row["text"], row["predicted"]) for row in csv.DictReader(io.StringIO(result.out))] == [
        ("7", '"a good idea', "for"),
        ("8", '"bad", they say', "against"),
    ]
