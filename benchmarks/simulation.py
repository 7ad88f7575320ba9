"""Print how often the intervals of stance cover the true value, in populations where it is known.

Labels are sampled from a synthetic population again and again, each time evaluated by repeated 10-fold
cross-validation as in `stance train`, and intervals are computed from the out-of-fold predictions only. They are about
the model that is written: the one trained on all labels of the run, whose score on the whole population is known. The
table shows, with standard errors,

- `fitted`: the share of intervals that contain the score of this run's own model;
- `too low`: the share that ends below it;
- `width`: the mean width; `ratio`: that width relative to the narrowest of constant width that would hold in 95 %;
- `coverage`: the share that contains the expected score of the procedure at this number of labels, the mean over runs;
- `new articles`: the share that contains the expected score on comments under other articles. No method that ignores
  articles can cover there. Everything else is about further comments under the articles that the labels come from.

In the population "authors", four comments on average are by one author, and the score is that on comments of other
authors; in "copies", some texts occur several times; in "weights", some comments are drawn four times as often.

For comparison it shows intervals that treat folds or items as independent. Recall is of the stances with ten labels or
more in a run. Simplified compared to `stance train`: words are the only features, so that thousands of models can be
fitted; the default settings are used at any number of labels; fits stop at a thousandth of the way.

    python benchmarks/simulation.py
    python benchmarks/simulation.py --n 24 100 --runs 100 --populations three eight

The factor of the variance, `score_intervals.TRAINING_FACTOR`, was chosen on "plain", "articles", "authors", "copies"
and "weights". "three", "eight", "easy" and "four" took no part in it.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import timing
from interval_coverage import (
    ACCURACY,
    ACCURACY_LEAD,
    LEAD,
    MACRO_F1,
    N_FOLDS,
    SimulatedRun,
    name_recall,
    summarise_coverage,
)
from populations import N_WORDS, PopulationKind, make_population

from stance.evaluation.splits import MANY_LABELS, N_REPEATS, N_REPEATS_MANY_LABELS
from stance.features.corpus import NgramCounts
from stance.metrics.folds import stratified_group_kfold
from stance.models.classifiers.interface import FitProblem
from stance.models.classifiers.logistic_regression import LogisticRegression
from stance.models.settings import default_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from populations import Population
    from scipy.sparse import csr_matrix

    from stance.features.corpus import FittedNgrams
    from stance.models.classifiers.interface import LinearParameters

    Scores = dict[str, float]

WHOLE_SIZE = 40_000
N_ARTICLE_SETS = 5
MAX_ARTICLES, COMMENTS_PER_ARTICLE, N_NEW_ARTICLES = 25, 12, 100
TOLERANCE = 1e-3
NO_PREDICTION = -1

SIX_SHARES = (0.35, 0.25, 0.18, 0.12, 0.07, 0.03)
KINDS = {
    "plain": PopulationKind(SIX_SHARES, stance_effect=0.75),
    "articles": PopulationKind(SIX_SHARES, stance_effect=0.65, article_effect=0.5, interaction=0.6),
    "three": PopulationKind((0.6, 0.3, 0.1), stance_effect=0.5, language=3),
    "eight": PopulationKind((0.4, 0.3, 0.1, 0.08, 0.05, 0.03, 0.02, 0.02), stance_effect=0.6, language=4),
    "easy": PopulationKind((0.3, 0.2, 0.2, 0.15, 0.1, 0.05), stance_effect=1.2, language=5),
    "four": PopulationKind((0.4, 0.3, 0.2, 0.1), stance_effect=1.0, article_effect=0.4, interaction=0.4, language=6),
    "authors": PopulationKind(SIX_SHARES, stance_effect=0.65, author_effect=0.8, cluster_size=4.0),
    "copies": PopulationKind(SIX_SHARES, stance_effect=0.75, cluster_size=1.5),
    "weights": PopulationKind(SIX_SHARES, stance_effect=0.75, is_weighted=True),
}
LABEL_NUMBERS = (120, 500, 2_000)
N_RUNS, N_RUNS_MANY_LABELS, MANY_LABELS_FOR_RUNS = 400, 200, 1_000


@dataclass(frozen=True)
class FittedModel:
    """A model; `stances` are the codes of the stances that it can predict."""

    stances: NDArray[np.int64]
    terms: FittedNgrams
    parameters: LinearParameters

    def predict(self, counts: NgramCounts, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the stance of each of some comments, or NO_PREDICTION if it has no known word."""
        features = replace(self.terms, ngram_counts=counts).transform(rows)
        best = (features @ self.parameters.coef.T + self.parameters.intercept).argmax(axis=1)
        return np.where(np.diff(features.indptr) > 0, self.stances[best], NO_PREDICTION)


