"""Adjoints and tangents of factorisations, for stacks of matrices; real or complex.

Eigenvalues and singular values have derivatives even where they coincide. Vectors that belong to coinciding values are
not determined by the matrix, and their cotangents are refused unless they are zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.errors import ZygoteError
from zygote_nb.runtime.matrices import hermitian, pinv_adjoint, pinv_tangent
from zygote_nb.runtime.shaped import shaped_like


class RepeatedValueError(ZygoteError):
    """The derivative would need vectors that the matrix does not determine."""


def refuse_repeated(what: str) -> None:
    raise RepeatedValueError(
        f"the matrix has equal {what}, whose vectors it does not determine",
        hint="use functions of the values alone, or a function of the whole matrix such as scipy.linalg.expm",
    )


def inverse_gaps(w: Any) -> tuple[Any, Any]:
    """``1 / (w[j] - w[i])``, zero where the values coincide; and whether each value coincides with another."""
    gaps = w[..., None, :] - w[..., :, None]
    same = np.abs(gaps) <= 8 * np.finfo(w.dtype).eps * np.max(np.abs(w), -1, keepdims=True, initial=0.0)[..., None]
    shared = np.sum(same, axis=-1) > 1
    return np.where(same, 0.0, 1.0 / np.where(same, 1.0, gaps)), shared


def used_gaps(w: Any, dv: Any, what: str) -> Any:
    """The same; the cotangents ``dv`` of vectors whose values coincide must be zero."""
    inverse, shared = inverse_gaps(w)
    if np.any(shared[..., None, :] & (dv != 0)):
        refuse_repeated(what)
    return inverse


def undetermined(v: Any, shared: Any) -> Any:
    """Tangents of vectors, NaN where the matrix does not determine the vector."""
    return np.where(shared[..., None, :], np.nan, v)


# Phases of complex vectors: LAPACK makes one entry of each real, which follows from how it reduces the matrix


def turning(d: Any, v: Any) -> Any:
    """What a cotangent of vectors says of their phases: zero where the result does not depend on them."""
    return np.imag(np.sum(np.conj(d) * v, axis=-2))


def with_phases(d: Any, k: Any, v: Any, row: int) -> Any:
    """The cotangent of vectors of any phase, from that of those whose entry in ``row`` is real.

    ``k`` is ``turning`` of all that has the phase of these vectors.
    """
    pivot, eps = v[..., row, :], 64.0 * np.finfo(v.dtype).eps
    idle = np.abs(k) <= eps * np.shape(v)[-2] * max(1.0, float(np.max(np.abs(d), initial=0.0)))
    if np.any(~idle & ((np.abs(np.imag(pivot)) > eps) | (np.abs(pivot) <= eps))):
        raise RepeatedValueError(
            "the result depends on the phases of vectors, which the matrix does not determine",
            hint="use functions of the vectors that do not change with their phases",
        )
    share = 1j * np.where(idle, 0.0, k / np.where(idle, 1.0, np.real(pivot)))[..., None, :]
    if row == 0:
        return np.concatenate((d[..., :1, :] + share, d[..., 1:, :]), axis=-2)
    return np.concatenate((d[..., :-1, :], d[..., -1:, :] + share), axis=-2)


def phase_speed(dv: Any, v: Any, row: int) -> Any:
    """How fast the phases turn that keep the entries in ``row`` real: ``dv`` is short of ``-1j * v`` times this."""
    pivot = np.real(v[..., row, :])
    return np.imag(dv[..., row, :])[..., None, :] / np.where(pivot == 0, np.nan, pivot)[..., None, :]


def lower_part(g: Any, lower: bool = True) -> Any:
    """The cotangent of the triangle that is read of a Hermitian matrix."""
    whole = g + hermitian(g)
    triangle = np.tril(whole) if lower else np.triu(whole)
    n = np.shape(g)[-1]
    return np.where(np.eye(n, dtype=bool), 0.5 * triangle, triangle)


def full_matrix(da: Any, lower: bool = True) -> Any:
    """The tangent of a Hermitian matrix of which one triangle is read."""
    part = np.tril(da) if lower else np.triu(da)
    n = np.shape(da)[-1]
    diagonal = np.where(np.eye(n, dtype=bool), np.real(da) if np.iscomplexobj(da) else da, 0.0)
    return np.where(np.eye(n, dtype=bool), diagonal, part + hermitian(part))


# Of a Hermitian matrix


@shaped_like(1)
def pinvh_adjoint(dy: Any, a: Any, y: Any, lower: bool = True) -> Any:
    return lower_part(pinv_adjoint(dy, full_matrix(a, lower), y), lower)


@shaped_like(2)
def pinvh_tangent(da: Any, a: Any, y: Any, lower: bool = True) -> Any:
    return pinv_tangent(full_matrix(da, lower), full_matrix(a, lower), y)


# Hermitian eigenvalues


@shaped_like(2, takes_none=True)
def eigh_adjoint(dw: Any, dv: Any, a: Any, w: Any, v: Any, lower: bool = True) -> Any:
    """The cotangent of the matrix of ``np.linalg.eigh``."""
    inner = np.zeros(np.shape(a), np.result_type(v))
    if dv is not None:
        if np.iscomplexobj(v):
            dv = with_phases(dv, turning(dv, v), v, 0 if lower else -1)
        k = hermitian(v) @ dv
        inner = inner + used_gaps(w, dv, "eigenvalues") * k
    if dw is not None:
        inner = inner + dw[..., None, :] * np.eye(np.shape(w)[-1])
    return lower_part(v @ inner @ hermitian(v), lower)


def eigh_tangent(da: Any, w: Any, v: Any, lower: bool = True) -> tuple[Any, Any]:
    """The tangents of eigenvalues and eigenvectors."""
    inner = hermitian(v) @ full_matrix(da, lower) @ v
    gaps, shared = inverse_gaps(w)
    dv = undetermined(v @ (gaps * inner), shared)
    if np.iscomplexobj(v):
        dv = dv - 1j * v * phase_speed(dv, v, 0 if lower else -1)
    return np.real(np.diagonal(inner, axis1=-2, axis2=-1)), dv


@shaped_like(1)
def eigvalsh_adjoint(dw: Any, a: Any, lower: bool = True) -> Any:
    """The cotangent of a matrix of which only the eigenvalues are used."""
    w, v = np.linalg.eigh(a, "L" if lower else "U")
    return eigh_adjoint(dw, None, a, w, v, lower)


@shaped_like(2)
def eigvalsh_tangent(da: Any, a: Any, w: Any, lower: bool = True) -> Any:
    """The tangents of the eigenvalues."""
    _, v = np.linalg.eigh(a, "L" if lower else "U")
    return np.real(np.diagonal(hermitian(v) @ full_matrix(da, lower) @ v, axis1=-2, axis2=-1))


# Cholesky


@shaped_like(1)
def cholesky_adjoint(dy: Any, a: Any, y: Any, upper: bool = False) -> Any:
    """The cotangent of a positive definite matrix, of which one triangle is read (I. Murray, 2016)."""
    factor, g = (hermitian(y), hermitian(dy)) if upper else (y, dy)
    phi = np.tril(hermitian(factor) @ g)
    phi = phi - 0.5 * phi * np.eye(np.shape(a)[-1])
    inverse = np.linalg.inv(factor)
    return lower_part(hermitian(inverse) @ phi @ inverse, not upper)


@shaped_like(1)
def cholesky_tangent(da: Any, y: Any, upper: bool = False) -> Any:
    """The tangent of the triangular factor."""
    factor = hermitian(y) if upper else y
    inverse = np.linalg.inv(factor)
    inner = np.tril(inverse @ full_matrix(da, not upper) @ hermitian(inverse))
    dl = factor @ (inner - 0.5 * inner * np.eye(np.shape(y)[-1]))
    return hermitian(dl) if upper else dl


# Singular values


@shaped_like(3, takes_none=True)
def svd_adjoint(du: Any, ds: Any, dvh: Any, a: Any, u: Any, s: Any, vh: Any) -> Any:
    """The cotangent of the matrix of ``np.linalg.svd``; ``u`` and ``vh`` may have more columns than singular values."""
    k = np.shape(s)[-1]
    du, u = _thin(du, u, k, "left")
    dv, v = _thin(None if dvh is None else hermitian(dvh), hermitian(vh), k, "right")
    if np.iscomplexobj(a) and not (du is None and dv is None):
        du, dv = np.zeros_like(u) if du is None else du, np.zeros_like(v) if dv is None else dv
        turned = turning(du, u) + turning(dv, v)
        if is_tall(a):
            dv = with_phases(dv, turned, v, 0)
        else:
            du = with_phases(du, turned, u, 0)
    inner = np.zeros((*np.shape(s), k), np.result_type(u, s))
    outer: Any = 0.0
    if ds is not None:
        inner = inner + ds[..., None, :] * np.eye(k)
    if du is not None:
        left = hermitian(u) @ du
        j = used_gaps(s * s, du, "singular values") * left
        inner = inner + (j + hermitian(j)) * s[..., None, :]
        outer = outer + _over(du - u @ left, s) @ hermitian(v)
        if np.iscomplexobj(a):
            phase = 1j * np.imag(np.diagonal(left, axis1=-2, axis2=-1))
            inner = inner + _over(phase[..., None, :] * np.eye(k), s)
    if dv is not None:
        right = hermitian(v) @ dv
        j = used_gaps(s * s, dv, "singular values") * right
        inner = inner + s[..., :, None] * (j + hermitian(j))
        outer = outer + u @ hermitian(_over(dv - v @ right, s))
    return u @ inner @ hermitian(v) + outer


def svd_tangent(da: Any, u: Any, s: Any, vh: Any) -> tuple[Any, Any, Any]:
    """The tangents of the factors, where the values differ and none is zero."""
    k = np.shape(s)[-1]
    more_u, more_v = np.shape(u)[-1] - k, np.shape(vh)[-2] - k
    u, v = u[..., :k], hermitian(vh)[..., :k]
    inner = hermitian(u) @ da @ v
    gaps, shared = inverse_gaps(s * s)
    zero = s <= np.finfo(s.dtype).eps * np.max(s, axis=-1, initial=0.0, keepdims=True)
    scaled = inner * s[..., None, :]
    du = u @ (gaps * (scaled + hermitian(scaled)))
    other = s[..., :, None] * inner
    dv = v @ (gaps * (other + hermitian(other)))
    below = np.where(zero, np.nan, s)[..., None, :]
    du = du + (da @ v - u @ inner) / below
    dv = dv + (hermitian(da) @ u - v @ hermitian(inner)) / below
    if np.iscomplexobj(da):
        du = du + 1j * u * np.imag(np.diagonal(inner, axis1=-2, axis2=-1))[..., None, :] / below
        speed = phase_speed(dv, v, 0) if is_tall(da) else phase_speed(du, u, 0)
        du, dv = du - 1j * u * speed, dv - 1j * v * speed
    ds = np.real(np.diagonal(inner, axis1=-2, axis2=-1))
    return (
        _with_unknown(undetermined(du, shared), more_u),
        ds,
        hermitian(_with_unknown(undetermined(dv, shared), more_v)),
    )


def is_tall(a: Any) -> bool:
    return bool(np.shape(a)[-2] >= np.shape(a)[-1])


def _with_unknown(v: Any, more: int) -> Any:
    """Further columns, of which nothing is determined."""
    return np.concatenate((v, np.full((*np.shape(v)[:-1], more), np.nan)), axis=-1) if more else v


@shaped_like(1)
def svdvals_adjoint(ds: Any, a: Any) -> Any:
    """The cotangent of a matrix of which only the singular values are used."""
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return svd_adjoint(None, ds, None, a, u, s, vh)


@shaped_like(2)
def svdvals_tangent(da: Any, a: Any, s: Any) -> Any:
    """The tangents of the singular values."""
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return np.real(np.diagonal(hermitian(u) @ da @ hermitian(vh), axis1=-2, axis2=-1))


def _thin(d: Any, u: Any, k: int, side: str) -> tuple[Any, Any]:
    """The vectors that have a singular value; the others have no derivative of their own."""
    if d is not None and np.any(d[..., k:]):
        raise RepeatedValueError(
            f"the matrix does not determine the {side} vectors beyond its singular values",
            hint="use full_matrices=False",
        )
    return None if d is None else d[..., :k], u[..., :k]


def _over(x: Any, s: Any) -> Any:
    """``x / s`` by columns; a zero divided by a zero singular value is zero."""
    zero = s <= np.finfo(s.dtype).eps * np.max(s, axis=-1, initial=0.0, keepdims=True)
    if np.any(zero):
        tiny = 1e3 * np.finfo(s.dtype).eps * max(1.0, float(np.max(np.abs(x), initial=0.0)))
        if np.any(zero[..., None, :] & (np.abs(x) > tiny)):
            refuse_repeated("singular values of zero")
    return np.where(zero[..., None, :], 0.0, x / np.where(zero, 1.0, s)[..., None, :])


# QR


@shaped_like(2, takes_none=True)
def qr_adjoint(dq: Any, dr: Any, a: Any, q: Any, r: Any) -> Any:
    """The cotangent of the matrix of ``np.linalg.qr``, tall or wide; the columns must be independent."""
    m, n = np.shape(a)[-2:]
    k = min(m, n)
    if np.shape(q)[-1] > k:
        if dq is not None and np.any(dq[..., k:]):
            raise RepeatedValueError(
                "the matrix does not determine the last columns of a complete QR decomposition",
                hint='use mode="reduced"',
            )
        dq, q, r = None if dq is None else dq[..., :k], q[..., :k], r[..., :k, :]
        dr = None if dr is None else dr[..., :k, :]
    dq = np.zeros_like(q) if dq is None else dq
    dr = np.zeros_like(r) if dr is None else dr
    if n <= m:
        return _square_qr_adjoint(dq, dr, q, r)
    left, right = dr[..., :m], dr[..., m:]
    d_left = _square_qr_adjoint(dq + a[..., m:] @ hermitian(right), left, q, r[..., :m])
    return np.concatenate((d_left, q @ right), axis=-1)


def _square_qr_adjoint(dq: Any, dr: Any, q: Any, r: Any) -> Any:
    inner = r @ hermitian(dr) - hermitian(dq) @ q
    low = np.tril(inner, -1)
    diagonal = np.real(np.diagonal(inner, axis1=-2, axis2=-1))[..., None, :] * np.eye(np.shape(r)[-1])
    g = dq + q @ (low + hermitian(low) + diagonal)
    return hermitian(np.linalg.solve(r, hermitian(g)))


def qr_tangent(da: Any, a: Any, q: Any, r: Any) -> tuple[Any, Any]:
    """The tangents of both factors."""
    m, n = np.shape(a)[-2:]
    k = min(m, n)
    if np.shape(q)[-1] > k:
        dq, dr = qr_tangent(da, a, q[..., :k], r[..., :k, :])
        return _with_unknown(dq, m - k), np.concatenate((dr, np.zeros((*np.shape(dr)[:-2], m - k, n))), axis=-2)
    square, change = r[..., :k], da[..., :k]
    solved = hermitian(np.linalg.solve(hermitian(square), hermitian(change)))
    inner = hermitian(q) @ solved
    low = np.tril(inner, -1)
    skew = low - hermitian(low)
    if np.iscomplexobj(inner):
        skew = skew + 1j * np.imag(np.diagonal(inner, axis1=-2, axis2=-1))[..., None, :] * np.eye(k)
    dq = q @ skew + solved - q @ inner
    return dq, hermitian(q) @ da - skew @ r if n > m else (inner - skew) @ square


def qr_of(a: Any) -> tuple[Any, Any]:
    """Both factors, for a call that returned one of them."""
    q, r = np.linalg.qr(a)
    return q, r
