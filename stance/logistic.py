"""Multinomial logistic regression, fitted to its optimum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

# On the project's labels and examples Newton's method with conjugate gradients comes within 2e-6 of the optimum's
# probabilities in 2.7 s; L-BFGS, scikit-learn's default, stops 4e-2 short of it after 2.9 s and needs 10 s to come as
# near (benchmarks/solvers.py).
_SOLVER = "newton-cg"
_TOLERANCE = 1e-8
_MAX_ITERATIONS = 1_000


@dataclass(frozen=True)
class Weights:
    """The fitted parameters: `coef` of shape (n_classes, n_features), `intercept` of shape (n_classes,)."""

    coef: NDArray[np.float64]
    intercept: NDArray[np.float64]


def fit(features: csr_matrix, classes: NDArray[np.int64], weight: NDArray[np.float64], c: float) -> Weights:
    """Fit scikit-learn's LogisticRegression, one row of parameters a class even where there are one or two.

    Parameters
    ----------
    features
        Matrix of shape (n_texts, n_features).
    classes
        Class codes 0 ... n_classes - 1 of shape (n_texts,), each of which occurs.
    weight
        How much each text counts, of shape (n_texts,), greater than 0.
    c
        Inverse strength of the L2 penalty, as in scikit-learn.
    """
    n_classes, n_features = int(classes.max()) + 1, features.shape[1]
    if n_classes == 1 or n_features == 0:  # scikit-learn refuses both
        shares = np.log(np.bincount(classes, weights=weight))
        return Weights(np.zeros((n_classes, n_features)), shares - shares.mean())
    solver = LogisticRegression(C=c, solver=_SOLVER, tol=_TOLERANCE, max_iter=_MAX_ITERATIONS)
    solver.fit(features, classes, sample_weight=weight)
    if len(solver.classes_) == 2:  # noqa: PLR2004 - scikit-learn then has one row, the difference of the two classes
        return Weights(np.vstack([-solver.coef_, solver.coef_]) / 2, np.array([-0.5, 0.5]) * solver.intercept_)
    return Weights(np.ascontiguousarray(solver.coef_), solver.intercept_)
