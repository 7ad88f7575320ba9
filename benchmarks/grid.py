"""Print how long a grid cross-validation takes, against scikit-learn's GridSearchCV on the plain Pipeline.

Four penalties, two lower bounds on how many comments an n-gram stands in, five folds: forty fits a side. Both sides are
solved so closely that log losses can be compared to 1e-9: of scikit-learn's solvers "newton-cg" is the one that gets
there (benchmarks/solvers.py). CPU time on one thread, the sides in turn, the median of the rounds with min and max.

    OMP_NUM_THREADS=1 python benchmarks/grid.py
    OMP_NUM_THREADS=1 python benchmarks/grid.py --comments 10000 --rounds 1
    OMP_NUM_THREADS=1 python benchmarks/grid.py --table comments.csv --encoding utf-8 --columns text,stance
"""

from __future__ import annotations

import argparse
import time
import warnings
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, diags, hstack
from scipy.special import softmax
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import FeatureUnion, Pipeline

from stance import logistic

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

CS = (1.0, 10.0, 100.0, 1000.0)
MIN_DFS = (1, 2)
FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)
WORDS: dict[str, Any] = {"ngram_range": (1, 2)}
CHARS: dict[str, Any] = {"analyzer": "char_wb", "ngram_range": (2, 5)}
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
    union = FeatureUnion(
        [("words", TfidfVectorizer(sublinear_tf=True, **WORDS)), ("chars", TfidfVectorizer(sublinear_tf=True, **CHARS))]
    )
    classifier = LogisticRegression(solver="newton-cg", tol=TOLERANCE, max_iter=1_000)
    search = GridSearchCV(
        Pipeline([("features", union), ("classifier", classifier)]),
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
    counts = [CountVectorizer(**part).fit_transform(texts) for part in (WORDS, CHARS)]
    scores = np.zeros((3, len(MIN_DFS), len(CS)))
    for train, test in FOLDS.split(texts, classes):
        for row, least in enumerate(MIN_DFS):
            parts = [tfidf(block[train], block[test], least) for block in counts]
            learnt, asked = (csr_matrix(hstack(side)) for side in zip(*parts, strict=True))
            path = logistic.fit_path(learnt, classes[train], np.ones(len(train)), CS)
            for column, weights in enumerate(path):
                shares = softmax(asked @ weights.coef.T + weights.intercept, axis=1)
                best = shares.argmax(axis=1)
                scores[:, row, column] += (
                    accuracy_score(classes[test], best),
                    f1_score(classes[test], best, average="macro"),
                    log_loss(classes[test], shares),
                )
    return Grid(*scores / FOLDS.get_n_splits())


def tfidf(train: csr_matrix, test: csr_matrix, least: int) -> tuple[csr_matrix, csr_matrix]:
    """Turn counts into what TfidfVectorizer learns from the first and makes of both."""
    found = np.bincount(train.indices, minlength=train.shape[1])
    kept = np.flatnonzero(found >= least)
    idf = np.log((1 + train.shape[0]) / (1 + found[kept])) + 1
    sides = []
    for counts in (train, test):
        values = csr_matrix(counts[:, kept], dtype=np.float64)
        values.data = 1 + np.log(values.data)
        values = values @ diags(idf)
        length = np.sqrt(values.multiply(values).sum(axis=1)).A1
        sides.append(csr_matrix(diags(1 / np.where(length > 0, length, 1)) @ values))
    return sides[0], sides[1]


def generated(n_comments: int, n_classes: int = 6) -> tuple[list[str], NDArray[np.int64]]:
    """Make comments of 29 words on average, drawn from Zipf's law, somewhat other ones for each class."""
    rng = np.random.default_rng(0)
    letters = np.array(list("etaoinshrdlcumwfgypbvkjxqz"))
    of_letters = np.arange(1, 27) ** -0.7
    of_letters /= of_letters.sum()
    lengths = np.clip(rng.gamma(4, 1.6, 60_000), 2, 16).astype(int)
    words = np.array(["".join(rng.choice(letters, length, p=of_letters)) for length in lengths])
    of_words = (np.arange(len(words)) + 3.7) ** -1.05 * np.exp(0.35 * rng.standard_normal((n_classes, len(words))))
    cumulated = np.cumsum(of_words / of_words.sum(axis=1, keepdims=True), axis=1)
    classes = np.concatenate([np.repeat(np.arange(n_classes), 5), rng.choice(n_classes, n_comments - 5 * n_classes)])
    n_words = np.clip(rng.lognormal(3.1, 0.75, n_comments), 3, 200).astype(int)
    drawn = (
        np.searchsorted(cumulated[code][:-1], rng.random(size)) for code, size in zip(classes, n_words, strict=True)
    )
    return [" ".join(words[which]) for which in drawn], classes


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
    if given.table:
        texts, classes = from_table(given.table, given.encoding, given.columns)
    else:
        texts, classes = generated(given.comments)
    texts, classes = texts[: given.comments], classes[: given.comments]
    sides: dict[str, Callable[[Sequence[str], NDArray[np.int64]], Grid]] = {"scikit-learn": plain, "stance": ours}
    times: dict[str, list[float]] = {name: [] for name in sides}
    grids: dict[str, Grid] = {}
    for message in STALLED:
        warnings.filterwarnings("ignore", message)
    for _ in range(given.rounds):
        for name, search in sides.items():
            start = time.process_time()
            grids[name] = search(texts, classes)
            times[name].append(time.process_time() - start)
    for name, taken in times.items():
        print(f"{name:12} {median(taken):8.2f} s  ({min(taken):.2f} to {max(taken):.2f})")
    ratios = [theirs / mine for theirs, mine in zip(times["scikit-learn"], times["stance"], strict=True)]
    print(f"ratio {median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f}), {len(texts)} comments")
    theirs, mine = grids["scikit-learn"], grids["stance"]
    for score in ("accuracy", "macro_f1", "log_loss"):
        a, b = getattr(theirs, score), getattr(mine, score)
        print(
            f"{score:8} {b.min():.3f} to {b.max():.3f}, ours less theirs {(b - a).min():+.1e} to {(b - a).max():+.1e}"
        )


if __name__ == "__main__":
    main()
