"""Newton's method for the loss of multinomial logistic regression, on dual coefficients.

The variants that were tried, with their costs: docs/explanation/decisions/logistic-regression.md.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logsumexp

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from stance.models.classifiers.gram_matrix import GramOperator

_MAX_ITERATIONS = 100
_MAX_CG_ITERATIONS = 1_000
# Armijo condition: a step is accepted if the loss falls by this fraction of what its slope predicts, up to rounding.
_SUFFICIENT_DECREASE = 1e-4
_ROUNDING_ERROR = 1e-13


@dataclass(frozen=True)
class DualPoint:
    """Parameters in dual form: `dual_coef`, `scores` = dual_coef @ Gram matrix, and `intercept`.

    The first two have shape (n_classes, n_texts), the intercepts (n_classes,). The squared norm of the coefficients is
    the sum of `dual_coef * scores`.
    """

    dual_coef: NDArray[np.float64]
    scores: NDArray[np.float64]
    intercept: NDArray[np.float64]

    def step_along(self, direction: DualPoint, step_size: float) -> DualPoint:
        """Return the point at `step_size` times a direction from this one."""
        return DualPoint(
            self.dual_coef + step_size * direction.dual_coef,
            self.scores + step_size * direction.scores,
            self.intercept + step_size * direction.intercept,
        )


@dataclass(frozen=True)
class PenalisedLoss:
    """The weighted log loss plus half the squared norm of the coefficients.

    `one_hot` has shape (n_classes, n_texts), with a 1 at the class of each text. `weights`, of shape (n_texts,), are
    the weights of the texts times the inverse strength of the penalty. `offset`, of shape (n_classes, n_texts), is
    added to the margins.
    """

    one_hot: NDArray[np.float64]
    weights: NDArray[np.float64]
    offset: NDArray[np.float64]

    def value(self, point: DualPoint) -> float:
        """Return the loss including its penalty."""
        margins = point.scores + self.offset + point.intercept[:, None]
        # Subtracting the true class's margin before the logarithm keeps the digits of a small loss.
        loss = self.weights @ logsumexp(margins - (margins * self.one_hot).sum(axis=0), axis=0)
        return float(loss + np.vdot(point.dual_coef, point.scores) / 2)

    def score_gradient(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the gradient of the loss by the scores: weighted probabilities minus one-hot classes."""
        # For the true class the other probabilities are summed: 1 - p would lose the digits of a small difference.
        other_classes = probabilities * (1 - self.one_hot)
        gradient: NDArray[np.float64] = self.weights * (other_classes - self.one_hot * other_classes.sum(axis=0))
        return gradient

    def probabilities(self, point: DualPoint) -> NDArray[np.float64]:
        """Return the probability of each class for each text."""
        margins = point.scores + self.offset + point.intercept[:, None]
        powers = np.exp(margins - margins.max(axis=0))
        normalised: NDArray[np.float64] = powers / powers.sum(axis=0)
        return normalised


