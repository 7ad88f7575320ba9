"""The command `stance agree`."""

from __future__ import annotations

import codecs
import csv
import json
from pathlib import Path

import pytest
from conftest import SMALL_CODEBOOK, CommandResult, run
from sklearn.metrics import cohen_kappa_score

from stance.io.decoding import decode_bytes
from stance.labels.sheets.sheet_file import read_sheet

pytestmark = pytest.mark.slow

HEADER = "comment_id,article_title,text,stance,annotator,pass\n"
FIRST = ("for", "against", "neutral", "for", "against", "for", "for", "neutral")
SECOND = ("for", "against", "for", "for", "neutral", "for", "for", "neutral")


def _sheet_rows(stances: tuple[str, ...], annotator: str, number: str = "1") -> str:
    return "".join(
        f"c{index},A title,Text {index},{stance},{annotator},{number}\n" for index, stance in enumerate(stances)
    )


def _write_sheet(folder: Path, *parts: str, codebook: bool = True) -> Path:
    path = folder / "sheet.csv"
    path.write_text(HEADER + "".join(parts), encoding="utf-8")
    if codebook:
        (folder / "codebook.toml").write_text(SMALL_CODEBOOK, encoding="utf-8")
    return path


def _run_agree(folder: Path, *options: str) -> CommandResult:
    return run("agree", "sheet.csv", *options, cwd=folder)


def test_figures_of_two_annotators(tmp_path: Path) -> None:
    _write_sheet(tmp_path, _sheet_rows(FIRST, "ann"), _sheet_rows(SECOND, "bob"))
    ran = _run_agree(tmp_path)
    assert (ran.code, ran.err) == (0, "")
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert lines[1] == "annotators comments observed agreement Cohen's kappa Krippendorff's alpha"
    assert lines[3].startswith("ann and bob 8 0.75 [0.3")
    assert f" {cohen_kappa_score(FIRST, SECOND):.2f} [" in lines[3]
    table = lines.index("ann (rows) by bob (columns)")
    assert lines[table + 1] == "for against neutral agreement on stance"
    assert [line.split(" [")[0] for line in lines[table + 3 : table + 6]] == [
        "for 4 . . 0.89",
        "against . 1 1 0.67",
        "neutral 1 . 1 0.50",
    ]
    assert "disagreements: 2 comments, 0 of them adjudicated" in lines
    assert "c2 A title ann: neutral, bob: for no Text 2" in lines


def test_pairs_and_overall_of_three_annotators(tmp_path: Path) -> None:
    _write_sheet(
        tmp_path,
        _sheet_rows(FIRST, "ann"),
        _sheet_rows(SECOND, "bob"),
        _sheet_rows(FIRST[:3], "cy"),
        _sheet_rows(FIRST[:4], "ann", "2"),
    )
    ran = _run_agree(tmp_path)
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert [line.split(" 0.")[0].split(" 1.")[0] for line in lines[3:7]] == [
        "ann and bob 8",
        "ann and cy 3",
        "bob and cy 3",
        "ann, bob and cy 8",
    ]
    assert " n/a " in lines[6]  # kappa is defined for two annotators only
    assert any(line.startswith("ann, pass 2 4 1.00 [") for line in lines)


def test_json_has_all_figures(tmp_path: Path) -> None:
    adjudicated = "c2,,,for,eve,adjudicated\n"
    _write_sheet(
        tmp_path, _sheet_rows(FIRST, "ann"), _sheet_rows(SECOND, "bob"), adjudicated, _sheet_rows(FIRST[:4], "ann", "2")
    )
    ran = _run_agree(tmp_path, "--json")
    assert (ran.code, ran.err) == (0, "")
    result = json.loads(ran.out)
    assert list(result) == ["annotators", "pairs", "overall", "targets", "self_consistency", "disagreements", "notes"]
    assert result["annotators"] == {"ann": 8, "bob": 8}
    (pair,) = result["pairs"]
    assert pair == result["overall"]
    assert (pair["annotators"], pair["pass"], pair["n"], pair["comments"]) == (["ann", "bob"], None, 8, 8)
    assert pair["kappa"]["value"] == pytest.approx(cohen_kappa_score(FIRST, SECOND), abs=1e-6)
    for figure in ("observed_agreement", "kappa", "alpha"):
        assert pair[figure]["low"] < pair[figure]["value"] < pair[figure]["high"]
    assert pair["stances"]["against"]["labels"] == 3
    assert pair["stances"]["against"]["agreement"]["value"] == pytest.approx(2 / 3, abs=1e-6)
    assert pair["confusion"]["against"] == {"for": 0, "against": 1, "neutral": 1}
    (again,) = result["self_consistency"]
    assert (again["annotators"], again["pass"], again["n"], again["kappa"]["value"]) == (["ann"], "2", 4, 1.0)
    assert again["kappa"]["low"] < 0.9
    assert [item["labels"] for item in result["disagreements"]] == [
        {"ann": "neutral", "bob": "for"},
        {"ann": "against", "bob": "neutral"},
    ]
    assert [item["adjudicated"] for item in result["disagreements"]] == ["for", ""]
    assert _run_agree(tmp_path, "--json").out == ran.out


