"""Read published tables of labelled texts, and predict them with plain scikit-learn, for the other benchmarks.

A table is named `FORMAT:PATH` or `FORMAT:PATH,PATH`: `ruw` (two targets per row), `semeval` (SemEval-2016 Task 6, tab
separated) or `csv` (columns `text`, `stance` and, if there are targets, `target`; may be compressed).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from stance import tables
from stance.labels.codebook import codebook_from_names
from stance.labels.sheets.sheet_file import read_sheet
from stance.metrics import f1

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from stance.labels.codebook import Codebook

SIDES = ("FAVOR", "AGAINST")
CS = (0.3, 1.0, 3.0, 10.0, 30.0)
"""The penalties that plain scikit-learn chooses from."""


def read_semeval(paths: Sequence[Path]) -> pd.DataFrame:
    """Read tab-separated files of SemEval-2016 Task 6: ID, target, tweet, stance, with or without a header."""
    columns = ("comment_id", "target", "text", "stance")
    frames = []
    for path in paths:
        n_cells = path.read_bytes().split(b"\n", 1)[0].count(b"\t") + 1
        names = [*columns, *(f"more {number}" for number in range(n_cells - len(columns)))]
        frame = read_sheet(path, names, "\t").frame
        frames.append(frame[frame["stance"].str.upper().isin([*SIDES, "NONE"])])
    return pd.concat(frames, ignore_index=True)[list(columns)]


def read_ruw(paths: Sequence[Path]) -> pd.DataFrame:
    """Read files of RUW, which have two targets per row."""
    frames = []
    for path in paths:
        wide = pd.read_csv(path, encoding="gb18030", dtype="str")
        for number in (1, 2):
            names = {"Tweet": "text", f"Target {number}": "target", f"Stance {number}": "stance"}
            frames.append(wide.rename(columns=names)[["target", "text", "stance"]])
    return pd.concat(frames, ignore_index=True)


def read_csv(paths: Sequence[Path]) -> pd.DataFrame:
    """Read CSV files with the columns `text`, `stance` and perhaps `target`."""
    frames = [pd.read_csv(path, dtype="str", keep_default_na=False) for path in paths]
    return pd.concat(frames, ignore_index=True).reindex(columns=["text", "target", "stance"], fill_value="")


READERS: dict[str, Callable[[Sequence[Path]], pd.DataFrame]] = {
    "semeval": read_semeval,
    "ruw": read_ruw,
    "csv": read_csv,
}


@dataclass(frozen=True, eq=False)
class LabelledTable:
    """A table of labels in the form of resolved labels, and how it is scored.

    Attributes
    ----------
    name
        How the table is printed.
    labels
        One row per label.
    codebook
        Its stances.
    scored_stances
        The stances whose F1 is averaged: for and against, if there is a third, else all.
    """

    name: str
    labels: pd.DataFrame
    codebook: Codebook
    scored_stances: tuple[str, ...]

    def score(self, rows: pd.DataFrame, predicted: NDArray[np.object_]) -> float:
        """Return the mean F1 of the scored stances, averaged over targets."""
        scores = []
        for target in rows["target"].unique():
            is_own = (rows["target"] == target).to_numpy()
            truth = rows["stance"].to_numpy(object)[is_own]
            scores.append(f1.mean_f1(truth, predicted[is_own, None], np.ones(len(truth)), self.scored_stances))
        return float(np.mean(scores))


def as_labels(table: pd.DataFrame) -> pd.DataFrame:
    """Add the columns of resolved labels, empty, and write stances in capitals."""
    table = table.assign(stance=table["stance"].str.strip().str.upper())
    if "comment_id" not in table:
        table = table.assign(comment_id=[f"c{number}" for number in range(len(table))])
    missing = {*tables.COMMENT_COLUMNS, *tables.LABEL_COLUMNS, tables.GROUP_COLUMN} - set(table.columns)
    return table.assign(**dict.fromkeys(missing, ""))


def read_table(name: str) -> LabelledTable:
    """Read the table called `FORMAT:PATH,...`; a text that occurs twice toward a target is kept once."""
    kind, _, paths = name.partition(":")
    frame = READERS[kind]([Path(path) for path in paths.split(",")])
    frame = frame[(frame["text"].str.strip() != "") & frame["stance"].notna() & (frame["stance"] != "")]
    labels = as_labels(frame.drop_duplicates(["text", "target"]).reset_index(drop=True))
    stances = sorted(labels["stance"].unique())
    has_sides = set(SIDES) <= set(stances)
    first_path = Path(paths.split(",")[0])
    return LabelledTable(
        name=kind if kind != "csv" else first_path.name.partition(".")[0],
        labels=labels,
        codebook=codebook_from_names(stances),
        scored_stances=SIDES if has_sides else tuple(stances),
    )


def predict_with_sklearn(train: pd.DataFrame, test: pd.DataFrame, n_jobs: int = 1) -> NDArray[np.object_]:
    """Predict texts by plain scikit-learn: one classifier per target, word 1-3 grams, C chosen by 5-fold macro F1."""
    predicted = np.empty(len(test), dtype=object)
    for target in test["target"].unique():
        of_target, is_tested = train[train["target"] == target], (test["target"] == target).to_numpy()
        pipeline = Pipeline(
            [("features", TfidfVectorizer(ngram_range=(1, 3))), ("classifier", LogisticRegression(max_iter=2_000))]
        )
        search = GridSearchCV(pipeline, {"classifier__C": CS}, scoring="f1_macro", cv=5, n_jobs=n_jobs)
        predicted[is_tested] = search.fit(of_target["text"], of_target["stance"]).predict(test["text"][is_tested])
    return predicted
