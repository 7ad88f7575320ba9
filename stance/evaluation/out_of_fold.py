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

    from stance.evaluation.splits import Fold, Layout
    from stance.evaluation.systems import Learnt
    from stance.labels.codebook import Codebook
    from stance.models.fitting import TrainingData
    from stance.models.procedure import FittedProcedure, TrainingPlan

CONTRAST, CURVE = "contrast set", "learning curve"

_CURVE_FOLDS = 5
_SUBSETS = 2  # so that subsets are drawn by other numbers than folds are dealt by


@dataclass(frozen=True, eq=False)
class Task:
    """What is evaluated: the labels, the codebook, and the examples that train with them.

    No text, or one that says nearly the same, stands in two of labels, examples and contrast set: `task` sees to it.
    """

    labels: pd.DataFrame
    codebook: Codebook
    plan: TrainingPlan
    examples: tuple[tuple[str, str], ...]
    contrast: tuple[tuple[str, str], ...]

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems that are compared."""
        return systems.compared(self.codebook, with_examples=bool(self.examples))

    @property
    def targets(self) -> tuple[str, ...]:
        """What stances are toward, in the order of first mention."""
        return tuple(dict.fromkeys(self.labels["target"]))


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """The predictions that all figures are made from.

    `table` holds them, `taught` is the model that learnt from all labels, and `chosen` counts for each thing that was
    chosen how many folds chose what.
    """

    table: pd.DataFrame
    taught: FittedProcedure
    chosen: dict[str, Counter[str]]


def task(labels: pd.DataFrame, codebook: Codebook, plan: TrainingPlan, *, use_examples: bool) -> Task:
    """Set up an evaluation in which no text that is tested, nor one that says nearly the same, was taught."""
    offered = codebook.examples if use_examples else []
    texts = [*labels["text"], *(text for text, _ in offered), *(text for text, _ in codebook.contrast)]
    ends = [len(labels), len(labels) + len(offered)]
    of_labels, of_examples, of_contrast = np.split(group_near_duplicates(texts), ends)
    teaches = ~np.isin(of_examples, of_labels)
    taught = np.concatenate([of_labels, of_examples[teaches]])
    contrast = compress(codebook.contrast, ~np.isin(of_contrast, taught))
    return Task(labels, codebook, plan, tuple(compress(offered, teaches)), tuple(dict(contrast).items()))


def out_of_fold(task: Task, seed: int, jobs: int = 1, progress: Callable[[int, int], None] | None = None) -> OutOfFold:
    """Score every tested label by systems that did not learn from it, and the contrast set by all of them.

    Returns
    -------
    OutOfFold
        Its table has the columns `tables.OOF_COLUMNS`, one `p_STANCE` and one `raw_STANCE` a stance of the codebook,
        and `terms`; one row a scheme, repeat, system and label. In the learning curve, repeats are its points.
    """
    layout = splits.lay_out(task.labels, seed, quick=task.plan.quick)
    main = [fold for fold in layout.folds if fold.scheme == splits.STRATIFIED]
    if len({fold.number for fold in main}) < 2 or not all(len(fold.train) for fold in main):  # noqa: PLR2004 - it takes two
        remedy = "label comments that say other things, or leave --group-column out"
        raise StanceError("the tested comments cannot be told apart: all of them are of one group", remedy)
    # The order of sums, and with it the last digits, must not hang on how many cores there are.
    with threadpool_limits(1):
        training = _count(task)
        # What is reported is of the procedure that makes the model, so all folds choose, or none.
        task = replace(
            task, plan=procedure.resolve_plan(task.plan, training, [fold.train for fold in main], layout.groups)
        )
        folded = Parallel(n_jobs=jobs, return_as="generator")(
            delayed(_fold_rows)(task, training, layout, fold, seed) for fold in layout.folds
        )
        # While the first processes start, this one fits what no fold has a part in.
        labels = np.arange(len(task.labels))
        of_examples = systems.learn(training, labels[:0], layout.groups, task.plan, (seed,)) if task.examples else None
        whole = systems.learn(training, labels, layout.groups, task.plan, (seed,))
        parts: list[pd.DataFrame] = []
        chosen: dict[str, Counter[str]] = {}
        for done, (fold, (rows, choices)) in enumerate(zip(layout.folds, folded, strict=True), start=1):
            parts += rows
            if of_examples and rows:
                parts += _answers(task, of_examples, fold.test, (fold.scheme, fold.repeat, fold.number))
            for name, value in choices.items():
                chosen.setdefault(name, Counter())[value] += 1
            if progress:
                progress(done, len(layout.folds))
    for learnt in (whole, of_examples):
        parts += _contrast(task, learnt) if learnt else []
    assert whole.taught is not None  # noqa: S101 - it learnt from labels
    return OutOfFold(_in_order(task, parts), whole.taught, chosen)


def _count(task: Task) -> TrainingData:
    columns = task.labels[["text", "target", "stance"]]
    labels = [LabelledText(*row) for row in columns.itertuples(index=False)]
    settings = task.plan.settings
    if not task.plan.quick and len(labels) >= hyperparameter_search.MIN_LABELS_TO_SEARCH:
        settings = replace(settings, features=hyperparameter_search.WIDEST_NGRAMS)
    judges = task.labels["sampled"].isin(splits.TESTED).to_numpy()
    return fitting.prepare_training_data(
        labels, task.examples, task.codebook, settings, judges, splits.weights(task.labels)
    )


def _fold_rows(
    task: Task, training: TrainingData, layout: Layout, fold: Fold, seed: int
) -> tuple[list[pd.DataFrame], dict[str, str]]:
    """Let the systems learn what a fold leaves, and score what it holds; tell what was chosen for it."""
    if not len(fold.train):
        return [], {}  # the other articles hold the same texts and no others
    with threadpool_limits(1):
        learnt = systems.learn(training, fold.train, layout.groups, task.plan, (seed, fold.repeat, fold.number))
        rows = _answers(task, learnt, fold.test, (fold.scheme, fold.repeat, fold.number))
        if fold.scheme != splits.STRATIFIED:
            return rows, {}
        if fold.repeat == 0 and fold.number < _CURVE_FOLDS:
            rows += _curve(task, training, layout, fold, learnt, seed)
    return rows, systems.choices(learnt)


def _curve(
    task: Task, training: TrainingData, layout: Layout, fold: Fold, learnt: Learnt, seed: int
) -> Iterator[pd.DataFrame]:
    """Score what a fold holds by models of fewer labels, their settings those that were chosen for it."""
    taught = learnt.taught
    if taught is None or taught.search_result.skip_reason:
        return
    strata = (
        training.target_codes[fold.train] * len(training.codebook.stance_names) + training.stance_codes[fold.train]
    ).tolist()
    rng = np.random.default_rng([seed, fold.number, _SUBSETS])
    sizes = learning_curve.choose_training_sizes(len(task.labels), splits.FOLDS)[:-1]  # the last is the fold itself
    groups = np.unique(layout.groups[fold.train], return_inverse=True)[1]
    for point, part in enumerate(learning_curve.draw_nested_subsets(strata, groups, sizes, rng)):
        labels = fold.train[part]
        model = procedure.apply_calibration_and_rule(
            fitting.fit_model(training, labels, taught.search_result.settings), taught
        )
        of_fewer = replace(learnt, models={task.systems[-1]: model}, taught=replace(taught, model=model), n=len(labels))
        yield from _answers(task, of_fewer, fold.test, (CURVE, point, fold.number), [task.systems[-1]])


def _answers(
    task: Task,
    learnt: Learnt,
    test: NDArray[np.int64],
    place: tuple[str, int, int],
    only: Sequence[str] = (),
) -> list[pd.DataFrame]:
    """Let every system that can answer the tested labels, and give the rows of each."""
    tested = task.labels.iloc[test]
    texts, targets = tested["text"].to_list(), learnt.training.target_codes[test]
    weight = splits.weights(task.labels)[test]
    given = pd.DataFrame(
        {name: tested[name].to_numpy() for name in ("comment_id", "article_id", "target", "stance", "also")}
    )
    return [
        _placed(given.assign(weight=weight), learnt.answer(system, texts, targets), system, place, learnt.n)
        for system in only or task.systems
        if learnt.can_answer(system)
    ]


def _contrast(task: Task, learnt: Learnt) -> list[pd.DataFrame]:
    """Let every system that can answer the contrast set, whose texts are toward no target."""
    if not task.contrast or len(task.targets) > 1:
        return []
    texts, stances = map(list, zip(*task.contrast, strict=True))
    given = pd.DataFrame({"comment_id": [tables.comment_id("contrast", text) for text in texts], "stance": stances})
    given = given.assign(article_id="", target=task.targets[0], also="", weight=1.0)
    targets = np.zeros(len(texts), np.int64)
    return [
        _placed(given, learnt.answer(system, texts, targets), system, (CONTRAST, 0, 0), learnt.n)
        for system in task.systems
        if learnt.can_answer(system)
    ]


def _placed(
    given: pd.DataFrame, answers: pd.DataFrame, system: str, place: tuple[str, int, int], learnt: int
) -> pd.DataFrame:
    scheme, repeat, fold = place
    return given.assign(system=system, scheme=scheme, repeat=repeat, fold=fold, learnt=learnt).join(answers)


def _in_order(task: Task, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put the rows of all systems together: by scheme, repeat and fold, there by system, there as the labels stand."""
    names = task.codebook.stance_names
    columns = [*tables.OOF_COLUMNS, *map(tables.probability_column, names), *map(tables.raw_column, names), "terms"]
    table = pd.concat([part.reindex(columns=columns) for part in parts], ignore_index=True)
    table["terms"] = table["terms"].fillna("")
    order = {name: place for place, name in enumerate((*dict.fromkeys(table["scheme"]), *task.systems))}
    schemes_last = {CURVE: len(order), CONTRAST: len(order) + 1}
    key = table["scheme"].map(order | schemes_last), table["repeat"], table["fold"], table["system"].map(order)
    return table.iloc[np.lexsort(key[::-1])].reset_index(drop=True)
