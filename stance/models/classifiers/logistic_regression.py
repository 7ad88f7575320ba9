"""Multinomial logistic regression, fitted to its optimum."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from stance.models.classifiers import gram_matrix
from stance.models.classifiers.interface import EXACT, FitProblem, LinearParameters
from stance.models.classifiers.newton import DualPoint, PenalisedLoss, minimise_loss

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix


class LogisticRegression:
    """Multinomial logistic regression as a `stance.models.classifiers.interface.Classifier`."""

    def fit(self, problem: FitProblem, c: float, tolerance: float) -> tuple[LinearParameters, ...]:
        """Fit as `fit_logistic_regression` does for one target without an offset."""
        (point,) = _fit_dual_path(problem, [c], tolerance)
        return gram_matrix.compute_parameters(problem, point.dual_coef, point.intercept)


def fit_logistic_regression(
    features: csr_matrix, classes: NDArray[np.int64], weights: NDArray[np.float64], c: float
) -> LinearParameters:
    """Fit the model of scikit-learn's LogisticRegression, with one row of parameters per class even for two classes.

    The coefficients are within 1e-10 of the optimum, relative to their norm if that exceeds 1, up to rounding errors.
    These matter when c is above about 1,000 and many texts contradict each other on few features.

    Parameters
    ----------
    features
        Matrix of shape (n_texts, n_features).
    classes
        Class codes 0 ... n_classes - 1 of shape (n_texts,), each of which occurs.
    weights
        Weight of each text, of shape (n_texts,), greater than 0.
    c
        Inverse strength of the L2 penalty, as in scikit-learn.

    References
    ----------
    Hastie, Tibshirani and Friedman (2009), The elements of statistical learning, second edition, sections 4.4 and 18.3.

    Examples
    --------
    >>> from scipy.sparse import csr_matrix
    >>> features = csr_matrix([[1.0, 0.0], [0.0, 1.0], [0.0, 2.0]])
    >>> fitted = fit_logistic_regression(features, np.array([0, 1, 1]), np.ones(3), c=1.0)
    >>> fitted.coef.round(2)
    array([[ 0.23, -0.32],
           [-0.23,  0.32]])
    """
    return next(fit_regularisation_path(features, classes, weights, [c]))


def fit_regularisation_path(
    features: csr_matrix, classes: NDArray[np.int64], weights: NDArray[np.float64], cs: Iterable[float]
) -> Iterator[LinearParameters]:
    """Fit as `fit_logistic_regression` does for one penalty after another, each fit starting where the last one ended.

    The coefficients that minimise the penalised loss are linear combinations of the texts, `dual_coef @ features`
    (Kimeldorf and Wahba 1971, Some results on Tchebycheffian spline functions, J. Math. Anal. Appl. 33). So Newton's
    method with conjugate gradients (scikit-learn's "newton-cg") runs on `dual_coef` of shape (n_classes, n_texts). It
    takes the same steps as on the coefficients, each at the cost of one product with the Gram matrix of the texts.

    Yields
    ------
    LinearParameters
        One for each of `cs`; rising order is the fastest. The intercepts sum to 0.

    Warns
    -----
    RuntimeWarning
        If a fit does not come within its tolerance.
    """
    problem = FitProblem.of_one_target(features, classes, weights)
    for point in _fit_dual_path(problem, cs, EXACT):
        yield gram_matrix.compute_parameters(problem, point.dual_coef, point.intercept)[0]


def _fit_dual_path(problem: FitProblem, cs: Iterable[float], tolerance: float) -> Iterator[DualPoint]:
    point = _initial_point(problem)
    if problem.n_classes == 1:  # all parameters are 0
        yield from (point for _ in cs)
        return
    gram_operator = gram_matrix.build_gram_operator(problem)
    one_hot = np.equal.outer(np.arange(problem.n_classes), problem.classes).astype(np.float64)

    def coef_norm(dual_coef: NDArray[np.float64]) -> float:
        return gram_matrix.compute_coef_norm(problem, dual_coef)

    for c in cs:
        # For two classes, scikit-learn penalises the difference of our two rows of coefficients.
        loss_factor = c / 2 if problem.n_classes == 2 else c  # noqa: PLR2004
        loss = PenalisedLoss(one_hot, loss_factor * problem.weights, problem.offset)
        point = minimise_loss(gram_operator, loss, point, tolerance, coef_norm)
        yield replace(point, intercept=point.intercept - point.intercept.mean())


def _initial_point(problem: FitProblem) -> DualPoint:
    """Return coefficients of 0 and intercepts that predict each class with about its share of the weights."""
    intercept = np.log(np.bincount(problem.classes, weights=problem.weights)) - problem.offset.mean(axis=1)
    zeros = np.zeros(problem.offset.shape)
    return DualPoint(zeros, zeros, intercept - intercept.mean())
