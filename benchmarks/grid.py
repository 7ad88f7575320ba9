"""Print how long a grid cross-validation takes, against scikit-learn's GridSearchCV on the plain Pipeline.

Four penalties, two lower bounds on how many comments an n-gram stands in, five folds: forty fits a side. Both sides are
solved so closely that log losses can be compared to 1e-9: of scikit-learn's solvers "newton-cg" is the one that gets
there (benchmarks/solvers.py). Times are the processor's on one thread; a ratio is how many times as long as stance
GridSearchCV took.

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
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline
from twins import PLAIN, plain_features

from stance.features import corpus
from stance.models.classifiers import logistic_regression as regression

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

CS = (1.0, 10.0, 100.0, 1000.0)
MIN_DFS = (1, 2)
FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)
# The loosest of 1e-9, 1e-10, 1e-11, 1e-12 at which all of scikit-learn's log losses are right to 1e-9: at the first two
# one is 7e-9 off, at the third 4e-9. At the last it says of some fits that no step lowers the loss further; that is so.
TOLERANCE = 1e-12
STALLED = ("Line Search failed", "The line search algorithm did not converge")


@dataclass(frozen=True)
class Grid:
    """The mean over the folds of three scores, each of shape (n_min_dfs, n_cs)."""

    accuracy: NDArray[np.float64]
    macro_f1: NDArray[np.float64]
    log_loss: NDArray[np.float64]


def plain(texts: Sequence[str], classes: NDArray[np.int64]) -> Grid:
    """Search by scikit-learn."""
    classifier = LogisticRegression(solver="newton-cg", tol=TOLERANCE, max_iter=1_000)
    search = GridSearchCV(
        Pipeline([("features", plain_features()), ("classifier", classifier)]),
        [
            {"features__words__min_df": [least], "features__chars__min_df": [least], "classifier__C": CS}
            for least in MIN_DFS
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
    return Grid(scores["accuracy"], scores["macro_f1"], -scores["log_loss"])


def ours(texts: Sequence[str], classes: NDArray[np.int64]) -> Grid:
    """Search by counting once, and fitting all penalties of a training set along one path."""
    counted = corpus.count_ngrams(texts, PLAIN)
    scores = np.zeros((3, len(MIN_DFS), len(CS)))
    for train, test in FOLDS.split(texts, classes):
        for row, least in enumerate(MIN_DFS):
            learnt = counted.fit(train, replace(PLAIN, min_df=least))
            asked = learnt.transform(test)
            path = regression.fit_regularisation_path(learnt.transform(train), classes[train], np.ones(len(train)), CS)
            for column, weights in enumerate(path):
                shares = softmax(asked @ weights.coef.T + weights.intercept, axis=1)
                best = shares.argmax(axis=1)
                scores[:, row, column] += (
                    accuracy_score(classes[test], best),
                    f1_score(classes[test], best, average="macro"),
                    log_loss(classes[test], shares),
                )
    return Grid(*scores / FOLDS.get_n_splits())


def from_table(path: str, encoding: str, columns: str) -> tuple[list[str], NDArray[np.int64]]:
    """Read labelled comments, each text once."""
    text, stance = columns.split(",")
    table = pd.read_csv(path, encoding=encoding).drop_duplicates(text)
    return table[text].astype(str).to_list(), np.unique(table[stance], return_inverse=True)[1]


def main() -> None:
    """Print the times, their ratio and how far the scores are apart."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comments", type=int, default=1_200, help="how many comments to take")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--table", help="a CSV of labelled comments, instead of generated ones")
    parser.add_argument("--encoding", default="utf-8")
    parser.add_argument("--columns", default="text,stance")
    given = parser.parse_args()
    timing.one_thread()
    if given.table:
        texts, classes = from_table(given.table, given.encoding, given.columns)
        texts, classes = texts[: given.comments], classes[: given.comments]
    else:
        texts, stances = comments.labelled(given.comments)
        classes = np.unique(stances, return_inverse=True)[1]
    sides: dict[str, Callable[[Sequence[str], NDArray[np.int64]], Grid]] = {"stance": ours, "GridSearchCV": plain}
    grids: dict[str, Grid] = {}
    for message in STALLED:
        warnings.filterwarnings("ignore", message)

    def searching(name: str) -> Callable[[int], object]:
        def search(_: int) -> object:
            grids[name] = sides[name](texts, classes)
            return grids[name]

        return search

    print(f"{len(MIN_DFS)} min_df x {len(CS)} penalties x {FOLDS.get_n_splits()} folds, {len(texts):,} comments")
    timing.print_table(timing.in_turn({name: searching(name) for name in sides}, given.rounds), "seconds", 1)
    theirs, mine = grids["GridSearchCV"], grids["stance"]
    for score in ("accuracy", "macro_f1", "log_loss"):
        a, b = getattr(theirs, score), getattr(mine, score)
        print(
            f"{score:8} {b.min():.3f} to {b.max():.3f}, ours less theirs {(b - a).min():+.1e} to {(b - a).max():+.1e}"
        )


if __name__ == "__main__":
    main()
