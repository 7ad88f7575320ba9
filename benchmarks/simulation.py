"""Print how often the intervals of stance hold, where the truth is known.

Labels are drawn from a made population again and again, each time answered by repeated 10-fold cross-validation, as
`stance train` does it, and intervals are computed from these answers alone. An interval holds if it contains the
expected score of the procedure at this number of labels: the mean, over all the label sets that were drawn, of the
score on the whole population of a model that learnt from the set. The table gives, with standard errors,

- `holds`: the share of the runs in which it does;
- `fitted`: the share in which it contains the score of this run's own model, which learnt from all its labels;
- `new articles`: the share in which it contains the expected score on comments under other articles. Nothing that
  ignores articles can hold there. All else is about further comments under the articles that the labels come from;
- `width`: the mean length.

Beside them stand the intervals that take folds or items for independent. Recall is of the stances with ten labels or
more in a run. What is simpler than in `stance train`: words are the only features, so that thousands of models can be
fitted; settings are the default ones at any number of labels; fits end at a thousandth of the way.

    python benchmarks/simulation.py
    python benchmarks/simulation.py --n 24 100 --runs 100 --populations three eight

The first takes about 40 minutes. The intervals were developed on "plain" and "articles". "three" and "eight" were run
once they were done; they led to one change, in the degrees of freedom of macro F1, and "easy" to one in the interval of
differences. "four" was run after these.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from unittest import mock

import numpy as np
import timing
from judging import ACCURACY, AHEAD, FOLDS, MACRO_F1, Run, judge, recall
from populations import WORDS, Kind, population
from scipy.sparse import csr_matrix

from stance.features.corpus import Corpus, NgramCounts
from stance.models.classifiers import logistic_regression as regression
from stance.models.settings import default_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from populations import Population

    from stance.features.corpus import FittedNgrams
    from stance.models.classifiers.interface import LinearParameters

    Scores = dict[str, float]

REPEATS, REPEATS_OF_MANY, MANY = 5, 2, 300  # comments, from which on it is fewer repeats
WHOLE = 40_000
SETS_OF_ARTICLES = 5
ARTICLES_AT_MOST, COMMENTS_AN_ARTICLE, NEW_ARTICLES = 25, 12, 100
TOLERANCE = 1e-3
NO_ANSWER = -1

SIX = (0.35, 0.25, 0.18, 0.12, 0.07, 0.03)
KINDS = {
    "plain": Kind(SIX, lean=0.75),
    "articles": Kind(SIX, lean=0.65, topic=0.5, turn=0.6),
    "three": Kind((0.6, 0.3, 0.1), lean=0.5, language=3),
    "eight": Kind((0.4, 0.3, 0.1, 0.08, 0.05, 0.03, 0.02, 0.02), lean=0.6, language=4),
    "easy": Kind((0.3, 0.2, 0.2, 0.15, 0.1, 0.05), lean=1.2, language=5),
    "four": Kind((0.4, 0.3, 0.2, 0.1), lean=1.0, topic=0.4, turn=0.4, language=6),
}
LABELS = (24, 100, 1_000)
MANY_LABELS = 1_000


@dataclass(frozen=True)
class Model:
    """What was learnt from some comments; `stances` numbers those that it knows."""

    stances: NDArray[np.int64]
    terms: FittedNgrams
    weights: LinearParameters

    def answer(self, block: NgramCounts, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Answer comments of a block of counts."""
        features = replace(self.terms, ngram_counts=block).transform(rows)
        best = (features @ self.weights.coef.T + self.weights.intercept).argmax(axis=1)
        return np.where(np.diff(features.indptr) > 0, self.stances[best], NO_ANSWER)


@dataclass(frozen=True, eq=False)
class Whole:
    """A sample that stands for a population."""

    block: NgramCounts
    stances: NDArray[np.int64]

    def scores(self, model: Model, commonest: int) -> Scores:
        """Score a model, and set it beside the answer that is always the same."""
        answers, true = model.answer(self.block, np.arange(len(self.stances))), np.bincount(self.stances)
        hits = np.bincount(self.stances[answers == self.stances], minlength=len(true))
        given = np.bincount(answers[answers != NO_ANSWER], minlength=len(true))
        macro_f1 = (2 * hits / (true + given)).mean()
        of_commonest = 2 * true[commonest] / (true[commonest] + true.sum()) / len(true)
        figures = {ACCURACY: hits.sum() / true.sum(), MACRO_F1: macro_f1, AHEAD: macro_f1 - of_commonest}
        return figures | {recall(stance): share for stance, share in enumerate(hits / true)}


def _block(counts: csr_matrix) -> NgramCounts:
    return NgramCounts(tuple(map(str, range(WORDS))), np.ones(WORDS, np.int64), counts)


def _whole(of: Population, n: int, seed: int) -> Whole:
    counts, stances = of.whole(n, np.random.default_rng([2, seed]))
    return Whole(_block(counts), stances)


