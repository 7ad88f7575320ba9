"""Time a cross-validated grid search against scikit-learn's GridSearchCV on an equivalent Pipeline.

The grid has four penalties and two values of `min_df`, with five folds: forty fits each. Both sides are fitted so
precisely that log losses can be compared to 1e-9; of scikit-learn's solvers, "newton-cg" reaches that
(benchmarks/solvers.py). Times are processor times on one thread; a ratio is the time of GridSearchCV relative to
stance.

    python benchmarks/grid.py
    python benchmarks/grid.py --comments 10000 --rounds 1
    python benchmarks/grid.py --table comments.csv --encoding utf-8 --columns text,stance
"""

from __future__ import annotations

import argparse
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import comments
import numpy as np
import pandas as pd
import timing
from equivalent_models import FEATURES, sklearn_features
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline

from stance.features import corpus
from stance.models.classifiers import logistic_regression as regression

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

CS = (1.0, 10.0, 100.0, 1000.0)
MIN_DFS = (1, 2)
FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)
# The largest of 1e-9, 1e-10, 1e-11, 1e-12 at which all of scikit-learn's log losses are correct to 1e-9: at the first
# two, one is wrong by 7e-9, at the third by 4e-9. At the last, scikit-learn warns for some fits that no step lowers the
# loss further, which is true.
TOLERANCE = 1e-12
CONVERGENCE_WARNINGS = ("Line Search failed", "The line search algorithm did not converge")


@dataclass(frozen=True)
class GridScores:
    """The mean over the folds of three scores, each of shape (n_min_dfs, n_cs)."""

    accuracy: NDArray[np.float64]
    macro_f1: NDArray[np.float64]
    log_loss: NDArray[np.float64]


def search_with_sklearn(texts: Sequence[str], classes: NDArray[np.int64]) -> GridScores:
    """Search with GridSearchCV."""
    classifier = LogisticRegression(solver="newton-cg", tol=TOLERANCE, max_iter=1_000)
    search = GridSearchCV(
        Pipeline([("features", sklearn_features()), ("classifier", classifier)]),
        [
            {"features__words__min_df": [min_df], "features__chars__min_df": [min_df], "classifier__C": CS}
            for min_df in MIN_DFS
        ],
        scoring={"accuracy": "accuracy", "macro_f1": "f1_macro", "log_loss": "neg_log_loss"},
        cv=FOLDS,
        refit=False,
        error_score="raise",
    ).fit(list(texts), classes)
    scores = {
        name: np.reshape(search.cv_results_[f"mean_test_{name}"], (len(MIN_DFS), len(CS)))
        for name in ("accuracy", "macro_f1", "log_loss")
    }
    return GridScores(scores["accuracy"], scores["macro_f1"], -scores["log_loss"])


def search_with_stance(texts: Sequence[str], classes: NDArray[np.int64]) -> GridScores:
    """Search by counting n-grams once, and fitting all penalties of a training set along one path."""
    counts = corpus.count_ngrams(texts, FEATURES)
    scores = np.zeros((3, len(MIN_DFS), len(CS)))
    for train, test in FOLDS.split(texts, classes):
        for row, min_df in enumerate(MIN_DFS):
            fitted = counts.fit(train, replace(FEATURES, min_df=min_df))
            test_features = fitted.transform(test)
            path = regression.fit_regularisation_path(fitted.transform(train), classes[train], np.ones(len(train)), CS)
            for column, weights in enumerate(path):
                probabilities = softmax(test_features @ weights.coef.T + weights.intercept, axis=1)
                predicted = probabilities.argmax(axis=1)
                scores[:, row, column] += (
                    accuracy_score(classes[test], predicted),
                    f1_score(classes[test], predicted, average="macro"),
                    log_loss(classes[test], probabilities),
                )
    return GridScores(*scores / FOLDS.get_n_splits())


def read_table(path: str, encoding: str, columns: str) -> tuple[list[str], NDArray[np.int64]]:
    """Read labelled comments, each distinct text once; return the texts and their classes."""
    text, stance = columns.split(",")
    table = pd.read_csv(path, encoding=encoding).drop_duplicates(text)
    return table[text].astype(str).to_list(), np.unique(table[stance], return_inverse=True)[1]


def main() -> None:
    """Print the times, their ratio, and the differences of the scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comments", type=int, default=1_200, help="number of comments")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--table", help="a CSV of labelled comments, instead of synthetic ones")
    parser.add_argument("--encoding", default="utf-8")
    parser.add_argument("--columns", default="text,stance")
    options = parser.parse_args()
    timing.use_one_thread()
    if options.table:
        texts, classes = read_table(options.table, options.encoding, options.columns)
        texts, classes = texts[: options.comments], classes[: options.comments]
    else:
        texts, stances = comments.generate_labelled_comments(options.comments)
        classes = np.unique(stances, return_inverse=True)[1]
    searches = {"stance": search_with_stance, "GridSearchCV": search_with_sklearn}
    scores: dict[str, GridScores] = {}
    for message in CONVERGENCE_WARNINGS:
        warnings.filterwarnings("ignore", message)

    def make_job(name: str) -> Callable[[int], object]:
        def search(_: int) -> object:
            scores[name] = searches[name](texts, classes)
            return scores[name]

        return search

    print(f"{len(MIN_DFS)} min_df x {len(CS)} penalties x {FOLDS.get_n_splits()} folds, {len(texts):,} comments")
    jobs = {name: make_job(name) for name in searches}
    timing.print_table(timing.time_in_rounds(jobs, options.rounds), "seconds", 1)
    for name in ("accuracy", "macro_f1", "log_loss"):
        expected, values = getattr(scores["GridSearchCV"], name), getattr(scores["stance"], name)
        differences = values - expected
        print(
            f"{name:8} {values.min():.3f} to {values.max():.3f}, "
            f"stance minus GridSearchCV {differences.min():+.1e} to {differences.max():+.1e}"
        )


if __name__ == "__main__":
    main()
