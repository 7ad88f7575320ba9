"""Predict every label by systems that were not trained on it; all scores are computed from the resulting table."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from joblib import Parallel, delayed, effective_n_jobs
from threadpoolctl import threadpool_limits

from stance import tables
from stance.errors import StanceError
from stance.evaluation import splits, systems
from stance.evaluation.closed_test import predict_closed_test
from stance.evaluation.cross_fitting import LABEL_COLUMN, calibrate_predictions
from stance.evaluation.divided_groups import compare_divided_groups, find_correct_when_kept
from stance.evaluation.predictions import concat_predictions
from stance.evaluation.splits import CONTRAST_SET, LEARNING_CURVE
from stance.evaluation.systems import TextsToPredict
from stance.metrics import learning_curve
from stance.models import fitting
from stance.models.classifiers.interface import PRECISE
from stance.models.fitting import LabelledText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from stance.evaluation.divided_groups import DividedGroups
    from stance.evaluation.evaluation_task import EvaluationTask
    from stance.evaluation.label_groups import LabelGroups
    from stance.evaluation.splits import Fold, Splits
    from stance.evaluation.systems import FittedSystems
    from stance.models.fitting import TrainingData
    from stance.models.procedure import CalibratedProcedure

_N_CURVE_FOLDS = 5
# Starting worker processes takes longer than evaluating fewer labels.
_MIN_LABELS_FOR_WORKERS = 300
_SUBSET_SEED = 2  # keeps the subsets independent of the assignment to folds


@dataclass(frozen=True, eq=False)
class OutOfFoldPredictions:
    """The predictions from which all scores are computed.

    Attributes
    ----------
    table
        The out-of-fold table.
    fitted_procedure
        The model fitted on all labels.
    example_weights
        The weight of the classifier of the examples in each fold of repeated k-fold; empty without examples.
    rules_in_folds
        How many folds predict by which decision rule; empty if only one is possible.
    label_groups
        The groups of labels that folds did not divide.
    divided_groups
        What accuracy would be if they did; None if there are none.
    """

    table: pd.DataFrame
    fitted_procedure: CalibratedProcedure
    example_weights: tuple[float, ...]
    rules_in_folds: Counter[str]
    label_groups: LabelGroups
    divided_groups: DividedGroups | None

    @property
    def uses_multipliers(self) -> bool:
        """Whether a decision rule with multipliers was fitted."""
        return bool(self.rules_in_folds)


def predict_out_of_fold(
    task: EvaluationTask,
    seed: int,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    announce: Callable[[float], None] | None = None,
) -> OutOfFoldPredictions:
    """Predict every tested label by systems that were not trained on it.

    The contrast set and, if it is opened, the closed test set are predicted by the systems trained on all labels.

    Parameters
    ----------
    task
        What to evaluate.
    seed
        Random seed for folds, guesses and subsets.
    jobs
        The number of processes; -1 means one per core. Few labels are evaluated in this process alone.
    progress
        Called with the number of finished folds and the number of folds.
    announce
        Called once, with an estimate of the seconds that the folds will take.

    Returns
    -------
    OutOfFoldPredictions
        Its table has the columns `tables.OOF_COLUMNS`, one `p_STANCE` and one `raw_STANCE` per stance of the codebook,
        and `terms`; one row per scheme, repeat, system and label. In the learning curve, a repeat is one of its points.
    """
    cv_splits = splits.make_splits(task.labels, seed, quick=task.plan.quick)
    kfold = [fold for fold in cv_splits.folds if fold.scheme == splits.STRATIFIED_KFOLD]
    if len({fold.index for fold in kfold}) < 2 or not all(len(fold.train) for fold in kfold):  # noqa: PLR2004 - two
        raise StanceError(
            "the tested comments cannot be split into folds: all of them are of one group",
            "label comments with different texts, or leave out --group-column",
        )
    # Single-threaded BLAS keeps results identical on any number of cores.
    plan = task.plan.resolve(len(task.labels), has_examples=bool(task.examples))
    task = replace(task, plan=plan)
    with threadpool_limits(1):
        training = _prepare_training_data(task)
        jobs = jobs if len(task.labels) >= _MIN_LABELS_FOR_WORKERS else 1
        results = Parallel(n_jobs=jobs, return_as="generator")(
            delayed(_predict_fold)(task, training, cv_splits, fold, seed) for fold in cv_splits.folds
        )
        # While the worker processes start, this process fits what does not depend on a fold.
        all_labels = np.arange(len(task.labels))
        fitted_on_examples = None
        if task.examples:
            fitted_on_examples = systems.fit_systems(training, all_labels[:0], task.plan, (seed,))
        start = time.perf_counter()
        fitted_on_all = systems.fit_systems(training, all_labels, task.plan, (seed,))
        if announce:
            announce((time.perf_counter() - start) * len(cv_splits.folds) / effective_n_jobs(jobs))
        frames: list[pd.DataFrame] = []
        example_weights: list[float] = []
        for n_done, (fold, (fold_frames, weight)) in enumerate(zip(cv_splits.folds, results, strict=True), start=1):
            frames += fold_frames
            if fitted_on_examples and fold_frames:
                fold_key = (fold.scheme, fold.repeat, fold.index)
                frames += _predict_test_rows(task, fitted_on_examples, fold.test, cv_splits.groups, fold_key)
            if weight is not None and fold.scheme == splits.STRATIFIED_KFOLD:
                example_weights.append(weight)
            if progress:
                progress(n_done, len(cv_splits.folds))
        is_correct = find_correct_when_kept(frames, task.systems[-1], len(task.labels))
        divided = compare_divided_groups(training, task.labels, cv_splits, is_correct, task.plan, seed, jobs)
    for fitted in filter(None, (fitted_on_all, fitted_on_examples)):
        frames += _predict_contrast_set(task, fitted)
        if task.closed_test and task.closed_test.is_open:
            text_indices = training.other_text_indices[len(task.contrast_set) :]
            frames += predict_closed_test(task.closed_test, fitted, task.systems, text_indices)
    train_labels = {(fold.scheme, fold.index): fold.train for fold in cv_splits.folds}
    frames, calibrated, rules = calibrate_predictions(frames, fitted_on_all, train_labels, task.plan)
    table = concat_predictions(frames, task.codebook.stance_names, task.systems)
    return OutOfFoldPredictions(
        table=table,
        fitted_procedure=calibrated,
        example_weights=tuple(example_weights),
        rules_in_folds=rules if task.plan.uses_multipliers else Counter(),
        label_groups=cv_splits.label_groups,
        divided_groups=divided,
    )


def _prepare_training_data(task: EvaluationTask) -> TrainingData:
    columns = task.labels[["text", "target", "stance"]]
    labels = [LabelledText(*row) for row in columns.itertuples(index=False)]
    weights = splits.compute_test_weights(task.labels)
    other_texts = [text for text, _ in task.contrast_set]
    if task.closed_test and task.closed_test.is_open:
        other_texts += task.closed_test.labels["text"].to_list()
    return fitting.prepare_training_data(labels, task.examples, task.codebook, task.plan.settings, weights, other_texts)


def _predict_fold(
    task: EvaluationTask, training: TrainingData, cv_splits: Splits, fold: Fold, seed: int
) -> tuple[list[pd.DataFrame], float | None]:
    """Fit the systems on the training part of a fold and predict its test part; also return the examples' weight."""
    if not len(fold.train):
        return [], None  # the other articles hold only the same texts
    fold_key = (fold.scheme, fold.repeat, fold.index)
    with threadpool_limits(1):
        fitted = systems.fit_systems(training, fold.train, task.plan, (seed, fold.repeat, fold.index), PRECISE)
        frames = _predict_test_rows(task, fitted, fold.test, cv_splits.groups, fold_key)
        has_curve = fold.scheme == splits.STRATIFIED_KFOLD and fold.repeat == 0 and fold.index < _N_CURVE_FOLDS
        if has_curve and not task.plan.quick:
            frames += _predict_learning_curve(task, training, cv_splits, fold, fitted, seed)
    return frames, fitted.main_model.example_weight if fitted.main_model else None


