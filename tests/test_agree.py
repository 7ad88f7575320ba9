"""`stance agree` as a user meets it."""

from __future__ import annotations

import codecs
import csv
import json
from pathlib import Path

import pytest
from conftest import SMALL_CODEBOOK, Ran, run
from sklearn.metrics import cohen_kappa_score

from stance.io.decoding import decode_bytes
from stance.labels.sheets.sheet_file import read_sheet

HEADER = "comment_id,article_title,text,stance,annotator,pass\n"
FIRST = ("for", "against", "neutral", "for", "against", "for", "for", "neutral")
SECOND = ("for", "against", "for", "for", "neutral", "for", "for", "neutral")


def _rows(stances: tuple[str, ...], annotator: str, number: str = "1") -> str:
    return "".join(
        f"c{place},A title,Text {place},{stance},{annotator},{number}\n" for place, stance in enumerate(stances)
    )


def _sheet(folder: Path, *parts: str, codebook: bool = True) -> Path:
    path = folder / "sheet.csv"
    path.write_text(HEADER + "".join(parts), encoding="utf-8")
    if codebook:
        (folder / "codebook.toml").write_text(SMALL_CODEBOOK, encoding="utf-8")
    return path


def _agree(folder: Path, *options: str) -> Ran:
    return run("agree", "sheet.csv", *options, cwd=folder)


def test_the_figures_of_two_annotators(tmp_path: Path) -> None:
    _sheet(tmp_path, _rows(FIRST, "ann"), _rows(SECOND, "bob"))
    ran = _agree(tmp_path)
    assert (ran.code, ran.out) == (0, "")
    lines = [" ".join(line.split()) for line in ran.err.splitlines()]
    assert lines[1] == "annotators comments observed agreement Cohen's kappa Krippendorff's alpha"
    assert lines[3].startswith("ann and bob 8 0.75 [0.3")
    assert f" {cohen_kappa_score(FIRST, SECOND):.2f} [" in lines[3]
    table = lines.index("ann (rows) by bob (columns)")
    assert lines[table + 1] == "for against neutral agreement on it"
    assert [line.split(" [")[0] for line in lines[table + 3 : table + 6]] == [
        "for 4 . . 0.89",
        "against . 1 1 0.67",
        "neutral 1 . 1 0.50",
    ]
    assert "disagreements: 2 comments, 0 of them adjudicated" in lines
    assert "c2 A title ann: neutral, bob: for no Text 2" in lines


def test_three_annotators_and_all_of_them(tmp_path: Path) -> None:
    _sheet(tmp_path, _rows(FIRST, "ann"), _rows(SECOND, "bob"), _rows(FIRST[:3], "cy"), _rows(FIRST[:4], "ann", "2"))
    ran = _agree(tmp_path)
    lines = [" ".join(line.split()) for line in ran.err.splitlines()]
    assert [line.split(" 0.")[0].split(" 1.")[0] for line in lines[3:7]] == [
        "ann and bob 8",
        "ann and cy 3",
        "bob and cy 3",
        "ann, bob and cy 8",
    ]
    assert " n/a " in lines[6]  # kappa is of two
    assert any(line.startswith("ann, pass 2 4 1.00 [") for line in lines)


def test_json_has_all(tmp_path: Path) -> None:
    adjudicated = "c2,,,for,eve,adjudicated\n"
    _sheet(tmp_path, _rows(FIRST, "ann"), _rows(SECOND, "bob"), adjudicated, _rows(FIRST[:4], "ann", "2"))
    ran = _agree(tmp_path, "--json")
    assert (ran.code, ran.err) == (0, "")
    told = json.loads(ran.out)
    assert list(told) == ["annotators", "pairs", "overall", "targets", "self_consistency", "disagreements", "notes"]
    assert told["annotators"] == {"ann": 8, "bob": 8}
    (pair,) = told["pairs"]
    assert pair == told["overall"]
    assert (pair["annotators"], pair["pass"], pair["n"], pair["comments"]) == (["ann", "bob"], None, 8, 8)
    assert pair["kappa"]["value"] == pytest.approx(cohen_kappa_score(FIRST, SECOND), abs=1e-6)
    for figure in ("observed_agreement", "kappa", "alpha"):
        assert pair[figure]["low"] < pair[figure]["value"] < pair[figure]["high"]
    assert pair["stances"]["against"]["labels"] == 3
    assert pair["stances"]["against"]["agreement"]["value"] == pytest.approx(2 / 3, abs=1e-6)
    assert pair["confusion"]["against"] == {"for": 0, "against": 1, "neutral": 1}
    (again,) = told["self_consistency"]
    assert (again["annotators"], again["pass"], again["n"], again["kappa"]["value"]) == (["ann"], "2", 4, 1.0)
    assert again["kappa"]["low"] < 0.9
    assert [each["labels"] for each in told["disagreements"]] == [
        {"ann": "neutral", "bob": "for"},
        {"ann": "against", "bob": "neutral"},
    ]
    assert [each["adjudicated"] for each in told["disagreements"]] == ["for", ""]
    assert _agree(tmp_path, "--json").out == ran.out


