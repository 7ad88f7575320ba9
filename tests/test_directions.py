"""F_avg follows the directions of the codebook, whatever the stances are called."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import run
from sklearn.metrics import f1_score

import stance
from stance.evaluation.predictions import select_model_rows
from stance.training import TrainingRun

pytestmark = pytest.mark.slow

# The names say the opposite of the directions, and two stances have the same direction.
OPPOSITE = {"against": "favour", "against too": "favour", "for": "against", "none": ""}


def _train(
    folder: Path, names: tuple[str, ...], codebook: dict[str, str] | None, target: str = "", *, targets: str = ""
) -> TrainingRun:
    """Train on labels of stances that are hard to tell apart, with a codebook of directions or with none."""
    rng = np.random.default_rng(3)
    lines = ["text,stance,target"]
    for number in range(60):
        code = number % len(names)
        hint = code if rng.random() < 0.5 else rng.integers(len(names))
        lines.append(f"word{hint} own{number} own{number + 1000},{names[code]},{targets and targets[number // 30]}")
    sheet = folder / "sheet.csv"
    sheet.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if codebook is not None:
        tables = [
            f'[stances."{name}"]\ndirection = "{direction}"\ntarget = "{target}"\n'
            for name, direction in codebook.items()
        ]
        (folder / "codebook.toml").write_text("".join(tables), encoding="utf-8")
    return stance.train(sheet, folder / "m" / "stance.joblib", quick=True, jobs=1)


def _mean_f1(run: TrainingRun, directions: dict[str, str]) -> float:
    """Compute F_avg with scikit-learn from the out-of-fold predictions."""
    rows = select_model_rows(run.oof)
    truth, predicted = (rows[column].map(lambda name: directions.get(name, "")) for column in ("stance", "predicted"))
    return float(f1_score(truth, predicted, labels=["favour", "against"], average="macro"))


def test_directions_decide_and_names_do_not(tmp_path: Path) -> None:
    trained = _train(tmp_path, tuple(OPPOSITE), OPPOSITE, target="the bus line")
    metrics = trained.model.metrics
    assert metrics["f_avg_stances"] == {"favour": ["against", "against too"], "against": ["for"]}
    model = metrics["schemes"][0]["systems"][-1]
    assert model["f_avg"]["value"] == pytest.approx(_mean_f1(trained, OPPOSITE), abs=1e-6)
    assert model["f_avg"]["low"] < model["f_avg"]["value"] < model["f_avg"]["high"]
    by_name = _mean_f1(trained, {"for": "favour", "against": "against"})
    assert abs(model["f_avg"]["value"] - by_name) > 0.02
    assert metrics["headline"] == "macro_f1"  # no label names a target
    majority, *_ = metrics["schemes"][0]["differences"]
    baseline = metrics["schemes"][0]["systems"][0]
    assert majority["f_avg"]["value"] == pytest.approx(model["f_avg"]["value"] - baseline["f_avg"]["value"], abs=1e-5)


def test_f_avg_is_printed_and_in_the_report(tmp_path: Path) -> None:
    trained = _train(tmp_path, tuple(OPPOSITE), OPPOSITE)
    value = f"{trained.model.metrics['schemes'][0]['systems'][-1]['f_avg']['value']:.2f}"
    printed = run("train", tmp_path / "sheet.csv", "--quick", "-j", "1", "--model", tmp_path / "n" / "m.joblib").out
    assert f"F_avg, the mean F1 of stances for and against: {value} [" in printed
    for name in ("report.html", "model-card.md"):
        assert "F_avg" in (tmp_path / "m" / name).read_text(encoding="utf-8")


def test_labels_with_targets_have_f_avg_as_their_main_score(tmp_path: Path) -> None:
    trained = _train(tmp_path, tuple(OPPOSITE), OPPOSITE, targets="xy")
    metrics = trained.model.metrics
    assert metrics["headline"] == "f_avg"
    model = metrics["schemes"][0]["systems"][-1]
    assert model["f_avg"]["value"] == pytest.approx(_mean_f1(trained, OPPOSITE), abs=1e-6)
    of_targets = [scheme["systems"][-1]["f_avg"]["value"] for scheme in metrics["schemes"] if scheme["target"]]
    assert len(of_targets) == 2
    assert model["f_avg_of_targets"]["value"] == pytest.approx(np.mean(of_targets), abs=1e-5)


NAMES = ("FAVOR", "AGAINST", "NONE")


@pytest.mark.parametrize(
    ("codebook", "targets", "stances"),
    [
        (None, "xy", {"favour": ["FAVOR"], "against": ["AGAINST"]}),
        (None, "", None),
        (dict.fromkeys(NAMES, ""), "xy", None),
        ({"FAVOR": "favour", "AGAINST": "", "NONE": "against"}, "xy", {"favour": ["FAVOR"], "against": ["NONE"]}),
    ],
)
def test_names_count_only_without_a_codebook_and_with_targets(
    tmp_path: Path, codebook: dict[str, str] | None, targets: str, stances: dict[str, list[str]] | None
) -> None:
    metrics = _train(tmp_path, NAMES, codebook, targets=targets).model.metrics
    assert metrics["f_avg_stances"] == stances
    assert metrics["headline"] == ("f_avg" if stances else "macro_f1")
    has_f_avg = {system["f_avg"] is not None for scheme in metrics["schemes"] for system in scheme["systems"]}
    assert has_f_avg == {stances is not None}