def _predict_learning_curve(
    task: EvaluationTask, training: TrainingData, cv_splits: Splits, fold: Fold, fitted: FittedSystems, seed: int
) -> Iterator[pd.DataFrame]:
    """Predict the test part of a fold by models of fewer labels."""
    n_stances, model_system = len(training.codebook.stance_names), task.systems[-1]
    strata = (training.target_codes[fold.train] * n_stances + training.stance_codes[fold.train]).tolist()
    rng = np.random.default_rng([seed, fold.index, _SUBSET_SEED])
    sizes = learning_curve.choose_training_sizes(len(task.labels), splits.N_FOLDS)[:-1]  # the last is the whole fold
    groups = np.unique(cv_splits.groups[fold.train], return_inverse=True)[1]
    for point, subset in enumerate(learning_curve.draw_nested_subsets(strata, groups, sizes, rng)):
        label_indices = fold.train[subset]
        model = fitting.fit_model(training, label_indices, task.plan.settings, PRECISE)
        fitted_on_subset = replace(fitted, models={model_system: model}, main_model=model, n_labels=len(label_indices))
        fold_key = (LEARNING_CURVE, point, fold.index)
        yield from _predict_test_rows(task, fitted_on_subset, fold.test, cv_splits.groups, fold_key, [model_system])


