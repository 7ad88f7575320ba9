"""What the intervals of a simulated run are, and how often those of many runs hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stance.metrics import f1, intervals
from stance.metrics.intervals import MIN_LABELS_PER_STANCE, Interval
from stance.tables import CANNOT_TELL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    Scores = dict[str, float]

FOLDS = 10
DRAWS = 500

ACCURACY, MACRO_F1, AHEAD, RECALL = "accuracy", "macro F1", "ahead of majority", "recall"
OURS, WILSON, BOOTSTRAP, T = "stance", "Wilson", "bootstrap", "t over folds"


@dataclass(frozen=True, eq=False)
class Run:
    """One set of labels: their stances (n,), the answers and folds (n, repeats), and the scores of the model of all.

    `place` numbers the articles that the labels come from; `elsewhere` are the scores under others, if there are any.
    """

    place: int
    truth: NDArray[np.int64]
    predicted: NDArray[np.int64]
    fold: NDArray[np.int64]
    fitted: Scores
    elsewhere: Scores

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which answers are right, of shape (n, repeats)."""
        right: NDArray[np.bool_] = self.predicted == self.truth[:, None]
        return right


def recall(stance: int) -> str:
    """Name the recall of a stance."""
    return f"recall {stance}"


@dataclass(frozen=True)
class Given:
    """An interval that a run gives for a figure."""

    figure: str
    method: str
    interval: Interval


def given(run: Run) -> Iterator[Given]:
    """Compute intervals from the answers of a run."""
    n_stances = sum(figure.startswith(RECALL) for figure in run.fitted)
    names = np.array([*map(str, range(n_stances)), CANNOT_TELL], dtype=object)
    truth, predicted, stances = names[run.truth], names[run.predicted], names[:-1].tolist()
    n, accuracy = len(truth), float(run.right.mean())
    always = np.full(predicted.shape, np.bincount(run.truth).argmax())

    yield Given(ACCURACY, OURS, intervals.accuracy_interval(accuracy, n, FOLDS))
    yield Given(ACCURACY, WILSON, intervals.wilson_interval(accuracy * n, n))
    yield Given(ACCURACY, T, t_over_folds(run, lambda tested, repeat: float(run.right[tested, repeat].mean())))

    yield Given(MACRO_F1, OURS, f1.mean_f1_interval(truth, predicted, FOLDS, stances=stances))
    yield Given(MACRO_F1, BOOTSTRAP, bootstrap(run, [run.predicted]))
    yield Given(
        MACRO_F1,
        T,
        t_over_folds(run, lambda tested, repeat: f1.mean_f1(truth[tested], predicted[tested, repeat, None])),
    )

    ahead = f1.mean_f1_difference_interval(truth, predicted, names[always], FOLDS, stances=stances)
    yield Given(AHEAD, OURS, ahead)
    yield Given(AHEAD, BOOTSTRAP, bootstrap(run, [run.predicted, always]))

    for stance in np.flatnonzero(np.bincount(run.truth) >= MIN_LABELS_PER_STANCE).tolist():
        labels = run.truth == stance
        n, share = int(labels.sum()), float(run.right[labels].mean())
        yield Given(recall(stance), OURS, intervals.recall_interval(share, n, FOLDS))
        yield Given(recall(stance), WILSON, intervals.wilson_interval(share * n, n))


def t_over_folds(run: Run, score: Callable[[NDArray[np.bool_], int], float]) -> Interval:
    """Give Student's interval of a score as if every fold of every repeat had been another sample."""
    scores = [
        score(tested, repeat)
        for repeat in range(run.fold.shape[1])
        for tested in np.equal.outer(np.arange(FOLDS), run.fold[:, repeat])
        if tested.any()
    ]
    half = intervals.t_quantile(len(scores) - 1) * float(np.std(scores, ddof=1)) / np.sqrt(len(scores))
    return Interval(float(np.mean(scores)) - half, float(np.mean(scores)) + half)


def bootstrap(run: Run, systems: Sequence[NDArray[np.int64]]) -> Interval:
    """Give the percentile interval of a system's macro F1, or of by how much it is above another's."""

    def macro_f1(predicted: NDArray[np.int64], drawn: NDArray[np.float64]) -> NDArray[np.float64]:
        scores = []
        for stance in np.unique(run.truth):
            true, answered = run.truth == stance, predicted == stance
            size = drawn @ answered + (drawn @ true)[:, None]
            with np.errstate(invalid="ignore"):
                score = (2 * (drawn @ (answered & true[:, None])) / size).mean(axis=1)
            scores.append(np.where(drawn @ true > 0, score, np.nan))
        mean: NDArray[np.float64] = np.nanmean(scores, axis=0)
        return mean

    n = len(run.truth)
    drawn = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=DRAWS).astype(np.float64)
    first, *others = (macro_f1(predicted, drawn) for predicted in systems)
    low, high = np.nanquantile(first - others[0] if others else first, [0.025, 0.975])
    return Interval(float(low), float(high))


def judge(made: Sequence[Run]) -> pd.DataFrame:
    """Set the intervals of many runs beside what is true.

    Returns
    -------
    DataFrame
        One row a figure and method: how many intervals there were, the shares of them that hold with their standard
        errors (which count a run once, and one run more that fails), that end below what is expected, and their width.
    """
    place, figures = np.array([run.place for run in made]), list(made[0].fitted)
    fitted = np.array([list(run.fitted.values()) for run in made])
    elsewhere = np.array([[run.elsewhere.get(figure, np.nan) for figure in figures] for run in made])
    expected, expected_elsewhere = (
        np.array([scores[place == run.place].mean(axis=0) for run in made]) for scores in (fitted, elsewhere)
    )
    rows = []
    for number, run in enumerate(made):
        for each in given(run):
            where, low, high = (number, figures.index(each.figure)), each.interval.low, each.interval.high
            new = expected_elsewhere[where]
            rows.append(
                {
                    "figure": RECALL if each.figure.startswith(RECALL) else each.figure,
                    "method": each.method,
                    "run": number,
                    "holds": low <= expected[where] <= high,
                    "too low": high < expected[where],
                    "width": high - low,
                    "fitted": low <= fitted[where] <= high,
                    "new articles": np.nan if np.isnan(new) else float(low <= new <= high),
                }
            )
    key = ["figure", "method"]
    grouped = pd.DataFrame(rows).groupby(key, sort=False)
    table = grouped.mean().drop(columns="run").assign(intervals=grouped.size())
    for share in ("holds", "fitted"):
        left = [row[share] - table.loc[(row["figure"], row["method"]), share] for row in rows]
        of_run = pd.DataFrame(rows).assign(left=left).groupby([*key, "run"], sort=False)["left"].sum()
        table[f"{share} se"] = np.sqrt((of_run**2).groupby(key, sort=False).sum() + 1) / grouped.size()
    return table.reset_index()
