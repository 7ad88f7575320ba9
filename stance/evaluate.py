"""Labels, folds and systems -> the table of out-of-fold predictions that every figure is made from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from stance import fitting, tables
from stance.fitting import Label
from stance.keywords import by_keywords

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from stance.codebook import Codebook
    from stance.fitting import Training
    from stance.model import Model, Settings

REPEATS = 5
MOST_FOLDS = 5

MAJORITY, KEYWORDS, EXAMPLES, LABELS, BOTH = "majority", "keywords", "examples", "labels", "labels+examples"

SYSTEMS = (MAJORITY, KEYWORDS, EXAMPLES, LABELS, BOTH)
"""All systems in the order of every table; the last one that is there is the model, the others are its baselines."""

STRATIFIED, LEFT_OUT_ARTICLE, CONTRAST = "stratified k-fold", "leave one article out", "contrast set"

_PROBABILITY_DECIMALS = 6


@dataclass(frozen=True)
class Fold:
    """Which comments are scored, by number, by systems that learnt from others."""

    scheme: str
    repeat: int
    number: int
    test: NDArray[np.int64]

    @property
    def place(self) -> tuple[str, int, int]:
        """Where its comments stand in the out-of-fold table."""
        return self.scheme, self.repeat, self.number


@dataclass(frozen=True)
class Task:
    """What is evaluated: the labels, the codebook, and the examples that train with them.

    No text stands in two of labels, examples and contrast set: `task` sees to it.
    """

    labels: pd.DataFrame
    codebook: Codebook
    settings: Settings
    examples: tuple[tuple[str, str], ...]
    contrast: tuple[tuple[str, str], ...]

    @property
    def pairs(self) -> list[Label]:
        """What can be learnt from."""
        columns = self.labels[["text", "target", "stance"]]
        return [Label(*row) for row in columns.itertuples(index=False)]

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems that are compared."""
        absent = set() if any(stance.keywords for stance in self.codebook.stances) else {KEYWORDS}
        absent |= set() if self.examples else {EXAMPLES, BOTH}
        return tuple(system for system in SYSTEMS if system not in absent)


@dataclass(frozen=True)
class OutOfFold:
    """The predictions that all figures are made from, and the model that learnt from all labels."""

    table: pd.DataFrame
    model: Model


def task(labels: pd.DataFrame, codebook: Codebook, settings: Settings, *, use_examples: bool) -> Task:
    """Set up an evaluation in which no text that is tested was taught as an example."""
    labelled = {tables.normalised(text) for text in labels["text"]}
    offered = codebook.examples if use_examples else []
    examples = [pair for pair in offered if tables.normalised(pair[0]) not in labelled]
    taught = labelled | {tables.normalised(text) for text, _ in examples}
    contrast = [pair for pair in codebook.contrast if tables.normalised(pair[0]) not in taught]
    return Task(labels, codebook, settings, tuple(examples), tuple(dict(contrast).items()))


def folds(stances: Sequence[str], texts: Sequence[str], articles: Sequence[str], seed: int) -> list[Fold]:
    """Lay out both schemes: repeated stratified k-fold, and leave one article out where there are two articles.

    k is 5, or the number of labels of the rarest stance that has at least two. Each stance is dealt out over the folds
    in random order, one repeat after another. Comments of the same text stay together.
    """
    counts = Counter(stances)
    k = max(2, min([MOST_FOLDS, *(count for count in counts.values() if count > 1)]))
    laid_out = []
    for repeat in range(REPEATS):
        dealt = _deal(stances, texts, k, np.random.default_rng([seed, repeat]))
        laid_out += [Fold(STRATIFIED, repeat, fold, np.flatnonzero(dealt == fold)) for fold in range(k)]
    named = np.array(articles)
    if all(articles) and len(set(articles)) > 1:
        laid_out += [
            Fold(LEFT_OUT_ARTICLE, 0, number, np.flatnonzero(named == article))
            for number, article in enumerate(dict.fromkeys(articles))
        ]
    return [fold for fold in laid_out if len(fold.test)]


def out_of_fold(task: Task, seed: int, jobs: int = 1, progress: Callable[[int, int], None] | None = None) -> OutOfFold:
    """Score every labelled comment by systems that did not learn from it, and the contrast set by all of them.

    Returns
    -------
    OutOfFold
        The table has the columns `tables.OOF_COLUMNS` and one `p_STANCE` a stance of the codebook (missing for the
        keyword rule), one row a scheme, repeat, system and comment.
    """
    labels = task.labels
    layout = folds(labels["stance"].to_list(), labels["text"].to_list(), labels["article_id"].to_list(), seed)
    # The order of sums, and with it the last digits, must not hang on how many cores there are.
    with threadpool_limits(1):
        training = fitting.prepare(task.pairs, task.examples, task.codebook, task.settings)
        work = (delayed(_fold_rows)(task, training, fold) for fold in layout)
        folded = Parallel(n_jobs=jobs, return_as="generator")(work)
        # While the first processes start, this one fits what no fold has a part in.
        taught = {EXAMPLES: fitting.fit(training, np.zeros(0, np.int64), task.settings)} if task.examples else {}
        systems = _learn(task, training, range(len(labels)))
        model = systems.models[task.systems[-1]]
        contrast = [(tables.comment_id("contrast", text), "", "", text, stance) for text, stance in task.contrast]
        everything = _Systems(systems.models | taught, systems.occurs)
        of_contrast = _rows(task, everything, contrast, (CONTRAST, 0, 0))
        rows: list[dict[str, Any]] = []
        for done, (fold, scored) in enumerate(zip(layout, folded, strict=True), start=1):
            by_system = scored
            if scored and taught:
                of_examples = _rows(task, _Systems(taught, Counter()), _tested(task, fold), fold.place)
                by_system = scored | of_examples
            rows += [row for system in task.systems for row in by_system.get(system, [])]
            if progress:
                progress(done, len(layout))
        rows += [row for system in task.systems for row in of_contrast.get(system, [])]
    columns = [*tables.OOF_COLUMNS, *map(tables.probability_column, task.codebook.names)]
    return OutOfFold(pd.DataFrame(rows, columns=columns), model)