def _predict_test_rows(
    task: EvaluationTask,
    fitted: FittedSystems,
    test: NDArray[np.int64],
    groups: NDArray[np.int64],
    fold_key: tuple[str, int, int],
    only_systems: Sequence[str] = (),
) -> list[pd.DataFrame]:
    """Predict the tested labels by every fitted system, one frame per system."""
    tested = task.labels.iloc[test]
    training = fitted.training
    texts = TextsToPredict(tested["text"].to_list(), training.text_indices[test], training.target_codes[test])
    rows = pd.DataFrame(
        {name: tested[name].to_numpy() for name in ("comment_id", "article_id", "target", "stance", "also")}
    ).assign(group=groups[test], weight=splits.compute_test_weights(task.labels)[test], **{LABEL_COLUMN: test})
    return [
        _add_fold_columns(rows, fitted.predict(system, texts), system, fold_key, fitted.n_labels)
        for system in only_systems or task.systems
        if fitted.can_predict(system)
    ]


def _predict_contrast_set(task: EvaluationTask, fitted: FittedSystems) -> list[pd.DataFrame]:
    """Predict the contrast set by every fitted system; its texts have no target, so not if there are several."""
    if not task.contrast_set or len(task.targets) > 1:
        return []
    texts, stances = map(list, zip(*task.contrast_set, strict=True))
    comment_ids = [tables.make_comment_id("contrast", text) for text in texts]
    rows = pd.DataFrame({"comment_id": comment_ids, "stance": stances})
    rows = rows.assign(article_id="", target=task.targets[0], also="", group=np.arange(len(rows)), weight=1.0)
    text_indices = fitted.training.other_text_indices[: len(texts)]
    test_texts = TextsToPredict(texts, text_indices, np.zeros(len(texts), np.int64))
    fold_key = (CONTRAST_SET, 0, 0)
    return [
        _add_fold_columns(rows, fitted.predict(system, test_texts), system, fold_key, fitted.n_labels)
        for system in task.systems
        if fitted.can_predict(system)
    ]


def _add_fold_columns(
    rows: pd.DataFrame, predictions: pd.DataFrame, system: str, fold_key: tuple[str, int, int], n_labels: int
) -> pd.DataFrame:
    scheme, repeat, fold = fold_key
    return rows.assign(system=system, scheme=scheme, repeat=repeat, fold=fold, learnt=n_labels).join(predictions)
