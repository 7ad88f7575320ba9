"""Multinomial logistic regression, fitted to its optimum."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from stance.models.classifiers import gram_matrix
from stance.models.classifiers.interface import DualParameters, LinearParameters
from stance.models.classifiers.newton import DualPoint, PenalisedLoss, minimise_loss

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

# Largest distance from the optimum at which a fit may stop, relative to the norm of the coefficients if that exceeds 1.
_TOLERANCE = 1e-10
# The same for the fits of the hyperparameter search: it changes log loss by far less than its standard error.
_SEARCH_TOLERANCE = 1e-3


class LogisticRegression:
    """Multinomial logistic regression as a `stance.models.classifiers.interface.Classifier`."""

    def fit(
        self, features: csr_matrix, classes: NDArray[np.int64], weights: NDArray[np.float64], c: float
    ) -> LinearParameters:
        """Fit to the optimum; see `fit_logistic_regression`."""
        return fit_logistic_regression(features, classes, weights, c)

    def fit_path_from_gram(
        self,
        inner_products: NDArray[np.float32],
        classes: NDArray[np.int64],
        weights: NDArray[np.float64],
        cs: Iterable[float],
    ) -> Iterator[DualParameters]:
        """Fit approximately, from inner products; see the function `fit_path_from_gram`."""
        return fit_path_from_gram(inner_products, classes, weights, cs)


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
    n_classes, n_features = int(classes.max()) + 1, features.shape[1]
    if n_classes == 1 or n_features == 0:  # only the intercepts can be fitted
        intercept = _initial_point(classes, weights).intercept
        yield from (LinearParameters(np.zeros((n_classes, n_features)), intercept) for _ in cs)
        return

    def coef_norm(dual_coef: NDArray[np.float64]) -> float:
        return float(np.linalg.norm(features.T @ dual_coef.T))

    gram_operator = gram_matrix.build_gram_operator(features)
    for point in _fit_dual_path(gram_operator, classes, weights, cs, _TOLERANCE, coef_norm):
        yield LinearParameters(np.ascontiguousarray((features.T @ point.dual_coef.T).T), point.intercept)


def fit_path_from_gram(
    inner_products: NDArray[np.float32], classes: NDArray[np.int64], weights: NDArray[np.float64], cs: Iterable[float]
) -> Iterator[DualParameters]:
    """Fit a regularisation path from inner products of texts alone, precisely enough to choose settings.

    Parameters
    ----------
    inner_products
        The inner products of the texts' features, of shape (n_texts, n_texts).
    classes, weights, cs
        As for `fit_regularisation_path`.

    Yields
    ------
    DualParameters
        One for each of `cs`.
    """
    if int(classes.max()) == 0:
        start = _initial_point(classes, weights)
        yield from (DualParameters(start.dual_coef, start.intercept) for _ in cs)
        return

    def gram_operator(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        return (vectors.astype(np.float32) @ inner_products).astype(np.float64)

    for point in _fit_dual_path(gram_operator, classes, weights, cs, _SEARCH_TOLERANCE):
        yield DualParameters(point.dual_coef, point.intercept)


def _fit_dual_path(
    gram_operator: gram_matrix.GramOperator,
    classes: NDArray[np.int64],
    weights: NDArray[np.float64],
    cs: Iterable[float],
    tolerance: float,
    coef_norm: Callable[[NDArray[np.float64]], float] | None = None,
) -> Iterator[DualPoint]:
    point = _initial_point(classes, weights)
    n_classes = len(point.intercept)
    one_hot = np.equal.outer(np.arange(n_classes), classes).astype(np.float64)
    for c in cs:
        # For two classes, scikit-learn penalises the difference of our two rows of coefficients.
        loss_factor = c / 2 if n_classes == 2 else c  # noqa: PLR2004
        point = minimise_loss(gram_operator, PenalisedLoss(one_hot, loss_factor * weights), point, tolerance, coef_norm)
        yield replace(point, intercept=point.intercept - point.intercept.mean())


def _initial_point(classes: NDArray[np.int64], weights: NDArray[np.float64]) -> DualPoint:
    """Return coefficients of 0 and the intercepts that predict each class with its share of the weights."""
    log_weights = np.log(np.bincount(classes, weights=weights))
    zeros = np.zeros((len(log_weights), len(classes)))
    return DualPoint(zeros, zeros, log_weights - log_weights.mean())
