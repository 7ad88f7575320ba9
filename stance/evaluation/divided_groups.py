"""Measure what accuracy would be if folds divided the groups of labels that they keep together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from stance.evaluation import label_groups, splits
from stance.evaluation.cross_fitting import LABEL_COLUMN
from stance.metrics.folds import merge_groups
from stance.metrics.score_intervals import accuracy_difference_interval
from stance.models import fitting
from stance.models.classifiers.interface import PRECISE
from stance.wording import pluralise

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from stance.evaluation.splits import Fold, Splits
    from stance.metrics.intervals import Interval
    from stance.models.fitting import TrainingData
    from stance.models.procedure import TrainingPlan


MAX_COMPARED = 1_000
"""No more folds are compared than have this many tested labels."""


@dataclass(frozen=True)
class DividedGroups:
    """The accuracy on `n` labels with groups kept in one fold and divided between folds; the difference's interval."""

    n: int
    kept: float
    divided: float
    difference: Interval

    @property
    def is_different(self) -> bool:
        """Whether the two differ, and not by chance."""
        return not self.difference.low <= 0 <= self.difference.high

    def to_dict(self) -> dict[str, Any]:
        """Return what metrics.json says about it."""
        interval = {"low": self.difference.low, "high": self.difference.high}
        return {"n": self.n, "kept": self.kept, "divided": self.divided, **interval}

    def describe(self) -> list[str]:
        """Return a sentence that says how much higher accuracy would be, if it would."""
        if not self.is_different:
            return []
        change = f"{self.divided - self.kept:+.2f} [{self.difference.low:+.2f}, {self.difference.high:+.2f}]"
        on = f"{pluralise(self.n, 'label')}, most probable stance"
        accuracy = f"accuracy would be {self.divided:.2f} instead of {self.kept:.2f} ({change}, {on})"
        return [f"If folds divided these groups, {accuracy}, since models recognise what they were trained on."]


def compare_divided_groups(
    training: TrainingData,
    labels: pd.DataFrame,
    cv_splits: Splits,
    is_correct_when_kept: NDArray[np.bool_],
    plan: TrainingPlan,
    seed: int,
    jobs: int,
) -> DividedGroups | None:
    """Compare the accuracy with groups kept together and with groups divided, of the most probable stance.

    Parameters
    ----------
    training
        The training data of all labels.
    labels
        Resolved labels, as returned by `resolution.resolve_labels`.
    cv_splits
        The folds that keep groups together.
    is_correct_when_kept
        Whether the first repeat of these folds predicts each label correctly, of shape (n_labels,).
    plan
        The training plan.
    seed, jobs
        Random seed of the folds; number of processes.

    Returns
    -------
    DividedGroups or None
        None if no two comments are in one group.
    """
    groups = cv_splits.groups
    comments = merge_groups(labels["comment_id"].to_list())
    kinds = (label_groups.NEAR_DUPLICATE, label_groups.CONTAINED, label_groups.AUTHOR, label_groups.GROUP_COLUMN)
    if not any(cv_splits.label_groups.n_linked[kind] for kind in kinds) or comments.max() == groups.max():
        return None
    folds = splits.make_kfold(labels, comments, seed)
    n_tested = np.cumsum([len(fold.test) for fold in folds])
    folds = folds[: int(np.searchsorted(n_tested, MAX_COMPARED)) + 1]
    results = Parallel(n_jobs=jobs)(delayed(_find_correct)(training, labels, fold, plan) for fold in folds)
    tested = np.concatenate([fold.test for fold in folds])
    divided, kept = np.concatenate(results), is_correct_when_kept[tested]
    weights = splits.compute_test_weights(labels)[tested]
    difference = accuracy_difference_interval(divided[:, None], kept[:, None], weights, groups[tested])
    kept_accuracy, divided_accuracy = (float(np.average(is_correct, weights=weights)) for is_correct in (kept, divided))
    return DividedGroups(len(tested), kept_accuracy, divided_accuracy, difference)


def find_correct_when_kept(frames: Sequence[pd.DataFrame], system: str, n_labels: int) -> NDArray[np.bool_]:
    """Return whether a system's most probable stance is correct in the first repeat, of shape (n_labels,).

    `frames` are the uncalibrated out-of-fold predictions of one system in one fold each.
    """
    is_correct = np.zeros(n_labels, np.bool_)
    for frame in frames:
        key = (frame["scheme"].iloc[0], frame["repeat"].iloc[0], frame["system"].iloc[0])
        if key == (splits.STRATIFIED_KFOLD, 0, system):
            is_correct[frame[LABEL_COLUMN]] = (frame["predicted"] == frame["stance"]).to_numpy()
    return is_correct


def _find_correct(training: TrainingData, labels: pd.DataFrame, fold: Fold, plan: TrainingPlan) -> NDArray[np.bool_]:
    """Return which tested labels of a fold a model of the others predicts."""
    with threadpool_limits(1):
        model = fitting.fit_model(training, fold.train, plan.settings, PRECISE)
        predictions = model.predict(training.text_indices[fold.test], training.target_codes[fold.test])
    is_correct: NDArray[np.bool_] = predictions.most_probable == labels["stance"].to_numpy(object)[fold.test]
    return is_correct
