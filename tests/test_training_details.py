"""What a sheet says beside the stance has its part in the figures: who, how chosen, what else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import run

from stance.evaluation.predictions import read_oof, select_model_rows
from stance.training import TrainingOptions, train_on_sheets

STANCES = ("for", "against")
HEADER = "comment_id,text,stance,also,annotator,sampled,probability,author\n"


def _rows(n: int = 24) -> list[list[str]]:
    rng = np.random.default_rng(0)
    rows = []
    for number in range(n):
        stance = STANCES[number % 2]
        text = f"{stance}{rng.integers(3)} idea{number} place{number} of {stance}{rng.integers(3)}"
        rows.append([f"c{number}", text, stance, "", "", "random", "", f"author {number // 2}"])
    return rows


def _trained(folder: Path, rows: list[list[str]], *options: str) -> dict[str, Any]:
    sheet = folder / "sheet.csv"
    sheet.write_text(HEADER + "".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    ran = run("train", sheet, "--quick", "--model", folder / "m" / "stance.joblib", "-j", "1", *options)
    assert ran.code == 0, ran.err
    metrics: dict[str, Any] = json.loads((folder / "m" / "metrics.json").read_text(encoding="utf-8"))
    return metrics


def test_how_stances_are_predicted_is_recorded(tmp_path: Path) -> None:
    metrics = _trained(tmp_path, _rows(), "--decide", "most-probable")
    assert (metrics["decision"]["decide"], metrics["decision"]["compared"]) == ("most-probable", None)
    assert "Predicted is the most probable stance." in metrics["notes"]


def test_an_unknown_way_to_decide_is_refused() -> None:
    with pytest.raises(ValueError, match="most probable"):
        train_on_sheets([], TrainingOptions(decide="most probable"))


def test_what_a_model_chose_is_not_tested(tmp_path: Path) -> None:
    rows = _rows()
    for row in rows[:6]:
        row[5] = "uncertain"
    metrics = _trained(tmp_path, rows)
    assert (metrics["labels"]["tested"], metrics["labels"]["training_only"]) == (18, 6)
    assert not set(read_oof(tmp_path / "m" / "oof.csv")["comment_id"]) & {row[0] for row in rows[:6]}


def test_probabilities_weigh(tmp_path: Path) -> None:
    rows = _rows()
    for number, row in enumerate(rows):
        row[6] = "0.1" if number < 8 else "0.4"
    metrics = _trained(tmp_path, rows)
    oof = select_model_rows(read_oof(tmp_path / "m" / "oof.csv"))
    right = (oof["stance"] == oof["predicted"]).to_numpy()
    inverse = np.array([1 / 0.1 if int(comment[1:]) < 8 else 1 / 0.4 for comment in oof["comment_id"]])
    assert metrics["labels"]["weighted"]
    assert metrics["schemes"][0]["systems"][-1]["accuracy"]["value"] == pytest.approx(
        np.average(right, weights=inverse), abs=1e-6
    )


def test_an_author_stays_together(tmp_path: Path) -> None:
    rows = _rows()
    _trained(tmp_path, rows, "--group-column", "author")
    oof = select_model_rows(read_oof(tmp_path / "m" / "oof.csv"))
    folds = oof.assign(author=oof["comment_id"].map({row[0]: row[7] for row in rows})).groupby("author")["fold"]
    assert folds.nunique().max() == 1


def test_second_stances_are_counted_apart(tmp_path: Path) -> None:
    rows = _rows()
    for row in rows:
        row[3] = "against" if row[2] == "for" else "for"
    also = _trained(tmp_path, rows)["also"]
    assert (also["n"], also["accuracy"]["value"]) == (24, 1.0)
    assert {stance: score["value"] for stance, score in also["present"].items()} == dict.fromkeys(STANCES, 1.0)


def test_empty_and_own_further_stances_are_none(tmp_path: Path) -> None:
    rows = _rows()
    for row in rows:
        row[3] = f"; {row[2].upper()} ;"
    rows[0][3] = "for;against"
    assert _trained(tmp_path, rows)["also"]["n"] == 1


def test_annotators_stand_beside_the_model(tmp_path: Path) -> None:
    rows = [[*row[:4], "ann", *row[5:]] for row in _rows()]
    second = [[*row[:4], "bob", *row[5:]] for row in rows[:10]]
    (pair,) = _trained(tmp_path, rows + second)["annotators"]
    assert (pair["first"], pair["second"], pair["n"], pair["accuracy"]["value"]) == ("ann", "bob", 10, 1.0)
    assert pair["accuracy"]["low"] < 1


@pytest.mark.parametrize(
    ("column", "cell", "told"),
    [
        (5, "by hand", "unknown sampled 'by hand' (sheet.csv:2): write one of given, random, uncertain, disagree"),
        (6, "1.5", "unknown probability '1.5' (sheet.csv:2): write the probability that the comment had to be drawn"),
        (6, "nan", "unknown probability 'nan' (sheet.csv:2)"),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, column: int, cell: str, told: str) -> None:
    rows = _rows()
    rows[0][column] = cell
    (tmp_path / "sheet.csv").write_text(HEADER + "".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    ran = run("train", "sheet.csv", "--quick", "--model", "m.joblib", cwd=tmp_path)
    assert ran.code == 1
    assert ran.err.startswith(f"error: {told}")


def test_labels_that_a_model_chose_alone_cannot_be_evaluated(tmp_path: Path) -> None:
    rows = [[*row[:5], "disagree", *row[6:]] for row in _rows()]
    (tmp_path / "sheet.csv").write_text(HEADER + "".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    ran = run("train", "sheet.csv", "--quick", "--model", "m.joblib", cwd=tmp_path)
    assert (ran.code, ran.err.split(":")[1]) == (
        1,
        " all comments were chosen by a model, there is nothing to evaluate by",
    )


def _refused(folder: Path, rows: list[list[str]], *options: str, header: str = HEADER) -> str:
    (folder / "sheet.csv").write_text(header + "".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    ran = run("train", "sheet.csv", "--quick", "--model", "m.joblib", *options, cwd=folder)
    assert ran.code == 1
    return ran.err


def test_what_is_of_one_group_cannot_be_tested(tmp_path: Path) -> None:
    rows = [[*row[:7], "one author"] for row in _rows()]
    assert "all of them are of one group" in _refused(tmp_path, rows, "--group-column", "author")
    alone = [[*row[:5], "uncertain", *row[6:]] for row in _rows()]
    alone[0][5] = "random"
    assert "all of them are of one group" in _refused(tmp_path, alone)


def test_a_label_without_a_target_among_others_is_told(tmp_path: Path) -> None:
    rows = [[*row, "Russia" if number else ""] for number, row in enumerate(_rows())]
    told = _refused(tmp_path, rows, header=HEADER.replace("author", "author,target"))
    assert (
        told == "error: a label without a target (sheet.csv:2): write what its stance is toward, as the other rows do\n"
    )


def test_a_near_copy_of_a_label_is_no_example(tmp_path: Path) -> None:
    """Random words with random labels: only examples that say nearly the same could tell them."""
    rng = np.random.default_rng(0)
    texts = [" ".join("".join(rng.choice(list("bcdfghjkl"), 5)) for _ in range(6)) for _ in range(24)]
    stances = rng.choice(STANCES, 24).tolist()
    rows = [
        [f"c{n}", text, stance, "", "", "", "", ""] for n, (text, stance) in enumerate(zip(texts, stances, strict=True))
    ]
    examples = {name: [f"{t} indeed" for t, s in zip(texts, stances, strict=True) if s == name] for name in STANCES}
    (tmp_path / "codebook.toml").write_text(
        "".join(f"[stances.{name}]\n" for name in STANCES)
        + "[examples]\n"
        + "".join(f"{name} = {[*listed, f'really {name}']}\n" for name, listed in examples.items()),
        encoding="utf-8",
    )
    metrics = _trained(tmp_path, rows)
    assert metrics["labels"]["examples"] == 2
    assert metrics["schemes"][0]["systems"][-1]["accuracy"]["value"] < 0.75
