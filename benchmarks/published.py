"""Print how the default settings fare on published tables of stance, beside plain scikit-learn on the same folds.

F_avg is the mean of the F1 of favour and of against, over all tweets ("pooled", as in SemEval-2016 Task 6) and as the
mean over targets (as for RUW). Figures are nested estimates from the training part: everything that is chosen is chosen
inside training folds. `--test` also scores a part kept aside, by systems that learnt from all of the training part; it
is meant to be opened once. "ahead" stands only where the whole interval is above the published figure.

Plain scikit-learn is one classifier a target: TfidfVectorizer of word 1-3 grams and LogisticRegression, C by 5-fold
cross-validation on macro F1. Differences are paired, on the folds of the first repeat.

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
from rich.progress import track
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from stance import tables
from stance.evaluation import out_of_fold, splits
from stance.evaluation.predictions import SystemPredictions, pivot_predictions, select_model_rows
from stance.labels.codebook import codebook_from_names
from stance.labels.sheets.sheet_file import read_sheet
from stance.metrics import f1
from stance.models.procedure import TrainingPlan
from stance.models.settings import default_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from stance.metrics.intervals import Interval

SIDES = ("FAVOR", "AGAINST")
CS = (0.3, 1.0, 3.0, 10.0, 30.0)

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
"""Mohammad, Sobhani and Kiritchenko (2017), Stance and sentiment in tweets; the paper that introduces RUW. On the test
parts."""


def semeval(paths: Sequence[Path]) -> pd.DataFrame:
    """Read files of SemEval-2016 Task 6: ID, target, tweet, stance, between tabs, with a header or without."""
    columns = ("comment_id", "target", "text", "stance")
    frames = []
    for path in paths:
        first = path.read_bytes().split(b"\n", 1)[0].split(b"\t")
        width = [*columns, *(f"more {number}" for number in range(len(first) - len(columns)))]
        frame = read_sheet(path, width, "\t").frame
        frames.append(frame[frame["stance"].str.upper().isin([*SIDES, "NONE"])])
    return pd.concat(frames, ignore_index=True)[list(columns)]


def ruw(paths: Sequence[Path]) -> pd.DataFrame:
    """Read files of RUW, which have two targets a row."""
    frames = []
    for path in paths:
        wide = pd.read_csv(path, encoding="gb18030", dtype="str")
        wide["comment_id"] = [f"{path.stem} {number}" for number in range(len(wide))]
        for number in (1, 2):
            names = {"Tweet": "text", f"Target {number}": "target", f"Stance {number}": "stance"}
            frames.append(wide.rename(columns=names)[["comment_id", "target", "text", "stance"]])
    return pd.concat(frames, ignore_index=True)


READERS: dict[str, Callable[[Sequence[Path]], pd.DataFrame]] = {"semeval": semeval, "ruw": ruw}


@dataclass(frozen=True)
class Row:
    """A figure of the table and its interval, in percent."""

    value: float
    interval: Interval

    def __str__(self) -> str:
        return f"{100 * self.value:5.1f} [{100 * self.interval.low:.1f}, {100 * self.interval.high:.1f}]"


def apart(given: SystemPredictions) -> tuple[SystemPredictions, tuple[str, ...]]:
    """Take the stances toward each target for stances of their own, so that a mean F1 is the mean over targets."""
    toward = np.array([f" {target}" for target in given.targets], dtype=object)
    names = tuple(f"{side} {target}" for target in dict.fromkeys(given.targets) for side in SIDES)
    return replace(given, truth=given.truth + toward, predicted=given.predicted + toward[:, None]), names


def measured(given: SystemPredictions, folds: int | None) -> dict[str, Row]:
    """Give F_avg both ways."""
    rows = {}
    for name, (each, names) in {"pooled": (given, SIDES), "mean of targets": apart(given)}.items():
        value = f1.mean_f1(each.truth, each.predicted, each.weights, names)
        rows[name] = Row(value, f1.mean_f1_interval(each.truth, each.predicted, folds, each.weights, names))
    return rows


def compared(ours: SystemPredictions, plain: SystemPredictions, folds: int | None) -> dict[str, Row]:
    """Give how far F_avg is ahead, both ways."""
    rows = {}
    for name, (first, names), (second, _) in (
        ("pooled", (ours, SIDES), (plain, SIDES)),
        ("mean of targets", apart(ours), apart(plain)),
    ):
        values = [f1.mean_f1(each.truth, each.predicted, each.weights, names) for each in (first, second)]
        between = (first.truth, first.predicted, second.predicted, folds, first.weights, names)
        rows[name] = Row(values[0] - values[1], f1.mean_f1_difference_interval(*between))
    return rows


def settled(table: pd.DataFrame) -> pd.DataFrame:
    """Bring a table into the form of settled labels."""
    empty = dict.fromkeys({"article_id", "article_title", "group", *tables.LABEL_COLUMNS} - set(table.columns), "")
    return table.assign(stance=table["stance"].str.strip().str.upper(), **empty)


def plan() -> TrainingPlan:
    """Give the default settings of `stance train`."""
    return TrainingPlan(default_settings(), quick=False, scored_stances=SIDES)


def by_plain(train: pd.DataFrame, test: pd.DataFrame) -> NDArray[np.object_]:
    """Answer tweets by plain scikit-learn, a classifier a target."""
    answered = np.empty(len(test), dtype=object)
    for target in test["target"].unique():
        rows, asked = train[train["target"] == target], (test["target"] == target).to_numpy()
        pipeline = Pipeline(
            [("features", TfidfVectorizer(ngram_range=(1, 3))), ("classifier", LogisticRegression(max_iter=2_000))]
        )
        search = GridSearchCV(pipeline, {"classifier__C": CS}, scoring="f1_macro", cv=5)
        answered[asked] = search.fit(rows["text"], rows["stance"]).predict(test["text"][asked])
    return answered


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=sorted(READERS))
    parser.add_argument("train", nargs="+", type=Path)
    parser.add_argument("--test", nargs="+", type=Path, help="a part kept aside, to be opened once")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=-1)
    given = parser.parse_args()
    train = settled(READERS[given.table](given.train))
    print(f"{len(train)} labels toward {train['target'].nunique()} targets", flush=True)
    codebook = codebook_from_names(train["stance"])
    task = out_of_fold.prepare_evaluation_task(train, codebook, plan(), use_examples=False)
    found = out_of_fold.predict_out_of_fold(task, given.seed, given.jobs)
    ours = select_model_rows(found.table)
    layout = splits.make_splits(train, given.seed)
    first = [fold for fold in layout.folds if fold.scheme == splits.STRATIFIED_KFOLD and fold.repeat == 0]
    by_fold = Parallel(n_jobs=given.jobs, return_as="generator")(
        delayed(by_plain)(train.iloc[fold.train], train.iloc[fold.test]) for fold in first
    )
    parts = [
        train.iloc[fold.test].assign(predicted=predicted, repeat=0, weight=1.0)
        for fold, predicted in zip(first, track(by_fold, "plain scikit-learn", total=len(first)), strict=True)
    ]
    report(
        given.table,
        "nested, from the training part",
        pivot_predictions(ours),
        pivot_predictions(pd.concat(parts)),
        len(first),
    )
    same = pivot_predictions(ours[ours["repeat"] == 0])
    for name, row in compared(same, pivot_predictions(pd.concat(parts)), len(first)).items():
        print(f"  {name:16} stance ahead of plain scikit-learn by {row}")
    if given.test:
        test = settled(READERS[given.table](given.test)).assign(repeat=0, weight=1.0)
        predicted = found.fitted_procedure.model.predict(test["text"].to_list(), test["target"].to_list())["predicted"]
        ours_there, plain_there = (
            pivot_predictions(test.assign(predicted=each)) for each in (predicted.to_numpy(), by_plain(train, test))
        )
        report(given.table, "the part kept aside", ours_there, plain_there, None)


def report(table: str, title: str, ours: SystemPredictions, plain: SystemPredictions, folds: int | None) -> None:
    """Print both sides and the published figures."""
    print(f"\n{title}: F_avg in %, 95 % intervals")
    for name, row in measured(ours, folds).items():
        print(f"  {name:16} stance train         {row}")
        print(f"  {name:16} plain scikit-learn   {measured(plain, folds)[name]}")
        for whose, figure in PUBLISHED[table].get(name, ()):
            ahead = "ahead" if 100 * row.interval.low > figure else "behind" if 100 * row.interval.high < figure else ""
            print(f"  {'':16} {figure:5.1f} {whose} {ahead and f'(stance train is {ahead})'}")


if __name__ == "__main__":
    main()
