"""The command `stance check`, and docs/reference/checks.md."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import ROOT, SMALL_CODEBOOK, CommandResult, Project, run, small_sheet
from test_cli import BAD_SHEETS

from stance.validation.rules import CHECK_RULES

pytestmark = pytest.mark.slow


def _parse_json(ran: CommandResult) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(ran.out)
    return result


def _rule_ids(ran: CommandResult) -> set[str]:
    return {finding["kind"] for finding in _parse_json(ran)["findings"]}


@pytest.mark.parametrize("sheet", [sheet for sheet, _ in BAD_SHEETS.values()], ids=BAD_SHEETS)
def test_sheets_that_training_refuses_have_an_error(tmp_path: Path, sheet: bytes) -> None:
    (tmp_path / "codebook.toml").write_text(SMALL_CODEBOOK, encoding="utf-8")
    (tmp_path / "sheet.csv").write_bytes(sheet)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    ran = run("check", "sheet.csv", cwd=tmp_path)
    assert (ran.code, ran.out.splitlines()[0]) == (1, "ERRORS: training stops until these are corrected")
    assert ran.err.startswith("checked ")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_all_errors_are_listed_at_once(tmp_path: Path) -> None:
    (tmp_path / "codebook.toml").write_text(SMALL_CODEBOOK, encoding="utf-8")
    (tmp_path / "bad.csv").write_text(
        "comment_id,text,stance,annotator,pass,sampled\n1,A,fro,x,1,\n2,B,for,x,second,\n3,,for,x,1,\n4,D,for,x,1,drawn\n"
        "5,E,for,x,1,\n5,E,against,y,1,\n6,F,for,x,1,\n6,G,for,y,1,\n",
        encoding="utf-8",
    )
    (tmp_path / "worse.csv").write_text("text,stance\nOh, no,for\n", encoding="utf-8")
    ran = run("check", "bad.csv", "worse.csv", "--json", cwd=tmp_path)
    locations = {
        finding["kind"]: [(location["file"], location["row"]) for location in finding["where"]]
        for finding in _parse_json(ran)["findings"]
        if finding["severity"] == "error"
    }
    assert locations == {
        "unreadable-sheet": [("worse.csv", None)],
        "unknown-stance": [("bad.csv", 2)],
        "unknown-pass": [("bad.csv", 3)],
        "missing-text": [("bad.csv", 4)],
        "unknown-sampled": [("bad.csv", 5)],
        "conflict": [("bad.csv", 7)],
        "two-texts": [("bad.csv", 9)],
    }
    assert (ran.code, _parse_json(ran)["errors"]) == (1, 7)


def test_a_finding_has_its_location_and_remedy(tmp_path: Path) -> None:
    small_sheet(tmp_path)
    with (tmp_path / "sheet.csv").open("a", encoding="utf-8") as sheet:
        sheet.write("x1,a1,[red]good\x1b[2J,fro\n")
    ran = run("check", "sheet.csv", cwd=tmp_path)
    assert ran.out.splitlines()[2:6] == [
        "  unknown-stance",
        "    'fro' is not in the codebook; 'for' may be meant",
        "      sheet.csv:11  x1  '[red]good\N{REPLACEMENT CHARACTER}[2J'",
        f"    -> {CHECK_RULES['unknown-stance'].remedy}",
    ]


def test_warnings_exit_with_zero_and_are_not_printed_if_quiet(tmp_path: Path) -> None:
    small_sheet(tmp_path)
    ran = run("check", "sheet.csv", cwd=tmp_path)
    assert ran.code == 0
    assert "WARNINGS: look at this" in ran.out
    quiet = run("check", "sheet.csv", "-q", cwd=tmp_path)
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


def test_many_locations_are_shortened_but_complete_in_json(tmp_path: Path) -> None:
    rows = [f"=text no {number},for" for number in range(30)]
    (tmp_path / "sheet.csv").write_text("\n".join(["text,stance", *rows]), encoding="utf-8")
    shortened, whole = (run("check", "sheet.csv", *option, cwd=tmp_path).out for option in ((), ("--verbose",)))
    assert "      ... and 25 more rows, --verbose prints all" in shortened
    assert [text.count("'=text no ") for text in (shortened, whole)] == [5, 30]
    (formulas,) = [
        finding
        for finding in _parse_json(run("check", "sheet.csv", "--json", cwd=tmp_path))["findings"]
        if finding["kind"] == "formula"
    ]
    assert [location["row"] for location in formulas["where"]] == list(range(2, 32))
    assert formulas["do"] == CHECK_RULES["formula"].remedy


def test_without_findings_the_counts_are_printed(tmp_path: Path) -> None:
    lines = [f"{stance} text number w{n} x{n},{stance}" for stance in ("for", "against") for n in range(60)]
    (tmp_path / "sheet.csv").write_text("\n".join(["text,stance", *lines]), encoding="utf-8")
    assert run("train", "sheet.csv", "--quick", "-q", "--model", "m/m.joblib", cwd=tmp_path).code == 0
    ran = run("check", "sheet.csv", "--model", "m/m.joblib", cwd=tmp_path)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "checked 120 labels, 120 comments, 120 rows of 1 sheet without a codebook: nothing found\n"


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    (tmp_path / "sheet.csv").write_text("comment,label\nA,Yes\nB,no\n", encoding="utf-8")
    assert run("check", "sheet.csv", cwd=tmp_path).code == 1
    named = ("--text-column", "comment", "--stance-column", "label")
    assert run("check", "sheet.csv", *named, cwd=tmp_path).code == 0
    missing = run("check", "sheet.csv", *named, "--target-column", "of", "--json", cwd=tmp_path)
    assert (missing.code, "missing-column" in _rule_ids(missing)) == (1, True)


def test_a_guessed_encoding_is_reported(tmp_path: Path) -> None:
    text = "text,stance\nОни нас никогда не защитят,for\nКому это нужно сегодня,against\n"
    for encoding, is_guessed in (("cp1251", True), ("utf-8", False)):
        (tmp_path / "sheet.csv").write_bytes(text.encode(encoding))
        assert ("guessed-encoding" in _rule_ids(run("check", "sheet.csv", "--json", cwd=tmp_path))) is is_guessed


BAD_CODEBOOKS = {"no TOML": "[stances", "a reserved name": "[stances.cannot-tell]", "no stances": "[codebook]"}


@pytest.mark.parametrize("codebook", BAD_CODEBOOKS.values(), ids=BAD_CODEBOOKS)
def test_a_bad_codebook_does_not_hide_other_errors(tmp_path: Path, codebook: str) -> None:
    (tmp_path / "codebook.toml").write_text(codebook, encoding="utf-8")
    (tmp_path / "sheet.csv").write_text("text,stance,pass,also\nA,for,second,x\nB,against,1,\n", encoding="utf-8")
    ran = run("check", "sheet.csv", "--json", cwd=tmp_path)
    assert {"unreadable-codebook", "unknown-pass"} <= _rule_ids(ran)
    assert "unknown-stance" not in _rule_ids(ran)
    assert "unreadable-codebook" not in _rule_ids(run("check", "sheet.csv", "--no-codebook", "--json", cwd=tmp_path))


BAD_CALLS = {
    "no sheet": (["check"], "error: no labelling sheet named, and none in labels/"),
    "missing sheet": (["check", "gone.csv"], "error: no such file (gone.csv): check the path"),
    "missing codebook": (["check", "sheet.csv", "--codebook", "gone.toml"], "error: no such file (gone.toml)"),
}


@pytest.mark.parametrize(("call", "message"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_a_bad_call_prints_one_line(tmp_path: Path, call: list[str], message: str) -> None:
    small_sheet(tmp_path)
    ran = run(*call, cwd=tmp_path)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2 if call == ["check"] else 1, "", 1)
    assert ran.err.startswith(message)


def test_both_codebook_options_are_a_usage_error(tmp_path: Path) -> None:
    assert run("check", "--codebook", "x.toml", "--no-codebook", cwd=tmp_path).code == 2


def test_the_labels_of_this_project_have_no_error(project: Project) -> None:
    ran = run("check", "--json", cwd=project.folder)
    assert ran.code == 0
    assert _rule_ids(ran) == {"few-labels-of-stance", "stance-without-labels", "suspect-label"}
    suspected = [
        location["comment_id"]
        for finding in _parse_json(ran)["findings"]
        if finding["kind"] == "suspect-label"
        for location in finding["where"]
    ]
    metrics = json.loads((project.folder / "models" / "metrics.json").read_text(encoding="utf-8"))
    assert suspected == [suspect["comment_id"] for suspect in metrics["suspects"]]


@pytest.fixture
def labelled_sheet(small_model: Path, tmp_path: Path) -> Path:
    """Copy a model, its evaluation files, and the sheet it was trained on."""
    shutil.copytree(small_model.parent, tmp_path / "models")
    return small_sheet(tmp_path)


def _check_against_model(sheet: Path) -> dict[str, str]:
    """Check a sheet against the model beside it; return the messages of the findings about models by rule id."""
    findings = _parse_json(run("check", sheet.name, "--json", cwd=sheet.parent))["findings"]
    rule_ids = ("no-model", "no-skill", "other-labels", "learnt-only", "suspect-label")
    return {finding["kind"]: finding["what"] for finding in findings if finding["kind"] in rule_ids}


def test_labels_are_compared_with_out_of_fold_predictions(labelled_sheet: Path) -> None:
    before = _check_against_model(labelled_sheet)
    assert set(before) <= {"suspect-label"}
    text = labelled_sheet.read_text(encoding="utf-8")
    labelled_sheet.write_text(
        text.replace("mayor 0,for", "mayor 0,against") + "x1,a0,a good new idea,for\n", encoding="utf-8"
    )
    after = _check_against_model(labelled_sheet)
    assert after["other-labels"] == "1 label newer than the model was not compared; 1 label changed"
    assert "suspect-label" in after


def test_a_model_that_may_be_guessing_says_nothing_about_labels(labelled_sheet: Path) -> None:
    oof = labelled_sheet.parent / "models" / "oof.csv"
    table = pd.read_csv(oof, dtype="str", keep_default_na=False)
    table.assign(predicted="for").to_csv(oof, index=False)
    messages = _check_against_model(labelled_sheet)
    assert set(messages) == {"no-skill"}
    assert "is not shown to be better than guessing" in messages["no-skill"]


def test_a_model_of_other_labels_is_not_compared(labelled_sheet: Path) -> None:
    text = (
        labelled_sheet.read_text(encoding="utf-8")
        .replace(",for", ",?")
        .replace(",against", ",for")
        .replace(",?", ",against")
    )
    labelled_sheet.write_text(text.replace(",neutral", ",for"), encoding="utf-8")
    messages = _check_against_model(labelled_sheet)
    assert set(messages) == {"other-labels"}
    assert "was trained on other labels" in messages["other-labels"]


def test_labels_for_training_only_are_counted(labelled_sheet: Path) -> None:
    lines = labelled_sheet.read_text(encoding="utf-8").splitlines()
    lines = [f"{line},{'sampled' if not at else 'uncertain' if at < 3 else ''}" for at, line in enumerate(lines)]
    labelled_sheet.write_text("\n".join(lines), encoding="utf-8")
    assert _check_against_model(labelled_sheet)["learnt-only"].startswith("2 labels of comments selected by a model")


@pytest.mark.parametrize("damage", [None, b"", b"\xff\xfe\x00", b"a,b\n1,2\n"])
def test_without_predictions_there_is_a_note(labelled_sheet: Path, damage: bytes | None) -> None:
    oof = labelled_sheet.parent / "models" / "oof.csv"
    if damage is None:
        oof.unlink()
    else:
        oof.write_bytes(damage)
    messages = _check_against_model(labelled_sheet)
    assert set(messages) == {"no-model"}
    assert "no readable oof.csv" in messages["no-model"]


def test_without_a_model_there_is_a_note(tmp_path: Path) -> None:
    assert set(_check_against_model(small_sheet(tmp_path))) == {"no-model"}


DOCS = (ROOT / "docs" / "reference" / "checks.md").read_text(encoding="utf-8")


def test_the_docs_list_every_rule() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (\w+) \| .+? \| (.+) \|$", DOCS, flags=re.MULTILINE)
    assert rows == [(rule_id, str(rule.severity), rule.remedy) for rule_id, rule in CHECK_RULES.items()]
