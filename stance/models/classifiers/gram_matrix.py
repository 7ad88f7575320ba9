"""The Gram matrix (inner products of all pairs of texts), as a matrix or as an operator.

It is all that a fit needs of the features. Timings behind the constants:
docs/explanation/decisions/logistic-regression.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    GramOperator = Callable[[NDArray[np.float64]], NDArray[np.float64]]

# Up to this many texts, computing the Gram matrix is faster than multiplying by the features and their transpose.
_MAX_TEXTS_FOR_GRAM_MATRIX = 1_500
# Columns that occur in more texts than this are multiplied as a dense matrix when the Gram matrix is computed.
_MIN_DF_OF_DENSE_COLUMNS = 100
# The same in single precision: columns that occur in more than one of this many texts.
_DENSE_COLUMN_DIVISOR = 20
# Columns are merged if their directions differ by no more than rounding errors in every entry.
_DIRECTION_TOLERANCE = 1e-12


def build_gram_operator(features: csr_matrix) -> GramOperator:
    """Return the function V -> V X X', for the features X of shape (n_texts, n_features) and V of shape (m, n_texts).

    For many texts X is multiplied twice: stored by row for the first product and by column for the second, which is
    faster than one layout for both.
    """
    if features.shape[0] <= _MAX_TEXTS_FOR_GRAM_MATRIX:
        gram_matrix = _compute_gram_matrix(features)
        return lambda vectors: vectors @ gram_matrix
    by_row = merge_proportional_columns(features)
    by_column = by_row.tocsc()
    return lambda vectors: np.ascontiguousarray((by_column @ (by_row.T @ vectors.T)).T)


def merge_proportional_columns(features: csr_matrix) -> csr_matrix:
    """Replace columns that are multiples of each other by one column, keeping all inner products of rows.

    N-grams that occur equally often in the same texts are such columns, most of them in a single text. The most common
    columns come first, so that they are close together in memory.
    """
    columns = csc_matrix(features)
    columns.sort_indices()
    df = np.diff(columns.indptr)
    column_of_entry = np.repeat(np.arange(len(df)), df)
    norms = np.sqrt(np.bincount(column_of_entry, columns.data**2, minlength=len(df)))
    directions = columns.data / np.where(norms > 0, norms, 1)[column_of_entry]
    groups, representatives = _group_proportional_columns(columns, column_of_entry, directions)
    group_norms = np.sqrt(np.bincount(groups, norms**2))
    order = np.argsort(-df[representatives], kind="stable")
    order = order[group_norms[order] > 0]
    columns.data = directions
    merged = columns[:, representatives[order]]
    merged.data *= np.repeat(group_norms[order], np.diff(merged.indptr))
    return csr_matrix(merged)


def _group_proportional_columns(
    columns: csc_matrix, column_of_entry: NDArray[np.int64], directions: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Group columns of the same direction; return each column's group, and one representative column per group.

    Candidates are found by their inner product with one random vector, then compared entry by entry.
    """
    df = np.diff(columns.indptr)
    probe = _random_probe(columns.shape[0])
    hashes = np.round(np.bincount(column_of_entry, directions * probe[columns.indices], minlength=len(df)) * 2.0**36)
    _, first, groups = np.unique(hashes, return_index=True, return_inverse=True)
    representative = first[groups]
    differs = df != df[representative]
    offset = np.arange(len(column_of_entry)) - columns.indptr[column_of_entry]
    entries = np.flatnonzero(~differs[column_of_entry])
    compared_with = columns.indptr[representative[column_of_entry[entries]]] + offset[entries]
    entry_differs = columns.indices[entries] != columns.indices[compared_with]
    entry_differs |= np.abs(directions[entries] - directions[compared_with]) > _DIRECTION_TOLERANCE
    differs[column_of_entry[entries[entry_differs]]] = True
    ungrouped = np.flatnonzero(differs)
    groups[ungrouped] = len(first) + np.arange(len(ungrouped))
    return groups, np.concatenate([first, ungrouped])


def _random_probe(n_texts: int) -> NDArray[np.float64]:
    return np.random.default_rng(0).standard_normal(n_texts)


def compute_gram_matrix_float32(features: csr_matrix) -> NDArray[np.float32]:
    """Return X X' in single precision, of shape (n_texts, n_texts), which is precise enough to choose settings."""
    df = np.bincount(features.indices, minlength=features.shape[1])
    is_common = df > features.shape[0] / _DENSE_COLUMN_DIVISOR
    dense = features[:, is_common].toarray().astype(np.float32)
    sparse = features[:, ~is_common & (df > 1)].astype(np.float32)  # a column of one text is only on the diagonal
    products: NDArray[np.float32] = dense @ dense.T
    products += (sparse @ sparse.T).toarray()
    np.fill_diagonal(products, np.asarray(features.multiply(features).sum(axis=1)).ravel())
    return products


def _compute_gram_matrix(features: csr_matrix) -> NDArray[np.float64]:
    """Return X X', of shape (n_texts, n_texts)."""
    is_common = np.bincount(features.indices, minlength=features.shape[1]) > _MIN_DF_OF_DENSE_COLUMNS
    dense, sparse = features[:, is_common].toarray(), features[:, ~is_common]
    products: NDArray[np.float64] = dense @ dense.T + (sparse @ sparse.T).toarray()
    return products