def _deal(stances: Sequence[str], texts: Sequence[str], k: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Give each comment a fold number, each stance spread as evenly as it goes, equal texts in one fold."""
    members: dict[str, list[int]] = {}
    for number, text in enumerate(texts):
        members.setdefault(tables.normalised(text), []).append(number)
    first = np.array([numbers[0] for numbers in members.values()])
    named = np.array(stances)[first]
    order = np.concatenate([rng.permutation(first[named == stance]) for stance in dict.fromkeys(named.tolist())])
    fold_of_first = dict(zip(order.tolist(), np.arange(len(order)) % k, strict=True))
    dealt = np.empty(len(texts), dtype=np.int64)
    for numbers in members.values():
        dealt[numbers] = fold_of_first[numbers[0]]
    return dealt


@dataclass(frozen=True, eq=False)
class _Systems:
    """What has learnt from some of the labels: the models, and how often each stance occurs for those that are none."""

    models: dict[str, Model]
    occurs: Counter[str]

    def can_answer(self, system: str) -> bool:
        """Tell whether a system has learnt what it needs."""
        return system in self.models or (system in {MAJORITY, KEYWORDS} and self.occurs.total() > 0)


def _learn(task: Task, training: Training, rows: Sequence[int]) -> _Systems:
    """Let the systems learn from some labelled comments, given by number."""
    labels = np.array(rows, np.int64)
    models = {LABELS: fitting.fit(training, labels, replace(task.settings, example_mass=0.0))}
    if task.examples:
        models[BOTH] = fitting.fit(training, labels, task.settings)
    return _Systems(models, Counter(task.pairs[row].stance for row in rows))


def _fold_rows(task: Task, training: Training, fold: Fold) -> dict[str, list[dict[str, Any]]]:
    """Fit the systems on what a fold leaves and score what it holds."""
    tested = _tested(task, fold)
    texts = {tables.normalised(text) for *_, text, _ in tested}
    rows = [row for row, label in enumerate(task.pairs) if tables.normalised(label.text) not in texts]
    if not rows:
        return {}  # the other articles hold the same texts and no others
    with threadpool_limits(1):
        return _rows(task, _learn(task, training, rows), tested, fold.place)


def _tested(task: Task, fold: Fold) -> list[tuple[str, ...]]:
    """List the comments that a fold holds, as (comment_id, article_id, target, text, stance)."""
    chosen = task.labels.iloc[fold.test]
    return list(chosen[["comment_id", "article_id", "target", "text", "stance"]].itertuples(index=False))


def _rows(
    task: Task, systems: _Systems, tested: Sequence[tuple[str, ...]], place: tuple[str, int, int]
) -> dict[str, list[dict[str, Any]]]:
    """Let every system that can answer the tested texts, and give the rows of each."""
    texts = [text for *_, text, _ in tested]
    rows: dict[str, list[dict[str, Any]]] = {}
    for system in filter(systems.can_answer, task.systems) if texts else ():
        rows[system] = []
        for (comment, article, target, _, stance), answer in zip(
            tested, _answers(system, task, systems, texts), strict=True
        ):
            cells = (comment, article, target, *place, system, stance)
            rows[system].append({**dict(zip(tables.OOF_COLUMNS, cells, strict=False)), **answer})
    return rows


def _answers(system: str, task: Task, systems: _Systems, texts: Sequence[str]) -> list[dict[str, Any]]:
    """Answer texts by one system, as cells of the out-of-fold table."""
    if system in systems.models:
        return _cells(systems.models[system], task.codebook, texts)
    occurs = systems.occurs
    commonest = max(task.codebook.names, key=lambda name: occurs[name])
    if system == KEYWORDS:
        return [{"predicted": by_keywords(text, task.codebook) or commonest} for text in texts]
    shares = {tables.probability_column(name): occurs[name] / occurs.total() for name in task.codebook.names}
    return [{"predicted": commonest, **shares} for _ in texts]


def _cells(model: Model, codebook: Codebook, texts: Sequence[str]) -> list[dict[str, Any]]:
    wanted = ["predicted", *map(tables.probability_column, codebook.names)]
    scores = model.predict(texts)
    # A stance that the system has never met has no column; its probability is 0 unless the text has no answer at all.
    for column in set(wanted) - set(scores.columns):
        scores[column] = scores["confidence"] * 0
    cells = scores[wanted].round(_PROBABILITY_DECIMALS)
    return [dict(zip(wanted, row, strict=True)) for row in cells.itertuples(index=False)]
