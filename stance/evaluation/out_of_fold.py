"""Predict every label by systems that were not trained on it; all scores are computed from the resulting table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from stance import tables
from stance.errors import StanceError
from stance.evaluation import splits, systems
from stance.evaluation.closed_test import predict_closed_test
from stance.evaluation.cross_fitting import LABEL_COLUMN, calibrate_predictions
from stance.evaluation.divided_groups import compare_divided_groups
from stance.evaluation.label_groups import group_repeated_texts
from stance.evaluation.predictions import concat_predictions
from stance.evaluation.splits import CONTRAST_SET, LEARNING_CURVE
from stance.metrics import learning_curve
from stance.models import fitting, hyperparameter_search, procedure
from stance.models.fitting import LabelledText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from stance.evaluation.closed_test import ClosedTest
    from stance.evaluation.divided_groups import DividedGroups
    from stance.evaluation.label_groups import LabelGroups
    from stance.evaluation.splits import Fold, Splits
    from stance.evaluation.systems import FittedSystems
    from stance.labels.codebook import Codebook
    from stance.models.fitting import TrainingData
    from stance.models.procedure import CalibratedProcedure, TrainingPlan

_N_CURVE_FOLDS = 5
_SUBSET_SEED = 2  # keeps the subsets independent of the assignment to folds


@dataclass(frozen=True, eq=False)
class EvaluationTask:
    """What is evaluated: labels, codebook, training plan, and the texts of the codebook.

    No text, nor one that repeats it, is in two of labels, examples and contrast set, and no label or example is in
    the closed test set, if there is one; `prepare_evaluation_task` ensures this for examples and contrast set.
    """

    labels: pd.DataFrame
    codebook: Codebook
    plan: TrainingPlan
    examples: tuple[tuple[str, str], ...]
    contrast_set: tuple[tuple[str, str], ...]
    closed_test: ClosedTest | None = None

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems that are compared."""
        return systems.select_systems(self.codebook, with_examples=bool(self.examples))

    @property
    def targets(self) -> tuple[str, ...]:
        """The targets of the labels, in alphabetical order."""
        return tuple(sorted(set(self.labels["target"])))


@dataclass(frozen=True, eq=False)
class OutOfFoldPredictions:
    """The predictions from which all scores are computed.

    Attributes
    ----------
    table
        The out-of-fold table.
    fitted_procedure
        The model fitted on all labels.
    chosen_in_folds
        For each searched setting, how many folds chose which value.
    label_groups
        The groups of labels that folds did not divide.
    divided_groups
        What accuracy would be if they did; None if there are none.
    """

    table: pd.DataFrame
    fitted_procedure: CalibratedProcedure
    chosen_in_folds: dict[str, Counter[str]]
    label_groups: LabelGroups
    divided_groups: DividedGroups | None

    @property
    def uses_multipliers(self) -> bool:
        """Whether a decision rule with multipliers was fitted."""
        return "answer" in self.chosen_in_folds


def prepare_evaluation_task(
    labels: pd.DataFrame,
    codebook: Codebook,
    plan: TrainingPlan,
    *,
    use_examples: bool,
    closed_test: ClosedTest | None = None,
) -> EvaluationTask:
    """Set up an evaluation in which no tested text, and none that repeats one, is trained on.

    An example that nearly is, contains or quotes a labelled text or one of the closed test set, or is contained in one,
    is not trained on; a contrast text that repeats a labelled text or an example in this way is not tested.
    """
    examples = codebook.examples if use_examples else []
    parts = [
        labels["text"].to_list(),
        [text for text, _ in examples],
        [text for text, _ in codebook.contrast],
        closed_test.labels["text"].to_list() if closed_test else [],
    ]
    groups = group_repeated_texts([text for part in parts for text in part])
    boundaries = np.cumsum([len(part) for part in parts])[:-1]
    label_groups, example_groups, contrast_groups, test_groups = np.split(groups, boundaries)
    is_example_kept = ~np.isin(example_groups, np.concatenate([label_groups, test_groups]))
    training_groups = np.concatenate([label_groups, example_groups[is_example_kept]])
    contrast = compress(codebook.contrast, ~np.isin(contrast_groups, training_groups))
    kept_examples = tuple(compress(examples, is_example_kept))
    return EvaluationTask(labels, codebook, plan, kept_examples, tuple(dict(contrast).items()), closed_test)