@dataclass(frozen=True, eq=False)
class WholePopulation:
    """A large proportional sample that represents a population."""

    counts: NgramCounts
    stances: NDArray[np.int64]

    def score_model(self, model: FittedModel, majority: int) -> Scores:
        """Return the scores of a model, and its lead in macro F1 over always predicting the majority stance."""
        predicted, n_true = model.predict(self.counts, np.arange(len(self.stances))), np.bincount(self.stances)
        n_hits = np.bincount(self.stances[predicted == self.stances], minlength=len(n_true))
        n_predicted = np.bincount(predicted[predicted != NO_PREDICTION], minlength=len(n_true))
        macro_f1 = (2 * n_hits / (n_true + n_predicted)).mean()
        majority_f1 = 2 * n_true[majority] / (n_true[majority] + n_true.sum()) / len(n_true)
        accuracy = n_hits.sum() / n_true.sum()
        scores = {
            ACCURACY: accuracy,
            ACCURACY_LEAD: accuracy - n_true[majority] / n_true.sum(),
            MACRO_F1: macro_f1,
            LEAD: macro_f1 - majority_f1,
        }
        return scores | {name_recall(stance): share for stance, share in enumerate(n_hits / n_true)}


def make_counts(counts: csr_matrix) -> NgramCounts:
    """Return word counts, of shape (n_comments, N_WORDS), in the form that features are computed from."""
    return NgramCounts(tuple(map(str, range(N_WORDS))), np.ones(N_WORDS, np.int64), counts)


def draw_whole_population(population: Population, n: int, seed: int) -> WholePopulation:
    """Draw about n comments that represent a population."""
    counts, stances = population.sample_proportionally(n, np.random.default_rng([2, seed]))
    return WholePopulation(make_counts(counts), stances)


def fit_model(counts: NgramCounts, rows: NDArray[np.int64], stances: NDArray[np.int64]) -> FittedModel:
    """Fit a model on some comments, as `fitting.fit_model` does without examples, from word counts."""
    settings = default_settings()
    classes, codes = np.unique(stances[rows], return_inverse=True)
    terms = counts.fit(rows, settings.features.word_ngrams[1], settings.features.min_df)
    problem = FitProblem.of_one_target(terms.transform(rows), codes, np.ones(len(rows)))
    (parameters,) = LogisticRegression().fit(problem, settings.c, TOLERANCE)
    return FittedModel(classes, terms, parameters)


