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

    from stance.models.logistic.gram_matrix import Product

_MAX_ITERATIONS = 100
_MAX_INNER_ITERATIONS = 1_000
# A step is taken if the loss falls by this part of what its slope promises, give or take the rounding of a sum.
_SUFFICIENT = 1e-4
_ROUNDING = 1e-13


@dataclass(frozen=True)
class Point:
    """Weights as combinations of the texts: `pull` and the scores it gives, (n_classes, n_texts), and the intercepts.

    The squared length of the weights is the sum of `pull * scores`.
    """

    pull: NDArray[np.float64]
    scores: NDArray[np.float64]
    intercept: NDArray[np.float64]

    def moved(self, by: Point, step: float) -> Point:
        """Go a step in a direction."""
        return Point(self.pull + step * by.pull, self.scores + step * by.scores, self.intercept + step * by.intercept)


@dataclass(frozen=True)
class Loss:
    """The loss: `targets` of shape (n_classes, n_texts), one 1 a text, and each text's weight against the penalty."""

    targets: NDArray[np.float64]
    weight: NDArray[np.float64]

    def value(self, point: Point) -> float:
        """Give the loss with its penalty."""
        scores = point.scores + point.intercept[:, None]
        # Taken from the right class's score before and not after the logarithm, a small loss keeps its digits.
        loss = self.weight @ logsumexp(scores - (scores * self.targets).sum(axis=0), axis=0)
        return float(loss + np.vdot(point.pull, point.scores) / 2)

    def errors(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the slope of the loss by the scores: the probabilities less the targets, weighted."""
        # Summed for the right class: 1 - p would lose the digits of what is left to 1.
        wrong = probabilities * (1 - self.targets)
        slope: NDArray[np.float64] = self.weight * (wrong - self.targets * wrong.sum(axis=0))
        return slope

    def probabilities(self, point: Point) -> NDArray[np.float64]:
        """Give the probability of each class for each text."""
        scores = point.scores + point.intercept[:, None]
        raised = np.exp(scores - scores.max(axis=0))
        shares: NDArray[np.float64] = raised / raised.sum(axis=0)
        return shares


class _Curvature:
    """The second derivatives of the loss by the scores, at given probabilities of shape (n_classes, n_texts)."""

    def __init__(self, probabilities: NDArray[np.float64], weight: NDArray[np.float64]) -> None:
        self._probabilities = probabilities
        self._weighted = weight * probabilities
        shared = self._weighted @ probabilities.T
        np.fill_diagonal(shared, 0.0)
        of_intercepts = np.diag(shared.sum(axis=1)) - shared
        # All intercepts may rise together without a change: this keeps them where they are.
        of_intercepts += np.trace(of_intercepts) / of_intercepts.size
        self._inverse = np.linalg.inv(of_intercepts)

    def times(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Multiply the second derivatives by a change of the scores."""
        weighted = self._weighted * scores
        product: NDArray[np.float64] = weighted - self._probabilities * weighted.sum(axis=0)
        return product

    def best_intercepts(self, slope: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the change of the intercepts that best follows a slope of shape (n_classes,)."""
        change: NDArray[np.float64] = -self._inverse @ slope
        return change

    def times_freed(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Multiply by a change of the scores, the intercepts following as is best."""
        product = self.times(scores)
        return product + self.times_intercepts(self.best_intercepts(product.sum(axis=1)))

    def times_intercepts(self, change: NDArray[np.float64]) -> NDArray[np.float64]:
        """Multiply by a change of the intercepts."""
        product: NDArray[np.float64] = self._weighted * (change[:, None] - change @ self._probabilities)
        return product


def minimise(
    product: Product,
    loss: Loss,
    point: Point,
    tolerance: float,
    length: Callable[[NDArray[np.float64]], float] | None,
) -> Point:
    """Minimise the penalised loss by Newton's method; `length` gives that of the weights that a pull stands for.

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
        curvature = _Curvature(probabilities, loss.weight)
        errors = loss.errors(probabilities)
        intercept = curvature.best_intercepts(errors.sum(axis=1))
        downhill = -(point.pull + errors + curvature.times_intercepts(intercept))
        of_downhill = product(downhill)
        steepness = _length(downhill, of_downhill)
        enough = tolerance * (1 + _length(point.pull, point.scores))
        if steepness <= enough and np.abs(intercept).max() <= enough:
            if length is None:
                return point
            # Half the digits of a length are lost where texts are combinations of others. So the n-grams have the last
            # word; and what is left of the pull then, which changes next to nothing but these digits, is taken back.
            steepness = length(downhill)
            if steepness <= enough:
                return replace(point, intercept=point.intercept + intercept)
            point = point.moved(Point(downhill, of_downhill, intercept), 1.0)
            value = loss.value(point)
            continue
        first = first or steepness
        # Far from the optimum a rough direction is enough. Square root of what is left of the way: superlinear in the
        # end (Dembo, Eisenstat and Steihaug 1982, Inexact Newton methods, SIAM J. Numer. Anal. 19).
        left = float(np.sqrt(steepness / first)) if first else 0.0
        residual = max(steepness * min(0.5, left), enough / 4)
        pull, scores = _conjugate_gradients(product, curvature, downhill, of_downhill, residual)
        intercept = intercept + curvature.best_intercepts(curvature.times(scores).sum(axis=1))
        direction = Point(pull, scores, intercept)
        slope = np.vdot(point.pull + errors, scores) + errors.sum(axis=1) @ intercept
        step, start = 1.0, value
        while (
            value := loss.value(point.moved(direction, step))
        ) > start + _SUFFICIENT * step * slope + _ROUNDING * start:
            step /= 2
        point = point.moved(direction, step)
    warnings.warn(
        f"the fit stopped after {_MAX_ITERATIONS} iterations, {steepness:.0e} from the optimum at most",
        RuntimeWarning,
        stacklevel=3,
    )
    return point


def _length(pull: NDArray[np.float64], scores: NDArray[np.float64]) -> float:
    """Give the length of the weights that a pull stands for, from the scores that it gives."""
    return float(np.sqrt(max(float(np.vdot(pull, scores)), 0.0)))


def _conjugate_gradients(
    product: Product,
    curvature: _Curvature,
    residual: NDArray[np.float64],
    of_residual: NDArray[np.float64],
    enough: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Solve Newton's equation for the pull and the scores it gives, until the residual is short enough."""
    pull, scores = np.zeros(residual.shape), np.zeros(residual.shape)
    ahead, of_ahead = residual, of_residual
    squared = np.vdot(residual, of_residual)
    for _ in range(_MAX_INNER_ITERATIONS):
        if squared <= enough**2:
            break
        curved = ahead + curvature.times_freed(of_ahead)
        step = squared / np.vdot(of_ahead, curved)
        pull += step * ahead
        scores += step * of_ahead
        residual = residual - step * curved
        of_residual = product(residual)
        before, squared = squared, np.vdot(residual, of_residual)
        ahead = residual + squared / before * ahead
        of_ahead = of_residual + squared / before * of_ahead
    return pull, scores
