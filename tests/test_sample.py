"""`stance sample`: every input format, the sheet that it writes, and the weights of its labels in evaluation."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import odd_tables
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import SMALL_CODEBOOK, run
from hypothesis import given
from hypothesis import strategies as st

from stance import tables
from stance.errors import StanceError
from stance.labels.sheets.sheet_file import read_sheet
from stance.sampling import sample_sheet
from stance.sampling.sample_sheet import SampleRequest
from stance.sampling.sampler import SamplingPlan

pytestmark = pytest.mark.slow

RECORDS = [
    {
        "comment_id": f"c{number}",
        "author": "ё",
        "text": f'the "plan", no {number}',
        "country": "KZ" if number % 4 else "KG",
    }
    for number in range(40)
]


def _encode_records(kind: str) -> bytes:
    if kind == "jsonl":
        return "\n".join(json.dumps(record) for record in RECORDS).encode()
    if kind == "parquet":
        stream = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(RECORDS), stream)
        return stream.getvalue()
    if kind == "text":
        return "\n".join(record["text"] for record in RECORDS).encode()
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, RECORDS[0], delimiter="\t" if kind == "tsv" else ";")
    writer.writeheader()
    writer.writerows(RECORDS)
    return text.getvalue().encode("utf-8-sig")


def _read_frame(path: Path) -> pd.DataFrame:
    return read_sheet(path).frame.reset_index(drop=True)


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet", "text"])
@pytest.mark.parametrize("piped", [False, True])
def test_sample_from_every_format(tmp_path: Path, kind: str, piped: bool) -> None:
    data = _encode_records(kind)
    (tmp_path / "in").write_bytes(data)
    call = ("sample", "-" if piped else "in", "--input-format", kind, "--n", "12", "-o", "sheet.csv", "-q")
    ran = run(*call, stdin=data if piped else b"", cwd=tmp_path)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    frame = _read_frame(tmp_path / "sheet.csv")
    assert list(frame["probability"].unique()) == ["0.3"]
    assert set(frame["sampled"]) == {"random"}
    assert set(frame["seed"]) == {"0"}
    assert set(frame["stance"]) == {""}
    record_of_id = {record["comment_id"]: record for record in RECORDS}
    if kind == "text":
        assert set(frame["text"]) <= {record["text"] for record in RECORDS}
        assert list(frame["comment_id"]) == tables.fill_comment_ids([""] * 12, frame["text"])
        assert list(frame.columns) == ["comment_id", "text", *tables.LABEL_COLUMNS]
    else:
        assert frame[list(RECORDS[0])].to_dict("records") == [
            record_of_id[comment_id] for comment_id in frame["comment_id"]
        ]
        assert list(frame.columns) == ["comment_id", "author", "text", *tables.LABEL_COLUMNS, "country"]
    assert frame["comment_id"].nunique() == 12


def test_stratified_sample_is_reported_and_recorded(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(_encode_records("csv"))
    ran = run(
        "sample", "in.csv", "--n", "16", "--stratify-by", "country", "-o", "sheet.csv", "--seed", "3", cwd=tmp_path
    )
    assert ran.code == 0, ran.err
    assert [line.split() for line in ran.out.splitlines() if line[:3] in ("KG ", "KZ ", "all")] == [
        ["KG", "10", "8", "0.8"],
        ["KZ", "30", "8", "0.2667"],
        ["all", "40", "16"],
    ]
    frame = _read_frame(tmp_path / "sheet.csv")
    assert (frame["stratum"] == frame["country"]).all()
    assert sum(1 / float(chance) for chance in frame["probability"]) == pytest.approx(40)
    assert {*zip(frame["country"], frame["probability"], strict=True)} == {("KG", "0.8"), ("KZ", "0.266666666667")}
    proportional = ("--allocate", "proportional", "-o", "other.csv")
    assert run("sample", "in.csv", "--n", "16", "--stratify-by", "country", *proportional, cwd=tmp_path).code == 0
    assert _read_frame(tmp_path / "other.csv")["country"].value_counts().to_dict() == {"KZ": 12, "KG": 4}


def test_several_headerless_files(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("1\tone\n2\ttwo\n", encoding="utf-8")
    (tmp_path / "b.tsv").write_text("3\tthree\n4\t\n", encoding="utf-8")
    call = ("sample", "a.tsv", "b.tsv", "--columns", "id,comment", "--text-column", "comment", "-o", "s.csv")
    ran = run(*call, cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert "warning: there are fewer than 500 comments: all 3 are drawn" in ran.err
    assert "1 row left out: without a text" in ran.out
    frame = _read_frame(tmp_path / "s.csv").sort_values("comment_id")
    assert list(zip(frame["comment_id"], frame["text"], frame["probability"], strict=True)) == [
        ("1", "one", "1"),
        ("2", "two", "1"),
        ("3", "three", "1"),
    ]


@pytest.mark.parametrize("kind", ["csv", "text"])
def test_comments_of_excluded_sheets_are_not_drawn_again(tmp_path: Path, kind: Any) -> None:
    (tmp_path / "in").write_bytes(_encode_records(kind))
    sheets: list[Path] = []
    for number, n_excluded in enumerate((0, 15, 30)):
        output = tmp_path / f"{number}.csv"
        request = SampleRequest(
            (str(tmp_path / "in"),), output, SamplingPlan(15), exclude=tuple(sheets), input_format=kind
        )
        sample = sample_sheet.draw_sample(request)
        sample_sheet.write_sample(sample, request)
        assert sample.n_excluded == n_excluded
        sheets.append(output)
    texts = [text for path in sheets for text in _read_frame(path)["text"]]
    assert sorted(texts) == sorted(record["text"] for record in RECORDS)
    assert set(_read_frame(sheets[1])["probability"]) == {"0.6"}
    call = (
        "sample",
        "in",
        "--input-format",
        kind,
        *(part for path in sheets for part in ("--exclude", path)),
        "-o",
        "x.csv",
    )
    assert run(*call, cwd=tmp_path).err.startswith("error: all comments are in the excluded sheets: ")


def test_sample_of_a_sample_multiplies_probabilities(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(_encode_records("csv"))
    for source, n, target in (("in.csv", "20", "one.csv"), ("one.csv", "5", "two.csv")):
        ran = run("sample", source, "--n", n, "-o", target, cwd=tmp_path)
        assert ran.code == 0
    assert "warning: the input is itself a sample" in ran.err
    assert set(_read_frame(tmp_path / "two.csv")["probability"]) == {"0.125"}


def test_predictions_are_a_warning_and_labels_are_not_copied(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(
        "comment_id,text,stance,annotator,probability,predicted\n1,a,for,me,0.5,for\n1,,against,you,,\n",
        encoding="utf-8",
    )
    ran = run("sample", "in.csv", "-o", "s.csv", cwd=tmp_path)
    assert "warning: the sheet shows a model's predictions (column 'predicted')" in ran.err
    (row,) = _read_frame(tmp_path / "s.csv").to_dict("records")
    assert (row["stance"], row["annotator"], row["probability"], row["predicted"]) == ("", "", "1", "for")


def test_sheet_with_labels_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(_encode_records("csv"))
    call = ("sample", "in.csv", "-o", "s.csv")
    assert run(*call, cwd=tmp_path).code == 0
    again = run(*call, cwd=tmp_path)
    assert again.err == "error: the file already exists (s.csv): name another one, or overwrite it with --force\n"
    assert run(*call, "--force", cwd=tmp_path).code == 0
    frame = _read_frame(tmp_path / "s.csv")
    frame.loc[3, "note"] = "x"
    frame.to_csv(tmp_path / "s.csv", index=False)
    before = (tmp_path / "s.csv").read_bytes()
    ran = run(*call, "--force", cwd=tmp_path)
    assert (ran.code, (tmp_path / "s.csv").read_bytes()) == (1, before)
    assert ran.err.startswith("error: this sheet holds labels or notes (column 'note') (s.csv): choose another file: ")


INVALID_CALLS = {
    "missing": (["gone.csv"], "error: no such file (gone.csv): "),
    "a folder": (["."], "error: a folder, not a file (.): "),
    "twice": (["in.csv", "in.csv"], "error: an input is given twice (in.csv): give each input once"),
    "no text": (
        ["in.csv", "--text-column", "x"],
        "error: no column 'x', there are: comment_id, author, text, country ",
    ),
    "no stratum": (["in.csv", "--stratify-by", "x"], "error: no column 'x', there are: "),
    "taken": (["in.csv", "--text-column", "author"], "error: the input already has a column 'text' (in.csv:1): "),
    "nothing": (["empty.csv"], "error: no comments in it (empty.csv): add some rows, or name another file"),
    "into itself": (["in.csv", "-f", "-o", "in.csv"], "error: this output is also an input or another output (in.csv)"),
    "no sheet": (["in.csv", "--exclude", "gone.csv"], "error: no such file (gone.csv): "),
    "unknown": (["in.doc"], "error: unknown file type '.doc' (in.doc): add --input-format"),
    "too many strata": (
        ["in.csv", "--stratify-by", "comment_id", "--n", "9"],
        "error: the column 'comment_id' has more than 9 values (in.csv): draw more comments with --n",
    ),
}


@pytest.mark.parametrize(("call", "message"), INVALID_CALLS.values(), ids=INVALID_CALLS)
def test_invalid_call_is_one_line_of_error(tmp_path: Path, call: list[str], message: str) -> None:
    (tmp_path / "in.csv").write_bytes(_encode_records("csv"))
    (tmp_path / "in.doc").write_bytes(b"x")
    (tmp_path / "empty.csv").write_text("comment_id,text\n1,\n", encoding="utf-8")
    ran = run("sample", "-o", "s.csv", *call, cwd=tmp_path)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (1, "", 1)
    assert ran.err.startswith(message)
    assert not (tmp_path / "s.csv").exists()


@pytest.mark.parametrize("call", [["in.csv"], ["in.csv", "-o", "s.csv", "--n", "0"], ["in.csv", "-o", "-"]])
def test_wrong_option_is_a_usage_error(call: list[str]) -> None:
    assert run("sample", *call).code == 2


@pytest.mark.parametrize("kind", odd_tables.inputs())
def test_odd_cells_are_copied_unchanged(tmp_path: Path, kind: Any) -> None:
    (tmp_path / "in").write_bytes(odd_tables.inputs()[kind])
    request = SampleRequest((str(tmp_path / "in"),), tmp_path / "sheet.csv", SamplingPlan(1_000), input_format=kind)
    sample = sample_sheet.draw_sample(request)
    sample_sheet.write_sample(sample, request)
    frame = _read_frame(tmp_path / "sheet.csv")
    assert sorted(frame["text"]) == sorted(comment.text.replace("\0", "") for comment in sample.comments)
    assert len(sample.comments) + sample.n_without_text >= 3
    if kind == "parquet":
        assert set(frame["kind"]) == {"kind, 0", "kind, 1", "kind, 2"}


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["text", "comment_id", "k", " k ", "", "stance", "seed"]), st.text()),
        max_size=6,
    )
)
def test_sample_of_any_records_can_be_read(tmp_path_factory: pytest.TempPathFactory, records: Any) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "in.jsonl").write_text(
        "\n".join(map(json.dumps, [{"text": "first", "k": "1"}, *records])), encoding="utf-8"
    )
    request = SampleRequest((str(folder / "in.jsonl"),), folder / "sheet.csv", SamplingPlan(5))
    try:
        sample = sample_sheet.draw_sample(request)
        sample_sheet.write_sample(sample, request)
    except StanceError:
        assert not (folder / "sheet.csv").exists()
        return
    frame = _read_frame(folder / "sheet.csv")
    assert sorted(frame["text"]) == sorted(comment.text.replace("\0", "") for comment in sample.comments)
    assert set(frame["stance"]) == {""}
    assert frame["comment_id"].str.strip().ne("").all()


def test_labels_of_a_stratified_sample_are_weighted_in_evaluation(tmp_path: Path) -> None:
    (tmp_path / "codebook.toml").write_text(SMALL_CODEBOOK, encoding="utf-8")
    text_of_stance = {
        "for": "a good idea of the mayor",
        "against": "what a bad thing to do",
        "neutral": "the vote is on that day",
    }
    lines = ["comment_id,text,truth,article"]
    for number in range(400):
        truth = "for" if number % 10 else ("against", "neutral")[number // 10 % 2]
        article = "small" if truth != "for" else "big"
        lines.append(f"c{number},{text_of_stance[truth]} {number} {number * 7 % 31},{truth},{article}")
    (tmp_path / "all.csv").write_text("\n".join(lines), encoding="utf-8")
    call = ("sample", "all.csv", "--n", "60", "--stratify-by", "article", "-o", "sheet.csv", "-q")
    assert run(*call, cwd=tmp_path).code == 0
    frame = _read_frame(tmp_path / "sheet.csv")
    assert frame["article"].value_counts().to_dict() == {"big": 30, "small": 30}
    frame["stance"] = frame["truth"]
    frame.to_csv(tmp_path / "sheet.csv", index=False)
    ran = run("train", "sheet.csv", "--quick", "-j", "1", "--json", "--model", "m/stance.joblib", cwd=tmp_path)
    assert ran.code == 0, ran.err
    metrics = json.loads(ran.out)
    assert metrics["labels"]["weighted"] is True
    assert metrics["labels"]["tested"] == 60
    oof = pd.read_csv(tmp_path / "m" / "oof.csv")
    predictions = oof[(oof["scheme"] == "stratified k-fold") & (oof["system"] == oof["system"].iloc[-1])]
    weight = predictions.groupby("stance")["weight"].sum()
    # 9 of 10 comments of the population are "for", but half of the sheet.
    assert weight["for"] / weight.sum() == pytest.approx(360 / 400)