def test_targets_are_reported_separately(tmp_path: Path) -> None:
    rows = "".join(
        f"c{n},Text {n},{'for' if n % 2 else 'against'},{who},{target}\n"
        for n in range(6) for target in ("tax", "road") for who in ("ann", "bob")
    )  # fmt: skip
    (tmp_path / "sheet.csv").write_text(f"comment_id,text,stance,annotator,target\n{rows}", encoding="utf-8")
    result = json.loads(_run_agree(tmp_path, "--json").out)
    assert (result["overall"]["n"], result["overall"]["comments"]) == (12, 6)
    assert {
        target: [comparison["n"] for comparison in comparisons] for target, comparisons in result["targets"].items()
    } == {
        "tax": [6],
        "road": [6],
    }
    lines = [" ".join(line.split()) for line in _run_agree(tmp_path).out.splitlines()]
    assert [line.split(" 1.00")[0] for line in lines[3:6]] == [
        "ann and bob all targets 6",
        "ann and bob tax 6",
        "ann and bob road 6",
    ]


def test_disagreements_are_written_as_a_sheet(tmp_path: Path) -> None:
    _write_sheet(tmp_path, _sheet_rows(FIRST, "ann"), _sheet_rows(SECOND, "bob"), "c2,,,for,eve,adjudicated\n")
    ran = _run_agree(tmp_path, "-o", "disagreements.csv", "--quiet")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    data = (tmp_path / "disagreements.csv").read_bytes()
    assert data.startswith(codecs.BOM_UTF8)
    assert data.count(b"\r\n") == data.count(b"\n") == 3
    rows = list(csv.DictReader(decode_bytes(data).text.splitlines()))
    assert [(row["comment_id"], row["label by ann"], row["label by bob"], row["stance"]) for row in rows] == [
        ("c2", "neutral", "for", "for"),
        ("c4", "against", "neutral", ""),
    ]
    # With a stance in every row it resolves the conflicts that `stance train` would stop at.
    filled_in = data.decode("utf-8-sig").replace("neutral,,adjudicated", "neutral,neutral,adjudicated")
    (tmp_path / "disagreements.csv").write_text(filled_in, encoding="utf-8")
    assert read_sheet(tmp_path / "disagreements.csv").frame["stance"].to_list() == ["for", "neutral"]
    assert run("train", "sheet.csv", "--quick", "--model", "m", cwd=tmp_path).code == 1
    ran = run("train", "sheet.csv", "disagreements.csv", "--quick", "--model", "m", "-j", "1", cwd=tmp_path)
    assert ran.code == 0, ran.err


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    sheet = _write_sheet(tmp_path, _sheet_rows(FIRST, "ann"), _sheet_rows(SECOND, "bob"))
    before = sheet.read_bytes()
    (tmp_path / "disagreements.csv").write_text("mine", encoding="utf-8")
    assert _run_agree(tmp_path, "-o", "sheet.csv", "--force").err.startswith("error: this output is also an input")
    assert _run_agree(tmp_path, "-o", "codebook.toml", "--force").code == 1
    assert _run_agree(tmp_path, "-o", "disagreements.csv").err.startswith(
        "error: the file already exists (disagreements.csv)"
    )
    assert (sheet.read_bytes(), (tmp_path / "disagreements.csv").read_text(encoding="utf-8")) == (before, "mine")
    assert _run_agree(tmp_path, "-o", "disagreements.csv", "--force").code == 0


