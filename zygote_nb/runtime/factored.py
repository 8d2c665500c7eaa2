"""Adjoints and tangents of what is made of factors of a matrix: pivoted QR, matrix sign, Procrustes. Loads SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg

from zygote_nb.runtime.arrays import quotient
from zygote_nb.runtime.decompositions import unitary_adjoint, unitary_tangent
from zygote_nb.runtime.dense import in_direction, zero_if_none
from zygote_nb.runtime.matrices import hermitian, moved_by
from zygote_nb.runtime.shaped import shaped_like
from zygote_nb.runtime.spectral import qr_adjoint, qr_tangent

# QR with the columns in an order of their own, and LU with one factor that holds the order


def in_order(a: Any, order: Any) -> Any:
    return a if order is None else a[:, order]


@shaped_like(2, takes_none=True)
def qr_pivoted_adjoint(dq: Any, dr: Any, a: Any, q: Any, r: Any, order: Any) -> Any:
    g = qr_adjoint(dq, dr, in_order(a, order), q, r)
    return g if order is None else in_order(g, np.argsort(order))


@shaped_like(2, 3)
def qr_pivoted_tangent(da: Any, a: Any, q: Any, r: Any, order: Any) -> tuple[Any, Any]:
    return qr_tangent(in_order(da, order), in_order(a, order), q, r)


@shaped_like(1)
def qr_right_adjoint(dr: Any, a: Any, order: Any) -> Any:
    """Of a call that returned the right factor only."""
    q, r = linalg.qr(in_order(a, order))
    return qr_pivoted_adjoint(None, dr, a, q, r, order)


@shaped_like(2)
def qr_right_tangent(da: Any, a: Any, r: Any, order: Any) -> Any:
    q, _ = linalg.qr(in_order(a, order))
    return qr_tangent(in_order(da, order), in_order(a, order), q, r)[1]


def lu_of(a: Any) -> tuple[Any, Any, Any]:
    p, low, up = linalg.lu(a)
    return p, low, up


# What is made of decompositions


@shaped_like(2)
def sign_adjoint(dy: Any, y: Any, a: Any) -> Any:
    """Of the matrix sign ``y``: with ``n = y a`` its tangent solves ``n dy + dy n = da - y da y`` (N. Higham, 2008)."""
    n = y @ a
    x = linalg.solve_sylvester(n.T, n.T, dy)
    return x - y.T @ x @ y.T


@shaped_like(1)
def sign_tangent(da: Any, y: Any, a: Any) -> Any:
    n = y @ a
    return linalg.solve_sylvester(n, n, da - y @ da @ y)


@shaped_like(2, 3)
def procrustes_adjoint(dr: Any, ds: Any, a: Any, b: Any, r: Any) -> tuple[Any, Any]:
    """``r`` is the unitary polar factor of ``hermitian(a) b``, and the scale the sum of the singular values."""
    inner = ds * r if dr is None else unitary_adjoint(dr, hermitian(a) @ b, r) + ds * r
    return b @ hermitian(inner), a @ inner


def procrustes_tangent(da: Any, db: Any, a: Any, b: Any, r: Any) -> tuple[Any, Any]:
    inner = hermitian(da) @ b + hermitian(a) @ db
    return unitary_tangent(inner, hermitian(a) @ b, r), np.sum(moved_by(inner, r))


@shaped_like(2, 3, takes_none=True)
def qr_multiply_adjoint(dy: Any, dr: Any, a: Any, c: Any, y: Any, order: Any, mode: str) -> tuple[Any, Any]:
    """Of ``c @ q``, or ``q @ c``, and ``r``."""
    q, r = thin_qr_of(a, order)
    dy = zero_if_none(dy, y)
    if mode == "right":
        of_q, of_c = hermitian(np.atleast_2d(c)) @ np.atleast_2d(dy), dy @ hermitian(q)
    else:
        of_q = np.reshape(dy, (len(q), -1)) @ hermitian(np.reshape(c, (np.shape(q)[1], -1)))
        of_c = hermitian(q) @ dy
    return qr_pivoted_adjoint(of_q, dr, a, q, r, order), of_c


@shaped_like(4, 5)
def qr_multiply_tangent(da: Any, dc: Any, a: Any, c: Any, y: Any, r: Any, order: Any, mode: str) -> tuple[Any, Any]:
    q, _ = thin_qr_of(a, order)
    dq, dr = qr_pivoted_tangent(da, a, q, r, order)
    return (dc @ q + c @ dq if mode == "right" else q @ dc + dq @ c), dr


def thin_qr_of(a: Any, order: Any) -> tuple[Any, Any]:
    q, r = linalg.qr(in_order(a, order), mode="economic")
    return q, r


@shaped_like(1, 2)
def angles_adjoint(dy: Any, a: Any, b: Any, y: Any) -> tuple[Any, Any]:
    """Of the angles between the ranges of two matrices, whose cosines are singular values."""
    (qa, ra), (qb, rb) = np.linalg.qr(a), np.linalg.qr(b)
    u, _, vh = np.linalg.svd(hermitian(qa) @ qb, full_matrices=False)
    inner = (u * quotient(-dy, np.sin(y))[::-1]) @ vh
    return qr_adjoint(qb @ hermitian(inner), None, a, qa, ra), qr_adjoint(qa @ inner, None, b, qb, rb)


@shaped_like(4)
def angles_tangent(da: Any, db: Any, a: Any, b: Any, y: Any) -> Any:
    (qa, ra), (qb, rb) = np.linalg.qr(a), np.linalg.qr(b)
    u, _, vh = np.linalg.svd(hermitian(qa) @ qb, full_matrices=False)
    inner = hermitian(qr_tangent(da, a, qa, ra)[0]) @ qb + hermitian(qa) @ qr_tangent(db, b, qb, rb)[0]
    return quotient(-np.sum(moved_by(inner @ hermitian(vh), u), axis=0)[::-1], np.sin(y))


# The derivative of the exponential in a direction is a block of the exponential of a matrix of twice the size


def doubled(a: Any, e: Any) -> Any:
    return np.concatenate((np.concatenate((a, e), 1), np.concatenate((np.zeros_like(a), a), 1)))


@shaped_like(2, 3, takes_none=True)
def expm_frechet_adjoint(dy: Any, de: Any, a: Any, e: Any) -> tuple[Any, Any]:
    n = len(a)
    dy, de = zero_if_none(dy, a), zero_if_none(de, a)
    g = in_direction(linalg.expm, doubled(a, e).T, np.concatenate((
        np.concatenate((dy, de), 1), np.zeros((n, 2 * n))
    )))  # fmt: skip
    return g[:n, :n] + g[n:, n:], g[:n, n:]


def expm_frechet_tangent(da: Any, de: Any, a: Any, e: Any) -> tuple[Any, Any]:
    n = len(a)
    moved = in_direction(linalg.expm, doubled(a, e), doubled(da, de))
    return moved[:n, :n], moved[:n, n:]


@shaped_like(1)
def diagonal_of_svd(dy: Any, s: Any) -> Any:
    return np.diagonal(dy)[: np.size(s)] + np.zeros(np.shape(s))