def learn(block: NgramCounts, rows: NDArray[np.int64], stances: NDArray[np.int64]) -> Model:
    """Fit a model on some comments, as `fitting.fit` does without examples, from counts of words."""
    settings = default_settings()
    known, codes = np.unique(stances[rows], return_inverse=True)
    nothing = NgramCounts((), np.zeros(0, np.int64), csr_matrix(np.zeros((block.counts.shape[0], 0), np.int64)))
    terms = Corpus(block, nothing).fit(rows, settings.features).words
    with mock.patch.object(regression, "_TOLERANCE", TOLERANCE):
        weights = regression.fit_logistic_regression(terms.transform(rows), codes, np.ones(len(rows)), settings.c)
    return Model(known, terms, weights)


def deal(stances: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Deal comments out over the folds, one stance after another."""
    order = np.lexsort([rng.random(len(stances)), stances])
    dealt = np.empty(len(stances), dtype=np.int64)
    dealt[order] = (np.arange(len(stances)) + rng.integers(FOLDS)) % FOLDS
    return dealt


def runs(kind: Kind, n: int, number: int, repeats: int | None = None, whole: int = WHOLE) -> Iterator[Run]:
    """Draw labels and evaluate them, again and again.

    Parameters
    ----------
    kind
        What the comments are like.
    n
        How many labels there are.
    number
        How many runs to make.
    repeats
        How often to cross-validate; as `stance train` does unless given.
    whole
        How many comments stand for the population.
    """
    repeats = repeats or (REPEATS if n < MANY else REPEATS_OF_MANY)
    articles = min(ARTICLES_AT_MOST, n // COMMENTS_AN_ARTICLE) if kind.topic else 1
    places = [population(kind, articles, seed) for seed in range(SETS_OF_ARTICLES if kind.topic else 1)]
    wholes = [_whole(place, whole, seed) for seed, place in enumerate(places)]
    others = population(kind, NEW_ARTICLES, SETS_OF_ARTICLES) if kind.topic else None
    elsewhere = _whole(others, whole, SETS_OF_ARTICLES) if others else None
    for run in range(number):
        place, rng = run % len(places), np.random.default_rng([3, n, run])
        counts, truth = places[place].draw(n, rng)
        block = _block(counts)
        predicted, fold = np.empty((2, n, repeats), dtype=np.int64)
        for repeat in range(repeats):
            fold[:, repeat] = deal(truth, rng)
            for number_of_fold in range(FOLDS):
                tested = fold[:, repeat] == number_of_fold
                model = learn(block, np.flatnonzero(~tested), truth)
                predicted[tested, repeat] = model.answer(block, np.flatnonzero(tested))
        model, commonest = learn(block, np.arange(n), truth), int(np.bincount(truth).argmax())
        of_others = elsewhere.scores(model, commonest) if elsewhere else {}
        yield Run(place, truth, predicted, fold, wholes[place].scores(model, commonest), of_others)


def main() -> None:
    """Print a table a population and number of labels."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--populations", nargs="+", choices=KINDS, default=["plain", "articles"])
    parser.add_argument("--n", nargs="+", type=int, default=LABELS, help="numbers of labels")
    parser.add_argument(
        "--runs", type=int, help="how many label sets to draw; 1,000 unless given, 400 from 1,000 labels"
    )
    asked = parser.parse_args()
    timing.use_one_thread()
    for name in asked.populations:
        for n in asked.n:
            number = asked.runs or (1_000 if n < MANY_LABELS else 400)
            made: list[Run] = []
            for run in runs(KINDS[name], n, number):
                made.append(run)
                print(f"\r{name}, {n:,} labels: {len(made):,} of {number:,} runs", end="", file=sys.stderr, flush=True)
            print(file=sys.stderr)
            print_table(name, n, made)


def print_table(name: str, n: int, made: Sequence[Run]) -> None:
    """Print how the intervals of some runs fared."""
    repeats = made[0].predicted.shape[1]
    print(f"\n{name}: {n:,} labels, {len(made):,} runs of {FOLDS} folds {repeats} times")
    for figure in (ACCURACY, MACRO_F1):
        scores = np.array([run.fitted[figure] for run in made])
        print(f"  {figure} expected {scores.mean():.3f}, of one model {scores.min():.3f} to {scores.max():.3f}")
    print(f"  {'':35}{'holds':>14}{'too low':>9}{'width':>8}{'fitted':>15}{'new articles':>14}{'intervals':>11}")
    for line in judge(made).to_dict("records"):
        new = "" if np.isnan(line["new articles"]) else f"{line['new articles']:.3f}"
        holds, fitted = (f"{line[share]:.3f} ±{line[f'{share} se']:.3f}" for share in ("holds", "fitted"))
        print(
            f"  {line['figure']:18}{line['method']:17}{holds:>14}{line['too low']:9.3f}{line['width']:8.3f}"
            f"{fitted:>15}{new:>14}{line['intervals']:11,.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
