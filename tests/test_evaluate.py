from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import small_sheet

from stance import tables
from stance.evaluation import out_of_fold as evaluate
from stance.evaluation.out_of_fold import CONTRAST_SET, EvaluationTask, predict_out_of_fold
from stance.evaluation.splits import LEAVE_ONE_ARTICLE_OUT, STRATIFIED_KFOLD
from stance.labels.codebook import codebook_from_names, read_codebook
from stance.labels.resolution import combine_labels, resolve_labels
from stance.labels.sheets.sheet_file import read_sheet
from stance.models.procedure import TrainingPlan
from stance.models.settings import default_settings

PLAN = TrainingPlan(default_settings(), quick=False, scored_stances=("for", "against", "neutral"))


def labels_of(texts: list[str], stances: list[str], articles: list[str]) -> pd.DataFrame:
    """Make settled labels."""
    frame = pd.DataFrame({"text": texts, "stance": stances, "article_id": articles})
    empty = dict.fromkeys(("article_title", "target", "also", "sampled", "probability", "group"), "")
    return frame.assign(comment_id=[f"c{number}" for number in range(len(texts))], **empty)


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> EvaluationTask:
    folder = tmp_path_factory.mktemp("task")
    sheet = small_sheet(folder)
    found, codebook = combine_labels([read_sheet(sheet)], read_codebook(folder / "codebook.toml"))
    return evaluate.prepare_evaluation_task(resolve_labels(found), codebook, PLAN, use_examples=True)


def test_all_systems_answer_all_comments(task: EvaluationTask) -> None:
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
    of_models = oof[~oof["system"].isin(["keywords"]) & (oof["predicted"] != tables.CANNOT_TELL)]
    assert of_models[[f"p_{name}" for name in task.codebook.stance_names]].sum(axis=1).sub(1).abs().max() < 1e-5


def test_the_same_table_whatever_the_jobs(task: EvaluationTask) -> None:
    one, two = (predict_out_of_fold(task, seed=0, jobs=jobs).table.to_csv() for jobs in (1, 2))
    assert one == two


def test_nothing_is_learnt_from_what_is_tested(task: EvaluationTask) -> None:
    """A word that stands in one comment only must not tell its stance when that comment is out."""
    labels = task.labels.copy()
    labels["text"] = [f"{text} marker{number}" for number, text in enumerate(labels["text"])]
    swapped = labels.copy()
    swapped.loc[0, "stance"] = "against"
    rows = []
    for frame in (labels, swapped):
        oof = predict_out_of_fold(replace(task, labels=frame), seed=0).table
        left_out = oof[(oof["scheme"] == LEAVE_ONE_ARTICLE_OUT) & (oof["comment_id"] == labels.loc[0, "comment_id"])]
        rows.append(left_out.drop(columns="stance").to_csv())
    assert rows[0] == rows[1]


def test_the_majority_is_learnt_in_the_training_folds() -> None:
    labels = labels_of(["ww xx", "yy zz", "vv uu"], ["a", "b", "b"], ["x", "y", "y"])
    oof = predict_out_of_fold(
        evaluate.prepare_evaluation_task(labels, codebook_from_names("ab"), PLAN, use_examples=True), seed=0
    ).table
    answers = oof[(oof["scheme"] == LEAVE_ONE_ARTICLE_OUT) & (oof["system"] == "majority")]
    assert dict(zip(answers["comment_id"], answers["predicted"], strict=True)) == {"c0": "b", "c1": "a", "c2": "a"}


def test_progress_is_told(task: EvaluationTask) -> None:
    told: list[tuple[int, int]] = []
    predict_out_of_fold(task, seed=0, progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == list(range(1, told[0][1] + 1))


def test_a_text_twice_does_not_answer_itself() -> None:
    """Nothing can be learnt from random words; only a twin in the training folds could tell."""
    rng = np.random.default_rng(0)
    texts = [" ".join("".join(rng.choice(list("bcdfghjkl"), size=5)) for _ in range(4)) for _ in range(30)] * 2
    stances = list(rng.choice(list("abc"), size=30)) * 2
    articles = [f"a{number % 4}" for number in range(60)]
    labels = labels_of(texts, stances, articles)
    oof = predict_out_of_fold(
        evaluate.prepare_evaluation_task(labels, codebook_from_names("abc"), PLAN, use_examples=True), seed=0
    ).table
    answers = oof[oof["system"] == "labels"]
    right = (answers["stance"] == answers["predicted"]).groupby(answers["scheme"]).mean()
    assert len(right) == 2
    assert (right < 0.6).all()


def test_a_labelled_text_is_no_example_and_a_taught_text_no_contrast(task: EvaluationTask) -> None:
    example, contrast = task.codebook.examples[0], task.codebook.contrast[0]
    labels = task.labels.copy()
    labels.loc[0, "text"] = f" {example[0]}  "
    labels.loc[1, "text"] = contrast[0]
    stricter = evaluate.prepare_evaluation_task(labels, task.codebook, task.plan, use_examples=True)
    assert set(task.examples) - set(stricter.examples) == {example}
    assert set(task.contrast_set) - set(stricter.contrast_set) == {contrast}
