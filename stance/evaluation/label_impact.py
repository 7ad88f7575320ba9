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

    from stance.evaluation.out_of_fold import Task
    from stance.evaluation.splits import Layout
    from stance.labels.codebook import Codebook
    from stance.metrics.intervals import Interval
    from stance.models.procedure import TrainingPlan

FEWEST_TESTED = 10
"""With fewer labels to test by, nothing can be said."""

_CHOSEN = "disagree"  # whatever is not tested by
_LABEL = ["comment_id", "target", "stance", "text"]


@dataclass(frozen=True)
class Gain:
    """Macro F1 (F_avg where stances are toward targets) of models of `before` and of `after` labels, on `tested`.

    Of those tested, `changed` had another stance before.
    """

    before: int
    after: int
    tested: int
    changed: int
    score_before: Score
    score_after: Score
    difference: Interval


def gain(
    old: pd.DataFrame,
    new: pd.DataFrame,
    codebook: Codebook,
    plan: TrainingPlan,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Gain | None:
    """Compare what is learnt from the labels before with what is learnt from those after, both tested by those after.

    Both learn what the folds of the same k-fold leave them, with the settings of the plan and nothing chosen,
    so that labels are compared and nothing else. Only labels of comments that no model chose are tested by; those
    chosen by a model are learnt from.

    Parameters
    ----------
    old, new
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
    tested = int(new["sampled"].isin(splits.TESTED).sum())
    if tested < FEWEST_TESTED or new["stance"].nunique() < 2:  # noqa: PLR2004 - it takes two to tell apart
        return None
    is_kept = pd.MultiIndex.from_frame(old[_LABEL]).isin(pd.MultiIndex.from_frame(new[_LABEL]))
    # A label that was changed or withdrawn is learnt from as it was, and never tested.
    gone = old[~is_kept].assign(sampled=_CHOSEN)
    is_old = np.concatenate([pd.MultiIndex.from_frame(new[_LABEL]).isin(pd.MultiIndex.from_frame(old[_LABEL])),
                             np.ones(len(gone), np.bool_)])  # fmt: skip
    is_new = np.arange(len(is_old)) < len(new)
    labels = pd.concat([new, gone], ignore_index=True)
    task = out_of_fold.task(labels, codebook, plan, use_examples=True)
    if not task.examples and old["stance"].nunique() < 2:  # noqa: PLR2004 - as above
        return None
    layout = splits.lay_out(labels, seed, quick=True)  # a person waits
    folds = [fold for fold in layout.folds if fold.scheme == splits.STRATIFIED]
    with threadpool_limits(1):
        answers = _answers(task, layout, (is_old, is_new), seed, progress)
    judged = np.flatnonzero(labels["sampled"].isin(splits.TESTED))
    truth, weight = labels["stance"].to_numpy(object)[judged], splits.weights(labels)[judged]
    by_old, by_new = (each[judged] for each in answers)
    k, stances = max(fold.number for fold in folds) + 1, plan.scored_stances
    score_before, score_after = (
        Score(f1.mean_f1(truth, given, weight, stances), f1.mean_f1_interval(truth, given, k, weight, stances))
        for given in (by_old, by_new)
    )
    difference = f1.mean_f1_difference_interval(truth, by_new, by_old, k, weight, stances)
    about = ["comment_id", "target"]
    judged_now = new.loc[new["sampled"].isin(splits.TESTED), [*about, "stance"]]
    both = judged_now.merge(old[[*about, "stance"]], on=about, suffixes=("", "_before"))
    changed = int((both["stance"] != both["stance_before"]).sum())
    return Gain(len(old), len(new), tested, changed, score_before, score_after, difference)


def _answers(
    task: Task,
    layout: Layout,
    sides: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    seed: int,
    progress: Callable[[int, int], None] | None,
) -> list[NDArray[np.object_]]:
    """Let models of either side answer what each fold holds; two arrays of shape (n_labels, n_repeats)."""
    rows = task.labels[["text", "target", "stance"]].itertuples(index=False)
    training = fitting.prepare_training_data(
        [LabelledText(*row) for row in rows], task.examples, task.codebook, task.plan.settings
    )
    plan = replace(task.plan, quick=True, skip_reason=procedure.QUICK_SKIP_REASON)
    folds = [fold for fold in layout.folds if fold.scheme == splits.STRATIFIED]
    repeats = 1 + max(fold.repeat for fold in folds)
    given = [np.full((len(task.labels), repeats), CANNOT_TELL, dtype=object) for _ in sides]
    for done, fold in enumerate(folds, start=1):
        texts = task.labels["text"].iloc[fold.test].to_list()
        targets = task.labels["target"].iloc[fold.test].to_list()
        for answers, side in zip(given, sides, strict=True):
            learnt = fold.train[side[fold.train]]
            if len(learnt) or len(training.example_text_indices):
                model = procedure.fit_procedure(training, learnt, layout.groups, plan, seed).model
                answers[fold.test, fold.repeat] = model.predict(texts, targets)["predicted"].to_numpy(object)
        if progress:
            progress(done, len(folds))
    return given
