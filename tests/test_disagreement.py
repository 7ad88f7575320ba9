"""Comments to label again: annotators differ, or a model predicts another stance."""

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


def _combine_rows(tmp_path: Path, *lines: str) -> pd.DataFrame:
    path = tmp_path / "sheet.csv"
    path.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    return resolution.combine_labels([read_sheet(path)], CODEBOOK)[0]


def _make_oof(*rows: tuple[str, float, float, float]) -> pd.DataFrame:
    columns = ["comment_id", "p_for", "p_against", "p_neutral"]
    return pd.DataFrame(rows, columns=columns).assign(target="", scheme=STRATIFIED_KFOLD, system="labels", repeat=0)


def test_divided_annotators_come_first_most_evenly_divided_before_others(tmp_path: Path) -> None:
    rows = _combine_rows(
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
    disagreements = find_disagreements(rows)
    assert [(d.comment_id, d.kind, d.reason) for d in disagreements] == [
        ("4", "annotators", "annotators differ: for 1, against 1"),
        ("6", "annotators", "annotators differ: for 1, neutral 1"),
        ("3", "annotators", "annotators differ: for 2, against 1"),
        ("2", "passes", "ann differs between passes: for 1, against 1"),
    ]
    assert {d.label_probability for d in disagreements} == {None}


def test_out_of_fold_predictions_take_precedence_over_the_model(tmp_path: Path, small_model: Path) -> None:
    rows = _combine_rows(
        tmp_path,
        "seen,a good idea of the mayor,against,ann,1,",
        "sure,a good idea,for,ann,1,",
        "new,what a bad thing to do,for,ann,1,",
        "right,a good idea,for,ann,1,",
        "settled,a good idea,against,ann,adjudicated,",
        "empty,?,for,ann,1,",
    )
    oof = _make_oof(("seen", 0.2, 0.7, 0.1), ("sure", 0.05, 0.9, 0.05), ("settled", 0.9, 0.0, 0.1))
    model = stance.load(small_model)
    disagreements = find_disagreements(rows, oof, model)
    assert {d.comment_id: d.kind for d in disagreements} == {
        "sure": "out-of-fold",
        "new": "model",
    }
    assert [d.label_probability for d in disagreements] == sorted(d.label_probability or 0 for d in disagreements)
    (new,) = (d for d in disagreements if d.comment_id == "new")
    probabilities = model.predict_proba(["what a bad thing to do"])[0]
    assert new.label_probability == pytest.approx(probabilities[model.stances.index("for")])
    assert new.reason.startswith("the model predicts against, with a probability of 0.")
    assert [d.comment_id for d in find_disagreements(rows, model=model)] != [d.comment_id for d in disagreements]
    assert find_disagreements(rows) == ()
    assert find_disagreements(rows.set_axis([0] * len(rows)), oof, model) == disagreements


def test_targets_are_different_items(tmp_path: Path) -> None:
    rows = _combine_rows(tmp_path, "1,one,for,ann,1,A", "1,,against,ann,1,B", "2,two,for,ann,1,B", "2,,against,bob,1,B")
    assert [(d.comment_id, d.target) for d in find_disagreements(rows)] == [("2", "B")]


@pytest.mark.slow
def test_unknown_targets_are_left_out(tmp_path: Path) -> None:
    lines = [
        f"{number},{text} {number},{stance},ann,1,{target}"
        for number in range(4)
        for target in ("A", "B")
        for text, stance in (("a good idea of it", "for"), ("what a bad thing", "against"))
    ]
    text = "\n".join([HEAD, *(f"{index}x{line}" for index, line in enumerate(lines))])
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    ran = run("train", "t.csv", "-j", "1", "--quick", "--model", "m/stance.joblib", cwd=tmp_path)
    assert ran.code == 0, ran.err
    rows = _combine_rows(tmp_path, "1,a good idea of it,against,ann,1,A", "2,a good idea of it,against,ann,1,C")
    disagreements = find_disagreements(rows, model=stance.load(tmp_path / "m" / "stance.joblib"))
    assert [(d.comment_id, d.target) for d in disagreements] == [("1", "A")]


@pytest.mark.slow
def test_reads_out_of_fold_table_of_train(tmp_path: Path) -> None:
    sheet = small_sheet(tmp_path)
    sheet.write_text(sheet.read_text(encoding="utf-8").replace("mayor 0,for", "mayor 0,against"), encoding="utf-8")
    assert run("train", sheet, "-j", "1", "--quick", "--model", tmp_path / "m" / "stance.joblib").code == 0
    rows = resolution.combine_labels([read_sheet(sheet)], CODEBOOK)[0]
    disagreements = find_disagreements(
        rows, read_oof(tmp_path / "m" / "oof.csv"), stance.load(tmp_path / "m" / "stance.joblib")
    )
    assert (disagreements[0].comment_id, disagreements[0].kind) == ("f0", "out-of-fold")
    assert "predict for" in disagreements[0].reason
