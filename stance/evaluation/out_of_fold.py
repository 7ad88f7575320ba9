"""Labels, folds and systems -> the table of out-of-fold predictions that every figure is made from."""

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
from stance.metrics import learning_curve
from stance.metrics.near_duplicates import group_near_duplicates
from stance.models import fitting, hyperparameter_search, procedure
from stance.models.fitting import LabelledText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from stance.evaluation.splits import Fold, Splits
    from stance.evaluation.systems import FittedSystems
    from stance.labels.codebook import Codebook
    from stance.models.fitting import TrainingData
    from stance.models.procedure import FittedProcedure, TrainingPlan

CONTRAST_SET, LEARNING_CURVE = "contrast set", "learning curve"

_N_CURVE_FOLDS = 5
_SUBSET_SEED = 2  # so that subsets are drawn by other numbers than folds are dealt by


@dataclass(frozen=True, eq=False)
class EvaluationTask:
    """What is evaluated: the labels, the codebook, and the examples that train with them.

    No text, or one that says nearly the same, stands in two of labels, examples and contrast set:
    `prepare_evaluation_task` sees to it.
    """

    labels: pd.DataFrame
    codebook: Codebook
    plan: TrainingPlan
    examples: tuple[tuple[str, str], ...]
    contrast_set: tuple[tuple[str, str], ...]

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems that are compared."""
        return systems.select_systems(self.codebook, with_examples=bool(self.examples))

    @property
    def targets(self) -> tuple[str, ...]:
        """What stances are toward, in the order of first mention."""
        return tuple(dict.fromkeys(self.labels["target"]))


@dataclass(frozen=True, eq=False)
class OutOfFoldPredictions:
    """The predictions that all figures are made from.

    `table` holds them, `fitted_procedure` is the model that learnt from all labels, and `chosen_in_folds` counts for
    each thing that was chosen how many folds chose what.
    """

    table: pd.DataFrame
    fitted_procedure: FittedProcedure
    chosen_in_folds: dict[str, Counter[str]]


def prepare_evaluation_task(
    labels: pd.DataFrame, codebook: Codebook, plan: TrainingPlan, *, use_examples: bool
) -> EvaluationTask:
    """Set up an evaluation in which no text that is tested, nor one that says nearly the same, was taught."""
    offered = codebook.examples if use_examples else []
    texts = [*labels["text"], *(text for text, _ in offered), *(text for text, _ in codebook.contrast)]
    ends = [len(labels), len(labels) + len(offered)]
    of_labels, of_examples, of_contrast = np.split(group_near_duplicates(texts), ends)
    teaches = ~np.isin(of_examples, of_labels)
    taught = np.concatenate([of_labels, of_examples[teaches]])
    contrast = compress(codebook.contrast, ~np.isin(of_contrast, taught))
    return EvaluationTask(labels, codebook, plan, tuple(compress(offered, teaches)), tuple(dict(contrast).items()))


def predict_out_of_fold(
    task: EvaluationTask, seed: int, jobs: int = 1, progress: Callable[[int, int], None] | None = None
) -> OutOfFoldPredictions:
    """Score every tested label by systems that did not learn from it, and the contrast set by all of them.

    Returns
    -------
    OutOfFold
        Its table has the columns `tables.OOF_COLUMNS`, one `p_STANCE` and one `raw_STANCE` a stance of the codebook,
        and `terms`; one row a scheme, repeat, system and label. In the learning curve, repeats are its points.
    """
    layout = splits.make_splits(task.labels, seed, quick=task.plan.quick)
    main = [fold for fold in layout.folds if fold.scheme == splits.STRATIFIED_KFOLD]
    if len({fold.index for fold in main}) < 2 or not all(len(fold.train) for fold in main):  # noqa: PLR2004 - it takes two
        remedy = "label comments that say other things, or leave --group-column out"
        raise StanceError("the tested comments cannot be told apart: all of them are of one group", remedy)
    # The order of sums, and with it the last digits, must not hang on how many cores there are.
    with threadpool_limits(1):
        training = _prepare_training_data(task)
        # What is reported is of the procedure that makes the model, so all folds choose, or none.
        task = replace(
            task, plan=procedure.resolve_plan(task.plan, training, [fold.train for fold in main], layout.groups)
        )
        folded = Parallel(n_jobs=jobs, return_as="generator")(
            delayed(_predict_fold)(task, training, layout, fold, seed) for fold in layout.folds
        )
        # While the first processes start, this one fits what no fold has a part in.
        labels = np.arange(len(task.labels))
        of_examples = (
            systems.fit_systems(training, labels[:0], layout.groups, task.plan, (seed,)) if task.examples else None
        )
        whole = systems.fit_systems(training, labels, layout.groups, task.plan, (seed,))
        parts: list[pd.DataFrame] = []
        chosen: dict[str, Counter[str]] = {}
        for done, (fold, (rows, choices)) in enumerate(zip(layout.folds, folded, strict=True), start=1):
            parts += rows
            if of_examples and rows:
                parts += _predict_test_rows(task, of_examples, fold.test, (fold.scheme, fold.repeat, fold.index))
            for name, value in choices.items():
                chosen.setdefault(name, Counter())[value] += 1
            if progress:
                progress(done, len(layout.folds))
    for learnt in (whole, of_examples):
        parts += _predict_contrast_set(task, learnt) if learnt else []
    assert whole.fitted_procedure is not None  # noqa: S101 - it learnt from labels
    return OutOfFoldPredictions(_concat_in_order(task, parts), whole.fitted_procedure, chosen)


def _prepare_training_data(task: EvaluationTask) -> TrainingData:
    columns = task.labels[["text", "target", "stance"]]
    labels = [LabelledText(*row) for row in columns.itertuples(index=False)]
    settings = task.plan.settings
    if not task.plan.quick and len(labels) >= hyperparameter_search.MIN_LABELS_TO_SEARCH:
        settings = replace(settings, features=hyperparameter_search.WIDEST_NGRAMS)
    judges = task.labels["sampled"].isin(splits.TEST_SAMPLING_METHODS).to_numpy()
    return fitting.prepare_training_data(
        labels, task.examples, task.codebook, settings, judges, splits.compute_test_weights(task.labels)
    )


def _predict_fold(
    task: EvaluationTask, training: TrainingData, cv_splits: Splits, fold: Fold, seed: int
) -> tuple[list[pd.DataFrame], dict[str, str]]:
    """Let the systems learn what a fold leaves, and score what it holds; tell what was chosen for it."""
    if not len(fold.train):
        return [], {}  # the other articles hold the same texts and no others
    with threadpool_limits(1):
        learnt = systems.fit_systems(training, fold.train, cv_splits.groups, task.plan, (seed, fold.repeat, fold.index))
        rows = _predict_test_rows(task, learnt, fold.test, (fold.scheme, fold.repeat, fold.index))
        if fold.scheme != splits.STRATIFIED_KFOLD:
            return rows, {}
        if fold.repeat == 0 and fold.index < _N_CURVE_FOLDS:
            rows += _predict_learning_curve(task, training, cv_splits, fold, learnt, seed)
    return rows, systems.describe_choices(learnt)


def _predict_learning_curve(
    task: EvaluationTask, training: TrainingData, cv_splits: Splits, fold: Fold, fitted: FittedSystems, seed: int
) -> Iterator[pd.DataFrame]:
    """Score what a fold holds by models of fewer labels, their settings those that were chosen for it."""
    taught = fitted.fitted_procedure
    if taught is None or taught.search_result.skip_reason:
        return
    strata = (
        training.target_codes[fold.train] * len(training.codebook.stance_names) + training.stance_codes[fold.train]
    ).tolist()
    rng = np.random.default_rng([seed, fold.index, _SUBSET_SEED])
    sizes = learning_curve.choose_training_sizes(len(task.labels), splits.N_FOLDS)[:-1]  # the last is the fold itself
    groups = np.unique(cv_splits.groups[fold.train], return_inverse=True)[1]
    for point, part in enumerate(learning_curve.draw_nested_subsets(strata, groups, sizes, rng)):
        labels = fold.train[part]
        model = procedure.apply_calibration_and_rule(
            fitting.fit_model(training, labels, taught.search_result.settings), taught
        )
        of_fewer = replace(
            fitted,
            models={task.systems[-1]: model},
            fitted_procedure=replace(taught, model=model),
            n_labels=len(labels),
        )
        yield from _predict_test_rows(
            task, of_fewer, fold.test, (LEARNING_CURVE, point, fold.index), [task.systems[-1]]
        )


def _predict_test_rows(
    task: EvaluationTask,
    fitted: FittedSystems,
    test: NDArray[np.int64],
    fold_key: tuple[str, int, int],
    only_systems: Sequence[str] = (),
) -> list[pd.DataFrame]:
    """Let every system that can answer the tested labels, and give the rows of each."""
    tested = task.labels.iloc[test]
    texts, targets = tested["text"].to_list(), fitted.training.target_codes[test]
    weight = splits.compute_test_weights(task.labels)[test]
    given = pd.DataFrame(
        {name: tested[name].to_numpy() for name in ("comment_id", "article_id", "target", "stance", "also")}
    )
    return [
        _add_fold_columns(
            given.assign(weight=weight), fitted.predict(system, texts, targets), system, fold_key, fitted.n_labels
        )
        for system in only_systems or task.systems
        if fitted.can_predict(system)
    ]


def _predict_contrast_set(task: EvaluationTask, fitted: FittedSystems) -> list[pd.DataFrame]:
    """Let every system that can answer the contrast set, whose texts are toward no target."""
    if not task.contrast_set or len(task.targets) > 1:
        return []
    texts, stances = map(list, zip(*task.contrast_set, strict=True))
    given = pd.DataFrame(
        {"comment_id": [tables.make_comment_id("contrast", text) for text in texts], "stance": stances}
    )
    given = given.assign(article_id="", target=task.targets[0], also="", weight=1.0)
    targets = np.zeros(len(texts), np.int64)
    return [
        _add_fold_columns(given, fitted.predict(system, texts, targets), system, (CONTRAST_SET, 0, 0), fitted.n_labels)
        for system in task.systems
        if fitted.can_predict(system)
    ]


def _add_fold_columns(
    rows: pd.DataFrame, predictions: pd.DataFrame, system: str, fold_key: tuple[str, int, int], n_labels: int
) -> pd.DataFrame:
    scheme, repeat, fold = fold_key
    return rows.assign(system=system, scheme=scheme, repeat=repeat, fold=fold, learnt=n_labels).join(predictions)


def _concat_in_order(task: EvaluationTask, frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put the rows of all systems together: by scheme, repeat and fold, there by system, there as the labels stand."""
    names = task.codebook.stance_names
    columns = [
        *tables.OOF_COLUMNS,
        *map(tables.probability_column, names),
        *map(tables.raw_probability_column, names),
        "terms",
    ]
    table = pd.concat([part.reindex(columns=columns) for part in frames], ignore_index=True)
    table["terms"] = table["terms"].fillna("")
    order = {name: place for place, name in enumerate((*dict.fromkeys(table["scheme"]), *task.systems))}
    schemes_last = {LEARNING_CURVE: len(order), CONTRAST_SET: len(order) + 1}
    key = table["scheme"].map(order | schemes_last), table["repeat"], table["fold"], table["system"].map(order)
    return table.iloc[np.lexsort(key[::-1])].reset_index(drop=True)
