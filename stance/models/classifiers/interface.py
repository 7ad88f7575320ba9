"""The interface of a linear classifier: the problem that it is fitted to, and the parameters that come out.

A new classifier is one module beside `logistic_regression` with a class that has the method of `Classifier`, and one
line in `registry`. With its name in `ModelSettings.classifier`, a model is fitted, calibrated and saved like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

EXACT = 1e-10
"""The tolerance of models that are written: the result does not depend on where the fit starts."""

PRECISE = 1e-6
"""The tolerance of models that are only evaluated: no figure changes in the decimals that are shown."""

NO_TARGET = -1
"""The target code of a training text that says something about the intercepts of all targets alike."""


@dataclass(frozen=True)
class LinearParameters:
    """Fitted parameters: `coef` of shape (n_classes, n_features), `intercept` of shape (n_classes,)."""

    coef: NDArray[np.float64]
    intercept: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FitProblem:
    """What a classifier is fitted to: weighted texts with their classes and targets.

    With several targets, the coefficients of a target are a part that all targets share plus a part of its own. The
    squared norm of the shared part is divided by `shared` in the penalty, that of each own part by `1 - shared`. So
    `shared` is the inner product of the same text toward two targets, relative to that toward one target.

    Attributes
    ----------
    features
        Matrix of shape (n_texts, n_features).
    classes
        Class codes 0 ... n_classes - 1, of shape (n_texts,), each of which occurs; n_classes may be 1.
    weights
        Weight of each text, of shape (n_texts,), greater than 0.
    target_codes
        The target of each text, of shape (n_texts,), or `NO_TARGET`.
    n_targets
        The number of targets.
    shared
        From 0, one separate classifier per target, to 1, one classifier for all targets. Without effect on one target.
    offset
        Margins that are added to those of the fitted parameters, of shape (n_classes, n_texts).

    References
    ----------
    Evgeniou and Pontil (2004), Regularized multi-task learning, KDD.
    """

    features: csr_matrix
    classes: NDArray[np.int64]
    weights: NDArray[np.float64]
    target_codes: NDArray[np.int64]
    n_targets: int
    shared: float
    offset: NDArray[np.float64]

    @classmethod
    def of_one_target(
        cls, features: csr_matrix, classes: NDArray[np.int64], weights: NDArray[np.float64]
    ) -> FitProblem:
        """Return the problem with a single target and no offset."""
        offset = np.zeros((int(classes.max()) + 1, len(classes)))
        return cls(features, classes, weights, np.zeros(len(classes), np.int64), 1, 1.0, offset)

    @property
    def n_classes(self) -> int:
        """The number of classes."""
        return len(self.offset)


class Classifier(Protocol):
    """A linear classifier that minimises `c * (weighted sum of losses) + (sum of squared coefficients) / 2`.

    The softmax of its margins is taken as the probabilities of the classes. Where there are enough labels, these are
    calibrated afterwards, so margins on another scale than log odds do no harm there.
    """

    def fit(self, problem: FitProblem, c: float, tolerance: float) -> tuple[LinearParameters, ...]:
        """Return the parameters for each target.

        Parameters
        ----------
        problem
            What to fit to.
        c
            Inverse strength of the L2 penalty.
        tolerance
            How far from the optimum the coefficients may be, relative to their norm if that exceeds 1.
        """
        ...
