"""Messages say from how many labels on settings are chosen, in numbers that hold for `stance train`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import stance
from stance.models.labels_needed import count_labels_needed

pytestmark = pytest.mark.slow


def _train(folder: Path, rows: list[tuple[str, ...]], columns: str = "text,stance") -> dict[str, Any]:
    """Train on rows of cells without commas; return the metrics."""
    sheet = folder / "sheet.csv"
    sheet.write_text("\n".join([columns, *map(",".join, rows)]) + "\n", encoding="utf-8")
    metrics: dict[str, Any] = stance.train(sheet, jobs=1).model.metrics
    return metrics


def _make_rows(n_for: int, n_against: int) -> list[tuple[str, ...]]:
    stances = ["for"] * n_for + ["against"] * n_against
    return [(f"{stance} w{number} x{number} y{number}", stance) for number, stance in enumerate(stances)]


@pytest.mark.parametrize(
    ("n_for", "n_against", "reason"),
    [
        (61, 50, "111 labels, 112 are needed"),
        (62, 50, None),
        (101, 11, "11 labels of against, 12 of at least two stances are needed"),
        (100, 12, None),
    ],
)
def test_settings_are_chosen_from_the_number_in_the_message_on(
    tmp_path: Path, n_for: int, n_against: int, reason: str | None
) -> None:
    metrics = _train(tmp_path, _make_rows(n_for, n_against))
    assert metrics["choices"]["reason"] == reason
    assert metrics["choices"]["made"] == (reason is None)
    in_notes = [note for note in metrics["notes"] if reason and reason in note]
    assert len(in_notes) == (2 if reason else 0)  # on settings and on the learning curve


def test_labels_selected_by_a_model_do_not_count(tmp_path: Path) -> None:
    rows = [(*cells, "uncertain" if number < 10 else "random") for number, cells in enumerate(_make_rows(70, 50))]
    metrics = _train(tmp_path, rows, "text,stance,sampled")
    expected = "110 labels, 112 are needed, not counting 10 labels of comments selected by a model"
    assert metrics["choices"]["reason"] == expected


def test_uneven_folds_are_named_as_the_reason(tmp_path: Path) -> None:
    rows = _make_rows(50, 44)
    repeated = [(f"{rows[0][0]} {'!' * number}", "for") for number in range(20)]
    metrics = _train(tmp_path, [*rows, *repeated])  # 21 of 114 have the same words; 4 others join them
    reason = "in a training fold: 89 labels, 100 are needed; near-duplicates and groups stay in one fold"
    assert metrics["choices"]["reason"] == reason


def test_a_rare_stance_does_not_keep_settings_from_being_chosen(tmp_path: Path) -> None:
    rare = [(f"maybe w{number} z{number}", "unsure") for number in range(3)]
    metrics = _train(tmp_path, [*_make_rows(70, 60), *rare])
    assert metrics["choices"]["made"]
    assert [stance["n"] for stance in metrics["schemes"][0]["systems"][-1]["stances"]] == [60, 70, 3]


@pytest.mark.parametrize("n_folds", [2, 5, 10])
def test_one_label_less_leaves_a_training_fold_one_short(n_folds: int) -> None:
    n = count_labels_needed(100, n_folds)
    largest_folds = [len(range(0, total, n_folds)) for total in (n - 1, n)]
    assert n - 1 - largest_folds[0] < 100 <= n - largest_folds[1]
