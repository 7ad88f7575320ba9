"""Sparse products of counts, by SciPy's compiled kernels.

Scoring needs four of them and nothing else of `scipy.sparse`, whose import takes an eighth of a second (it brings
`numpy.f2py` and `numpy.testing`). So the compiled module is loaded by itself. It is private: where it is not to be
found, or has lost one of the four, `scipy.sparse` itself does the work, to the same numbers.

Matrices are given by their parts as in `scipy.sparse.csr_matrix`: `indptr`, `indices` and `data`, where `data` is left
out if every entry is 1. The indices of a row may come in any order and more than once.
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
    """A sparse matrix by rows."""

    indptr: NDArray[np.int32]
    indices: NDArray[np.int32]
    data: NDArray[Any]


@cache
def _load_kernels() -> Any:
    """Load SciPy's compiled kernels, or give None where they are not as expected."""
    folder = Path(scipy.__file__).parent / "sparse"
    spec = PathFinder.find_spec("_sparsetools", [str(folder)])
    if spec is None or spec.loader is None:
        return None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module if all(hasattr(module, name) for name in _REQUIRED_KERNELS) else None


_CACHED_ONES: dict[type[np.signedinteger[Any]], NDArray[Any]] = {}


def _get_ones(n: int, dtype: type[np.signedinteger[Any]]) -> NDArray[Any]:
    """Give n ones; they are kept, as making millions of them for each block of texts took 4 % of the time to score."""
    kept = _CACHED_ONES.get(dtype)
    if kept is None or len(kept) < n:
        kept = _CACHED_ONES[dtype] = np.ones(2 * n, dtype)
    return kept[:n]


def multiply_binary(
    left: tuple[NDArray[np.int32], NDArray[np.int32]],
    right: tuple[NDArray[np.int32], NDArray[np.int32]],
    n_columns: int,
    dtype: type[np.signedinteger[Any]],
) -> CsrParts:
    """Multiply two matrices of ones, given as (indptr, indices); the indices of each row come out in no set order.

    `dtype` must hold the greatest sum. SciPy's own product first counts the entries of the result, which takes as long
    again; here as much room is made as there can be at most.
    """
    compiled, n_rows = _load_kernels(), len(left[0]) - 1
    ones = _get_ones(max(len(left[1]), len(right[1])), dtype)
    if compiled is None:
        from scipy.sparse import csr_matrix

        shape = (n_rows, len(right[0]) - 1)
        product = csr_matrix((ones[: len(left[1])], left[1], left[0]), shape) @ csr_matrix(
            (ones[: len(right[1])], right[1], right[0]), (shape[1], n_columns)
        )
        return CsrParts(product.indptr, product.indices, product.data)
    room = min(int(np.diff(right[0])[left[1]].sum(dtype=np.int64)), n_rows * n_columns)
    if room > np.iinfo(np.int32).max:
        raise MemoryError
    indptr, indices, data = np.empty(n_rows + 1, np.int32), np.empty(room, np.int32), np.empty(room, dtype)
    compiled.csr_matmat(n_rows, n_columns, *left, ones, *right, ones, indptr, indices, data)
    return CsrParts(indptr, indices[: indptr[-1]], data[: indptr[-1]])


def multiply_dense(matrix: CsrParts, dense: NDArray[np.float64]) -> NDArray[np.float64]:
    """Multiply a sparse matrix with a dense one or a vector, adding up each row in the order its entries stand in."""
    compiled, n_rows = _load_kernels(), len(matrix.indptr) - 1
    if compiled is None:
        from scipy.sparse import csr_matrix

        product: NDArray[np.float64] = (
            csr_matrix((matrix.data, matrix.indices, matrix.indptr), (n_rows, len(dense))) @ dense
        )
        return product
    total = np.zeros((n_rows, *dense.shape[1:]))
    parts = (matrix.indptr, matrix.indices, matrix.data, dense.ravel(), total.ravel())
    if dense.ndim == 1:
        compiled.csr_matvec(n_rows, len(dense), *parts)
    else:
        compiled.csr_matvecs(n_rows, *dense.shape, *parts)
    return total


def get_entries(
    matrix: CsrParts, n_columns: int, rows: NDArray[np.int32], columns: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Read single entries of a matrix whose indices are sorted in each row; 0 where there is none."""
    compiled, n_rows = _load_kernels(), len(matrix.indptr) - 1
    if not len(rows):
        return np.zeros(0, np.int32)
    if compiled is None:
        from scipy.sparse import csr_matrix

        entries = csr_matrix((matrix.data, matrix.indices, matrix.indptr), (n_rows, n_columns))[rows, columns]
        return np.asarray(entries).ravel().astype(np.int32)
    found = np.empty(len(rows), np.int32)
    compiled.csr_sample_values(
        n_rows, n_columns, matrix.indptr, matrix.indices, matrix.data, len(rows), rows, columns, found
    )
    return found
