"""Newton's method for the loss of multinomial logistic regression, in the space of the texts."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logsumexp

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from stance.models.logistic.gram_matrix import GramOperator

_MAX_ITERATIONS = 100
_MAX_CG_ITERATIONS = 1_000
# A step is taken if the loss falls by this part of what its slope promises, give or take the rounding of a sum.
_SUFFICIENT_DECREASE = 1e-4
_ROUNDING_ERROR = 1e-13


@dataclass(frozen=True)
class DualPoint:
    """Weights in dual form: `dual_coef` and its scores, of shape (n_classes, n_texts), and the intercepts.

    The squared length of the weights is the sum of `pull * scores`.
    """

    dual_coef: NDArray[np.float64]
    scores: NDArray[np.float64]
    intercept: NDArray[np.float64]

    def step_along(self, direction: DualPoint, step_size: float) -> DualPoint:
        """Go a step in a direction."""
        return DualPoint(
            self.dual_coef + step_size * direction.dual_coef,
            self.scores + step_size * direction.scores,
            self.intercept + step_size * direction.intercept,
        )


@dataclass(frozen=True)
class PenalisedLoss:
    """The loss: `one_hot` of shape (n_classes, n_texts), one 1 a text, and each text's weight against the penalty."""

    one_hot: NDArray[np.float64]
    weights: NDArray[np.float64]

    def value(self, point: DualPoint) -> float:
        """Give the loss with its penalty."""
        scores = point.scores + point.intercept[:, None]
        # Taken from the right class's score before and not after the logarithm, a small loss keeps its digits.
        loss = self.weights @ logsumexp(scores - (scores * self.one_hot).sum(axis=0), axis=0)
        return float(loss + np.vdot(point.dual_coef, point.scores) / 2)

    def score_gradient(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the slope of the loss by the scores: the probabilities less the targets, weighted."""
        # Summed for the right class: 1 - p would lose the digits of what is left to 1.
        wrong = probabilities * (1 - self.one_hot)
        slope: NDArray[np.float64] = self.weights * (wrong - self.one_hot * wrong.sum(axis=0))
        return slope

    def probabilities(self, point: DualPoint) -> NDArray[np.float64]:
        """Give the probability of each class for each text."""
        scores = point.scores + point.intercept[:, None]
        raised = np.exp(scores - scores.max(axis=0))
        shares: NDArray[np.float64] = raised / raised.sum(axis=0)
        return shares


class _Hessian:
    """The second derivatives of the loss by the scores, at given probabilities of shape (n_classes, n_texts)."""

    def __init__(self, probabilities: NDArray[np.float64], weights: NDArray[np.float64]) -> None:
        self._probabilities = probabilities
        self._weighted = weights * probabilities
        shared = self._weighted @ probabilities.T
        np.fill_diagonal(shared, 0.0)
        of_intercepts = np.diag(shared.sum(axis=1)) - shared
        # All intercepts may rise together without a change: this keeps them where they are.
        of_intercepts += np.trace(of_intercepts) / of_intercepts.size
        self._inverse = np.linalg.inv(of_intercepts)

    def multiply(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Multiply the second derivatives by a change of the scores."""
        weighted = self._weighted * scores
        product: NDArray[np.float64] = weighted - self._probabilities * weighted.sum(axis=0)
        return product

    def optimal_intercept_change(self, gradient: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the change of the intercepts that best follows a slope of shape (n_classes,)."""
        change: NDArray[np.float64] = -self._inverse @ gradient
        return change

    def multiply_eliminating_intercepts(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Multiply by a change of the scores, the intercepts following as is best."""
        product = self.multiply(scores)
        return product + self.multiply_intercepts(self.optimal_intercept_change(product.sum(axis=1)))

    def multiply_intercepts(self, change: NDArray[np.float64]) -> NDArray[np.float64]:
        """Multiply by a change of the intercepts."""
        product: NDArray[np.float64] = self._weighted * (change[:, None] - change @ self._probabilities)
        return product


def minimise_loss(
    gram_operator: GramOperator,
    loss: PenalisedLoss,
    point: DualPoint,
    tolerance: float,
    weight_norm: Callable[[NDArray[np.float64]], float] | None,
) -> DualPoint:
    """Minimise the penalised loss by Newton's method; `weight_norm` gives that of the weights that a pull stands for.

    The penalty's second derivative by the weights is 1, so no point is farther from the optimum than the gradient is
    long (the intercepts being the best ones for the weights): the length of the gradient is what the stopping rule
    looks at.

    Nearly all of the time goes into products with the inner products. The first fit of a path of 1, 10, 100, 1,000 on
    960 texts and each that starts from the last take 27, 42, 54, 61 of them, from nothing 27, 45, 69, 97. What did not
    pay: to start the fit of the project's examples and labels from the weights of the examples alone, 79 for 89; to
    solve Newton's equation closer from the beginning, to 0.25 instead of 0.5, 123 for 89; to start a path's fit from
    the best multiple of the last weights, 180 for 177; to solve for the scores instead, each text's own block as the
    preconditioner: as many at c = 1, a third fewer at c = 1,000, but a direction that need not lead downhill.
    """
    value, first, steepness = loss.value(point), 0.0, 0.0
    for _ in range(_MAX_ITERATIONS):
        probabilities = loss.probabilities(point)
        curvature = _Hessian(probabilities, loss.weights)
        errors = loss.score_gradient(probabilities)
        intercept = curvature.optimal_intercept_change(errors.sum(axis=1))
        downhill = -(point.dual_coef + errors + curvature.multiply_intercepts(intercept))
        of_downhill = gram_operator(downhill)
        steepness = _dual_norm(downhill, of_downhill)
        enough = tolerance * (1 + _dual_norm(point.dual_coef, point.scores))
        if steepness <= enough and np.abs(intercept).max() <= enough:
            if weight_norm is None:
                return point
            # Half the digits of a length are lost where texts are combinations of others. So the n-grams have the last
            # word; and what is left of the pull then, which changes next to nothing but these digits, is taken back.
            steepness = weight_norm(downhill)
            if steepness <= enough:
                return replace(point, intercept=point.intercept + intercept)
            point = point.step_along(DualPoint(downhill, of_downhill, intercept), 1.0)
            value = loss.value(point)
            continue
        first = first or steepness
        # Far from the optimum a rough direction is enough. Square root of what is left of the way: superlinear in the
        # end (Dembo, Eisenstat and Steihaug 1982, Inexact Newton methods, SIAM J. Numer. Anal. 19).
        left = float(np.sqrt(steepness / first)) if first else 0.0
        residual = max(steepness * min(0.5, left), enough / 4)
        pull, scores = _solve_by_conjugate_gradients(gram_operator, curvature, downhill, of_downhill, residual)
        intercept = intercept + curvature.optimal_intercept_change(curvature.multiply(scores).sum(axis=1))
        direction = DualPoint(pull, scores, intercept)
        slope = np.vdot(point.dual_coef + errors, scores) + errors.sum(axis=1) @ intercept
        step, start = 1.0, value
        while (
            value := loss.value(point.step_along(direction, step))
        ) > start + _SUFFICIENT_DECREASE * step * slope + _ROUNDING_ERROR * start:
            step /= 2
        point = point.step_along(direction, step)
    warnings.warn(
        f"the fit stopped after {_MAX_ITERATIONS} iterations, {steepness:.0e} from the optimum at most",
        RuntimeWarning,
        stacklevel=3,
    )
    return point


def _dual_norm(dual_coef: NDArray[np.float64], scores: NDArray[np.float64]) -> float:
    """Give the length of the weights that a pull stands for, from the scores that it gives."""
    return float(np.sqrt(max(float(np.vdot(dual_coef, scores)), 0.0)))


def _solve_by_conjugate_gradients(
    gram_operator: GramOperator,
    hessian: _Hessian,
    residual: NDArray[np.float64],
    residual_scores: NDArray[np.float64],
    tolerance: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Solve Newton's equation for the pull and the scores it gives, until the residual is short enough."""
    pull, scores = np.zeros(residual.shape), np.zeros(residual.shape)
    ahead, of_ahead = residual, residual_scores
    squared = np.vdot(residual, residual_scores)
    for _ in range(_MAX_CG_ITERATIONS):
        if squared <= tolerance**2:
            break
        curved = ahead + hessian.multiply_eliminating_intercepts(of_ahead)
        step = squared / np.vdot(of_ahead, curved)
        pull += step * ahead
        scores += step * of_ahead
        residual = residual - step * curved
        residual_scores = gram_operator(residual)
        before, squared = squared, np.vdot(residual, residual_scores)
        ahead = residual + squared / before * ahead
        of_ahead = residual_scores + squared / before * of_ahead
    return pull, scores
