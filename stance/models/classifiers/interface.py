"""The interface that a linear classifier implements to be fitted and searched by this package.

A new classifier is one module beside `logistic_regression` with a class that has the two methods of `Classifier`, and
one line in `registry`. A model with `ModelSettings.classifier` set to its name is then fitted, cross-validated,
calibrated and saved like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix


@dataclass(frozen=True)
class LinearParameters:
    """Fitted parameters: `coef` of shape (n_classes, n_features), `intercept` of shape (n_classes,)."""

    coef: NDArray[np.float64]
    intercept: NDArray[np.float64]


class DualParameters(NamedTuple):
    """Fitted parameters in terms of the training texts.

    `dual_coef` has shape (n_classes, n_texts), `intercept` (n_classes,). The coefficients are `dual_coef @ features`,
    so the margins of other texts are `dual_coef @ inner_products + intercept`, with the inner products of the training
    texts (rows) and the other texts (columns).
    """

    dual_coef: NDArray[np.float64]
    intercept: NDArray[np.float64]


class Classifier(Protocol):
    """A linear classifier that minimises `c * (weighted sum of losses) + (sum of squared coefficients) / 2`.

    The softmax of its margins is taken as the probabilities of the classes. Where there are enough labels, these are
    calibrated afterwards, so margins on another scale than log odds do no harm there.
    """

    def fit(
        self, features: csr_matrix, classes: NDArray[np.int64], weights: NDArray[np.float64], c: float
    ) -> LinearParameters:
        """Fit the model that is saved.

        Parameters
        ----------
        features
            Matrix of shape (n_texts, n_features).
        classes
            Class codes 0 ... n_classes - 1, of shape (n_texts,), each of which occurs; n_classes may be 1.
        weights
            Weight of each text, of shape (n_texts,), greater than 0.
        c
            Inverse strength of the L2 penalty.
        """
        ...

    def fit_path_from_gram(
        self,
        inner_products: NDArray[np.float32],
        classes: NDArray[np.int64],
        weights: NDArray[np.float64],
        cs: Iterable[float],
    ) -> Iterator[DualParameters]:
        """Fit one model for each penalty in `cs`, precisely enough to compare settings in cross-validation.

        Parameters
        ----------
        inner_products
            Inner products of the texts' features, of shape (n_texts, n_texts).
        classes, weights
            As for `fit`.
        cs
            Inverse strengths of the L2 penalty, in rising order.
        """
        ...
