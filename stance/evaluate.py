"""Labels, folds and systems -> the table of out-of-fold predictions that every figure is made from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from stance import model as models
from stance import tables
from stance.keywords import by_keywords

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from stance.codebook import Codebook
    from stance.model import Model, Settings

REPEATS = 5
MOST_FOLDS = 5

MAJORITY, KEYWORDS, EXAMPLES, LABELS, BOTH = "majority", "keywords", "examples", "labels", "labels+examples"

STRATIFIED, LEFT_OUT_ARTICLE, CONTRAST = "stratified k-fold", "leave one article out", "contrast set"

_PROBABILITY_DECIMALS = 6


@dataclass(frozen=True)
class Fold:
    """Which comments are scored, by number, by systems that learnt from the others."""

    scheme: str
    repeat: int
    number: int
    test: NDArray[np.int64]

    def train(self, n: int) -> NDArray[np.int64]:
        """Give the numbers of the comments that are learnt from."""
        return np.setdiff1d(np.arange(n), self.test)


@dataclass(frozen=True)
class Task:
    """What is evaluated: the labels, the codebook, and whether its examples train."""

    labels: pd.DataFrame
    codebook: Codebook
    settings: Settings
    examples: tuple[tuple[str, str], ...]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The labelled comments as (text, stance)."""
        return list(zip(self.labels["text"], self.labels["stance"], strict=True))

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems that are compared; the last one is the model itself, the others its baselines."""
        keywords = (KEYWORDS,) if any(stance.keywords for stance in self.codebook.stances) else ()
        return (MAJORITY, *keywords, *((EXAMPLES, LABELS, BOTH) if self.examples else (LABELS,)))


def folds(stances: Sequence[str], articles: Sequence[str], seed: int) -> list[Fold]:
    """Lay out both schemes: repeated stratified k-fold, and leave one article out where there are two articles.

    k is 5, or the number of labels of the rarest stance that has at least two. Each stance is dealt out over the folds
    in random order, one repeat after another.
    """
    counts = Counter(stances)
    k = max(2, min([MOST_FOLDS, *(count for count in counts.values() if count > 1)]))
    laid_out = []
    for repeat in range(REPEATS):
        dealt = _deal(stances, k, np.random.default_rng([seed, repeat]))
        laid_out += [Fold(STRATIFIED, repeat, fold, np.flatnonzero(dealt == fold)) for fold in range(k)]
    named = np.array(articles)
    if all(articles) and len(set(articles)) > 1:
        laid_out += [
            Fold(LEFT_OUT_ARTICLE, 0, number, np.flatnonzero(named == article))
            for number, article in enumerate(dict.fromkeys(articles))
        ]
    return [fold for fold in laid_out if len(fold.test) and len(fold.test) < len(stances)]


def out_of_fold(
    task: Task, seed: int, jobs: int = 1, progress: Callable[[int, int], None] | None = None
) -> tuple[pd.DataFrame, Model]:
    """Score every labelled comment by systems that did not learn from it, and the contrast set by all of them.

    Returns
    -------
    tuple of (DataFrame, Model)
        The predictions, with the columns `tables.OOF_COLUMNS` and one `p_STANCE` a stance of the codebook (missing for
        the keyword rule), one row a scheme, repeat, system and comment; and the model itself, learnt from all labels.
    """
    layout = folds(task.labels["stance"].to_list(), task.labels["article_id"].to_list(), seed)
    everything = Fold(CONTRAST, 0, 0, np.array([], dtype=np.int64))
    taught = models.fit([], task.examples, task.codebook, task.settings) if task.examples else None
    work = (delayed(_score_fold)(task, taught, fold) for fold in (*layout, everything))
    rows: list[dict[str, Any]] = []
    for done, (scored, fitted) in enumerate(Parallel(n_jobs=jobs, return_as="generator")(work), start=1):
        rows += scored
        model = fitted  # in the end the last one, which learnt from everything
        if progress:
            progress(done, len(layout) + 1)
    columns = [*tables.OOF_COLUMNS, *map(tables.probability_column, task.codebook.names)]
    return pd.DataFrame(rows, columns=columns), model


def _deal(stances: Sequence[str], k: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Give each comment a fold number, each stance spread as evenly as it goes."""
    named = np.array(stances)
    order = np.concatenate([rng.permutation(np.flatnonzero(named == stance)) for stance in dict.fromkeys(stances)])
    dealt = np.empty(len(named), dtype=np.int64)
    dealt[order] = np.arange(len(named)) % k
    return dealt


def _score_fold(task: Task, taught: Model | None, fold: Fold) -> tuple[list[dict[str, Any]], Model]:
    """Fit the systems on what a fold leaves and score what it holds: its comments, or else the contrast set."""
    pairs = task.pairs
    training = [pairs[number] for number in fold.train(len(pairs))]
    if fold.scheme == CONTRAST:
        tested = [
            (tables.comment_id("contrast", text), "", "", text, stance) for text, stance in task.codebook.contrast
        ]
    else:
        chosen = task.labels.iloc[fold.test]
        tested = list(chosen[["comment_id", "article_id", "target", "text", "stance"]].itertuples(index=False))
    texts = [text for *_, text, _ in tested]
    rows: list[dict[str, Any]] = []
    # The order of sums, and with it the last digits, must not hang on how many cores there are.
    with threadpool_limits(1):
        fitted = models.fit(training, task.examples, task.codebook, task.settings)
        for system, answers in _answers(task, training, taught, fitted, texts):
            for (comment, article, target, _, stance), answer in zip(tested, answers, strict=True):
                place = (comment, article, target, fold.scheme, fold.repeat, fold.number, system, stance)
                rows.append({**dict(zip(tables.OOF_COLUMNS, place, strict=False)), **answer})
    return rows, fitted


def _answers(
    task: Task, training: Sequence[tuple[str, str]], taught: Model | None, fitted: Model, texts: Sequence[str]
) -> Iterator[tuple[str, Iterable[dict[str, Any]]]]:
    """Yield each system with its answers to the texts, as cells of the out-of-fold table."""
    if not texts:
        return
    learnt = Counter(stance for _, stance in training)
    commonest = max(task.codebook.names, key=lambda name: learnt[name])
    shares = {tables.probability_column(name): learnt[name] / len(training) for name in task.codebook.names}
    for system in task.systems:
        if system == MAJORITY:
            yield system, [{"predicted": commonest, **shares} for _ in texts]
        elif system == KEYWORDS:
            yield system, [{"predicted": by_keywords(text, task.codebook) or commonest} for text in texts]
        elif system == EXAMPLES and taught:
            yield system, _cells(taught, task.codebook, texts)
        elif system == LABELS and task.examples:
            yield system, _cells(models.fit(training, [], task.codebook, task.settings), task.codebook, texts)
        else:
            yield system, _cells(fitted, task.codebook, texts)


def _cells(model: Model, codebook: Codebook, texts: Sequence[str]) -> list[dict[str, Any]]:
    wanted = ["predicted", *map(tables.probability_column, codebook.names)]
    scores = model.predict(texts)
    # A stance that the system has never met has no column; its probability is 0 unless the text has no answer at all.
    for column in set(wanted) - set(scores.columns):
        scores[column] = scores["confidence"] * 0
    cells = scores[wanted].round(_PROBABILITY_DECIMALS)
    return [dict(zip(wanted, row, strict=True)) for row in cells.itertuples(index=False)]
