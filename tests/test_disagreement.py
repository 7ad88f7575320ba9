from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from conftest import run, small_sheet

import stance
from stance.evaluation.predictions import read_oof
from stance.evaluation.splits import STRATIFIED_KFOLD
from stance.labels import resolution
from stance.labels.codebook import codebook_from_names
from stance.labels.sheets.sheet_file import read_sheet
from stance.sampling.disagreement import find_disagreements

HEAD = "comment_id,text,stance,annotator,pass,target"
CODEBOOK = codebook_from_names(["for", "against", "neutral"])


def _rows(tmp_path: Path, *lines: str) -> pd.DataFrame:
    path = tmp_path / "sheet.csv"
    path.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    return resolution.combine_labels([read_sheet(path)], CODEBOOK)[0]


def _oof(*rows: tuple[str, float, float, float]) -> pd.DataFrame:
    columns = ["comment_id", "p_for", "p_against", "p_neutral"]
    return pd.DataFrame(rows, columns=columns).assign(target="", scheme=STRATIFIED_KFOLD, system="labels", repeat=0)


def test_annotators_come_first_the_most_divided_before_the_others(tmp_path: Path) -> None:
    rows = _rows(
        tmp_path,
        "1,one,for,ann,1,",
        "1,,for,bob,1,",
        "2,two,for,ann,1,",
        "2,,against,ann,2,",
        "3,three,for,ann,1,",
        "3,,for,bob,1,",
        "3,,against,cem,1,",
        "4,four,for,ann,1,",
        "4,,against,bob,1,",
        "5,five,for,ann,1,",
        "5,,against,bob,1,",
        "5,,for,eve,adjudicated,",
        "6,six,for,,1,",
        "6,,neutral,,2,",
        "7,seven,,ann,1,",
    )
    found = find_disagreements(rows)
    assert [(each.comment_id, each.kind, each.reason) for each in found] == [
        ("4", "annotators", "annotators differ: for 1, against 1"),
        ("6", "annotators", "annotators differ: for 1, neutral 1"),
        ("3", "annotators", "annotators differ: for 2, against 1"),
        ("2", "passes", "ann differs between passes: for 1, against 1"),
    ]
    assert {each.label_probability for each in found} == {None}


def test_out_of_fold_answers_speak_before_the_model(tmp_path: Path, small_model: Path) -> None:
    rows = _rows(
        tmp_path,
        "seen,a good idea of the mayor,against,ann,1,",
        "sure,a good idea,for,ann,1,",
        "new,what a bad thing to do,for,ann,1,",
        "right,a good idea,for,ann,1,",
        "settled,a good idea,against,ann,adjudicated,",
        "empty,?,for,ann,1,",
    )
    oof = _oof(("seen", 0.2, 0.7, 0.1), ("sure", 0.05, 0.9, 0.05), ("settled", 0.9, 0.0, 0.1))
    model = stance.load(small_model)
    found = find_disagreements(rows, oof, model)
    assert {each.comment_id: each.kind for each in found} == {"sure": "out-of-fold", "new": "model"}
    assert [each.label_probability for each in found] == sorted(each.label_probability or 0 for each in found)
    (new,) = (each for each in found if each.comment_id == "new")
    of_new = model.predict_proba(["what a bad thing to do"])[0]
    assert new.label_probability == pytest.approx(of_new[model.stances.index("for")])
    assert new.reason.startswith("the model says against, and 0.")
    assert [each.comment_id for each in find_disagreements(rows, model=model)] != [each.comment_id for each in found]
    assert find_disagreements(rows) == ()
    assert find_disagreements(rows.set_axis([0] * len(rows)), oof, model) == found


def test_targets_are_told_apart(tmp_path: Path) -> None:
    rows = _rows(tmp_path, "1,one,for,ann,1,A", "1,,against,ann,1,B", "2,two,for,ann,1,B", "2,,against,bob,1,B")
    assert [(each.comment_id, each.target) for each in find_disagreements(rows)] == [("2", "B")]


def test_targets_that_the_model_does_not_know_are_left_out(tmp_path: Path) -> None:
    lines = [
        f"{number},{text} {number},{stance},ann,1,{target}"
        for number in range(4)
        for target in ("A", "B")
        for text, stance in (("a good idea of it", "for"), ("what a bad thing", "against"))
    ]
    text = "\n".join([HEAD, *(f"{place}x{line}" for place, line in enumerate(lines))])
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    ran = run("train", "t.csv", "-j", "1", "--quick", "--model", "m/stance.joblib", cwd=tmp_path)
    assert ran.code == 0, ran.err
    rows = _rows(tmp_path, "1,a good idea of it,against,ann,1,A", "2,a good idea of it,against,ann,1,C")
    found = find_disagreements(rows, model=stance.load(tmp_path / "m" / "stance.joblib"))
    assert [(each.comment_id, each.target) for each in found] == [("1", "A")]


def test_the_table_that_train_writes_is_read(tmp_path: Path) -> None:
    sheet = small_sheet(tmp_path)
    sheet.write_text(sheet.read_text(encoding="utf-8").replace("no 0,for", "no 0,against"), encoding="utf-8")
    assert run("train", sheet, "-j", "1", "--quick", "--model", tmp_path / "m" / "stance.joblib").code == 0
    rows = resolution.combine_labels([read_sheet(sheet)], CODEBOOK)[0]
    found = find_disagreements(
        rows, read_oof(tmp_path / "m" / "oof.csv"), stance.load(tmp_path / "m" / "stance.joblib")
    )
    assert (found[0].comment_id, found[0].kind) == ("f0", "out-of-fold")
    assert "say for" in found[0].reason
