"""Products with, and solutions of, sparse matrices that carry no derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.runtime.called import RuleError
from zygote_nb.runtime.shaped import shaped_like


def real(a: Any) -> Any:
    if a.dtype.kind == "c":
        raise RuleError("a sparse matrix is complex, and real ones are differentiated", hint="split it into two")
    return a


def sparse_times(a: Any, x: Any) -> Any:
    """``a @ x`` of a sparse ``a``."""
    return np.asarray(real(a) @ x)


def times_sparse(x: Any, a: Any) -> Any:
    """``x @ a`` of a sparse ``a``."""
    return np.asarray(x @ real(a))


@shaped_like(0)
def sparse_times_back(x: Any, dy: Any, a: Any) -> Any:
    return np.asarray(a.T @ dy)


@shaped_like(0)
def times_sparse_back(x: Any, dy: Any, a: Any) -> Any:
    return np.asarray(dy @ a.T)


@shaped_like(1)
def sparse_solved(a: Any, b: Any) -> Any:
    """``scipy.sparse.linalg.spsolve(a, b)`` of a dense ``b``."""
    from scipy.sparse.linalg import spsolve

    return spsolve(real(a), b)


@shaped_like(0)
def sparse_solved_back(b: Any, dy: Any, a: Any) -> Any:
    from scipy.sparse.linalg import spsolve

    return spsolve(a.T.tocsc(), dy)


# Matrices by their entries: compressed rows, or columns, which are the rows of the transpose


def compressed(data: Any, indices: Any, indptr: Any, shape: Any, columns: bool) -> Any:
    from scipy import sparse

    return (sparse.csc_array if columns else sparse.csr_array)((data, indices, indptr), shape=tuple(shape))


def places(indices: Any, indptr: Any, columns: bool) -> tuple[Any, Any]:
    """The row and the column of each entry."""
    major = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    return (indices, major) if columns else (major, indices)


def entries_times(data: Any, x: Any, indices: Any, indptr: Any, shape: Any, columns: bool) -> Any:
    return compressed(data, indices, indptr, shape, columns) @ x


@shaped_like(0)
def entries_times_back(x: Any, data: Any, dy: Any, indices: Any, indptr: Any, shape: Any, columns: bool) -> Any:
    """The cotangent of what was multiplied."""
    return compressed(data, indices, indptr, shape, columns).T @ dy


@shaped_like(2)
def entries_outer(dy: Any, x: Any, data: Any, indices: Any, indptr: Any, columns: bool) -> Any:
    """The cotangent of the entries: that of the dense matrix, where there are entries."""
    rows, cols = places(indices, indptr, columns)
    product = dy[rows] * x[cols]
    return product.sum(-1) if product.ndim > 1 else product


@shaped_like(1)
def entries_solved(data: Any, b: Any, indices: Any, indptr: Any, shape: Any, columns: bool) -> Any:
    from scipy.sparse.linalg import spsolve

    return spsolve(compressed(data, indices, indptr, shape, columns), b)


@shaped_like(1)
def entries_solved_back(data: Any, dy: Any, indices: Any, indptr: Any, shape: Any, columns: bool) -> Any:
    from scipy.sparse.linalg import spsolve

    return spsolve(compressed(data, indices, indptr, shape, columns).T.tocsc(), dy)
