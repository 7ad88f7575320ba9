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
    ids=["nothing", "one key", "empty", "none", "zero is a key", "keys of two kinds differ", "chain", "three",
         "first mention"],
)  # fmt: skip
def test_ties(keys: list[list[object]], groups: list[int]) -> None:
    assert merge_groups(*keys).tolist() == groups


@given(st.lists(st.tuples(st.sampled_from(["", "a", "b", "c"]), st.integers(0, 9)), max_size=20))
def test_items_are_tied_as_by_joining_them_one_by_one(pairs: list[tuple[str, int]]) -> None:
    group = list(range(len(pairs)))
    for one, (name, number) in enumerate(pairs):
        for other, (other_name, other_number) in enumerate(pairs[:one]):
            if number == other_number or name == other_name != "":
                group = [group[other] if each == group[one] else each for each in group]
    tied = merge_groups([name for name, _ in pairs], [number for _, number in pairs])
    assert len(set(zip(group, tied.tolist(), strict=True))) == len(set(group)) == len(set(tied.tolist()))


def _counts(strata: NDArray[np.str_], dealt: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """Count the items of each stratum in each fold, of shape (n_strata, k)."""
    return np.array([np.bincount(dealt[strata == each], minlength=k) for each in np.unique(strata)])


STRATA = st.lists(st.sampled_from("aaabbc"), min_size=1, max_size=60).map(np.array)


@given(STRATA, st.integers(1, 12), st.integers(0, 99))
def test_without_groups_strata_and_sizes_differ_by_one_at_most(strata: NDArray[np.str_], k: int, seed: int) -> None:
    counts = _counts(
        strata, stratified_group_kfold(strata.tolist(), np.arange(len(strata)), k, np.random.default_rng(seed)), k
    )
    assert np.ptp(counts, axis=1).max() <= 1
    assert np.ptp(counts.sum(axis=0)) <= 1


@given(STRATA, st.integers(1, 30), st.integers(1, 12), st.integers(0, 99))
def test_groups_stay_whole_and_no_fold_is_empty(strata: NDArray[np.str_], n_groups: int, k: int, seed: int) -> None:
    groups = merge_groups(np.random.default_rng(seed).integers(0, n_groups, len(strata)).tolist())
    dealt, again = (stratified_group_kfold(strata.tolist(), groups, k, np.random.default_rng(seed)) for _ in range(2))
    assert dealt.tolist() == again.tolist()
    assert len(set(zip(groups.tolist(), dealt.tolist(), strict=True))) == len(set(groups.tolist()))
    assert len(set(dealt.tolist())) == min(k, len(set(groups.tolist())))
    assert set(dealt.tolist()) <= set(range(k))


def test_pairs_among_single_items_cost_no_evenness() -> None:
    strata = np.array(list("aabbbbcc" * 20))
    groups = merge_groups([number // 2 if number < 40 else number for number in range(160)])
    counts = _counts(strata, stratified_group_kfold(strata.tolist(), groups, 10, np.random.default_rng(0)), 10)
    assert counts.tolist() == [[4] * 10, [8] * 10, [4] * 10]


def test_large_groups_are_spread_more_evenly_than_by_scikit_learn() -> None:
    """Judged by how far the parts of strata and of all items in folds are from even ones."""

    def unevenness(dealt: NDArray[np.int64]) -> float:
        counts = _counts(strata, dealt, 10)
        parts = np.vstack([counts / counts.sum(axis=1, keepdims=True), counts.sum(axis=0) / 1_000])
        return float(((parts - 1 / 10) ** 2).sum())

    rng = np.random.default_rng(0)
    ours, theirs = np.zeros(20), np.zeros(20)
    for seed in range(20):
        groups = merge_groups(rng.integers(0, 60, size=1_000).tolist())
        leaning = rng.dirichlet([1.0, 0.8, 0.6, 0.4, 0.2], size=60)
        strata = np.array([rng.choice(list("abcde"), p=leaning[group]) for group in groups])
        folds = StratifiedGroupKFold(10, shuffle=True, random_state=seed).split(strata, strata, groups)
        by_scikit_learn = np.empty(1_000, np.int64)
        for number, (_, test) in enumerate(folds):
            by_scikit_learn[test] = number
        ours[seed] = unevenness(stratified_group_kfold(strata.tolist(), groups, 10, rng))
        theirs[seed] = unevenness(by_scikit_learn)
    assert ours.mean() < theirs.mean()


def test_the_seed_decides() -> None:
    dealt = {
        tuple(stratified_group_kfold("ab" * 10, np.arange(20), 5, np.random.default_rng(seed)).tolist())
        for seed in range(5)
    }
    assert len(dealt) == 5


def test_no_items() -> None:
    assert stratified_group_kfold([], np.zeros(0, np.int64), 3, np.random.default_rng(0)).tolist() == []
