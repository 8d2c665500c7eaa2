"""Adjoints and tangents of eigenvalues of one symmetric matrix relative to another: ``a v = b v w``. Loads SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg

from zygote_nb.runtime.shaped import shaped_like
from zygote_nb.runtime.spectral import full_matrix, inverse_gaps, lower_part, undetermined, used_gaps


@shaped_like(2, 3, takes_none=True)
def eigh_relative_adjoint(dw: Any, dv: Any, a: Any, b: Any, w: Any, v: Any, lower: bool) -> tuple[Any, Any]:
    of_a, of_b = np.zeros(np.shape(a)), np.zeros(np.shape(a))
    if dw is not None:
        of_a, of_b = np.diag(dw), -np.diag(dw * w)
    if dv is not None:
        moved = v.T @ dv
        between = used_gaps(w, dv, "eigenvalues") * moved
        of_a = of_a + between
        of_b = of_b - between * w - 0.5 * np.diag(np.diagonal(moved))
    return lower_part(v @ of_a @ v.T, lower), lower_part(v @ of_b @ v.T, lower)


@shaped_like(1, 2)
def eigvalsh_relative_adjoint(dw: Any, a: Any, b: Any, lower: bool) -> tuple[Any, Any]:
    w, v = linalg.eigh(a, b, lower=lower)
    return eigh_relative_adjoint(dw, None, a, b, w, v, lower)


def eigh_relative_tangent(da: Any, db: Any, w: Any, v: Any, lower: bool) -> tuple[Any, Any]:
    of_a, of_b = v.T @ full_matrix(da, lower) @ v, v.T @ full_matrix(db, lower) @ v
    inner = of_a - of_b * w
    gaps, shared = inverse_gaps(w)
    moved = gaps * inner - 0.5 * np.diag(np.diagonal(of_b))
    return np.diagonal(inner), undetermined(v @ moved, shared)


@shaped_like(4)
def eigvalsh_relative_tangent(da: Any, db: Any, a: Any, b: Any, w: Any, lower: bool) -> Any:
    v = linalg.eigh(a, b, lower=lower)[1]
    return eigh_relative_tangent(da, db, w, v, lower)[0]
