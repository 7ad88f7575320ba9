"""Labels -> the folds they are tested in: which are scored together, and what may be learnt for that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stance import tables
from stance.metrics.folds import merge_groups, stratified_group_kfold
from stance.metrics.near_duplicates import group_near_duplicates

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

STRATIFIED_KFOLD, LEAVE_ONE_ARTICLE_OUT, GROUPED_KFOLD = "stratified k-fold", "leave one article out", "grouped 10-fold"

N_FOLDS = 10
"""How many folds there are, or as many as there are groups: with few folds, models of far fewer labels are judged."""

N_REPEATS, N_REPEATS_MANY_LABELS, N_REPEATS_QUICK = 5, 2, 1
MANY_LABELS = 100
"""From here on, where settings are chosen in every fold, two will do: repeats only even out how labels were dealt."""

MAX_LEAVE_ONE_OUT_ARTICLES = 20
"""Of more articles than that, several are left out at once."""

TEST_SAMPLING_METHODS = ("", "given", "random")
"""How comments were chosen whose labels test a model; those that a model chose are like no others."""


@dataclass(frozen=True, eq=False)
class Fold:
    """Which labels are scored, by number, and which may be learnt from."""

    scheme: str
    repeat: int
    index: int
    test: NDArray[np.int64]
    train: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Splits:
    """All folds, and the group of each label that no fold parts, shape (n_labels,)."""

    folds: tuple[Fold, ...]
    groups: NDArray[np.int64]


def compute_test_weights(labels: pd.DataFrame) -> NDArray[np.float64]:
    """Give how much each label counts as a test: the inverse of the probability that it was drawn by, on average 1.

    Only where the probabilities of all tested labels are recorded can they be weighed; else all count alike.
    Horvitz and Thompson (1952), A generalization of sampling without replacement from a finite universe, JASA 47.
    """
    is_tested = labels["sampled"].isin(TEST_SAMPLING_METHODS).to_numpy()
    recorded = labels["probability"].to_numpy()
    if not is_tested.any() or (recorded[is_tested] == "").any():
        return np.ones(len(labels))
    inverse = np.ones(len(labels))
    inverse[is_tested] = 1 / recorded[is_tested].astype(np.float64)
    inverse[is_tested] /= inverse[is_tested].mean()
    return inverse


def make_splits(labels: pd.DataFrame, seed: int, *, quick: bool = False) -> Splits:
    """Lay out repeated stratified k-fold, and folds by article where all tested labels have one and there are two.

    Near-duplicates, the labels of one comment, and those of one group that the sheet names stay together; articles are
    left out one at a time, or a tenth of them where they are many. Labels that a model chose are learnt from only.

    Parameters
    ----------
    labels
        Settled labels, as `labels.one_stance_each` gives them.
    seed
        Deals out the folds.
    quick
        Whether one repeat will do.
    """
    tested = np.flatnonzero(labels["sampled"].isin(TEST_SAMPLING_METHODS))
    twins = merge_groups(labels["comment_id"].to_list(), group_near_duplicates(labels["text"].to_list()).tolist())
    groups = merge_groups(twins.tolist(), labels[tables.GROUP_COLUMN].to_list())
    strata = (labels["target"] + "\t" + labels["stance"]).to_numpy()
    repeats = N_REPEATS_QUICK if quick else N_REPEATS_MANY_LABELS if len(tested) >= MANY_LABELS else N_REPEATS
    laid_out = []
    for repeat in range(repeats):
        dealt = _assign_folds(strata[tested], groups[tested], np.random.default_rng([seed, repeat]))
        laid_out += [
            _make_fold(STRATIFIED_KFOLD, repeat, number, tested[dealt == number], groups)
            for number in range(dealt.max() + 1)
        ]
    articles = labels["article_id"].to_numpy()
    found = list(dict.fromkeys(articles[tested]))
    if all(found) and len(found) > 1:
        if len(found) > MAX_LEAVE_ONE_OUT_ARTICLES:
            dealt = _assign_folds(
                strata[tested], merge_groups(articles[tested].tolist()), np.random.default_rng([seed, repeats])
            )
            parts, scheme = [tested[dealt == number] for number in range(dealt.max() + 1)], GROUPED_KFOLD
        else:
            parts, scheme = [tested[articles[tested] == article] for article in found], LEAVE_ONE_ARTICLE_OUT
        for number, part in enumerate(parts):
            fold = _make_fold(scheme, 0, number, part, groups)
            same_article = np.isin(articles[fold.train], articles[part])  # of a label that is learnt from only
            laid_out.append(Fold(scheme, 0, number, part, fold.train[~same_article]))
    return Splits(tuple(fold for fold in laid_out if len(fold.test)), groups)


def _assign_folds(
    strata: NDArray[np.object_], groups: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    numbers, dense = np.unique(groups, return_inverse=True)
    return stratified_group_kfold(strata.tolist(), dense, max(2, min(N_FOLDS, len(numbers))), rng)


def _make_fold(scheme: str, repeat: int, index: int, test: NDArray[np.int64], groups: NDArray[np.int64]) -> Fold:
    return Fold(scheme, repeat, index, test, np.flatnonzero(~np.isin(groups, groups[test])))
