"""Split labels into the folds of cross-validation: repeated stratified k-fold, and folds by article."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stance.evaluation.label_groups import group_labels
from stance.metrics.folds import merge_groups, stratified_group_kfold

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from stance.evaluation.label_groups import LabelGroups

STRATIFIED_KFOLD, LEAVE_ONE_ARTICLE_OUT, GROUPED_KFOLD = "stratified k-fold", "leave one article out", "grouped 10-fold"

CONTRAST_SET, LEARNING_CURVE = "contrast set", "learning curve"
"""Names of what is predicted besides the folds, in the same column."""

N_FOLDS = 10
"""The number of folds, or fewer where there are fewer groups. With few folds, the models have far fewer labels."""

N_REPEATS, N_REPEATS_MANY_LABELS, N_REPEATS_QUICK = 5, 2, 1
MANY_LABELS, VERY_MANY_LABELS = 100, 5_000
"""From this many labels on two repeats are enough, and then one: they only average over how folds were assigned."""

MAX_LEAVE_ONE_OUT_ARTICLES = 20
"""With more articles than this, several are left out at once."""

TEST_SAMPLING_METHODS = ("", "given", "random")
"""Values of the column `sampled` whose labels test a model; comments selected by a model are not representative."""


@dataclass(frozen=True, eq=False)
class Fold:
    """The indices of the labels that are tested in a fold, and of those that may be used for training."""

    scheme: str
    repeat: int
    index: int
    test: NDArray[np.int64]
    train: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Splits:
    """All folds, and the groups of labels; a group is never divided between test and train."""

    folds: tuple[Fold, ...]
    label_groups: LabelGroups

    @property
    def groups(self) -> NDArray[np.int64]:
        """The group of each label, of shape (n_labels,)."""
        return self.label_groups.groups


def compute_test_weights(labels: pd.DataFrame) -> NDArray[np.float64]:
    """Return how much each label counts as a test case: its inverse inclusion probability, scaled to a mean of 1.

    All labels count the same unless the probabilities of all tested labels are recorded.

    Returns
    -------
    ndarray of shape (n_labels,)

    References
    ----------
    Horvitz and Thompson (1952), A generalization of sampling without replacement from a finite universe, JASA 47.
    """
    is_tested = labels["sampled"].isin(TEST_SAMPLING_METHODS).to_numpy()
    probabilities = labels["probability"].to_numpy()
    if not is_tested.any() or (probabilities[is_tested] == "").any():
        return np.ones(len(labels))
    weights = np.ones(len(labels))
    weights[is_tested] = 1 / probabilities[is_tested].astype(np.float64)
    weights[is_tested] /= weights[is_tested].mean()
    return weights


def make_splits(labels: pd.DataFrame, seed: int, *, quick: bool = False) -> Splits:
    """Split labels by repeated stratified k-fold, and by article where all tested labels name one of at least two.

    The groups of `label_groups.group_labels` stay in the same fold. Articles are left out one at a time, or a tenth of
    them at a time where there are many. Labels of comments that a model selected are used for training only.

    Parameters
    ----------
    labels
        Resolved labels, as returned by `resolution.resolve_labels`.
    seed
        Random seed for the assignment of labels to folds.
    quick
        Whether to make one repeat only.
    """
    tested = np.flatnonzero(labels["sampled"].isin(TEST_SAMPLING_METHODS))
    label_groups = group_labels(labels, N_FOLDS)
    groups = label_groups.groups
    strata = (labels["target"] + "\t" + labels["stance"]).to_numpy()
    n_repeats = N_REPEATS_QUICK
    if not quick and len(tested) < VERY_MANY_LABELS:
        n_repeats = N_REPEATS_MANY_LABELS if len(tested) >= MANY_LABELS else N_REPEATS
    folds = [fold for repeat in range(n_repeats) for fold in make_kfold(labels, groups, seed, repeat)]
    article_ids = labels["article_id"].to_numpy()
    articles = sorted(set(article_ids[tested]))
    if all(articles) and len(articles) > 1:
        if len(articles) > MAX_LEAVE_ONE_OUT_ARTICLES:
            rng = np.random.default_rng([seed, n_repeats])
            assigned = _assign_folds(strata[tested], merge_groups(article_ids[tested].tolist()), rng)
            parts, scheme = [tested[assigned == index] for index in range(assigned.max() + 1)], GROUPED_KFOLD
        else:
            parts, scheme = [tested[article_ids[tested] == article] for article in articles], LEAVE_ONE_ARTICLE_OUT
        for index, part in enumerate(parts):
            fold = _make_fold(scheme, 0, index, part, groups)
            # Labels used for training only may be of the article that is left out, too.
            same_article = np.isin(article_ids[fold.train], article_ids[part])
            folds.append(Fold(scheme, 0, index, part, fold.train[~same_article]))
    return Splits(tuple(fold for fold in folds if len(fold.test)), label_groups)


def make_kfold(labels: pd.DataFrame, groups: NDArray[np.int64], seed: int, repeat: int = 0) -> list[Fold]:
    """Make the folds of one repeat of stratified k-fold, without dividing groups.

    Parameters
    ----------
    labels
        Resolved labels, as returned by `resolution.resolve_labels`.
    groups
        The group of each label, of shape (n_labels,).
    seed, repeat
        Random seed, and the number of the repeat.
    """
    tested = np.flatnonzero(labels["sampled"].isin(TEST_SAMPLING_METHODS))
    strata = (labels["target"] + "\t" + labels["stance"]).to_numpy()
    assigned = _assign_folds(strata[tested], groups[tested], np.random.default_rng([seed, repeat]))
    return [
        _make_fold(STRATIFIED_KFOLD, repeat, index, tested[assigned == index], groups)
        for index in range(assigned.max() + 1)
    ]


def _assign_folds(
    strata: NDArray[np.object_], groups: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return the fold of each label, of shape (n_labels,)."""
    distinct, codes = np.unique(groups, return_inverse=True)
    return stratified_group_kfold(strata.tolist(), codes, max(2, min(N_FOLDS, len(distinct))), rng)


def _make_fold(scheme: str, repeat: int, index: int, test: NDArray[np.int64], groups: NDArray[np.int64]) -> Fold:
    """Make a fold that trains on every label whose group is not tested."""
    return Fold(scheme, repeat, index, test, np.flatnonzero(~np.isin(groups, groups[test])))
