"""Products of sparse matrices with SciPy's compiled kernels, without importing `scipy.sparse`.

Importing `scipy.sparse` takes an eighth of a second, because it imports `numpy.f2py` and `numpy.testing`. Scoring needs
four of its compiled functions only, so their module is loaded directly. That module is private: if it is missing or has
lost one of the four functions, `scipy.sparse` is used instead, with the same results.

A matrix is represented by its arrays `indptr`, `indices` and `data`, as in `scipy.sparse.csr_matrix`; without `data`,
every entry is 1. The indices of a row may be unsorted and may repeat.
"""

from __future__ import annotations

from functools import cache
from importlib import util
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import scipy

if TYPE_CHECKING:
    from numpy.typing import NDArray

_REQUIRED_KERNELS = ("csr_matmat", "csr_matvec", "csr_matvecs", "csr_sample_values")


class CsrParts(NamedTuple):
    """The three arrays of a sparse matrix in CSR format."""

    indptr: NDArray[np.int32]
    indices: NDArray[np.int32]
    data: NDArray[Any]


@cache
def _load_kernels() -> Any:
    """Load the module of SciPy's compiled kernels; return None if it is missing or incomplete."""
    folder = Path(scipy.__file__).parent / "sparse"
    spec = PathFinder.find_spec("_sparsetools", [str(folder)])
    if spec is None or spec.loader is None:
        return None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module if all(hasattr(module, name) for name in _REQUIRED_KERNELS) else None


_CACHED_ONES: dict[type[np.signedinteger[Any]], NDArray[Any]] = {}


def _get_ones(n: int, dtype: type[np.signedinteger[Any]]) -> NDArray[Any]:
    """Return n ones from a cache: allocating millions of them for each block of texts took 4 % of the scoring time."""
    cached = _CACHED_ONES.get(dtype)
    if cached is None or len(cached) < n:
        cached = _CACHED_ONES[dtype] = np.ones(2 * n, dtype)
    return cached[:n]


def multiply_binary(
    left: tuple[NDArray[np.int32], NDArray[np.int32]],
    right: tuple[NDArray[np.int32], NDArray[np.int32]],
    n_columns: int,
    dtype: type[np.signedinteger[Any]],
) -> CsrParts:
    """Multiply two sparse matrices whose entries are all 1; the indices of the result are unsorted within a row.

    SciPy's own product first counts the entries of the result, which doubles the time. Here the result is allocated at
    its largest possible size instead.

    Parameters
    ----------
    left, right
        `indptr` and `indices` of each matrix.
    n_columns
        The number of columns of `right`.
    dtype
        The integer type of the result; it must be able to hold its largest entry.
    """
    kernels, n_rows = _load_kernels(), len(left[0]) - 1
    ones = _get_ones(max(len(left[1]), len(right[1])), dtype)
    if kernels is None:
        from scipy.sparse import csr_matrix

        shape = (n_rows, len(right[0]) - 1)
        product = csr_matrix((ones[: len(left[1])], left[1], left[0]), shape) @ csr_matrix(
            (ones[: len(right[1])], right[1], right[0]), (shape[1], n_columns)
        )
        return CsrParts(product.indptr, product.indices, product.data)
    max_entries = min(int(np.diff(right[0])[left[1]].sum(dtype=np.int64)), n_rows * n_columns)
    if max_entries > np.iinfo(np.int32).max:
        raise MemoryError
    indptr, indices = np.empty(n_rows + 1, np.int32), np.empty(max_entries, np.int32)
    data = np.empty(max_entries, dtype)
    kernels.csr_matmat(n_rows, n_columns, *left, ones, *right, ones, indptr, indices, data)
    return CsrParts(indptr, indices[: indptr[-1]], data[: indptr[-1]])


def multiply_dense(matrix: CsrParts, dense: NDArray[np.float64]) -> NDArray[np.float64]:
    """Multiply a sparse matrix by a dense matrix or vector, summing each row in the stored order of its entries."""
    kernels, n_rows = _load_kernels(), len(matrix.indptr) - 1
    if kernels is None:
        from scipy.sparse import csr_matrix

        product: NDArray[np.float64] = (
            csr_matrix((matrix.data, matrix.indices, matrix.indptr), (n_rows, len(dense))) @ dense
        )
        return product
    total = np.zeros((n_rows, *dense.shape[1:]))
    arrays = (matrix.indptr, matrix.indices, matrix.data, dense.ravel(), total.ravel())
    if dense.ndim == 1:
        kernels.csr_matvec(n_rows, len(dense), *arrays)
    else:
        kernels.csr_matvecs(n_rows, *dense.shape, *arrays)
    return total


def get_entries(
    matrix: CsrParts, n_columns: int, rows: NDArray[np.int32], columns: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return the entries at (rows[i], columns[i]), 0 where none is stored; each row's indices must be sorted."""
    kernels, n_rows = _load_kernels(), len(matrix.indptr) - 1
    if not len(rows):
        return np.zeros(0, np.int32)
    if kernels is None:
        from scipy.sparse import csr_matrix

        sampled = csr_matrix((matrix.data, matrix.indices, matrix.indptr), (n_rows, n_columns))[rows, columns]
        return np.asarray(sampled).ravel().astype(np.int32)
    entries = np.empty(len(rows), np.int32)
    kernels.csr_sample_values(
        n_rows, n_columns, matrix.indptr, matrix.indices, matrix.data, len(rows), rows, columns, entries
    )
    return entries
