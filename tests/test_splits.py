"""Every label is tested once per repeat, and its near-duplicates are never trained on."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_out_of_fold import make_labels

from stance.evaluation import splits
from stance.evaluation.splits import (
    GROUPED_KFOLD,
    LEAVE_ONE_ARTICLE_OUT,
    STRATIFIED_KFOLD,
    compute_test_weights,
    make_splits,
)

TEXTS = st.sampled_from(["one two", " one two", "One, two!", "three", "four", "five", "six seven eight"])


def make_distinct_labels(n: int, stances: str = "ab", articles: int = 0) -> pd.DataFrame:
    """Make labels whose texts have no word in common."""
    texts = [f"first{number} second{number}" for number in range(n)]
    article_ids = [f"a{number % articles}" if articles else "" for number in range(n)]
    return make_labels(texts, [stances[number % len(stances)] for number in range(n)], article_ids)


@pytest.mark.slow
@given(st.lists(st.tuples(st.sampled_from("abc"), TEXTS), min_size=2, max_size=30), st.integers(0, 99))
def test_every_label_is_tested_once_per_repeat_without_its_duplicates(
    given_labels: list[tuple[str, str]], seed: int
) -> None:
    stances, texts = map(list, zip(*given_labels, strict=True))
    layout = make_splits(make_labels(texts, stances, [""] * len(texts)), seed)
    for repeat in range(splits.N_REPEATS):
        folds = [fold for fold in layout.folds if fold.repeat == repeat]
        assert sorted(np.concatenate([fold.test for fold in folds]).tolist()) == list(range(len(texts)))
    for fold in layout.folds:
        tested = {texts[number].strip(" !").replace(",", "").lower() for number in fold.test}
        trained = {texts[number].strip(" !").replace(",", "").lower() for number in fold.train}
        assert not tested & trained
        assert not set(fold.test.tolist()) & set(fold.train.tolist())


@pytest.mark.slow
@given(st.integers(10, 40), st.integers(10, 40))
def test_folds_are_stratified(n_a: int, n_b: int) -> None:
    labels = make_distinct_labels(n_a + n_b).assign(stance=["a"] * n_a + ["b"] * n_b)
    for fold in make_splits(labels, 0).folds:
        counts = Counter(labels["stance"].iloc[fold.test])
        assert abs(counts["a"] - n_a / 10) < 1
        assert abs(counts["b"] - n_b / 10) < 1


@pytest.mark.parametrize(
    ("n", "quick", "repeats", "folds"), [(24, False, 5, 10), (24, True, 1, 10), (100, False, 2, 10), (4, False, 5, 4)]
)
def test_number_of_repeats_and_folds(n: int, quick: bool, repeats: int, folds: int) -> None:
    layout = make_splits(make_distinct_labels(n), 0, quick=quick)
    assert {fold.repeat for fold in layout.folds} == set(range(repeats))
    assert {fold.index for fold in layout.folds} == set(range(folds))


def test_all_labels_of_an_article_are_left_out_together() -> None:
    labels = make_distinct_labels(6).assign(article_id=["x", "x", "y", "z", "z", "z"])
    left_out = [fold for fold in make_splits(labels, 0).folds if fold.scheme == LEAVE_ONE_ARTICLE_OUT]
    assert [fold.test.tolist() for fold in left_out] == [[0, 1], [2], [3, 4, 5]]
    assert [fold.train.tolist() for fold in left_out] == [[2, 3, 4, 5], [0, 1, 3, 4, 5], [0, 1, 2]]


@pytest.mark.parametrize("articles", [["x"] * 4, ["x", "y", "", "y"]])
def test_no_article_is_left_out_unless_all_labels_have_one_of_two(articles: list[str]) -> None:
    folds = make_splits(make_distinct_labels(4).assign(article_id=articles), 0).folds
    assert {fold.scheme for fold in folds} == {STRATIFIED_KFOLD}


def test_many_articles_are_left_out_in_ten_folds() -> None:
    labels = make_distinct_labels(84, articles=21)
    grouped = [fold for fold in make_splits(labels, 0).folds if fold.scheme == GROUPED_KFOLD]
    assert len(grouped) == 10
    for fold in grouped:
        assert not set(labels["article_id"].iloc[fold.test]) & set(labels["article_id"].iloc[fold.train])


def test_rows_of_one_group_stay_in_one_fold() -> None:
    labels = make_distinct_labels(40).assign(group=[f"author {number // 4}" for number in range(40)])
    for fold in make_splits(labels, 0).folds:
        assert not set(labels["group"].iloc[fold.test]) & set(labels["group"].iloc[fold.train])


def test_comments_chosen_by_a_model_are_trained_on_and_never_tested() -> None:
    labels = make_distinct_labels(30, articles=3).assign(sampled=["random", "uncertain", "disagree"] * 10)
    labels["text"] = [labels["text"].iloc[0], *labels["text"].iloc[[0, *range(2, 30)]]]
    for fold in make_splits(labels, 0).folds:
        assert set(labels["sampled"].iloc[fold.test]) == {"random"}
        # Excluded from training: near-duplicates of what is tested, and labels of an article that is left out.
        excluded = set(range(30)) - set(fold.train.tolist()) - set(fold.test.tolist())
        if fold.scheme == STRATIFIED_KFOLD:
            assert excluded == ({1} if 0 in fold.test else set())


@pytest.mark.parametrize(
    ("sampled", "probability", "expected"),
    [
        (["random"] * 3, ["0.1", "0.1", "0.4"], [4 / 3, 4 / 3, 1 / 3]),
        (["random"] * 3, ["0.1", "", "0.4"], [1, 1, 1]),
        (["random", "random", "uncertain"], ["0.1", "0.3", ""], [1.5, 0.5, 1]),
        ([""] * 3, [""] * 3, [1, 1, 1]),
    ],
)
def test_weights_are_inverse_probabilities(sampled: list[str], probability: list[str], expected: list[float]) -> None:
    labels = make_distinct_labels(3).assign(sampled=sampled, probability=probability)
    assert compute_test_weights(labels) == pytest.approx(expected)
