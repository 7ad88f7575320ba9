"""What new labels change: models of the labels before and after, on the same comments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from stance.evaluation import out_of_fold, splits
from stance.evaluation.scores import Score
from stance.metrics import f1
from stance.models import fitting, procedure
from stance.models.fitting import LabelledText
from stance.tables import CANNOT_TELL

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from stance.evaluation.out_of_fold import EvaluationTask
    from stance.evaluation.splits import Splits
    from stance.labels.codebook import Codebook
    from stance.metrics.intervals import Interval
    from stance.models.procedure import TrainingPlan

MIN_TESTED = 10
"""With fewer labels to test by, nothing can be said."""

_MODEL_SAMPLED = "disagree"  # whatever is not tested by
_LABEL_COLUMNS = ["comment_id", "target", "stance", "text"]


@dataclass(frozen=True)
class LabelImpact:
    """Macro F1 (F_avg where stances are toward targets) of models of `n_before` and of `n_after` labels, on `n_tested`.

    Of those tested, `n_changed` had another stance before.
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
    """Compare what is learnt from the labels before with what is learnt from those after, both tested by those after.

    Both learn what the folds of the same k-fold leave them, with the settings of the plan and nothing chosen,
    so that labels are compared and nothing else. Only labels of comments that no model chose are tested by; those
    chosen by a model are learnt from.

    Parameters
    ----------
    old_labels, new_labels
        Settled labels, as `labels.one_stance_each` gives them.
    codebook
        The stances; its examples train with both.
    plan
        The settings, and the stances whose F1 is averaged.
    seed
        Deals out the folds.
    progress
        Takes how many models are fitted, and of how many.

    Returns
    -------
    Gain or None
        None where there are too few labels to test by, or nothing to learn two stances from.
    """
    tested = int(new_labels["sampled"].isin(splits.TEST_SAMPLING_METHODS).sum())
    if tested < MIN_TESTED or new_labels["stance"].nunique() < 2:  # noqa: PLR2004 - it takes two to tell apart
        return None
    is_kept = pd.MultiIndex.from_frame(old_labels[_LABEL_COLUMNS]).isin(
        pd.MultiIndex.from_frame(new_labels[_LABEL_COLUMNS])
    )
    # A label that was changed or withdrawn is learnt from as it was, and never tested.
    gone = old_labels[~is_kept].assign(sampled=_MODEL_SAMPLED)
    old_keys = pd.MultiIndex.from_frame(old_labels[_LABEL_COLUMNS])
    is_old = np.concatenate([pd.MultiIndex.from_frame(new_labels[_LABEL_COLUMNS]).isin(old_keys),
                             np.ones(len(gone), np.bool_)])  # fmt: skip
    is_new = np.arange(len(is_old)) < len(new_labels)
    labels = pd.concat([new_labels, gone], ignore_index=True)
    task = out_of_fold.prepare_evaluation_task(labels, codebook, plan, use_examples=True)
    if not task.examples and old_labels["stance"].nunique() < 2:  # noqa: PLR2004 - as above
        return None
    layout = splits.make_splits(labels, seed, quick=True)  # a person waits
    folds = [fold for fold in layout.folds if fold.scheme == splits.STRATIFIED_KFOLD]
    with threadpool_limits(1):
        answers = _predict_both(task, layout, (is_old, is_new), seed, progress)
    judged = np.flatnonzero(labels["sampled"].isin(splits.TEST_SAMPLING_METHODS))
    truth, weight = labels["stance"].to_numpy(object)[judged], splits.compute_test_weights(labels)[judged]
    by_old, by_new = (each[judged] for each in answers)
    k, stances = max(fold.index for fold in folds) + 1, plan.scored_stances
    score_before, score_after = (
        Score(f1.mean_f1(truth, given, weight, stances), f1.mean_f1_interval(truth, given, k, weight, stances))
        for given in (by_old, by_new)
    )
    difference = f1.mean_f1_difference_interval(truth, by_new, by_old, k, weight, stances)
    about = ["comment_id", "target"]
    judged_now = new_labels.loc[new_labels["sampled"].isin(splits.TEST_SAMPLING_METHODS), [*about, "stance"]]
    both = judged_now.merge(old_labels[[*about, "stance"]], on=about, suffixes=("", "_before"))
    changed = int((both["stance"] != both["stance_before"]).sum())
    return LabelImpact(len(old_labels), len(new_labels), tested, changed, score_before, score_after, difference)


def _predict_both(
    task: EvaluationTask,
    cv_splits: Splits,
    training_masks: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    seed: int,
    progress: Callable[[int, int], None] | None,
) -> list[NDArray[np.object_]]:
    """Let models of either side answer what each fold holds; two arrays of shape (n_labels, n_repeats)."""
    rows = task.labels[["text", "target", "stance"]].itertuples(index=False)
    training = fitting.prepare_training_data(
        [LabelledText(*row) for row in rows], task.examples, task.codebook, task.plan.settings
    )
    plan = replace(task.plan, quick=True, skip_reason=procedure.QUICK_SKIP_REASON)
    folds = [fold for fold in cv_splits.folds if fold.scheme == splits.STRATIFIED_KFOLD]
    repeats = 1 + max(fold.repeat for fold in folds)
    given = [np.full((len(task.labels), repeats), CANNOT_TELL, dtype=object) for _ in training_masks]
    for done, fold in enumerate(folds, start=1):
        texts = task.labels["text"].iloc[fold.test].to_list()
        targets = task.labels["target"].iloc[fold.test].to_list()
        for answers, side in zip(given, training_masks, strict=True):
            learnt = fold.train[side[fold.train]]
            if len(learnt) or len(training.example_text_indices):
                model = procedure.fit_procedure(training, learnt, cv_splits.groups, plan, seed).model
                answers[fold.test, fold.repeat] = model.predict(texts, targets)["predicted"].to_numpy(object)
        if progress:
            progress(done, len(folds))
    return given
