"""Compare `stance train` with published results and with plain scikit-learn on tables of tweets with stances.

F_avg is the mean of the F1 of favour and against, over all tweets ("pooled", as in SemEval-2016 Task 6) and as the mean
over targets (as for RUW). Figures are nested estimates from the training part: everything that is chosen is chosen
inside training folds. `--test` also scores a held-out part with systems fitted to the whole training part; it is meant
to be used once. "ahead" is printed only if the whole interval is above the published figure.

Plain scikit-learn is one classifier per target: TfidfVectorizer of word 1-3 grams and LogisticRegression, with C chosen
by 5-fold cross-validation of macro F1. Differences are paired, on the folds of the first repeat.

    python benchmarks/published.py ruw train.csv
    python benchmarks/published.py semeval trainingdata-all-annotations.txt --test testdata-taskA-all-annotations.txt
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from labelled_tables import READERS, SIDES, as_labels, predict_with_sklearn
from rich.progress import track

from stance.evaluation import evaluation_task, out_of_fold, splits
from stance.evaluation.predictions import SystemPredictions, pivot_predictions, select_model_rows
from stance.labels.codebook import codebook_from_names
from stance.metrics import f1
from stance.metrics.score_intervals import TRAINING_FACTOR
from stance.models.procedure import TrainingPlan
from stance.models.settings import default_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stance.evaluation.splits import Fold
    from stance.metrics.intervals import Interval

PUBLISHED = {
    "semeval": {
        "pooled": (
            ("best of 19 teams", 67.82),
            ("organisers' SVM, word and character n-grams", 68.98),
            ("the same with word embeddings", 70.3),
        )
    },
    "ruw": {"mean of targets": (("BERT", 54.13), ("BERT-A", 56.40), ("CKD", 58.74))},
}
"""Results on the test parts: Mohammad, Sobhani and Kiritchenko (2017), Stance and sentiment in tweets; the paper that
introduces RUW."""


@dataclass(frozen=True)
class Figure:
    """A score or difference with its interval; printed in percent."""

    value: float
    interval: Interval

    def __str__(self) -> str:
        return f"{100 * self.value:5.1f} [{100 * self.interval.low:.1f}, {100 * self.interval.high:.1f}]"


def separate_targets(predictions: SystemPredictions) -> tuple[SystemPredictions, tuple[str, ...]]:
    """Rename the stances toward each target, so that the mean F1 of all these stances is the mean over targets."""
    suffixes = np.array([f" {target}" for target in predictions.targets], dtype=object)
    names = tuple(f"{side} {target}" for target in dict.fromkeys(predictions.targets) for side in SIDES)
    truth, predicted = predictions.truth + suffixes, predictions.predicted + suffixes[:, None]
    return replace(predictions, truth=truth, predicted=predicted), names


def compute_f_avg(predictions: SystemPredictions, variance_factor: float) -> dict[str, Figure]:
    """Return F_avg over all tweets and over targets."""
    figures = {}
    for name, (rows, stances) in {
        "pooled": (predictions, SIDES),
        "mean of targets": separate_targets(predictions),
    }.items():
        value = f1.mean_f1(rows.truth, rows.predicted, rows.weights, stances)
        interval = f1.mean_f1_interval(
            rows.truth, rows.predicted, rows.weights, stances, groups=rows.groups, variance_factor=variance_factor
        )
        figures[name] = Figure(value, interval)
    return figures


def compare_f_avg(ours: SystemPredictions, plain: SystemPredictions, variance_factor: float) -> dict[str, Figure]:
    """Return our F_avg minus that of plain scikit-learn, over all tweets and over targets."""
    figures = {}
    for name, (first, stances), (second, _) in (
        ("pooled", (ours, SIDES), (plain, SIDES)),
        ("mean of targets", separate_targets(ours), separate_targets(plain)),
    ):
        values = [f1.mean_f1(rows.truth, rows.predicted, rows.weights, stances) for rows in (first, second)]
        interval = f1.mean_f1_difference_interval(
            first.truth,
            first.predicted,
            second.predicted,
            first.weights,
            stances,
            groups=first.groups,
            variance_factor=variance_factor,
        )
        figures[name] = Figure(values[0] - values[1], interval)
    return figures


def cross_validate_sklearn(
    train: pd.DataFrame, groups: NDArray[np.int64], folds: Sequence[Fold], n_jobs: int
) -> pd.DataFrame:
    """Return the out-of-fold predictions of plain scikit-learn; `groups` are those of the labels."""
    predictions = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(predict_with_sklearn)(train.iloc[fold.train], train.iloc[fold.test]) for fold in folds
    )
    tracked = track(predictions, "plain scikit-learn", total=len(folds))
    return pd.concat(
        [
            train.iloc[fold.test].assign(predicted=predicted, repeat=0, weight=1.0, group=groups[fold.test])
            for fold, predicted in zip(folds, tracked, strict=True)
        ]
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=sorted(PUBLISHED))
    parser.add_argument("train", nargs="+", type=Path)
    parser.add_argument("--test", nargs="+", type=Path, help="a held-out part, to be used once")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=-1)
    options = parser.parse_args()
    train = as_labels(READERS[options.table](options.train))
    print(f"{len(train)} labels toward {train['target'].nunique()} targets", flush=True)
    plan = TrainingPlan(default_settings(), quick=False, scored_stances=SIDES)
    codebook = codebook_from_names(train["stance"])
    task = evaluation_task.prepare_evaluation_task(train, codebook, plan, use_examples=False)
    oof = out_of_fold.predict_out_of_fold(task, options.seed, options.jobs)
    ours = select_model_rows(oof.table)
    cv_splits = splits.make_splits(train, options.seed)
    first_repeat = [fold for fold in cv_splits.folds if fold.scheme == splits.STRATIFIED_KFOLD and fold.repeat == 0]
    plain = pivot_predictions(cross_validate_sklearn(train, cv_splits.groups, first_repeat, options.jobs))
    print_report(options.table, "nested, from the training part", pivot_predictions(ours), plain, TRAINING_FACTOR)
    ours_first_repeat = pivot_predictions(ours[ours["repeat"] == 0])
    for name, figure in compare_f_avg(ours_first_repeat, plain, TRAINING_FACTOR).items():
        print(f"  {name:16} stance train ahead of plain scikit-learn by {figure}")
    if options.test:
        test = as_labels(READERS[options.table](options.test)).assign(
            repeat=0, weight=1.0, group=lambda table: range(len(table))
        )
        model = oof.fitted_procedure.model
        predicted = model.predict(test["text"].to_list(), test["target"].to_list())["predicted"].to_numpy()
        our_test, plain_test = (
            pivot_predictions(test.assign(predicted=column))
            for column in (predicted, predict_with_sklearn(train, test))
        )
        print_report(options.table, "the held-out part", our_test, plain_test, 1.0)


def print_report(
    table: str, title: str, ours: SystemPredictions, plain: SystemPredictions, variance_factor: float
) -> None:
    """Print the figures of both systems and the published ones."""
    print(f"\n{title}: F_avg in %, 95 % intervals")
    plain_figures = compute_f_avg(plain, variance_factor)
    for name, figure in compute_f_avg(ours, variance_factor).items():
        print(f"  {name:16} stance train         {figure}")
        print(f"  {name:16} plain scikit-learn   {plain_figures[name]}")
        low, high = 100 * figure.interval.low, 100 * figure.interval.high
        for system, published in PUBLISHED[table].get(name, ()):
            verdict = "ahead" if low > published else "behind" if high < published else ""
            print(f"  {'':16} {published:5.1f} {system} {verdict and f'(stance train is {verdict})'}")


if __name__ == "__main__":
    main()