def test_each_target_stands_apart(tmp_path: Path) -> None:
    rows = "".join(
        f"c{n},Text {n},{'for' if n % 2 else 'against'},{who},{target}\n"
        for n in range(6) for target in ("tax", "road") for who in ("ann", "bob")
    )  # fmt: skip
    (tmp_path / "sheet.csv").write_text(f"comment_id,text,stance,annotator,target\n{rows}", encoding="utf-8")
    told = json.loads(_agree(tmp_path, "--json").out)
    assert (told["overall"]["n"], told["overall"]["comments"]) == (12, 6)
    assert {target: [each["n"] for each in some] for target, some in told["targets"].items()} == {
        "tax": [6],
        "road": [6],
    }
    lines = [" ".join(line.split()) for line in _agree(tmp_path).err.splitlines()]
    assert [line.split(" 1.00")[0] for line in lines[3:6]] == [
        "ann and bob all targets 6",
        "ann and bob tax 6",
        "ann and bob road 6",
    ]


def test_disagreements_are_written_for_a_spreadsheet(tmp_path: Path) -> None:
    _sheet(tmp_path, _rows(FIRST, "ann"), _rows(SECOND, "bob"), "c2,,,for,eve,adjudicated\n")
    ran = _agree(tmp_path, "-o", "torn.csv", "--quiet")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    data = (tmp_path / "torn.csv").read_bytes()
    assert data.startswith(codecs.BOM_UTF8)
    assert data.count(b"\r\n") == data.count(b"\n") == 3
    rows = list(csv.DictReader(decode_bytes(data).text.splitlines()))
    assert [(row["comment_id"], row["label by ann"], row["label by bob"], row["stance"]) for row in rows] == [
        ("c2", "neutral", "for", "for"),
        ("c4", "against", "neutral", ""),
    ]
    # With an answer in every row it settles what `stance train` would stop at.
    settled = data.decode("utf-8-sig").replace("neutral,,adjudicated", "neutral,neutral,adjudicated")
    (tmp_path / "torn.csv").write_text(settled, encoding="utf-8")
    assert read_sheet(tmp_path / "torn.csv").frame["stance"].to_list() == ["for", "neutral"]
    assert run("train", "sheet.csv", "--quick", "--model", "m", cwd=tmp_path).code == 1
    ran = run("train", "sheet.csv", "torn.csv", "--quick", "--model", "m", "-j", "1", cwd=tmp_path)
    assert ran.code == 0, ran.err


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, _rows(FIRST, "ann"), _rows(SECOND, "bob"))
    before = sheet.read_bytes()
    (tmp_path / "torn.csv").write_text("mine", encoding="utf-8")
    assert _agree(tmp_path, "-o", "sheet.csv", "--force").err.startswith("error: this output is also an input")
    assert _agree(tmp_path, "-o", "codebook.toml", "--force").code == 1
    assert _agree(tmp_path, "-o", "torn.csv").err.startswith("error: the file is there already (torn.csv)")
    assert (sheet.read_bytes(), (tmp_path / "torn.csv").read_text(encoding="utf-8")) == (before, "mine")
    assert _agree(tmp_path, "-o", "torn.csv", "--force").code == 0


