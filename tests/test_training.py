"""One training run with everything in it: several targets, a table without a header, choices made by the labels."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, Ran, run
from sklearn.metrics import accuracy_score, f1_score, log_loss

import stance
from stance.evaluation.predictions import read_oof, select_model_rows

N = 160
TARGETS = ("Rüstung", "Klima")
SIDES = ["FAVOR", "AGAINST"]
OUTPUTS = ("stance.joblib", "metrics.json", "oof.csv", "report.html", "model-card.md")


def _table() -> str:
    rng = np.random.default_rng(0)
    lines = []
    for number in range(N):
        for target in TARGETS:
            held = str(rng.choice([*SIDES, "NONE"], p=[0.5, 0.3, 0.2]))
            hints = [
                f"{held.lower()}{rng.integers(6)}" if rng.random() < 0.35 else f"word{rng.integers(50)}"
                for _ in range(6)
            ]
            lines.append("\t".join([f"{target}{number}", target, f'"{" ".join(hints)} own{number}{target[0]}', held]))
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Trained:
    folder: Path
    sheet: Path
    ran: Ran
    metrics: dict[str, Any]
    oof: pd.DataFrame

    @property
    def model(self) -> Path:
        return self.folder / "stance.joblib"


def _train(sheet: Path, folder: Path, jobs: int) -> Ran:
    columns = ("--input-format", "tsv", "--columns", "id,target,text,stance")
    return run("train", sheet, *columns, "--model", folder / "stance.joblib", "-j", str(jobs))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("trained")
    sheet = folder / "tweets.txt"
    sheet.write_bytes(_table().encode("cp1252"))
    ran = _train(sheet, folder, 2)
    assert ran.code == 0, ran.err
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    return Trained(folder, sheet, ran, metrics, read_oof(folder / "oof.csv"))


def test_choices_are_made_in_every_training_fold(trained: Trained) -> None:
    choices = trained.metrics["choices"]
    assert (choices["made"], choices["reason"]) == (True, None)
    names = {each["setting"] for each in choices["final"]}
    assert names == {"C", "n-grams", "part of the classifier of all targets", "balance of the stances"}
    assert {each["setting"]: sum(each["counts"].values()) for each in choices["in_folds"]} == dict.fromkeys(
        {*names, "answer"}, 20
    )
    for each in choices["final"]:
        assert each["chosen"] in each["candidates"]


def test_every_figure_comes_from_the_table(trained: Trained) -> None:
    rows = select_model_rows(trained.oof)
    for scheme in trained.metrics["schemes"]:
        part = rows if scheme["target"] is None else rows[rows["target"] == scheme["target"]]
        model = scheme["systems"][-1]
        by_repeat = [each for _, each in part.groupby("repeat")]
        accuracy = np.mean([accuracy_score(each["stance"], each["predicted"]) for each in by_repeat])
        assert model["accuracy"]["value"] == pytest.approx(accuracy, abs=1e-6)
        for key, labels in (("f_avg", SIDES), ("macro_f1", trained.metrics["stances"])):
            scores = [f1_score(e["stance"], e["predicted"], labels=labels, average="macro") for e in by_repeat]
            assert model[key]["value"] == pytest.approx(np.mean(scores), abs=1e-6)
            assert model[key]["low"] < model[key]["value"] < model[key]["high"]
    over_targets = [
        np.mean(
            [f1_score(e["stance"], e["predicted"], labels=SIDES, average="macro") for _, e in part.groupby("target")]
        )
        for _, part in rows.groupby("repeat")
    ]
    over_all = trained.metrics["schemes"][0]["systems"][-1]
    assert over_all["f_avg_of_targets"]["value"] == pytest.approx(np.mean(over_targets), abs=1e-6)


def test_what_multipliers_gain_and_cost_comes_from_the_table(trained: Trained) -> None:
    rows, decision = select_model_rows(trained.oof), trained.metrics["decision"]
    names = trained.metrics["stances"]
    most_probable = np.array(names)[rows[[f"p_{name}" for name in names]].to_numpy().argmax(axis=1)]
    compared = decision["compared"]
    for key, answers in (("rule", rows["predicted"]), ("most_probable", most_probable)):
        given = rows.assign(predicted=answers)
        scores = [
            (
                accuracy_score(each["stance"], each["predicted"]),
                f1_score(each["stance"], each["predicted"], labels=SIDES, average="macro"),
            )
            for _, each in given.groupby("repeat")
        ]
        found = (compared[key]["accuracy"]["value"], compared[key]["f_avg"]["value"])
        assert found == pytest.approx(np.mean(scores, axis=0), abs=1e-6)
    ahead = compared["rule"]["accuracy"]["value"] - compared["most_probable"]["accuracy"]["value"]
    assert compared["difference"]["accuracy"]["value"] == pytest.approx(ahead, abs=1e-5)
    model = stance.load(trained.model)
    assert [each["target"] for each in decision["multipliers"]] == list(TARGETS)
    stored = [[each["stances"][name] for name in model.stances] for each in decision["multipliers"]]
    assert np.allclose(model.multipliers, stored, atol=1e-6)
    assert not model.costs.any()
    said = f"accuracy {compared['rule']['accuracy']['value']:.2f} instead of"
    for told in (trained.ran.err, *((trained.folder / name).read_text("utf-8") for name in OUTPUTS[3:])):
        assert said in " ".join(told.split())


def test_log_loss_before_and_after_comes_from_the_table(trained: Trained) -> None:
    rows = select_model_rows(trained.oof)
    names = sorted(trained.metrics["stances"])
    assert trained.metrics["calibration"]["calibrated"]
    for when, prefix in (("before", "raw_"), ("after", "p_")):
        given = rows[[f"{prefix}{name}" for name in names]].to_numpy()
        expected = log_loss(rows["stance"], given / given.sum(axis=1, keepdims=True), labels=names)
        assert trained.metrics["calibration"]["log_loss"][when] == pytest.approx(expected, abs=1e-4)


def test_the_model_is_better_than_its_baselines(trained: Trained) -> None:
    for difference in trained.metrics["schemes"][0]["differences"]:
        assert difference["f_avg"]["low"] > 0, difference


def test_the_curve_rises_to_the_figure_of_its_folds(trained: Trained) -> None:
    points = trained.metrics["learning_curve"]["points"]
    assert [each["n"] for each in points] == sorted(each["n"] for each in points)
    assert points[-1]["f_avg"] > points[0]["f_avg"]
    assert trained.metrics["learning_curve"]["sentence"].startswith(("More labels", "Whether more labels"))


def test_documented_keys_are_those_there_are(trained: Trained) -> None:
    told = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", told.split("## oof.csv")[0], flags=re.MULTILINE)
    assert listed == list(trained.metrics)
    columns = re.findall(
        r"`(\w+)`", " ".join(re.findall(r"^\| (`.*?) \|", told.split("## oof.csv")[1], flags=re.MULTILINE))
    )
    names = trained.metrics["stances"]
    spread = [each.replace("STANCE", name) for each in columns for name in (names if "STANCE" in each else [""])]
    assert sorted(spread) == sorted(trained.oof.columns)


def test_the_same_bytes_whatever_the_jobs(trained: Trained, tmp_path: Path) -> None:
    ran = _train(trained.sheet, tmp_path, 1)
    assert ran.code == 0, ran.err
    for name in OUTPUTS:
        assert (tmp_path / name).read_bytes() == (trained.folder / name).read_bytes(), name


def test_no_comment_and_no_path_is_in_the_metrics(trained: Trained) -> None:
    written = (trained.folder / "metrics.json").read_text(encoding="utf-8")
    texts = [line.split("\t")[2].strip('"') for line in _table().splitlines()]
    assert not any(text in written for text in texts)
    assert str(trained.folder) not in written


@pytest.mark.parametrize("target", TARGETS)
def test_one_file_answers_toward_each_target(trained: Trained, target: str) -> None:
    text = "favor1 favor2 favor3 favor4 favor5"
    ran = run("predict", "--text", text, "--target", target, "--model", trained.model, "--format", "jsonl")
    answer = json.loads(ran.out)
    assert answer["predicted"] == "FAVOR"
    model = stance.load(trained.model)
    of_pipeline = model.to_sklearn(target).predict_proba([text])[0]
    assert [answer[f"p_{name}"] for name in sorted(model.stances)] == pytest.approx(of_pipeline.tolist(), abs=1e-6)


def test_the_report_and_the_card_speak_of_the_same_figures(trained: Trained) -> None:
    value = trained.metrics["schemes"][0]["systems"][-1]["f_avg"]["value"]
    for name in ("report.html", "model-card.md"):
        told = (trained.folder / name).read_text(encoding="utf-8")
        assert f"{value:.2f}" in told
        assert all(target in told for target in TARGETS)