class _Hessian:
    """The second derivatives of the loss by the scores, at given probabilities of shape (n_classes, n_texts)."""

    def __init__(self, probabilities: NDArray[np.float64], weights: NDArray[np.float64]) -> None:
        self._probabilities = probabilities
        self._weighted = weights * probabilities
        class_products = self._weighted @ probabilities.T
        np.fill_diagonal(class_products, 0.0)
        intercept_hessian = np.diag(class_products.sum(axis=1)) - class_products
        # Adding a constant to all intercepts changes nothing; this makes the matrix regular and keeps their sum.
        intercept_hessian += np.trace(intercept_hessian) / intercept_hessian.size
        self._inverse_for_intercepts = np.linalg.inv(intercept_hessian)

    def multiply(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the product with a change of the scores."""
        weighted = self._weighted * scores
        product: NDArray[np.float64] = weighted - self._probabilities * weighted.sum(axis=0)
        return product

    def optimal_intercept_change(self, gradient: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the Newton step of the intercepts for their gradient, of shape (n_classes,)."""
        change: NDArray[np.float64] = -self._inverse_for_intercepts @ gradient
        return change

    def multiply_eliminating_intercepts(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the product with a change of the scores, the intercepts being optimal for it (a Schur complement)."""
        product = self.multiply(scores)
        return product + self.multiply_intercepts(self.optimal_intercept_change(product.sum(axis=1)))

    def multiply_intercepts(self, change: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the product with a change of the intercepts."""
        product: NDArray[np.float64] = self._weighted * (change[:, None] - change @ self._probabilities)
        return product


def minimise_loss(
    gram_operator: GramOperator,
    loss: PenalisedLoss,
    point: DualPoint,
    tolerance: float,
    coef_norm: Callable[[NDArray[np.float64]], float],
) -> DualPoint:
    """Minimise the penalised loss by Newton's method with conjugate gradients.

    The penalty's second derivative by the coefficients is 1, so the distance from the optimum is at most the norm of
    the gradient, given the optimal intercepts. That norm is the stopping criterion. Nearly all of the time is spent on
    products with the Gram matrix.

    Parameters
    ----------
    gram_operator
        Multiplies by the Gram matrix of the texts.
    loss
        What to minimise.
    point
        Where to start.
    tolerance
        Largest norm of the gradient at which to stop, relative to 1 + the norm of the coefficients.
    coef_norm
        Maps dual coefficients to the norm of the coefficients, computed from the features; see the comment below.

    Warns
    -----
    RuntimeWarning
        If the gradient is not small enough after 100 iterations.
    """
    value, initial_norm, gradient_norm = loss.value(point), 0.0, 0.0
    for _ in range(_MAX_ITERATIONS):
        probabilities = loss.probabilities(point)
        hessian = _Hessian(probabilities, loss.weights)
        score_gradient = loss.score_gradient(probabilities)
        intercept_step = hessian.optimal_intercept_change(score_gradient.sum(axis=1))
        descent = -(point.dual_coef + score_gradient + hessian.multiply_intercepts(intercept_step))
        descent_scores = gram_operator(descent)
        gradient_norm = _dual_norm(descent, descent_scores)
        threshold = tolerance * (1 + _dual_norm(point.dual_coef, point.scores))
        if gradient_norm <= threshold and np.abs(intercept_step).max() <= threshold:
            # If the Gram matrix is singular, the dual norm loses half of its digits. So convergence is checked once
            # more on the norm computed from the features. If it fails, a plain gradient step restores these digits.
            gradient_norm = coef_norm(descent)
            if gradient_norm <= threshold:
                return replace(point, intercept=point.intercept + intercept_step)
            point = point.step_along(DualPoint(descent, descent_scores, intercept_step), 1.0)
            value = loss.value(point)
            continue
        initial_norm = initial_norm or gradient_norm
        # Far from the optimum an inexact direction suffices. With the square root of the relative gradient norm as the
        # tolerance, convergence is superlinear (Dembo, Eisenstat and Steihaug 1982, Inexact Newton methods, SIAM J.
        # Numer. Anal. 19).
        forcing_term = float(np.sqrt(gradient_norm / initial_norm)) if initial_norm else 0.0
        cg_tolerance = max(gradient_norm * min(0.5, forcing_term), threshold / 4)
        dual_coef, scores = _solve_by_conjugate_gradients(gram_operator, hessian, descent, descent_scores, cg_tolerance)
        intercept_step = intercept_step + hessian.optimal_intercept_change(hessian.multiply(scores).sum(axis=1))
        direction = DualPoint(dual_coef, scores, intercept_step)
        slope = np.vdot(point.dual_coef + score_gradient, scores) + score_gradient.sum(axis=1) @ intercept_step
        step_size, previous_value = 1.0, value
        while (
            value := loss.value(point.step_along(direction, step_size))
        ) > previous_value + _SUFFICIENT_DECREASE * step_size * slope + _ROUNDING_ERROR * previous_value:
            step_size /= 2
        point = point.step_along(direction, step_size)
    warnings.warn(
        f"logistic regression did not converge in {_MAX_ITERATIONS} iterations: at most {gradient_norm:.0e} from the "
        "optimum",
        RuntimeWarning,
        stacklevel=3,
    )
    return point


def _dual_norm(dual_coef: NDArray[np.float64], scores: NDArray[np.float64]) -> float:
    """Return the norm of the coefficients, from the dual coefficients and their scores."""
    return float(np.sqrt(max(float(np.vdot(dual_coef, scores)), 0.0)))


def _solve_by_conjugate_gradients(
    gram_operator: GramOperator,
    hessian: _Hessian,
    residual: NDArray[np.float64],
    residual_scores: NDArray[np.float64],
    tolerance: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Solve Newton's equation for the dual coefficients and their scores, until the residual's norm is small enough."""
    dual_coef, scores = np.zeros(residual.shape), np.zeros(residual.shape)
    direction, direction_scores = residual, residual_scores
    squared_norm = np.vdot(residual, residual_scores)
    for _ in range(_MAX_CG_ITERATIONS):
        if squared_norm <= tolerance**2:
            break
        product = direction + hessian.multiply_eliminating_intercepts(direction_scores)
        step_size = squared_norm / np.vdot(direction_scores, product)
        dual_coef += step_size * direction
        scores += step_size * direction_scores
        residual = residual - step_size * product
        residual_scores = gram_operator(residual)
        previous_norm, squared_norm = squared_norm, np.vdot(residual, residual_scores)
        direction = residual + squared_norm / previous_norm * direction
        direction_scores = residual_scores + squared_norm / previous_norm * direction_scores
    return dual_coef, scores
