"""Multinomial logistic regression, fitted to its optimum."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from stance.models.logistic import gram_matrix
from stance.models.logistic.newton import DualPoint, PenalisedLoss, minimise_loss

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

# The distance from the optimum that a fit may stop at, for weights of length 1 or less; in proportion for longer ones.
_TOLERANCE = 1e-10
# The same for fits that settings are only chosen by: a candidate's log loss moves by far less than its standard error.
_SEARCH_TOLERANCE = 1e-3


@dataclass(frozen=True)
class LinearParameters:
    """The fitted parameters: `coef` of shape (n_classes, n_features), `intercept` of shape (n_classes,)."""

    coef: NDArray[np.float64]
    intercept: NDArray[np.float64]


def fit_logistic_regression(
    features: csr_matrix, classes: NDArray[np.int64], weights: NDArray[np.float64], c: float
) -> LinearParameters:
    """Fit what scikit-learn's LogisticRegression fits, one row of parameters a class even where there are one or two.

    The weights are within 1e-10 of the optimum, or within that part of their length, but for rounding: that tells where
    c is above some 1,000 and many texts contradict each other on few features. See `fit_regularisation_path`.

    Parameters
    ----------
    features
        Matrix of shape (n_texts, n_features).
    classes
        Class codes 0 ... n_classes - 1 of shape (n_texts,), each of which occurs.
    weights
        How much each text counts, of shape (n_texts,), greater than 0.
    c
        Inverse strength of the L2 penalty, as in scikit-learn.
    """
    return next(fit_regularisation_path(features, classes, weights, [c]))


def fit_regularisation_path(
    features: csr_matrix, classes: NDArray[np.int64], weights: NDArray[np.float64], cs: Iterable[float]
) -> Iterator[LinearParameters]:
    """Fit as `fit` does for one penalty after another, each fit starting where the last one ended.

    The weights that minimise the penalised loss are combinations of the texts, coef = pull @ features (Kimeldorf and
    Wahba 1971, Some results on Tchebycheffian spline functions, J. Math. Anal. Appl. 33). So Newton's method with
    conjugate gradients, which is scikit-learn's "newton-cg", runs on `pull` of shape (n_classes, n_texts) and takes the
    same steps there as it would on the weights, at one product with the texts' inner products a step.

    Yields
    ------
    Weights
        One for each of `cs`; the order that takes least time is the rising one. The intercepts sum to 0.

    Warns
    -----
    RuntimeWarning
        If a fit does not come within its tolerance.
    """
    n_classes, n_features = int(classes.max()) + 1, features.shape[1]
    if n_classes == 1 or n_features == 0:  # there is nothing to tell apart, or to tell it by
        yield from (
            LinearParameters(np.zeros((n_classes, n_features)), _initial_point(classes, weights).intercept) for _ in cs
        )
        return

    def length(pull: NDArray[np.float64]) -> float:
        return float(np.linalg.norm(features.T @ pull.T))

    for point in _fit_dual_path(gram_matrix.build_gram_operator(features), classes, weights, cs, _TOLERANCE, length):
        yield LinearParameters(np.ascontiguousarray((features.T @ point.dual_coef.T).T), point.intercept)


def fit_path_from_gram(
    inner_products: NDArray[np.float32], classes: NDArray[np.int64], weights: NDArray[np.float64], cs: Iterable[float]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Fit a regularisation path from inner products of texts alone, precisely enough to choose settings.

    Parameters
    ----------
    inner_products
        The inner products of the texts' features, of shape (n_texts, n_texts).
    classes, weights, cs
        As for `fit_regularisation_path`.

    Yields
    ------
    tuple of (Array of shape (n_classes, n_texts), Array of shape (n_classes,))
        For each of `cs` how much each text pulls, and the intercepts. The scores of other texts are pull @ the inner
        products of these texts with them, and the intercepts.
    """
    if int(classes.max()) == 0:
        start = _initial_point(classes, weights)
        yield from ((start.dual_coef, start.intercept) for _ in cs)
        return

    def product(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        return (rows.astype(np.float32) @ inner_products).astype(np.float64)

    for point in _fit_dual_path(product, classes, weights, cs, _SEARCH_TOLERANCE):
        yield point.dual_coef, point.intercept


def _fit_dual_path(
    gram_operator: gram_matrix.GramOperator,
    classes: NDArray[np.int64],
    weights: NDArray[np.float64],
    cs: Iterable[float],
    tolerance: float,
    weight_norm: Callable[[NDArray[np.float64]], float] | None = None,
) -> Iterator[DualPoint]:
    point = _initial_point(classes, weights)
    n_classes = len(point.intercept)
    targets = np.equal.outer(np.arange(n_classes), classes).astype(np.float64)
    for c in cs:
        # scikit-learn penalises the one row that it keeps for two classes, which is the difference of ours.
        strength = c / 2 if n_classes == 2 else c  # noqa: PLR2004
        point = minimise_loss(gram_operator, PenalisedLoss(targets, strength * weights), point, tolerance, weight_norm)
        yield replace(point, intercept=point.intercept - point.intercept.mean())


def _initial_point(classes: NDArray[np.int64], weights: NDArray[np.float64]) -> DualPoint:
    """Give the point without any weight, which knows only how common the classes are."""
    shares = np.log(np.bincount(classes, weights=weights))
    nothing = np.zeros((len(shares), len(classes)))
    return DualPoint(nothing, nothing, shares - shares.mean())
