from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from stance.metrics.folds import merge_groups, stratified_group_kfold


@pytest.mark.parametrize(
    ("keys", "groups"),
    [
        ([[]], []),
        ([["x", "y", "x"]], [0, 1, 0]),
        ([["", "", "x"]], [0, 1, 2]),
        ([[None, None, "x"]], [0, 1, 2]),
        ([[0, 1, 0]], [0, 1, 0]),
        ([["x", "y", ""], ["", "x", "x"]], [0, 1, 1]),
        ([["x", "y", "y", "z"], ["p", "p", "q", "r"]], [0, 0, 0, 1]),
        ([["x", "y", "z"], ["p", "q", "r"], [7, 8, 7]], [0, 1, 0]),
        ([["c", "b", "a", "b"]], [0, 1, 2, 1]),
    ],
    ids=["no items", "one sequence", "empty keys", "missing keys", "zero is a key", "equal keys of two sequences",
         "chain", "three sequences", "first occurrence"],
)  # fmt: skip
def test_examples_of_merged_groups(keys: list[list[object]], groups: list[int]) -> None:
    assert merge_groups(*keys).tolist() == groups


@given(st.lists(st.tuples(st.sampled_from(["", "a", "b", "c"]), st.integers(0, 9)), max_size=20))
def test_merged_groups_equal_those_of_joining_items_one_by_one(pairs: list[tuple[str, int]]) -> None:
    expected = list(range(len(pairs)))
    for first, (name, group) in enumerate(pairs):
        for second, (second_name, second_group) in enumerate(pairs[:first]):
            if group == second_group or name == second_name != "":
                expected = [expected[second] if member == expected[first] else member for member in expected]
    merged = merge_groups([name for name, _ in pairs], [group for _, group in pairs])
    assert len(set(zip(expected, merged.tolist(), strict=True))) == len(set(expected)) == len(set(merged.tolist()))


def _count_strata(strata: NDArray[np.str_], folds: NDArray[np.int64], n_folds: int) -> NDArray[np.int64]:
    """Count the items of each stratum in each fold, of shape (n_strata, n_folds)."""
    return np.array([np.bincount(folds[strata == stratum], minlength=n_folds) for stratum in np.unique(strata)])


STRATA = st.lists(st.sampled_from("aaabbc"), min_size=1, max_size=60).map(np.array)


@given(STRATA, st.integers(1, 12), st.integers(0, 99))
def test_folds_without_groups_differ_by_one_item_at_most(strata: NDArray[np.str_], n_folds: int, seed: int) -> None:
    counts = _count_strata(
        strata,
        stratified_group_kfold(strata.tolist(), np.arange(len(strata)), n_folds, np.random.default_rng(seed)),
        n_folds,
    )
    assert np.ptp(counts, axis=1).max() <= 1
    assert np.ptp(counts.sum(axis=0)) <= 1


@given(STRATA, st.integers(1, 30), st.integers(1, 12), st.integers(0, 99))
def test_groups_are_not_split_and_no_fold_is_empty(
    strata: NDArray[np.str_], n_groups: int, n_folds: int, seed: int
) -> None:
    groups = merge_groups(np.random.default_rng(seed).integers(0, n_groups, len(strata)).tolist())
    fold_of_item, repeated = (
        stratified_group_kfold(strata.tolist(), groups, n_folds, np.random.default_rng(seed)) for _ in range(2)
    )
    assert fold_of_item.tolist() == repeated.tolist()
    assert len(set(zip(groups.tolist(), fold_of_item.tolist(), strict=True))) == len(set(groups.tolist()))
    assert len(set(fold_of_item.tolist())) == min(n_folds, len(set(groups.tolist())))
    assert set(fold_of_item.tolist()) <= set(range(n_folds))


def test_pairs_among_single_items_do_not_make_folds_uneven() -> None:
    strata = np.array(list("aabbbbcc" * 20))
    groups = merge_groups([item // 2 if item < 40 else item for item in range(160)])
    counts = _count_strata(strata, stratified_group_kfold(strata.tolist(), groups, 10, np.random.default_rng(0)), 10)
    assert counts.tolist() == [[4] * 10, [8] * 10, [4] * 10]


@pytest.mark.slow
def test_folds_of_large_groups_are_more_even_than_scikit_learns() -> None:
    """Unevenness is the squared distance of the folds' shares of strata, and of all items, from equal shares."""

    def unevenness(fold_of_item: NDArray[np.int64]) -> float:
        counts = _count_strata(strata, fold_of_item, 10)
        shares = np.vstack([counts / counts.sum(axis=1, keepdims=True), counts.sum(axis=0) / 1_000])
        return float(((shares - 1 / 10) ** 2).sum())

    rng = np.random.default_rng(0)
    own_unevenness, sklearn_unevenness = np.zeros(20), np.zeros(20)
    for seed in range(20):
        groups = merge_groups(rng.integers(0, 60, size=1_000).tolist())
        stratum_shares = rng.dirichlet([1.0, 0.8, 0.6, 0.4, 0.2], size=60)
        strata = np.array([rng.choice(list("abcde"), p=stratum_shares[group]) for group in groups])
        folds = StratifiedGroupKFold(10, shuffle=True, random_state=seed).split(strata, strata, groups)
        sklearn_fold = np.empty(1_000, np.int64)
        for fold, (_, test) in enumerate(folds):
            sklearn_fold[test] = fold
        own_unevenness[seed] = unevenness(stratified_group_kfold(strata.tolist(), groups, 10, rng))
        sklearn_unevenness[seed] = unevenness(sklearn_fold)
    assert own_unevenness.mean() < sklearn_unevenness.mean()


def test_folds_depend_on_the_seed() -> None:
    splits = {
        tuple(stratified_group_kfold("ab" * 10, np.arange(20), 5, np.random.default_rng(seed)).tolist())
        for seed in range(5)
    }
    assert len(splits) == 5


def test_no_items() -> None:
    assert stratified_group_kfold([], np.zeros(0, np.int64), 3, np.random.default_rng(0)).tolist() == []
