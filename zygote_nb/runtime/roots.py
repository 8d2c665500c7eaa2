"""Adjoints and tangents of eigenvalues and of the roots of polynomials, which may be complex."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.runtime.fourier import projected
from zygote_nb.runtime.matrices import hermitian
from zygote_nb.runtime.shaped import shaped_like
from zygote_nb.runtime.spectral import refuse_repeated


def vectors_in_order(a: Any, w: Any) -> Any:
    """The eigenvectors, in the order of the eigenvalues that are given."""
    values, vectors = np.linalg.eig(a)
    if np.allclose(values, w, rtol=1e-6, atol=1e-12):
        return vectors
    order = np.argmin(np.abs(w[..., :, None] - values[..., None, :]), axis=-1)
    if np.ndim(a) != 2 or len(set(order.tolist())) < len(w):
        refuse_repeated("eigenvalues")
    return vectors[:, order]


@shaped_like(1, dtype=True)
def eigvals_adjoint(dy: Any, a: Any, w: Any) -> Any:
    """The cotangent of a matrix of which the eigenvalues are used."""
    v = vectors_in_order(a, w)
    return projected(np.linalg.solve(hermitian(v), np.asarray(dy)[..., :, None] * hermitian(v)), a)


@shaped_like(2)
def eigvals_tangent(da: Any, a: Any, w: Any) -> Any:
    v = vectors_in_order(a, w)
    return np.diagonal(np.linalg.solve(v, da @ v), axis1=-2, axis2=-1)


@shaped_like(1, dtype=True)
def roots_adjoint(dy: Any, p: Any, r: Any) -> Any:
    """Where ``p(r) = 0`` a change of the coefficients moves the root by ``-dp(r) / p'(r)``."""
    powers = r[:, None] ** np.arange(len(p) - 1, -1, -1)
    slopes = -powers / np.polyval(np.polyder(p), r)[:, None]
    return projected(np.conj(slopes).T @ np.asarray(dy), p)


@shaped_like(2)
def roots_tangent(dp: Any, p: Any, r: Any) -> Any:
    return -np.polyval(dp, r) / np.polyval(np.polyder(p), r)