def simulate_runs(
    kind: PopulationKind, n_labels: int, n_runs: int, n_repeats: int | None = None, whole_size: int = WHOLE_SIZE
) -> Iterator[SimulatedRun]:
    """Sample labels and evaluate them, again and again.

    Parameters
    ----------
    kind
        What the comments are like.
    n_labels
        The number of labels of a run.
    n_runs
        The number of runs.
    n_repeats
        The number of repeats of cross-validation; by default as in `stance train`.
    whole_size
        The number of comments that represent the population.
    """
    n_repeats = n_repeats or (N_REPEATS if n_labels < MANY_LABELS else N_REPEATS_MANY_LABELS)
    n_articles = min(MAX_ARTICLES, n_labels // COMMENTS_PER_ARTICLE) if kind.article_effect else 1
    n_article_sets = N_ARTICLE_SETS if kind.article_effect else 1
    populations = [make_population(kind, n_articles, seed) for seed in range(n_article_sets)]
    wholes = [draw_whole_population(population, whole_size, seed) for seed, population in enumerate(populations)]
    elsewhere = None
    if kind.article_effect:
        other_articles = make_population(kind, N_NEW_ARTICLES, N_ARTICLE_SETS)
        elsewhere = draw_whole_population(other_articles, whole_size, N_ARTICLE_SETS)
    for run in range(n_runs):
        article_set, rng = run % n_article_sets, np.random.default_rng([3, n_labels, run])
        labels = populations[article_set].sample(n_labels, rng)
        counts, truth = make_counts(labels.counts), labels.stances
        predicted, folds = np.empty((2, n_labels, n_repeats), dtype=np.int64)
        for repeat in range(n_repeats):
            folds[:, repeat] = stratified_group_kfold(truth.tolist(), labels.clusters, N_FOLDS, rng)
            for fold in range(N_FOLDS):
                tested = folds[:, repeat] == fold
                model = fit_model(counts, np.flatnonzero(~tested), truth)
                predicted[tested, repeat] = model.predict(counts, np.flatnonzero(tested))
        model, majority = fit_model(counts, np.arange(n_labels), truth), int(np.bincount(truth).argmax())
        scores_elsewhere = elsewhere.score_model(model, majority) if elsewhere else {}
        scores = wholes[article_set].score_model(model, majority)
        yield SimulatedRun(article_set, labels, predicted, folds, scores, scores_elsewhere)


def main() -> None:
    """Print a table per population and number of labels."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--populations", nargs="+", choices=KINDS, default=["articles", "authors", "copies", "weights"])
    parser.add_argument("--n", nargs="+", type=int, default=LABEL_NUMBERS, help="numbers of labels")
    parser.add_argument(
        "--runs", type=int, help="number of label sets to sample [default: 400; 200 from 1,000 labels on]"
    )
    arguments = parser.parse_args()
    timing.use_one_thread()
    for name in arguments.populations:
        for n_labels in arguments.n:
            n_runs = arguments.runs or (N_RUNS if n_labels < MANY_LABELS_FOR_RUNS else N_RUNS_MANY_LABELS)
            runs: list[SimulatedRun] = []
            for run in simulate_runs(KINDS[name], n_labels, n_runs):
                runs.append(run)
                progress = f"\r{name}, {n_labels:,} labels: {len(runs):,} of {n_runs:,} runs"
                print(progress, end="", file=sys.stderr, flush=True)
            print(file=sys.stderr)
            print_table(name, n_labels, runs)


def print_table(name: str, n_labels: int, runs: Sequence[SimulatedRun]) -> None:
    """Print how often the intervals of some runs cover the true value."""
    n_repeats = runs[0].predicted.shape[1]
    print(f"\n{name}: {n_labels:,} labels, {len(runs):,} runs of {N_FOLDS} folds {n_repeats} times")
    for score in (ACCURACY, MACRO_F1):
        values = np.array([run.model_scores[score] for run in runs])
        print(f"  {score} expected {values.mean():.3f}, of one model {values.min():.3f} to {values.max():.3f}")
    columns = {"fitted": 15, "too low": 9, "width": 8, "ratio": 7, "coverage": 15, "new articles": 14, "intervals": 11}
    print(" " * 37 + "".join(f"{name:>{width}}" for name, width in columns.items()))
    for row in summarise_coverage(runs).to_dict("records"):
        new_articles = "" if np.isnan(row["new articles"]) else f"{row['new articles']:.3f}"
        coverage, fitted = (f"{row[share]:.3f} ±{row[f'{share} se']:.3f}" for share in ("coverage", "fitted"))
        print(
            f"  {row['score']:18}{row['method']:17}{fitted:>15}{row['too low']:9.3f}{row['width']:8.3f}",
            f"{row['ratio']:6.2f}{coverage:>15}{new_articles:>14}{row['intervals']:11,.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
