"""Columns of a sheet beside the stance change the evaluation: annotator, sampling, secondary stances, groups."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import run

from stance.evaluation.predictions import read_oof, select_model_rows
from stance.training import TrainingOptions, train_on_sheets

pytestmark = pytest.mark.slow

STANCES = ("for", "against")
HEADER = "comment_id,text,stance,also,annotator,sampled,probability,author\n"


TEXT, STANCE, ALSO, ANNOTATOR, SAMPLED, PROBABILITY, AUTHOR = range(1, 8)  # columns of the header


def _make_rows(n: int = 24, **cells: str) -> list[list[str]]:
    """Make rows with alternating stances, one author for every two rows, and the same cells in all rows."""
    rng = np.random.default_rng(0)
    columns = HEADER.strip().split(",")
    rows = []
    for number in range(n):
        stance = STANCES[number % 2]
        text = f"{stance}{rng.integers(3)} idea{number} place{number} of {stance}{rng.integers(3)}"
        row = [f"c{number}", text, stance, "", "", "random", "", f"author {number // 2}"]
        for column, cell in cells.items():
            row[columns.index(column)] = cell
        rows.append(row)
    return rows


def _write(folder: Path, rows: list[list[str]], header: str = HEADER) -> Path:
    sheet = folder / "sheet.csv"
    sheet.write_text(header + "".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    return sheet


def _train(folder: Path, rows: list[list[str]], *options: str) -> dict[str, Any]:
    """Train on the rows and return the metrics."""
    model = folder / "m" / "stance.joblib"
    ran = run("train", _write(folder, rows), "--quick", "--model", model, "-j", "1", *options)
    assert ran.code == 0, ran.err
    metrics: dict[str, Any] = json.loads((folder / "m" / "metrics.json").read_text(encoding="utf-8"))
    return metrics


def _error(folder: Path, rows: list[list[str]], *options: str, header: str = HEADER) -> str:
    """Train on rows that are refused and return the message."""
    _write(folder, rows, header)
    ran = run("train", "sheet.csv", "--quick", "--model", "m.joblib", *options, cwd=folder)
    assert ran.code == 1
    return ran.err


def _read_model_oof(folder: Path) -> pd.DataFrame:
    return select_model_rows(read_oof(folder / "m" / "oof.csv"))


def test_the_decision_mode_is_recorded(tmp_path: Path) -> None:
    metrics = _train(tmp_path, _make_rows(), "--decide", "most-probable")
    assert (metrics["decision"]["decide"], metrics["decision"]["compared"]) == ("most-probable", None)
    assert any("the most probable stance" in note for note in metrics["notes"])


def test_unknown_decision_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="most probable"):
        train_on_sheets([], TrainingOptions(decide="most probable"))


def test_comments_selected_by_a_model_are_not_tested(tmp_path: Path) -> None:
    rows = _make_rows()
    for row in rows[:6]:
        row[SAMPLED] = "uncertain"
    metrics = _train(tmp_path, rows)
    assert (metrics["labels"]["tested"], metrics["labels"]["training_only"]) == (18, 6)
    assert not set(_read_model_oof(tmp_path)["comment_id"]) & {row[0] for row in rows[:6]}


def test_scores_are_weighted_by_inclusion_probabilities(tmp_path: Path) -> None:
    rows = _make_rows()
    for number, row in enumerate(rows):
        row[PROBABILITY] = "0.1" if number < 8 else "0.4"
    metrics = _train(tmp_path, rows)
    oof = _read_model_oof(tmp_path)
    is_right = (oof["stance"] == oof["predicted"]).to_numpy()
    weights = np.array([1 / 0.1 if int(comment[1:]) < 8 else 1 / 0.4 for comment in oof["comment_id"]])
    assert metrics["labels"]["weighted"]
    assert metrics["schemes"][0]["systems"][-1]["accuracy"]["value"] == pytest.approx(
        np.average(is_right, weights=weights), abs=1e-6
    )


def test_a_group_is_never_split_between_folds(tmp_path: Path) -> None:
    rows = _make_rows()
    _train(tmp_path, rows, "--group-column", "author")
    oof = _read_model_oof(tmp_path)
    authors = oof["comment_id"].map({row[0]: row[AUTHOR] for row in rows})
    assert oof.groupby(authors)["fold"].nunique().max() == 1


def test_second_stances_are_evaluated_separately(tmp_path: Path) -> None:
    rows = _make_rows()
    for row in rows:
        row[ALSO] = "against" if row[STANCE] == "for" else "for"
    also = _train(tmp_path, rows)["also"]
    assert (also["n"], also["accuracy"]["value"]) == (24, 1.0)
    assert {stance: score["value"] for stance, score in also["present"].items()} == dict.fromkeys(STANCES, 1.0)


def test_empty_second_stances_and_repetitions_of_the_first_are_ignored(tmp_path: Path) -> None:
    rows = _make_rows()
    for row in rows:
        row[ALSO] = f"; {row[STANCE].upper()} ;"
    rows[0][ALSO] = "for;against"
    assert _train(tmp_path, rows)["also"]["n"] == 1


def test_annotators_are_compared(tmp_path: Path) -> None:
    rows = _make_rows(annotator="ann") + _make_rows(10, annotator="bob")
    (pair,) = _train(tmp_path, rows)["annotators"]
    assert (pair["first"], pair["second"], pair["n"], pair["accuracy"]["value"]) == ("ann", "bob", 10, 1.0)
    assert pair["accuracy"]["low"] < 1


@pytest.mark.parametrize(("column", "cell"), [(SAMPLED, "by hand"), (PROBABILITY, "1.5"), (PROBABILITY, "nan")])
def test_an_invalid_cell_is_reported_with_its_row(tmp_path: Path, column: int, cell: str) -> None:
    rows = _make_rows()
    rows[0][column] = cell
    message = _error(tmp_path, rows)
    assert f"{cell!r} (sheet.csv:2): " in message


def test_labels_selected_by_a_model_cannot_be_evaluated_on_their_own(tmp_path: Path) -> None:
    message = _error(tmp_path, _make_rows(sampled="disagree"))
    assert message.startswith("error: all labelled comments were selected by a model, so none can be used to evaluate")


def test_a_single_group_cannot_be_evaluated(tmp_path: Path) -> None:
    assert "one group" in _error(tmp_path, _make_rows(author="one author"), "--group-column", "author")
    rows = _make_rows(sampled="uncertain")
    rows[0][SAMPLED] = "random"
    assert "one group" in _error(tmp_path, rows)


def test_a_missing_target_is_reported_with_its_row(tmp_path: Path) -> None:
    rows = [[*row, "Russia" if number else ""] for number, row in enumerate(_make_rows())]
    message = _error(tmp_path, rows, header=HEADER.replace("author", "author,target"))
    assert message.startswith("error: ")
    assert "without a target (sheet.csv:2)" in message


def test_examples_that_nearly_repeat_a_label_are_left_out(tmp_path: Path) -> None:
    """Texts and stances are random, so only near-duplicates of the labels among the examples could predict them."""
    rng = np.random.default_rng(0)
    texts = [" ".join("".join(rng.choice(list("bcdfghjkl"), 5)) for _ in range(6)) for _ in range(24)]
    labels = list(zip(texts, rng.choice(STANCES, 24).tolist(), strict=True))
    rows = [[f"c{number}", text, stance, "", "", "", "", ""] for number, (text, stance) in enumerate(labels)]
    codebook = "".join(f"[stances.{stance}]\n" for stance in STANCES) + "[examples]\n"
    for stance in STANCES:
        copies = [f"{text} indeed" for text, label in labels if label == stance]
        codebook += f"{stance} = {[*copies, f'really {stance}']}\n"
    (tmp_path / "codebook.toml").write_text(codebook, encoding="utf-8")
    metrics = _train(tmp_path, rows)
    assert metrics["labels"]["examples"] == 2
    assert metrics["schemes"][0]["systems"][-1]["accuracy"]["value"] < 0.75
