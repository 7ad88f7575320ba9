from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import small_sheet

from stance import tables
from stance.evaluation import out_of_fold
from stance.evaluation.evaluation_task import EvaluationTask, prepare_evaluation_task
from stance.evaluation.out_of_fold import predict_out_of_fold
from stance.evaluation.splits import CONTRAST_SET, LEAVE_ONE_ARTICLE_OUT, STRATIFIED_KFOLD
from stance.labels.codebook import codebook_from_names, read_codebook
from stance.labels.resolution import combine_labels, resolve_labels
from stance.labels.sheets.sheet_file import read_sheet
from stance.models.procedure import TrainingPlan
from stance.models.settings import default_settings

pytestmark = pytest.mark.slow

PLAN = TrainingPlan(default_settings(), quick=False, scored_stances=("for", "against", "neutral"))


def make_labels(texts: list[str], stances: list[str], articles: list[str]) -> pd.DataFrame:
    """Make resolved labels without a target."""
    frame = pd.DataFrame({"text": texts, "stance": stances, "article_id": articles})
    empty = dict.fromkeys(("article_title", "author", "target", "also", "sampled", "probability", "group"), "")
    return frame.assign(comment_id=[f"c{number}" for number in range(len(texts))], **empty)


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> EvaluationTask:
    folder = tmp_path_factory.mktemp("task")
    sheet = small_sheet(folder)
    rows, codebook = combine_labels([read_sheet(sheet)], read_codebook(folder / "codebook.toml"))
    return prepare_evaluation_task(resolve_labels(rows), codebook, PLAN, use_examples=True)


def test_all_systems_predict_all_comments(task: EvaluationTask) -> None:
    oof = predict_out_of_fold(task, seed=0).table
    n = len(task.labels)
    assert list(oof.columns) == [
        *tables.OOF_COLUMNS,
        *(f"p_{name}" for name in task.codebook.stance_names),
        *(f"raw_{name}" for name in task.codebook.stance_names),
        "terms",
    ]
    assert oof.groupby(["scheme", "system"]).size().to_dict() == {
        (scheme, system): size
        for scheme, size in (
            (STRATIFIED_KFOLD, n * 5),
            (LEAVE_ONE_ARTICLE_OUT, n),
            (CONTRAST_SET, len(task.codebook.contrast)),
        )
        for system in task.systems
    }
    with_probabilities = oof[~oof["system"].isin(["keywords"]) & (oof["predicted"] != tables.CANNOT_TELL)]
    assert (
        with_probabilities[[f"p_{name}" for name in task.codebook.stance_names]].sum(axis=1).sub(1).abs().max() < 1e-5
    )


def test_the_table_does_not_depend_on_the_number_of_jobs(task: EvaluationTask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(out_of_fold, "_MIN_LABELS_FOR_WORKERS", 0)
    one, two = (predict_out_of_fold(task, seed=0, jobs=jobs).table.to_csv() for jobs in (1, 2))
    assert one == two


def test_tested_labels_are_not_trained_on(task: EvaluationTask) -> None:
    """The label of a comment with a word of its own must not influence the predictions for it.

    The calibration is left out: it is fitted to predictions of the other folds, whose models have seen the label.
    """
    labels = task.labels.copy()
    labels["text"] = [f"{text} marker{number}" for number, text in enumerate(labels["text"])]
    swapped = labels.copy()
    swapped.loc[0, "stance"] = "against"
    rows = []
    for frame in (labels, swapped):
        oof = predict_out_of_fold(replace(task, labels=frame), seed=0).table
        left_out = oof[(oof["scheme"] == LEAVE_ONE_ARTICLE_OUT) & (oof["comment_id"] == labels.loc[0, "comment_id"])]
        calibrated = [f"p_{name}" for name in task.codebook.stance_names]
        compared = left_out.drop(columns=["stance", *calibrated])
        assert compared["raw_for"].notna().sum() == 1
        rows.append(compared.to_csv())
    assert rows[0] == rows[1]


def test_the_majority_is_counted_in_the_training_folds() -> None:
    labels = make_labels(["ww xx", "yy zz", "vv uu"], ["a", "b", "b"], ["x", "y", "y"])
    oof = predict_out_of_fold(
        prepare_evaluation_task(labels, codebook_from_names("ab"), PLAN, use_examples=True), seed=0
    ).table
    predictions = oof[(oof["scheme"] == LEAVE_ONE_ARTICLE_OUT) & (oof["system"] == "majority")]
    assert dict(zip(predictions["comment_id"], predictions["predicted"], strict=True)) == {
        "c0": "b",
        "c1": "a",
        "c2": "a",
    }


def test_progress_is_reported(task: EvaluationTask) -> None:
    calls: list[tuple[int, int]] = []
    predict_out_of_fold(task, seed=0, progress=lambda done, total: calls.append((done, total)))
    assert [done for done, _ in calls] == list(range(1, calls[0][1] + 1))


def test_duplicate_texts_are_not_trained_on() -> None:
    """Random words predict nothing, so only a duplicate in the training fold could."""
    rng = np.random.default_rng(0)
    texts = [" ".join("".join(rng.choice(list("bcdfghjkl"), size=5)) for _ in range(4)) for _ in range(30)] * 2
    stances = list(rng.choice(list("abc"), size=30)) * 2
    articles = [f"a{number % 4}" for number in range(60)]
    labels = make_labels(texts, stances, articles)
    oof = predict_out_of_fold(
        prepare_evaluation_task(labels, codebook_from_names("abc"), PLAN, use_examples=True), seed=0
    ).table
    rows = oof[oof["system"] == "labels"]
    accuracy = (rows["stance"] == rows["predicted"]).groupby(rows["scheme"]).mean()
    assert len(accuracy) == 3  # with the learning curve
    assert (accuracy < 0.6).all()


def test_labelled_texts_are_not_examples_and_training_texts_are_not_contrast_texts(task: EvaluationTask) -> None:
    example, contrast = task.codebook.examples[0], task.codebook.contrast[0]
    labels = task.labels.copy()
    labels.loc[0, "text"] = f" {example[0]}  "
    labels.loc[1, "text"] = contrast[0]
    new_task = prepare_evaluation_task(labels, task.codebook, task.plan, use_examples=True)
    assert set(task.examples) - set(new_task.examples) == {example}
    assert set(task.contrast_set) - set(new_task.contrast_set) == {contrast}


def test_the_time_is_estimated_once(task: EvaluationTask) -> None:
    estimates: list[float] = []
    predict_out_of_fold(task, seed=0, announce=estimates.append)
    assert len(estimates) == 1
    assert estimates[0] > 0
