"""Measure what new labels change: compare models of the old and of the new labels on the same comments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from stance.evaluation import evaluation_task, splits
from stance.evaluation.assessment import find_headline_directions
from stance.evaluation.predictions import map_to_directions
from stance.evaluation.scheme_scores import Score
from stance.labels.codebook import DIRECTIONS
from stance.metrics import f1
from stance.models import fitting
from stance.models.classifiers.interface import PRECISE
from stance.models.fitting import LabelledText
from stance.tables import CANNOT_TELL

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from stance.evaluation.evaluation_task import EvaluationTask
    from stance.evaluation.splits import Fold
    from stance.labels.codebook import Codebook
    from stance.metrics.intervals import Interval
    from stance.models.procedure import TrainingPlan

MIN_TESTED = 10
"""With fewer labels to test on, nothing can be said."""

_TRAINING_ONLY = "disagree"  # a value of `sampled` whose labels are not tested
_ITEM_COLUMNS = ["comment_id", "target"]
_LABEL_COLUMNS = [*_ITEM_COLUMNS, "stance", "text"]


@dataclass(frozen=True)
class LabelImpact:
    """The scores of models of `n_before` and of `n_after` labels, both tested on the same `n_tested` labels.

    The score is macro F1, or F_avg where labels have targets and stances a direction. Of the tested labels, `n_changed`
    had another stance before.
    """

    n_before: int
    n_after: int
    n_tested: int
    n_changed: int
    score_before: Score
    score_after: Score
    difference: Interval


def measure_label_impact(
    old_labels: pd.DataFrame,
    new_labels: pd.DataFrame,
    codebook: Codebook,
    plan: TrainingPlan,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> LabelImpact | None:
    """Compare models trained on the old labels with models trained on the new ones, both tested on the new ones.

    Both are cross-validated in the same folds with the settings of the plan, so that only the labels differ. Labels
    of comments that a model selected are used for training only.

    Parameters
    ----------
    old_labels, new_labels
        Resolved labels, as returned by `resolution.resolve_labels`.
    codebook
        The stances; its examples are used for training by both.
    plan
        The settings.
    seed
        Random seed for the folds.
    progress
        Called with the number of finished folds and the number of folds.

    Returns
    -------
    LabelImpact or None
        None if there are too few labels to test on, or labels of fewer than two stances to train on.
    """
    n_tested = int(new_labels["sampled"].isin(splits.TEST_SAMPLING_METHODS).sum())
    if n_tested < MIN_TESTED or new_labels["stance"].nunique() < 2:  # noqa: PLR2004 - training needs two stances
        return None
    old_keys = pd.MultiIndex.from_frame(old_labels[_LABEL_COLUMNS])
    new_keys = pd.MultiIndex.from_frame(new_labels[_LABEL_COLUMNS])
    # A label that was changed or withdrawn trains the old models as it was, and is never tested.
    removed = old_labels[~old_keys.isin(new_keys)].assign(sampled=_TRAINING_ONLY)
    labels = pd.concat([new_labels, removed], ignore_index=True)
    is_old = np.concatenate([new_keys.isin(old_keys), np.ones(len(removed), np.bool_)])
    is_new = np.arange(len(labels)) < len(new_labels)
    task = evaluation_task.prepare_evaluation_task(labels, codebook, plan, use_examples=True)
    if not task.examples and old_labels["stance"].nunique() < 2:  # noqa: PLR2004 - as above
        return None
    cv_splits = splits.make_splits(labels, seed, quick=True)  # a person is waiting
    folds = [fold for fold in cv_splits.folds if fold.scheme == splits.STRATIFIED_KFOLD]
    with threadpool_limits(1):
        predictions = _predict_both(task, folds, (is_old, is_new), progress)
    tested = np.flatnonzero(labels["sampled"].isin(splits.TEST_SAMPLING_METHODS))
    truth, weights = labels["stance"].to_numpy(object)[tested], splits.compute_test_weights(labels)[tested]
    by_old, by_new = (predicted[tested] for predicted in predictions)
    groups, stances = cv_splits.groups[tested], codebook.stance_names
    if directions := find_headline_directions(codebook, labels):
        truth, by_old, by_new = (map_to_directions(names, directions) for names in (truth, by_old, by_new))
        stances = DIRECTIONS
    score_before, score_after = (
        Score(
            f1.mean_f1(truth, predicted, weights, stances),
            f1.mean_f1_interval(truth, predicted, weights, stances, groups=groups),
        )
        for predicted in (by_old, by_new)
    )
    return LabelImpact(
        n_before=len(old_labels),
        n_after=len(new_labels),
        n_tested=n_tested,
        n_changed=_count_changed(old_labels, new_labels),
        score_before=score_before,
        score_after=score_after,
        difference=f1.mean_f1_difference_interval(truth, by_new, by_old, weights, stances, groups=groups),
    )


def _count_changed(old_labels: pd.DataFrame, new_labels: pd.DataFrame) -> int:
    """Count the tested labels whose item had another stance before."""
    tested = new_labels.loc[new_labels["sampled"].isin(splits.TEST_SAMPLING_METHODS), [*_ITEM_COLUMNS, "stance"]]
    both = tested.merge(old_labels[[*_ITEM_COLUMNS, "stance"]], on=_ITEM_COLUMNS, suffixes=("", "_before"))
    return int((both["stance"] != both["stance_before"]).sum())


def _predict_both(
    task: EvaluationTask,
    folds: list[Fold],
    training_masks: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    progress: Callable[[int, int], None] | None,
) -> list[NDArray[np.object_]]:
    """Predict the test part of each fold by models of either set of labels.

    Returns
    -------
    list of two ndarrays of shape (n_labels, n_repeats)
    """
    rows = task.labels[["text", "target", "stance"]].itertuples(index=False)
    labels = [LabelledText(*row) for row in rows]
    training = fitting.prepare_training_data(labels, task.examples, task.codebook, task.plan.settings)
    n_repeats = 1 + max(fold.repeat for fold in folds)
    predictions = [np.full((len(labels), n_repeats), CANNOT_TELL, dtype=object) for _ in training_masks]
    for n_done, fold in enumerate(folds, start=1):
        text_indices, target_codes = training.text_indices[fold.test], training.target_codes[fold.test]
        for predicted, mask in zip(predictions, training_masks, strict=True):
            label_indices = fold.train[mask[fold.train]]
            if len(label_indices) or len(training.example_text_indices):
                model = fitting.fit_model(training, label_indices, task.plan.settings, PRECISE)
                predicted[fold.test, fold.repeat] = model.predict(text_indices, target_codes).most_probable
        if progress:
            progress(n_done, len(folds))
    return predictions
