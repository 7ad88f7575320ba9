"""The Gram matrix (inner products of all pairs of texts), as a matrix or as an operator.

It is all that a fit needs of the features. Timings behind the constants:
docs/explanation/decisions/logistic-regression.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

from stance.models.classifiers.interface import NO_TARGET, LinearParameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from stance.models.classifiers.interface import FitProblem

    GramOperator = Callable[[NDArray[np.float64]], NDArray[np.float64]]

# Up to this many texts, computing the Gram matrix is faster than multiplying by the features and their transpose.
_MAX_TEXTS_FOR_GRAM_MATRIX = 1_500
# Columns that occur in more texts than this are multiplied as a dense matrix when the Gram matrix is computed.
_MIN_DF_OF_DENSE_COLUMNS = 100


def build_gram_operator(problem: FitProblem) -> GramOperator:
    """Return the function V -> V K, for the Gram matrix K of the texts and V of shape (m, n_texts).

    K has the inner products of the texts' features, times `shared` where the targets differ. Where the targets are the
    same, 1 is added: each target has an intercept of its own, with the same penalty as a coefficient.
    """
    n_texts = problem.features.shape[0]
    if n_texts <= _MAX_TEXTS_FOR_GRAM_MATRIX:
        gram_matrix = _compute_gram_matrix(problem)
        return lambda vectors: vectors @ gram_matrix
    features, squares_of_rare = _split_off_rare_columns(problem.features)
    if problem.n_targets == 1:
        by_column = features.tocsc()
        return lambda vectors: (
            np.ascontiguousarray((by_column @ (features.T @ vectors.T)).T) + vectors * squares_of_rare
        )
    rows_of_targets = [np.flatnonzero(problem.target_codes == target) for target in range(problem.n_targets)]
    by_row = [features[rows] for rows in rows_of_targets]
    by_column_of_targets = [part.tocsc() for part in by_row]

    def multiply(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        product = vectors * squares_of_rare
        sums = [part.T @ vectors[:, rows].T for part, rows in zip(by_row, rows_of_targets, strict=True)]
        shared_sum = problem.shared * np.sum(sums, axis=0)
        for rows, part, own_sum in zip(rows_of_targets, by_column_of_targets, sums, strict=True):
            product[:, rows] += (part @ (shared_sum + (1 - problem.shared) * own_sum)).T
            product[:, rows] += vectors[:, rows].sum(axis=1, keepdims=True)
        return product

    return multiply


def compute_parameters(
    problem: FitProblem, dual_coef: NDArray[np.float64], intercept: NDArray[np.float64]
) -> tuple[LinearParameters, ...]:
    """Return the parameters for each target.

    Parameters
    ----------
    problem
        The problem that was solved.
    dual_coef, intercept
        The solution: the contribution of each text to the coefficients, of shape (n_classes, n_texts), and the
        intercepts that all targets share, of shape (n_classes,).
    """
    if problem.n_targets == 1:
        return (LinearParameters(np.ascontiguousarray((problem.features.T @ dual_coef.T).T), intercept),)
    sums, intercepts = [], []
    for target in range(problem.n_targets):
        rows = np.flatnonzero(problem.target_codes == target)
        sums.append((problem.features[rows].T @ dual_coef[:, rows].T).T)
        intercepts.append(intercept + dual_coef[:, rows].sum(axis=1))
    shared_sum = problem.shared * np.sum(sums, axis=0)
    return tuple(
        LinearParameters(np.ascontiguousarray(shared_sum + (1 - problem.shared) * own_sum), own_intercept)
        for own_sum, own_intercept in zip(sums, intercepts, strict=True)
    )


def compute_coef_norm(problem: FitProblem, dual_coef: NDArray[np.float64]) -> float:
    """Return the norm of the penalised parameters, computed from the features."""
    if problem.n_targets == 1:
        return float(np.linalg.norm(problem.features.T @ dual_coef.T))
    squared_norm, total = 0.0, np.zeros((problem.features.shape[1], len(dual_coef)))
    for target in range(problem.n_targets):
        rows = np.flatnonzero(problem.target_codes == target)
        own_sum = problem.features[rows].T @ dual_coef[:, rows].T
        total += own_sum
        intercepts = dual_coef[:, rows].sum(axis=1)
        squared_norm += (1 - problem.shared) * np.vdot(own_sum, own_sum) + intercepts @ intercepts
    return float(np.sqrt(squared_norm + problem.shared * np.vdot(total, total)))


def _split_off_rare_columns(features: csr_matrix) -> tuple[csr_matrix, NDArray[np.float64]]:
    """Return the columns of at least two texts, common ones first, and each text's squared norm in the other columns.

    Most columns are of a single text, which changes only the diagonal of the Gram matrix. Common columns come first, so
    that they are close together in memory.
    """
    df = np.bincount(features.indices, minlength=features.shape[1])
    kept = np.flatnonzero(df > 1)
    kept = kept[np.argsort(-df[kept], kind="stable")]
    new_column_of = np.full(features.shape[1], -1, np.int32)
    new_column_of[kept] = np.arange(len(kept))
    new_columns = new_column_of[features.indices]
    is_kept = new_columns >= 0
    indptr = np.concatenate([[0], np.cumsum(is_kept)])[features.indptr]
    row_of_entry = np.repeat(np.arange(features.shape[0]), np.diff(features.indptr))
    squares = np.where(is_kept, 0.0, features.data**2)
    squares_of_rare = np.bincount(row_of_entry, squares, minlength=features.shape[0]).astype(np.float64)
    reduced = csr_matrix((features.data[is_kept], new_columns[is_kept], indptr), (features.shape[0], len(kept)))
    return reduced, squares_of_rare


def _compute_gram_matrix(problem: FitProblem) -> NDArray[np.float64]:
    """Return the Gram matrix, of shape (n_texts, n_texts)."""
    features = problem.features
    is_common = np.bincount(features.indices, minlength=features.shape[1]) > _MIN_DF_OF_DENSE_COLUMNS
    dense, sparse = features[:, is_common].toarray(), features[:, ~is_common]
    products: NDArray[np.float64] = dense @ dense.T + (sparse @ sparse.T).toarray()
    if problem.n_targets > 1:
        codes = problem.target_codes
        is_same = np.equal.outer(codes, codes) & (codes != NO_TARGET)
        products *= np.where(is_same, 1.0, problem.shared)
        products += is_same
    return products
