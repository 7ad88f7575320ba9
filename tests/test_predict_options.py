"""Answers that are withheld, and tables whose columns are named by hand."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from conftest import run

import stance
from stance.errors import StanceError
from stance.io import readers, writers
from stance.io.row_batches import ColumnSelection


def _confidences(model: Path, texts: list[str]) -> list[float]:
    return [
        confidence or 0.0 for confidence in stance.load(model).predict_arrow(texts).column("confidence").to_pylist()
    ]


@pytest.mark.parametrize("to", ["csv", "jsonl", "parquet"])
def test_a_row_below_min_confidence_is_withheld_and_keeps_its_numbers(small_model: Path, to: Any) -> None:
    texts = ["a good idea", "the plan", "a bad thing", "?", "good or bad"]
    sure = _confidences(small_model, texts)
    floor = sorted(sure)[3]
    unsure = [0 < confidence < floor for confidence in sure]
    answers = stance.load(small_model).predict_arrow(texts, min_confidence=floor)
    shaped = writers.format_scores(answers, to, floor)
    assert (shaped.n_cannot_tell, shaped.n_unsure, sum(unsure)) == (1, 2, 2)
    for name, column in zip(answers.column_names, stance.load(small_model).predict_arrow(texts).columns, strict=True):
        kept = zip(column.to_pylist(), unsure, strict=True)
        withheld = ["cannot-tell" if low and name.startswith("predicted") else told for told, low in kept]
        assert answers.column(name).to_pylist() == withheld


def test_the_kinds_of_cannot_tell_are_counted_apart(small_model: Path, tmp_path: Path) -> None:
    texts = ["a good idea", "the plan", "?", "good or bad"]
    sure = sorted(_confidences(small_model, texts))
    floor = round((sure[2] + sure[3]) / 2, 4)
    (tmp_path / "in.txt").write_text("\n".join(texts), encoding="utf-8")
    ran = run("predict", tmp_path / "in.txt", "--model", small_model, "--min-confidence", str(floor))
    assert ran.err.splitlines() == [
        "warning: 1 of 4 texts are empty or hold no known term: cannot-tell",
        f"warning: 2 of 4 are less sure than --min-confidence {floor}: cannot-tell",
    ]
    assert [row["predicted"] for row in csv.DictReader(io.StringIO(ran.out))].count("cannot-tell") == 3


@pytest.mark.parametrize(
    ("texts", "options", "notes"), [(29, (), 0), (30, (), 1), (1_000, (), 1), (30, ("--quiet",), 0)]
)
def test_who_could_count_predictions_is_told_what_counts_mean(
    small_model: Path, tmp_path: Path, texts: int, options: tuple[str, ...], notes: int
) -> None:
    (tmp_path / "in.txt").write_text("a good idea\n" * texts, encoding="utf-8")
    ran = run("predict", tmp_path / "in.txt", "--model", small_model, *options)
    assert ran.err.count("note: counts of 'predicted' do not estimate prevalence") == notes
    assert len(ran.err.splitlines()) == notes


@pytest.mark.parametrize("confidence", ["-0.1", "1.1", "x"])
def test_a_confidence_that_is_none_is_usage(confidence: str) -> None:
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
def test_a_table_without_a_header_is_read_by_the_names_given(
    data: bytes, kind: Any, names: tuple[str, ...], texts: list[str]
) -> None:
    chunks = list(readers.read_batches(io.BytesIO(data), kind, "in", ColumnSelection(column_names=names)))
    assert [text for chunk in chunks for text in chunk.texts.to_pylist()] == texts
    assert {tuple(chunk.column_names) for chunk in chunks} == {tuple(name.strip() for name in names)}


@pytest.mark.parametrize(
    ("data", "kind", "names", "message"),
    [
        (b"a\tb\tc\n", "tsv", ("id", "text"), r"the row has 3 cells, there are names for 2 columns \(in:1\): put"),
        (b"a\tb\n", "tsv", ("text", "text"), "the column 'text' stands there twice"),
        (b"a\tb\n", "tsv", ("id", "tweet"), "no column 'text', there are: id, tweet .* --text-column"),
        (b"{}", "jsonl", ("text",), "only CSV and TSV can lack the names of columns"),
    ],
)
def test_names_that_do_not_fit_a_table(data: bytes, kind: Any, names: tuple[str, ...], message: str) -> None:
    with pytest.raises(StanceError, match=message):
        list(readers.read_batches(io.BytesIO(data), kind, "in", ColumnSelection(column_names=names)))


def test_the_names_given_come_out(small_model: Path) -> None:
    asked = ("predict", "-", "--input-format", "tsv", "--columns", "id,text", "--model", small_model)
    ran = run(*asked, stdin=b'7\t"a good idea\n8\t"bad", they say\n')
    assert [(row["id"], row["text"], row["predicted"]) for row in csv.DictReader(io.StringIO(ran.out))] == [
        ("7", '"a good idea', "for"),
        ("8", '"bad", they say', "against"),
    ]
