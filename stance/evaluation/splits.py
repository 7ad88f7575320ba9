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

STRATIFIED, LEFT_OUT_ARTICLE, GROUPED = "stratified k-fold", "leave one article out", "grouped 10-fold"

FOLDS = 10
"""How many folds there are, or as many as there are groups: with few folds, models of far fewer labels are judged."""

REPEATS, FEW_REPEATS, QUICK_REPEATS = 5, 2, 1
MANY_LABELS = 100
"""From here on, where settings are chosen in every fold, two will do: repeats only even out how labels were dealt."""

MOST_ARTICLES = 20
"""Of more articles than that, several are left out at once."""

TESTED = ("", "given", "random")
"""How comments were chosen whose labels test a model; those that a model chose are like no others."""


@dataclass(frozen=True, eq=False)
class Fold:
    """Which labels are scored, by number, and which may be learnt from."""

    scheme: str
    repeat: int
    number: int
    test: NDArray[np.int64]
    train: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Layout:
    """All folds, and the group of each label that no fold parts, shape (n_labels,)."""

    folds: tuple[Fold, ...]
    groups: NDArray[np.int64]


def weights(labels: pd.DataFrame) -> NDArray[np.float64]:
    """Give how much each label counts as a test: the inverse of the probability that it was drawn by, on average 1.

    Only where the probabilities of all tested labels are recorded can they be weighed; else all count alike.
    Horvitz and Thompson (1952), A generalization of sampling without replacement from a finite universe, JASA 47.
    """
    is_tested = labels["sampled"].isin(TESTED).to_numpy()
    recorded = labels["probability"].to_numpy()
    if not is_tested.any() or (recorded[is_tested] == "").any():
        return np.ones(len(labels))
    inverse = np.ones(len(labels))
    inverse[is_tested] = 1 / recorded[is_tested].astype(np.float64)
    inverse[is_tested] /= inverse[is_tested].mean()
    return inverse


def lay_out(labels: pd.DataFrame, seed: int, *, quick: bool = False) -> Layout:
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
    tested = np.flatnonzero(labels["sampled"].isin(TESTED))
    twins = merge_groups(labels["comment_id"].to_list(), group_near_duplicates(labels["text"].to_list()).tolist())
    groups = merge_groups(twins.tolist(), labels[tables.GROUP].to_list())
    strata = (labels["target"] + "\t" + labels["stance"]).to_numpy()
    repeats = QUICK_REPEATS if quick else FEW_REPEATS if len(tested) >= MANY_LABELS else REPEATS
    laid_out = []
    for repeat in range(repeats):
        dealt = _deal(strata[tested], groups[tested], np.random.default_rng([seed, repeat]))
        laid_out += [
            _fold(STRATIFIED, repeat, number, tested[dealt == number], groups) for number in range(dealt.max() + 1)
        ]
    articles = labels["article_id"].to_numpy()
    found = list(dict.fromkeys(articles[tested]))
    if all(found) and len(found) > 1:
        if len(found) > MOST_ARTICLES:
            dealt = _deal(
                strata[tested], merge_groups(articles[tested].tolist()), np.random.default_rng([seed, repeats])
            )
            parts, scheme = [tested[dealt == number] for number in range(dealt.max() + 1)], GROUPED
        else:
            parts, scheme = [tested[articles[tested] == article] for article in found], LEFT_OUT_ARTICLE
        for number, part in enumerate(parts):
            fold = _fold(scheme, 0, number, part, groups)
            same_article = np.isin(articles[fold.train], articles[part])  # of a label that is learnt from only
            laid_out.append(Fold(scheme, 0, number, part, fold.train[~same_article]))
    return Layout(tuple(fold for fold in laid_out if len(fold.test)), groups)


def _deal(strata: NDArray[np.object_], groups: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    numbers, dense = np.unique(groups, return_inverse=True)
    return stratified_group_kfold(strata.tolist(), dense, max(2, min(FOLDS, len(numbers))), rng)


def _fold(scheme: str, repeat: int, number: int, test: NDArray[np.int64], groups: NDArray[np.int64]) -> Fold:
    return Fold(scheme, repeat, number, test, np.flatnonzero(~np.isin(groups, groups[test])))