@pytest.mark.parametrize(
    ("parts", "who"),
    [
        ((_rows(FIRST, "ann"),), "ann (8)"),
        ((_rows(FIRST, ""),), "nobody"),
        ((), "nobody"),
        ((_rows(FIRST, "ann"), _rows(FIRST[:1], "bob")), "ann (8), bob (1)"),
        ((_rows(FIRST, "ann"), _rows(SECOND, "bob", "adjudicated")), "ann (8)"),
    ],
    ids=["one annotator", "no names", "no rows", "one in common", "adjudications"],
)
def test_where_there_is_nothing_to_compare(tmp_path: Path, parts: tuple[str, ...], who: str) -> None:
    _sheet(tmp_path, *parts)
    ran = _agree(tmp_path, "--json", "-o", "torn.csv")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        f"error: no two annotators labelled two comments in common; labels by {who}: let another one label some of the "
        "same comments, and write each label's giver into 'annotator'\n"
    )
    assert not (tmp_path / "torn.csv").exists()


def test_a_sheet_without_annotators_is_no_agreement(tmp_path: Path) -> None:
    (tmp_path / "sheet.csv").write_text("text,stance\nA,for\nB,against\n", encoding="utf-8")
    ran = _agree(tmp_path)
    assert ran.code == 1
    assert ran.err.startswith("error: no two annotators labelled two comments in common; labels by nobody: ")


def test_one_annotator_twice_is_self_consistency(tmp_path: Path) -> None:
    _sheet(tmp_path, _rows(FIRST, "ann"), _rows(SECOND, "ann", "2"))
    ran = _agree(tmp_path)
    assert ran.code == 0
    lines = [" ".join(line.split()) for line in ran.err.splitlines()]
    assert lines[0].startswith("warning: no two annotators labelled two comments in common")
    assert lines[1] == "self-consistency: the first pass beside a later one of the same annotator"
    assert lines[4].startswith("ann, pass 2 8 0.75 [")
    assert "agreement between annotators" not in ran.err


def test_all_labels_of_one_stance(tmp_path: Path) -> None:
    _sheet(tmp_path, _rows(("for",) * 8, "ann"), _rows(("for",) * 8, "bob"))
    ran = _agree(tmp_path)
    assert ran.code == 0
    lines = [" ".join(line.split()) for line in ran.err.splitlines()]
    assert lines[3].startswith("ann and bob 8 1.00 [0.6")
    assert lines[3].endswith("1.00] n/a n/a")
    assert any(line.startswith("ann and bob: all labels are 'for'. Chance would give that too") for line in lines)


def test_foreign_text_is_only_shown(tmp_path: Path) -> None:
    name, text = "[red]ann[/red]", "\x1b[2J [bold]loud[/bold] \u202e Қазақ 😀"
    rows = "".join(
        f'c{n},"{text}","{text} {n}",{stance},{who},\n'
        for who, stances in ((name, FIRST), ("bob\u202e", SECOND))
        for n, stance in enumerate(stances)
    )
    _sheet(tmp_path, rows)
    ran = _agree(tmp_path)
    assert ran.code == 0, ran.err
    assert not {"\x1b", "\u202e"}.intersection(ran.err)
    assert f"{name} and bob" in ran.err
    assert "[bold]loud" in ran.err
    told = json.loads(_agree(tmp_path, "--json").out)
    assert told["disagreements"][0]["text"] == f"{text} 2"
    assert list(told["annotators"]) == [name, "bob\u202e"]


def test_an_unknown_stance_is_an_error(tmp_path: Path) -> None:
    _sheet(tmp_path, _rows(FIRST, "ann"), _rows(("fro", *SECOND[1:]), "bob"))
    assert _agree(tmp_path).err.startswith("error: unknown stance 'fro' (sheet.csv:10): did you mean 'for'?")
    told = json.loads(_agree(tmp_path, "--no-codebook", "--json").out)
    assert "fro" in told["overall"]["stances"]
    assert _agree(tmp_path, "--no-codebook", "--codebook", "codebook.toml").code == 2


def test_annotators_in_sheets_of_their_own(tmp_path: Path) -> None:
    _sheet(tmp_path, _rows(FIRST, "ann"))
    (tmp_path / "labels").mkdir()
    for name, stances in (("ann", FIRST), ("bob", SECOND)):
        (tmp_path / "labels" / f"{name}.csv").write_text(HEADER + _rows(stances, name), encoding="utf-8")
    told = json.loads(run("agree", "--json", cwd=tmp_path).out)
    assert told["overall"]["n"] == 8
