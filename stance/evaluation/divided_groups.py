"""Measure what accuracy would be if folds divided the groups of labels that they keep together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from stance.evaluation import label_groups, splits
from stance.metrics.folds import merge_groups
from stance.metrics.score_intervals import accuracy_difference_interval
from stance.models import procedure

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from stance.evaluation.splits import Fold, Splits
    from stance.metrics.intervals import Interval
    from stance.models.fitting import TrainingData
    from stance.models.procedure import TrainingPlan


@dataclass(frozen=True)
class DividedGroups:
    """The accuracy with groups kept in one fold and divided between folds, and the interval of the difference."""

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
        return {"kept": self.kept, "divided": self.divided, **interval}

    def describe(self) -> list[str]:
        """Return a sentence that says how much higher accuracy would be, if it would."""
        if not self.is_different:
            return []
        change = f"{self.divided - self.kept:+.2f} [{self.difference.low:+.2f}, {self.difference.high:+.2f}]"
        accuracy = f"accuracy would be {self.divided:.2f} instead of {self.kept:.2f} ({change}, with default settings)"
        return [f"If folds divided these groups, {accuracy}, since models recognise what they were trained on."]


def compare_divided_groups(
    training: TrainingData, labels: pd.DataFrame, cv_splits: Splits, plan: TrainingPlan, seed: int, jobs: int
) -> DividedGroups | None:
    """Cross-validate once with groups kept together and once with them divided, both with default settings.

    Parameters
    ----------
    training
        The training data of all labels.
    labels
        Resolved labels, as returned by `resolution.resolve_labels`.
    cv_splits
        The folds that keep groups together.
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
    kept_folds = [fold for fold in cv_splits.folds if fold.scheme == splits.STRATIFIED_KFOLD and fold.repeat == 0]
    divided_folds = splits.make_kfold(labels, comments, seed)
    quick_plan = replace(plan, quick=True, skip_reason=procedure.QUICK_SKIP_REASON)
    results = Parallel(n_jobs=jobs)(
        delayed(_find_correct)(training, labels, fold, groups, quick_plan, seed)
        for fold in [*kept_folds, *divided_folds]
    )
    weights = splits.compute_test_weights(labels)
    kept, divided = np.zeros(len(labels), np.bool_), np.zeros(len(labels), np.bool_)
    for fold, is_correct in zip(kept_folds, results, strict=False):
        kept[fold.test] = is_correct
    for fold, is_correct in zip(divided_folds, results[len(kept_folds) :], strict=True):
        divided[fold.test] = is_correct
    tested = np.sort(np.concatenate([fold.test for fold in kept_folds]))
    difference = accuracy_difference_interval(
        divided[tested, None], kept[tested, None], weights[tested], groups[tested]
    )
    kept_accuracy, divided_accuracy = (
        float(np.average(is_correct[tested], weights=weights[tested])) for is_correct in (kept, divided)
    )
    return DividedGroups(kept_accuracy, divided_accuracy, difference)


def _find_correct(
    training: TrainingData,
    labels: pd.DataFrame,
    fold: Fold,
    groups: NDArray[np.int64],
    plan: TrainingPlan,
    seed: int,
) -> NDArray[np.bool_]:
    """Return which tested labels of a fold a model of the others predicts."""
    tested = labels.iloc[fold.test]
    with threadpool_limits(1):
        model = procedure.fit_procedure(training, fold.train, groups, plan, seed).model
        predicted = model.predict(tested["text"].to_list(), tested["target"].to_list())["predicted"]
    is_correct: NDArray[np.bool_] = predicted.to_numpy(object) == tested["stance"].to_numpy(object)
    return is_correct
