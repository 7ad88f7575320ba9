from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import small_sheet
from hypothesis import given
from hypothesis import strategies as st

from stance import evaluate, tables
from stance.codebook import from_names, read_codebook
from stance.evaluate import CONTRAST, LEFT_OUT_ARTICLE, STRATIFIED, Task, folds, out_of_fold
from stance.labels import one_stance_each
from stance.model import default_settings
from stance.sheets import read_sheet


def _texts(stances: Sequence[str]) -> list[str]:
    """Give each comment a text of its own."""
    return [f"text {number}" for number in range(len(stances))]


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Task:
    folder = tmp_path_factory.mktemp("task")
    sheet = small_sheet(folder)
    labels, codebook = one_stance_each([read_sheet(sheet)], read_codebook(folder / "codebook.toml"))
    return evaluate.task(labels, codebook, default_settings(), use_examples=True)


@given(st.lists(st.sampled_from("abc"), min_size=2, max_size=40), st.integers(0, 99))
def test_every_comment_is_tested_once_a_repeat(stances: list[str], seed: int) -> None:
    laid_out = folds(stances, _texts(stances), [""] * len(stances), seed)
    for repeat in range(evaluate.REPEATS):
        tested = [number for fold in laid_out if fold.repeat == repeat for number in fold.test]
        assert sorted(tested) == list(range(len(stances)))


@given(st.integers(5, 40), st.integers(5, 40))
def test_folds_are_stratified(n_a: int, n_b: int) -> None:
    stances = ["a"] * n_a + ["b"] * n_b
    for fold in folds(stances, _texts(stances), [""] * len(stances), 0):
        counts = Counter(stances[number] for number in fold.test)
        assert abs(counts["a"] - n_a / 5) < 1
        assert abs(counts["b"] - n_b / 5) < 1


@pytest.mark.parametrize(("rarest", "k"), [(9, 5), (4, 4), (3, 3), (2, 2), (1, 5)])
def test_a_rare_stance_makes_fewer_folds(rarest: int, k: int) -> None:
    stances = ["a"] * 20 + ["b"] * rarest
    assert len({fold.number for fold in folds(stances, _texts(stances), [""] * len(stances), 0)}) == k


def test_articles_are_left_out_whole() -> None:
    laid_out = folds(["a", "b"] * 3, _texts("ababab"), ["x", "x", "y", "z", "z", "z"], 0)
    assert [list(fold.test) for fold in laid_out if fold.scheme == LEFT_OUT_ARTICLE] == [[0, 1], [2], [3, 4, 5]]


@pytest.mark.parametrize("articles", [["x"] * 4, ["x", "y", "", "y"]])
def test_without_two_known_articles_none_is_left_out(articles: list[str]) -> None:
    assert not any(fold.scheme == LEFT_OUT_ARTICLE for fold in folds(["a", "b", "a", "b"], _texts("abab"), articles, 0))


def test_all_systems_answer_all_comments(task: Task) -> None:
    oof = out_of_fold(task, seed=0).table
    n = len(task.labels)
    assert list(oof.columns[: len(tables.OOF_COLUMNS)]) == list(tables.OOF_COLUMNS)
    assert oof.groupby(["scheme", "system"]).size().to_dict() == {
        (scheme, system): size
        for scheme, size in ((STRATIFIED, n * 5), (LEFT_OUT_ARTICLE, n), (CONTRAST, len(task.codebook.contrast)))
        for system in task.systems
    }
    of_models = oof[~oof["system"].isin(["keywords"]) & (oof["predicted"] != tables.CANNOT_TELL)]
    assert of_models[[f"p_{name}" for name in task.codebook.names]].sum(axis=1).sub(1).abs().max() < 1e-5


def test_the_same_table_whatever_the_jobs(task: Task) -> None:
    one, two = (out_of_fold(task, seed=0, jobs=jobs).table.to_csv() for jobs in (1, 2))
    assert one == two


def test_nothing_is_learnt_from_what_is_tested(task: Task) -> None:
    """A word that stands in one comment only must not tell its stance when that comment is out."""
    labels = task.labels.copy()
    labels["text"] = [f"{text} marker{number}" for number, text in enumerate(labels["text"])]
    swapped = labels.copy()
    swapped.loc[0, "stance"] = "against"
    rows = []
    for frame in (labels, swapped):
        oof = out_of_fold(replace(task, labels=frame), seed=0).table
        left_out = oof[(oof["scheme"] == LEFT_OUT_ARTICLE) & (oof["comment_id"] == labels.loc[0, "comment_id"])]
        rows.append(left_out.drop(columns="stance").to_csv())
    assert rows[0] == rows[1]


def test_the_majority_is_learnt_in_the_training_folds() -> None:
    labels = pd.DataFrame({"text": ["w x", "y z", "v u"], "stance": ["a", "b", "b"], "article_id": ["x", "y", "y"]})
    labels = labels.assign(comment_id=["1", "2", "3"], target="")
    oof = out_of_fold(evaluate.task(labels, from_names("ab"), default_settings(), use_examples=True), seed=0).table
    answers = oof[(oof["scheme"] == LEFT_OUT_ARTICLE) & (oof["system"] == "majority")]
    assert dict(zip(answers["comment_id"], answers["predicted"], strict=True)) == {"1": "b", "2": "a", "3": "a"}


def test_progress_is_told(task: Task) -> None:
    told: list[tuple[int, int]] = []
    out_of_fold(task, seed=0, progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == list(range(1, told[0][1] + 1))


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["x", " x", "y", "z", "v"])), min_size=2),
    st.integers(0, 9),
)
def test_equal_texts_stay_together(labels: list[tuple[str, str]], seed: int) -> None:
    stances, texts = zip(*labels, strict=True)
    for fold in folds(stances, texts, [""] * len(texts), seed):
        tested = {texts[number].strip() for number in fold.test}
        assert not tested & {text.strip() for number, text in enumerate(texts) if number not in fold.test}


def test_a_text_twice_does_not_answer_itself() -> None:
    """Nothing can be learnt from random words; only a twin in the training folds could tell."""
    rng = np.random.default_rng(0)
    texts = [" ".join("".join(rng.choice(list("bcdfghjkl"), size=5)) for _ in range(4)) for _ in range(30)] * 2
    stances = list(rng.choice(list("abc"), size=30)) * 2
    articles = [f"a{number % 4}" for number in range(60)]
    labels = pd.DataFrame({"text": texts, "stance": stances, "article_id": articles, "target": ""})
    labels["comment_id"] = [f"c{number}" for number in range(60)]
    oof = out_of_fold(evaluate.task(labels, from_names("abc"), default_settings(), use_examples=True), seed=0).table
    answers = oof[oof["system"] == "labels"]
    right = (answers["stance"] == answers["predicted"]).groupby(answers["scheme"]).mean()
    assert len(right) == 2
    assert (right < 0.6).all()


def test_a_labelled_text_is_no_example_and_a_taught_text_no_contrast(task: Task) -> None:
    example, contrast = task.codebook.examples[0], task.codebook.contrast[0]
    labels = task.labels.copy()
    labels.loc[0, "text"] = f" {example[0]}  "
    labels.loc[1, "text"] = contrast[0]
    stricter = evaluate.task(labels, task.codebook, task.settings, use_examples=True)
    assert set(task.examples) - set(stricter.examples) == {example}
    assert set(task.contrast) - set(stricter.contrast) == {contrast}