@pytest.mark.parametrize(
    ("parts", "who"),
    [
        ((_sheet_rows(FIRST, "ann"),), "ann (8)"),
        ((_sheet_rows(FIRST, ""),), "nobody"),
        ((), "nobody"),
        ((_sheet_rows(FIRST, "ann"), _sheet_rows(FIRST[:1], "bob")), "ann (8), bob (1)"),
        ((_sheet_rows(FIRST, "ann"), _sheet_rows(SECOND, "bob", "adjudicated")), "ann (8)"),
    ],
    ids=["one annotator", "no names", "no rows", "one in common", "adjudications"],
)
def test_nothing_to_compare_is_an_error(tmp_path: Path, parts: tuple[str, ...], who: str) -> None:
    _write_sheet(tmp_path, *parts)
    ran = _run_agree(tmp_path, "--json", "-o", "disagreements.csv")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        f"error: no two annotators labelled two comments in common; labels by {who}: let another annotator label some "
        "of the same comments, and enter each label's annotator in the column 'annotator'\n"
    )
    assert not (tmp_path / "disagreements.csv").exists()


def test_sheet_without_annotators_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "sheet.csv").write_text("text,stance\nA,for\nB,against\n", encoding="utf-8")
    ran = _run_agree(tmp_path)
    assert ran.code == 1
    assert ran.err.startswith("error: no two annotators labelled two comments in common; labels by nobody: ")


def test_two_passes_of_one_annotator_are_self_consistency(tmp_path: Path) -> None:
    _write_sheet(tmp_path, _sheet_rows(FIRST, "ann"), _sheet_rows(SECOND, "ann", "2"))
    ran = _run_agree(tmp_path)
    assert ran.code == 0
    assert ran.err.startswith("warning: no two annotators labelled two comments in common")
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert lines[0] == "self-consistency: the first pass compared with a later one of the same annotator"
    assert lines[3].startswith("ann, pass 2 8 0.75 [")
    assert "agreement between annotators" not in ran.out


def test_all_labels_of_one_stance(tmp_path: Path) -> None:
    _write_sheet(tmp_path, _sheet_rows(("for",) * 8, "ann"), _sheet_rows(("for",) * 8, "bob"))
    ran = _run_agree(tmp_path)
    assert ran.code == 0
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert lines[3].startswith("ann and bob 8 1.00 [0.6")
    assert lines[3].endswith("1.00] n/a n/a")
    assert any(line.startswith("ann and bob: all labels are 'for'. This would happen by chance, too") for line in lines)


def test_control_characters_and_markup_are_not_interpreted(tmp_path: Path) -> None:
    name, text = "[red]ann[/red]", "\x1b[2J [bold]loud[/bold] \u202e Қазақ 😀"
    rows = "".join(
        f'c{n},"{text}","{text} {n}",{stance},{who},\n'
        for who, stances in ((name, FIRST), ("bob\u202e", SECOND))
        for n, stance in enumerate(stances)
    )
    _write_sheet(tmp_path, rows)
    ran = _run_agree(tmp_path)
    assert ran.code == 0, ran.err
    assert not {"\x1b", "\u202e"}.intersection(ran.out + ran.err)
    assert f"{name} and bob" in ran.out
    assert "[bold]loud" in ran.out
    result = json.loads(_run_agree(tmp_path, "--json").out)
    assert result["disagreements"][0]["text"] == f"{text} 2"
    assert list(result["annotators"]) == [name, "bob\u202e"]


def test_unknown_stance_is_an_error(tmp_path: Path) -> None:
    _write_sheet(tmp_path, _sheet_rows(FIRST, "ann"), _sheet_rows(("fro", *SECOND[1:]), "bob"))
    assert _run_agree(tmp_path).err.startswith("error: unknown stance 'fro' (sheet.csv:10): did you mean 'for'?")
    result = json.loads(_run_agree(tmp_path, "--no-codebook", "--json").out)
    assert "fro" in result["overall"]["stances"]
    assert _run_agree(tmp_path, "--no-codebook", "--codebook", "codebook.toml").code == 2


def test_annotators_in_separate_sheets(tmp_path: Path) -> None:
    _write_sheet(tmp_path, _sheet_rows(FIRST, "ann"))
    (tmp_path / "labels").mkdir()
    for name, stances in (("ann", FIRST), ("bob", SECOND)):
        (tmp_path / "labels" / f"{name}.csv").write_text(HEADER + _sheet_rows(stances, name), encoding="utf-8")
    result = json.loads(run("agree", "--json", cwd=tmp_path).out)
    assert result["overall"]["n"] == 8
