"""A complete training run: several targets, a sheet without a header."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, CommandResult, run
from sklearn.metrics import accuracy_score, f1_score, log_loss

import stance
from stance.evaluation.predictions import read_oof, select_model_rows

pytestmark = pytest.mark.slow

N = 160
TARGETS = ("Rüstung", "Klima")
SIDES = ["FAVOR", "AGAINST"]
OUTPUTS = (
    "stance.joblib",
    "metrics.json",
    "oof.csv",
    "report.html",
    "model-card.md",
    "methods.md",
    "methods.tex",
    "methods.bib",
)


def _make_sheet() -> str:
    """Make a headerless sheet of texts in which some words indicate the stance."""
    rng = np.random.default_rng(0)
    lines = []
    for number in range(N):
        for target in TARGETS:
            stance = str(rng.choice([*SIDES, "NONE"], p=[0.5, 0.3, 0.2]))
            words = [
                f"{stance.lower()}{rng.integers(6)}" if rng.random() < 0.35 else f"word{rng.integers(50)}"
                for _ in range(6)
            ]
            lines.append(f'{target}{number}\t{target}\t"{" ".join(words)} own{number}{target[0]}"\t{stance}')
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Trained:
    """A finished training run and the files that it wrote."""

    folder: Path
    sheet: Path
    ran: CommandResult
    metrics: dict[str, Any]
    oof: pd.DataFrame

    @property
    def model(self) -> Path:
        return self.folder / "stance.joblib"

    @property
    def headline(self) -> dict[str, Any]:
        """The scores of the model over all targets, in stratified cross-validation."""
        scores: dict[str, Any] = self.metrics["schemes"][0]["systems"][-1]
        return scores


def _train(sheet: Path, folder: Path, jobs: int) -> CommandResult:
    columns = ("--input-format", "tsv", "--columns", "id,target,text,stance")
    return run("train", sheet, *columns, "--model", folder / "stance.joblib", "-j", str(jobs))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("trained")
    sheet = folder / "tweets.txt"
    sheet.write_bytes(_make_sheet().encode("cp1252"))
    ran = _train(sheet, folder, 2)
    assert ran.code == 0, ran.err
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    return Trained(folder, sheet, ran, metrics, read_oof(folder / "oof.csv"))


def _mean_f1(rows: pd.DataFrame, labels: list[str]) -> float:
    return float(f1_score(rows["stance"], rows["predicted"], labels=labels, average="macro"))


def _accuracy(rows: pd.DataFrame) -> float:
    return float(accuracy_score(rows["stance"], rows["predicted"]))


def _repeats(rows: pd.DataFrame) -> list[pd.DataFrame]:
    return [repeat for _, repeat in rows.groupby("repeat")]


def test_a_decision_rule_is_fitted_in_every_fold(trained: Trained) -> None:
    decision = trained.metrics["decision"]
    assert sum(decision["rules_in_folds"].values()) == 20
    assert decision["rule"] in decision["rules_in_folds"]
    assert trained.metrics["examples"] is None


def test_every_score_can_be_computed_from_the_out_of_fold_table(trained: Trained) -> None:
    rows = select_model_rows(trained.oof)
    for scheme in trained.metrics["schemes"]:
        repeats = _repeats(rows if scheme["target"] is None else rows[rows["target"] == scheme["target"]])
        model = scheme["systems"][-1]
        assert model["accuracy"]["value"] == pytest.approx(np.mean([*map(_accuracy, repeats)]), abs=1e-6)
        for key, labels in (("f_avg", SIDES), ("macro_f1", trained.metrics["stances"])):
            expected = np.mean([_mean_f1(repeat, labels) for repeat in repeats])
            assert model[key]["value"] == pytest.approx(expected, abs=1e-6)
            assert model[key]["low"] < model[key]["value"] < model[key]["high"]
    over_targets = [
        np.mean([_mean_f1(part, SIDES) for _, part in repeat.groupby("target")]) for repeat in _repeats(rows)
    ]
    assert trained.headline["f_avg_of_targets"]["value"] == pytest.approx(np.mean(over_targets), abs=1e-6)


def test_the_comparison_of_decision_rules_can_be_computed_from_the_table(trained: Trained) -> None:
    rows, decision = select_model_rows(trained.oof), trained.metrics["decision"]
    names = trained.metrics["stances"]
    most_probable = np.array(names)[rows[[f"p_{name}" for name in names]].to_numpy().argmax(axis=1)]
    compared = decision["compared"]
    for key, predicted in (("rule", rows["predicted"]), ("most_probable", most_probable)):
        repeats = _repeats(rows.assign(predicted=predicted))
        expected = np.mean([(_accuracy(repeat), _mean_f1(repeat, SIDES)) for repeat in repeats], axis=0)
        scores = (compared[key]["accuracy"]["value"], compared[key]["f_avg"]["value"])
        assert scores == pytest.approx(expected, abs=1e-6)
    difference = compared["rule"]["accuracy"]["value"] - compared["most_probable"]["accuracy"]["value"]
    assert compared["difference"]["accuracy"]["value"] == pytest.approx(difference, abs=1e-5)
    accuracy = f"{compared['rule']['accuracy']['value']:.2f}"
    for text in (trained.ran.out, (trained.folder / "methods.md").read_text("utf-8")):
        assert f"accuracy {accuracy}" in " ".join(text.split())
    for name in ("report.html", "model-card.md"):
        cells = re.sub(r"<[^>]*>|\|", " ", (trained.folder / name).read_text("utf-8"))
        assert f"with multipliers {accuracy} [" in " ".join(cells.split())


def test_the_multipliers_of_the_model_are_in_the_metrics(trained: Trained) -> None:
    model, by_target = stance.load(trained.model), trained.metrics["decision"]["multipliers"]
    assert [entry["target"] for entry in by_target] == sorted(TARGETS)
    multipliers = [[entry["stances"][name] for name in model.stances] for entry in by_target]
    assert np.allclose(model.multipliers, multipliers, atol=1e-6)
    assert not model.costs.any()


def test_log_loss_before_and_after_calibration_can_be_computed_from_the_table(trained: Trained) -> None:
    rows = select_model_rows(trained.oof)
    names = sorted(trained.metrics["stances"])
    assert trained.metrics["calibration"]["calibrated"]
    for key, prefix in (("before", "raw_"), ("after", "p_")):
        probabilities = rows[[f"{prefix}{name}" for name in names]].to_numpy()
        normalised = probabilities / probabilities.sum(axis=1, keepdims=True)
        expected = log_loss(rows["stance"], normalised, labels=names)
        assert trained.metrics["calibration"]["log_loss"][key] == pytest.approx(expected, abs=1e-4)


def test_the_model_is_better_than_its_baselines(trained: Trained) -> None:
    for difference in trained.metrics["schemes"][0]["differences"]:
        assert difference["f_avg"]["low"] > 0, difference


def test_the_learning_curve_rises(trained: Trained) -> None:
    points = trained.metrics["learning_curve"]["points"]
    assert [point["n"] for point in points] == sorted(point["n"] for point in points)
    assert points[-1]["f_avg"] > points[0]["f_avg"]
    assert trained.metrics["learning_curve"]["sentence"]


def test_the_documentation_lists_all_keys_and_columns(trained: Trained) -> None:
    page = (ROOT / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")
    keys_part, columns_part = page.split("## oof.csv")
    assert re.findall(r"^\| `(\w+)` \|", keys_part, flags=re.MULTILINE) == list(trained.metrics)
    cells = re.findall(r"^\| (`.*?) \|", columns_part, flags=re.MULTILINE)
    documented = re.findall(r"`(\w+)`", " ".join(cells))
    names = trained.metrics["stances"]
    columns = [
        column.replace("STANCE", name) for column in documented for name in (names if "STANCE" in column else [""])
    ]
    assert sorted(columns) == sorted(trained.oof.columns)


def test_the_number_of_jobs_does_not_change_the_files(trained: Trained, tmp_path: Path) -> None:
    ran = _train(trained.sheet, tmp_path, 1)
    assert ran.code == 0, ran.err
    for name in OUTPUTS:
        assert (tmp_path / name).read_bytes() == (trained.folder / name).read_bytes(), name


def test_the_metrics_contain_no_comment_and_no_path(trained: Trained) -> None:
    metrics = (trained.folder / "metrics.json").read_text(encoding="utf-8")
    texts = [line.split("\t")[2].strip('"') for line in _make_sheet().splitlines()]
    assert not any(text in metrics for text in texts)
    assert str(trained.folder) not in metrics


@pytest.mark.parametrize("target", TARGETS)
def test_one_model_predicts_toward_each_target(trained: Trained, target: str) -> None:
    text = "favor1 favor2 favor3 favor4 favor5"
    ran = run("predict", "--text", text, "--target", target, "--model", trained.model, "--format", "jsonl")
    prediction = json.loads(ran.out)
    assert prediction["predicted"] == "FAVOR"
    model = stance.load(trained.model)
    expected = model.to_sklearn(target).predict_proba([text])[0]
    assert [prediction[f"p_{name}"] for name in sorted(model.stances)] == pytest.approx(expected.tolist(), abs=1e-6)


def test_report_and_model_card_show_the_score_and_the_targets(trained: Trained) -> None:
    for name in ("report.html", "model-card.md"):
        report = (trained.folder / name).read_text(encoding="utf-8")
        assert f"{trained.headline['f_avg']['value']:.2f}" in report
        assert all(target in report for target in TARGETS)
