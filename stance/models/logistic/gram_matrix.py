"""The inner products of the texts with each other, as an operator: all that a fit has to know of the features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    GramOperator = Callable[[NDArray[np.float64]], NDArray[np.float64]]

# Up to here the inner products are written out, which makes four fits of 300, 600, 960, 1,200 and 1,440 texts 2.8, 2.3,
# 1.7, 1.5 and 1.2 times faster than going through the n-grams; at 1,920 texts it is slower.
_MAX_TEXTS_FOR_GRAM_MATRIX = 1_500
# Columns of more texts than this are multiplied as a dense matrix when the inner products are written out: 960 texts
# take 65, 62, 75 ms for 50, 100, 200.
_MIN_DF_OF_DENSE_COLUMNS = 100
# The same in single precision, as a part of the texts: 4,300 texts take 2.9, 1.5, 1.2 s for 1/140, 1/36, 1/17.
_DENSE_COLUMN_DIVISOR = 20
# Columns are merged where their directions differ by less than this in every entry: rounding, and nothing else.
_DIRECTION_TOLERANCE = 1e-12


def build_gram_operator(features: csr_matrix) -> GramOperator:
    """Give the function V -> V X X', for the features X of shape (n_texts, n_features) and V of shape (m, n_texts).

    Through the n-grams it takes 20 ms at 8,000 texts of 29 words and m = 6. X is held by row for the first factor and
    by column for the second, so that no addition waits for the one before: held by row only it is 26 ms, and 65 ms if
    columns are not merged either. What did not pay: single precision, 18 ms; the common columns as a dense matrix,
    33 ms; the inner products written out in single precision, 39 ms and seconds to write them.
    """
    if features.shape[0] <= _MAX_TEXTS_FOR_GRAM_MATRIX:
        written_out = _compute_gram_matrix(features)
        return lambda rows: rows @ written_out
    by_row = merge_proportional_columns(features)
    by_column = by_row.tocsc()
    return lambda rows: np.ascontiguousarray((by_column @ (by_row.T @ rows.T)).T)


def merge_proportional_columns(features: csr_matrix) -> csr_matrix:
    """Replace columns that are multiples of each other by one, so that all inner products of rows stay.

    N-grams that occur in the same texts equally often are such columns, most of them in one text only: 460,000 columns
    of 8,000 texts become 110,000. The commonest come first, so that they lie together in memory.
    """
    columns = csc_matrix(features)
    columns.sort_indices()
    count = np.diff(columns.indptr)
    column = np.repeat(np.arange(len(count)), count)
    length = np.sqrt(np.bincount(column, columns.data**2, minlength=len(count)))
    direction = columns.data / np.where(length > 0, length, 1)[column]
    group, first = _group_proportional_columns(columns, column, direction)
    scale = np.sqrt(np.bincount(group, length**2))
    order = np.argsort(-count[first], kind="stable")
    order = order[scale[order] > 0]
    columns.data = direction
    merged = columns[:, first[order]]
    merged.data *= np.repeat(scale[order], np.diff(merged.indptr))
    return csr_matrix(merged)


def _group_proportional_columns(
    columns: csc_matrix, column: NDArray[np.int64], direction: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Group columns of one direction; give each column's group and each group's first column.

    Columns are looked up by their product with one random vector, then compared entry by entry with the first.
    """
    count = np.diff(columns.indptr)
    probe = _random_probe(columns.shape[0])
    found = np.round(np.bincount(column, direction * probe[columns.indices], minlength=len(count)) * 2.0**36)
    _, first, group = np.unique(found, return_index=True, return_inverse=True)
    likeness = first[group]
    unlike = count != count[likeness]
    offset = np.arange(len(column)) - columns.indptr[column]
    entry = np.flatnonzero(~unlike[column])
    twin = columns.indptr[likeness[column[entry]]] + offset[entry]
    differs = columns.indices[entry] != columns.indices[twin]
    differs |= np.abs(direction[entry] - direction[twin]) > _DIRECTION_TOLERANCE
    unlike[column[entry[differs]]] = True
    alone = np.flatnonzero(unlike)
    group[alone] = len(first) + np.arange(len(alone))
    return group, np.concatenate([first, alone])


def _random_probe(n_texts: int) -> NDArray[np.float64]:
    return np.random.default_rng(0).standard_normal(n_texts)


def compute_gram_matrix_float32(features: csr_matrix) -> NDArray[np.float32]:
    """Write out X X' in single precision, of shape (n_texts, n_texts), where settings are only chosen by it.

    4,300 texts take 1.2 s, and 2.9 s in double precision. What occurs in one text only is in its own square alone.
    """
    df = np.bincount(features.indices, minlength=features.shape[1])
    common = df > features.shape[0] / _DENSE_COLUMN_DIVISOR
    dense = features[:, common].toarray().astype(np.float32)
    sparse = features[:, ~common & (df > 1)].astype(np.float32)
    products: NDArray[np.float32] = dense @ dense.T
    products += (sparse @ sparse.T).toarray()
    np.fill_diagonal(products, np.asarray(features.multiply(features).sum(axis=1)).ravel())
    return products


def _compute_gram_matrix(features: csr_matrix) -> NDArray[np.float64]:
    """Write out X X', of shape (n_texts, n_texts)."""
    common = np.bincount(features.indices, minlength=features.shape[1]) > _MIN_DF_OF_DENSE_COLUMNS
    dense, sparse = features[:, common].toarray(), features[:, ~common]
    products: NDArray[np.float64] = dense @ dense.T + (sparse @ sparse.T).toarray()
    return products
