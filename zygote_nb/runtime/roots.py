"""Adjoints and tangents of eigenvalues and of the roots of polynomials, which may be complex."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.runtime.fourier import projected
from zygote_nb.runtime.matrices import hermitian
from zygote_nb.runtime.shaped import shaped_like
from zygote_nb.runtime.spectral import RepeatedValueError, refuse_repeated


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


def eig_of(a: Any) -> Any:
    """``np.linalg.eig``, whose results are complex whatever they turn out to be."""
    w, v = np.linalg.eig(a)
    return EigResult(np.asarray(w, complex), np.asarray(v, complex))


EigResult: Any = type(np.linalg.eig(np.eye(1)))


@shaped_like(2, dtype=True, takes_none=True)
def eig_adjoint(dw: Any, dv: Any, a: Any, w: Any, v: Any) -> Any:
    """The cotangent of a matrix with eigenvalues ``w`` and the vectors ``v`` that LAPACK gives.

    A vector has length one, and the largest of its entries is real. What changes with its phase in another way is
    refused, and so are vectors whose value is that of another one.
    """
    inner = np.zeros(np.shape(v), complex)
    if dv is not None and np.any(dv):
        inner = np.conj(eigenvalue_gaps(w, dv)) * (hermitian(v) @ unnormalised(dv, v))
    if dw is not None:
        inner = inner + dw[..., None, :] * np.eye(np.shape(w)[-1])
    return projected(np.linalg.solve(hermitian(v), inner @ hermitian(v)), a)


def eig_tangent(da: Any, w: Any, v: Any) -> Any:
    inner = np.linalg.solve(v, da @ v)
    moved = v @ (eigenvalue_gaps(w, v) * inner)
    top, real = largest(v)
    phase = np.imag(np.take_along_axis(moved, top, -2)) / np.real(np.take_along_axis(v, top, -2))
    phase = np.where(real, phase, np.nan)
    length = np.sum(np.real(np.conj(v) * moved), axis=-2, keepdims=True)
    return EigResult(np.diagonal(inner, axis1=-2, axis2=-1), moved - (length + 1j * phase) * v)


def unnormalised(dv: Any, v: Any) -> Any:
    """The cotangent of vectors before they get their length and phase."""
    along = np.sum(np.conj(dv) * v, axis=-2, keepdims=True)
    top, real = largest(v)
    turning = np.imag(along)
    if np.any(~real & (np.abs(turning) > 1e-10 * np.sum(np.abs(dv), axis=-2, keepdims=True))):
        raise RepeatedValueError(
            "the result changes with the phase of an eigenvector, of which two entries are the largest",
            hint="use what does not depend on the phase: absolute values, or products of a vector and its conjugate",
        )
    g = dv - v * np.real(along)
    fix = np.where(real, 1j * turning / np.where(real, np.real(np.take_along_axis(v, top, -2)), 1.0), 0.0)
    np.put_along_axis(g, top, np.take_along_axis(g, top, -2) + fix, -2)
    return g


def largest(v: Any) -> tuple[Any, Any]:
    """Where each vector has its largest entry, and whether that alone is real, so that it gives the phase."""
    size = np.abs(v)
    top = np.argmax(size, axis=-2)[..., None, :]
    highest = np.take_along_axis(size, top, -2)
    alone = np.sum(size > highest * (1 - 1e-7), axis=-2, keepdims=True) == 1
    whole = np.max(np.abs(np.imag(v)), axis=-2, keepdims=True) == 0
    given = np.abs(np.imag(np.take_along_axis(v, top, -2))) <= 1e-12 * highest
    return top, whole | (alone & given)


def eigenvalue_gaps(w: Any, used: Any) -> Any:
    """``1 / (w[j] - w[i])``, zero on the diagonal; the vectors ``used`` of equal values must be zero."""
    gaps = w[..., None, :] - w[..., :, None]
    size = np.max(np.abs(w), axis=-1, initial=0.0)[..., None, None]
    same = np.abs(gaps) <= 1e3 * np.finfo(float).eps * size
    shared = np.sum(same, axis=-2) > 1
    if np.any(shared[..., None, :] & (used != 0)):
        refuse_repeated("eigenvalues")
    return np.where(same, 0.0, 1.0 / np.where(same, 1.0, gaps))


@shaped_like(1, dtype=True)
def roots_adjoint(dy: Any, p: Any, r: Any) -> Any:
    """Where ``p(r) = 0`` a change of the coefficients moves the root by ``-dp(r) / p'(r)``."""
    powers = r[:, None] ** np.arange(len(p) - 1, -1, -1)
    slopes = -powers / np.polyval(np.polyder(p), r)[:, None]
    return projected(np.conj(slopes).T @ np.asarray(dy), p)


@shaped_like(2)
def roots_tangent(dp: Any, p: Any, r: Any) -> Any:
    return -np.polyval(dp, r) / np.polyval(np.polyder(p), r)
