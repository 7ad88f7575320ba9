"""Compute the intervals of simulated evaluations by several methods, and how often they cover the true value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stance.metrics import f1, intervals, score_intervals
from stance.metrics.intervals import MIN_LABELS_PER_STANCE, Interval
from stance.tables import CANNOT_TELL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray
    from populations import Sample

    Scores = dict[str, float]

N_FOLDS = 10
N_BOOTSTRAP = 500

ACCURACY, MACRO_F1, RECALL = "accuracy", "macro F1", "recall"
ACCURACY_LEAD, LEAD = "accuracy, lead", "macro F1, lead"
STANCE, WILSON, BOOTSTRAP, T_OVER_FOLDS = "stance", "Wilson", "bootstrap", "t over folds"


@dataclass(frozen=True, eq=False)
class SimulatedRun:
    """The cross-validation of one set of labels.

    Attributes
    ----------
    article_set
        Which set of articles the labels come from.
    labels
        The labels, with their stances, weights and clusters.
    predicted
        The out-of-fold predictions, of shape (n, n_repeats).
    folds
        The fold of each label, of shape (n, n_repeats).
    model_scores
        The scores of the model of all labels on the whole population.
    model_scores_elsewhere
        Its scores on comments under other articles; empty if there are no articles.
    """

    article_set: int
    labels: Sample
    predicted: NDArray[np.int64]
    folds: NDArray[np.int64]
    model_scores: Scores
    model_scores_elsewhere: Scores

    @property
    def truth(self) -> NDArray[np.int64]:
        """The stance of each label, of shape (n,)."""
        return self.labels.stances

    @property
    def is_correct(self) -> NDArray[np.bool_]:
        """Which predictions are correct, of shape (n, n_repeats)."""
        is_correct: NDArray[np.bool_] = self.predicted == self.truth[:, None]
        return is_correct


def name_recall(stance: int) -> str:
    """Return the name of the score that is the recall of a stance."""
    return f"{RECALL} {stance}"


@dataclass(frozen=True)
class RunInterval:
    """The interval of a score by one method."""

    score: str
    method: str
    value: float
    interval: Interval


def compute_intervals(run: SimulatedRun) -> Iterator[RunInterval]:
    """Compute the intervals of all scores by all methods, from the predictions of a run only."""
    n_stances = sum(score.startswith(RECALL) for score in run.model_scores)
    names = np.array([*map(str, range(n_stances)), CANNOT_TELL], dtype=object)
    truth, predicted, stances = names[run.truth], names[run.predicted], names[:-1].tolist()
    weights, groups = run.labels.weights, run.labels.clusters
    correct = run.is_correct.mean(axis=1)
    n, accuracy = len(truth), float(np.average(correct, weights=weights))
    most_common = np.bincount(run.truth).argmax()
    majority = np.full(predicted.shape, most_common)
    majority_is_correct = np.broadcast_to((run.truth == most_common)[:, None], predicted.shape)

    def score_accuracy(tested: NDArray[np.bool_], repeat: int) -> float:
        return float(run.is_correct[tested, repeat].mean())

    def score_macro_f1(tested: NDArray[np.bool_], repeat: int) -> float:
        return f1.mean_f1(truth[tested], predicted[tested, repeat, None])

    of_accuracy = score_intervals.accuracy_interval(correct, weights, groups)
    yield RunInterval(ACCURACY, STANCE, accuracy, of_accuracy)
    yield RunInterval(ACCURACY, WILSON, accuracy, intervals.wilson_interval(accuracy * n, n))
    yield RunInterval(ACCURACY, T_OVER_FOLDS, accuracy, compute_t_interval(run, score_accuracy))

    lead = accuracy - float(np.average(majority_is_correct[:, 0], weights=weights))
    of_lead = score_intervals.accuracy_difference_interval(run.is_correct, majority_is_correct, weights, groups)
    yield RunInterval(ACCURACY_LEAD, STANCE, lead, of_lead)

    macro_f1 = f1.mean_f1(truth, predicted, weights, stances)
    of_macro_f1 = f1.mean_f1_interval(truth, predicted, weights, stances, groups=groups)
    yield RunInterval(MACRO_F1, STANCE, macro_f1, of_macro_f1)
    yield RunInterval(MACRO_F1, BOOTSTRAP, macro_f1, bootstrap_macro_f1(run, [run.predicted]))
    yield RunInterval(MACRO_F1, T_OVER_FOLDS, macro_f1, compute_t_interval(run, score_macro_f1))

    lead = macro_f1 - f1.mean_f1(truth, names[majority], weights, stances)
    of_lead = f1.mean_f1_difference_interval(truth, predicted, names[majority], weights, stances, groups=groups)
    yield RunInterval(LEAD, STANCE, lead, of_lead)
    yield RunInterval(LEAD, BOOTSTRAP, lead, bootstrap_macro_f1(run, [run.predicted, majority]))

    for stance in np.flatnonzero(np.bincount(run.truth) >= MIN_LABELS_PER_STANCE).tolist():
        is_stance = run.truth == stance
        n, recall = int(is_stance.sum()), float(np.average(correct[is_stance], weights=weights[is_stance]))
        of_recall = score_intervals.recall_interval(correct[is_stance], weights[is_stance], groups[is_stance])
        yield RunInterval(name_recall(stance), STANCE, recall, of_recall)
        yield RunInterval(name_recall(stance), WILSON, recall, intervals.wilson_interval(recall * n, n))


def compute_t_interval(run: SimulatedRun, score: Callable[[NDArray[np.bool_], int], float]) -> Interval:
    """Return Student's interval of a score, as if every fold of every repeat were an independent sample."""
    scores = [
        score(tested, repeat)
        for repeat in range(run.folds.shape[1])
        for tested in np.equal.outer(np.arange(N_FOLDS), run.folds[:, repeat])
        if tested.any()
    ]
    half_width = intervals.t_quantile(len(scores) - 1) * float(np.std(scores, ddof=1)) / np.sqrt(len(scores))
    return Interval(float(np.mean(scores)) - half_width, float(np.mean(scores)) + half_width)


