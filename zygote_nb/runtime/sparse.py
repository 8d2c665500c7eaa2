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