def predict_out_of_fold(
    task: EvaluationTask, seed: int, jobs: int = 1, progress: Callable[[int, int], None] | None = None
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
        The number of processes; -1 means one per core.
    progress
        Called with the number of finished folds and the number of folds.

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
    with threadpool_limits(1):
        training = _prepare_training_data(task)
        # The scores are those of the procedure that makes the model, so either all folds search for settings or none.
        training_parts = [fold.train for fold in kfold]
        plan = procedure.resolve_plan(task.plan, training, training_parts, cv_splits.groups, splits.N_FOLDS)
        task = replace(task, plan=plan)
        results = Parallel(n_jobs=jobs, return_as="generator")(
            delayed(_predict_fold)(task, training, cv_splits, fold, seed) for fold in cv_splits.folds
        )
        # While the worker processes start, this process fits what does not depend on a fold.
        all_labels = np.arange(len(task.labels))
        fitted_on_examples = None
        if task.examples:
            fitted_on_examples = systems.fit_systems(training, all_labels[:0], cv_splits.groups, task.plan, (seed,))
        fitted_on_all = systems.fit_systems(training, all_labels, cv_splits.groups, task.plan, (seed,))
        frames: list[pd.DataFrame] = []
        chosen: dict[str, Counter[str]] = {}
        for n_done, (fold, (fold_frames, choices)) in enumerate(zip(cv_splits.folds, results, strict=True), start=1):
            frames += fold_frames
            if fitted_on_examples and fold_frames:
                fold_key = (fold.scheme, fold.repeat, fold.index)
                frames += _predict_test_rows(task, fitted_on_examples, fold.test, cv_splits.groups, fold_key)
            for name, value in choices.items():
                chosen.setdefault(name, Counter())[value] += 1
            if progress:
                progress(n_done, len(cv_splits.folds))
        divided = compare_divided_groups(training, task.labels, cv_splits, task.plan, seed, jobs)
    for fitted in filter(None, (fitted_on_all, fitted_on_examples)):
        frames += _predict_contrast_set(task, fitted)
        if task.closed_test and task.closed_test.is_open:
            frames += predict_closed_test(task.closed_test, fitted, task.systems)
    train_labels = {(fold.scheme, fold.index): fold.train for fold in cv_splits.folds}
    frames, calibrated, rules = calibrate_predictions(frames, fitted_on_all, train_labels, task.plan)
    chosen |= {"answer": rules} if task.plan.uses_multipliers else {}
    table = concat_predictions(frames, task.codebook.stance_names, task.systems)
    return OutOfFoldPredictions(table, calibrated, chosen, cv_splits.label_groups, divided)


def _prepare_training_data(task: EvaluationTask) -> TrainingData:
    columns = task.labels[["text", "target", "stance"]]
    labels = [LabelledText(*row) for row in columns.itertuples(index=False)]
    settings = task.plan.settings
    if not task.plan.quick and len(labels) >= hyperparameter_search.MIN_LABELS_TO_SEARCH:
        settings = replace(settings, features=hyperparameter_search.WIDEST_NGRAMS)
    is_tested = task.labels["sampled"].isin(splits.TEST_SAMPLING_METHODS).to_numpy()
    weights = splits.compute_test_weights(task.labels)
    return fitting.prepare_training_data(labels, task.examples, task.codebook, settings, is_tested, weights)


def _predict_fold(
    task: EvaluationTask, training: TrainingData, cv_splits: Splits, fold: Fold, seed: int
) -> tuple[list[pd.DataFrame], dict[str, str]]:
    """Fit the systems on the training part of a fold and predict its test part; also return what was chosen."""
    if not len(fold.train):
        return [], {}  # the other articles hold only the same texts
    fold_key = (fold.scheme, fold.repeat, fold.index)
    with threadpool_limits(1):
        fitted = systems.fit_systems(training, fold.train, cv_splits.groups, task.plan, (seed, fold.repeat, fold.index))
        frames = _predict_test_rows(task, fitted, fold.test, cv_splits.groups, fold_key)
        if fold.scheme != splits.STRATIFIED_KFOLD:
            return frames, {}
        if fold.repeat == 0 and fold.index < _N_CURVE_FOLDS:
            frames += _predict_learning_curve(task, training, cv_splits, fold, fitted, seed)
    return frames, systems.describe_choices(fitted)


def _predict_learning_curve(
    task: EvaluationTask, training: TrainingData, cv_splits: Splits, fold: Fold, fitted: FittedSystems, seed: int
) -> Iterator[pd.DataFrame]:
    """Predict the test part of a fold by models of fewer labels, with the settings chosen for the whole fold."""
    whole_fold = fitted.fitted_procedure
    if whole_fold is None or whole_fold.search_result.skip_reason:
        return
    n_stances, model_system = len(training.codebook.stance_names), task.systems[-1]
    strata = (training.target_codes[fold.train] * n_stances + training.stance_codes[fold.train]).tolist()
    rng = np.random.default_rng([seed, fold.index, _SUBSET_SEED])
    sizes = learning_curve.choose_training_sizes(len(task.labels), splits.N_FOLDS)[:-1]  # the last is the whole fold
    groups = np.unique(cv_splits.groups[fold.train], return_inverse=True)[1]
    for point, subset in enumerate(learning_curve.draw_nested_subsets(strata, groups, sizes, rng)):
        label_indices = fold.train[subset]
        model = fitting.fit_model(training, label_indices, whole_fold.search_result.settings)
        fitted_on_subset = replace(
            fitted,
            models={model_system: model},
            fitted_procedure=replace(whole_fold, model=model),
            n_labels=len(label_indices),
        )
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
    texts, target_codes = tested["text"].to_list(), fitted.training.target_codes[test]
    rows = pd.DataFrame(
        {name: tested[name].to_numpy() for name in ("comment_id", "article_id", "target", "stance", "also")}
    ).assign(group=groups[test], weight=splits.compute_test_weights(task.labels)[test], **{LABEL_COLUMN: test})
    return [
        _add_fold_columns(rows, fitted.predict(system, texts, target_codes), system, fold_key, fitted.n_labels)
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
    target_codes = np.zeros(len(texts), np.int64)
    fold_key = (CONTRAST_SET, 0, 0)
    return [
        _add_fold_columns(rows, fitted.predict(system, texts, target_codes), system, fold_key, fitted.n_labels)
        for system in task.systems
        if fitted.can_predict(system)
    ]


def _add_fold_columns(
    rows: pd.DataFrame, predictions: pd.DataFrame, system: str, fold_key: tuple[str, int, int], n_labels: int
) -> pd.DataFrame:
    scheme, repeat, fold = fold_key
    return rows.assign(system=system, scheme=scheme, repeat=repeat, fold=fold, learnt=n_labels).join(predictions)