def bootstrap_macro_f1(run: SimulatedRun, systems: Sequence[NDArray[np.int64]]) -> Interval:
    """Return the bootstrap percentile interval of a system's macro F1, or of its difference to a second system's."""

    def compute_macro_f1(predicted: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        scores = []
        for stance in np.unique(run.truth):
            is_stance, is_predicted = run.truth == stance, predicted == stance
            size = weights @ is_predicted + (weights @ is_stance)[:, None]
            with np.errstate(invalid="ignore"):
                score = (2 * (weights @ (is_predicted & is_stance[:, None])) / size).mean(axis=1)
            scores.append(np.where(weights @ is_stance > 0, score, np.nan))
        mean: NDArray[np.float64] = np.nanmean(scores, axis=0)
        return mean

    n = len(run.truth)
    weights = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=N_BOOTSTRAP).astype(np.float64)
    first, *others = (compute_macro_f1(predicted, weights) for predicted in systems)
    low, high = np.nanquantile(first - others[0] if others else first, [0.025, 0.975])
    return Interval(float(low), float(high))


def summarise_coverage(runs: Sequence[SimulatedRun]) -> pd.DataFrame:
    """Compare the intervals of many runs with the true values.

    Returns
    -------
    DataFrame
        One row per score and method: `fitted`, `coverage` and `new articles`, the shares of intervals that contain the
        score of the run's own model, the expected score, and the expected score under other articles; `too low`, the
        share that ends below the score of the run's own model; `width`, the mean width; `ratio`, that width relative to
        the narrowest of constant width around the estimate that would contain the run's own score in 95 %;
        `intervals`, their number; and the standard errors `coverage se` and `fitted se`, which treat a run as one case
        and add one run that fails.
    """
    article_set, scores = np.array([run.article_set for run in runs]), list(runs[0].model_scores)
    fitted = np.array([list(run.model_scores.values()) for run in runs])
    elsewhere = np.array([[run.model_scores_elsewhere.get(score, np.nan) for score in scores] for run in runs])
    expected, expected_elsewhere = (
        np.array([values[article_set == run.article_set].mean(axis=0) for run in runs])
        for values in (fitted, elsewhere)
    )
    rows = []
    for run_index, run in enumerate(runs):
        for run_interval in compute_intervals(run):
            low, high = run_interval.interval.low, run_interval.interval.high
            position = (run_index, scores.index(run_interval.score))
            value_elsewhere = expected_elsewhere[position]
            rows.append(
                {
                    "score": RECALL if run_interval.score.startswith(RECALL) else run_interval.score,
                    "method": run_interval.method,
                    "run": run_index,
                    "coverage": low <= expected[position] <= high,
                    "too low": high < fitted[position],
                    "width": high - low,
                    "error": abs(run_interval.value - fitted[position]),
                    "fitted": low <= fitted[position] <= high,
                    "new articles": np.nan if np.isnan(value_elsewhere) else float(low <= value_elsewhere <= high),
                }
            )
    key = ["score", "method"]
    grouped = pd.DataFrame(rows).groupby(key, sort=False)
    table = grouped.mean().drop(columns=["run", "error"]).assign(intervals=grouped.size())
    table["ratio"] = table["width"] / (2 * grouped["error"].quantile(0.95))
    for share in ("coverage", "fitted"):
        residuals = [row[share] - table.loc[(row["score"], row["method"]), share] for row in rows]
        by_run = pd.DataFrame(rows).assign(residual=residuals).groupby([*key, "run"], sort=False)["residual"].sum()
        table[f"{share} se"] = np.sqrt((by_run**2).groupby(key, sort=False).sum() + 1) / grouped.size()
    return table.reset_index()
