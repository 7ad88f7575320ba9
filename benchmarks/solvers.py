"""Compare solvers of logistic regression on the codebook's examples and the project's labels: time and precision.

The distance is the largest difference of any probability from those of scikit-learn's Newton's method with a tolerance
of 1e-13. Times are CPU times of one run each on one thread, to compare the solvers with each other only.

    OMP_NUM_THREADS=1 python benchmarks/solvers.py
"""

from __future__ import annotations

import time
import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from stance.features import corpus
from stance.labels.codebook import read_codebook
from stance.labels.resolution import combine_labels, resolve_labels
from stance.labels.sheets.sheet_file import read_sheet
from stance.models.classifiers.logistic_regression import fit_logistic_regression
from stance.models.settings import default_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SOLVERS = tuple((solver, tolerance) for solver in ("lbfgs", "newton-cg") for tolerance in (1e-4, 1e-6, 1e-8, 1e-10))


def main() -> None:
    """Print one line per solver and tolerance."""
    codebook = read_codebook(Path("labels/codebook.toml"))
    labels = resolve_labels(combine_labels([read_sheet(Path("labels/csto.csv"))], codebook)[0])
    settings = default_settings()
    pairs = [*zip(labels["text"], labels["stance"], strict=True), *codebook.examples]
    ngrams = corpus.count_ngrams([text for text, _ in pairs], settings.features)
    text_indices = np.arange(len(pairs))
    features = ngrams.fit(text_indices, settings.features).transform(text_indices)
    classes = np.array([codebook.stance_names.index(stance) for _, stance in pairs])
    example_classes = classes[len(labels) :]
    example_weights = settings.example_mass / np.bincount(example_classes)[example_classes]
    weights = np.concatenate([np.ones(len(labels)), example_weights])

    def fit_sklearn(solver: str, tolerance: float) -> NDArray[np.float64]:
        model = LogisticRegression(C=settings.c, solver=solver, tol=tolerance, max_iter=100_000)
        return np.asarray(model.fit(features, classes, sample_weight=weights).predict_proba(features))

    def fit_stance() -> NDArray[np.float64]:
        fitted = fit_logistic_regression(features, classes, weights, settings.c)
        return np.asarray(softmax(features @ fitted.coef.T + fitted.intercept, axis=1))

    warnings.filterwarnings("ignore", ".*(Line Search failed|line search algorithm did not converge)")
    optimum = fit_sklearn("newton-cg", 1e-13)
    print(f"{features.shape[0]} texts, {features.shape[1]} n-grams, c = {settings.c:.0f}")
    solvers: dict[str, Callable[[], NDArray[np.float64]]] = {
        f"{solver:10} tol {tolerance:.0e}": partial(fit_sklearn, solver, tolerance) for solver, tolerance in SOLVERS
    }
    for name, predict in {**solvers, "stance": fit_stance}.items():
        start = time.process_time()
        distance = np.abs(predict() - optimum).max()
        print(f"{name:20}  {time.process_time() - start:6.2f} s  distance {distance:.0e}", flush=True)


if __name__ == "__main__":
    main()
