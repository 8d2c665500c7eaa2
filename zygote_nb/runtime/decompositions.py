"""Adjoints and tangents of decompositions that SciPy has and NumPy has not. Loads SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg

from zygote_nb.errors import ZygoteError
from zygote_nb.runtime.dense import zero_if_none
from zygote_nb.runtime.matrices import hermitian
from zygote_nb.runtime.shaped import shaped_like
from zygote_nb.runtime.spectral import full_matrix, is_tall, lower_part, qr_adjoint, qr_tangent

# Polar decomposition: a = u p, or a = p u


@shaped_like(1)
def unitary_adjoint(du: Any, a: Any, u: Any) -> Any:
    """The cotangent of a matrix of full rank, from that of its unitary polar factor.

    ``u`` moves by ``u x`` in its range, where ``p x + x p`` is twice the skew part of ``u.T da``.
    """
    return tall_adjoint(du, a, u) if is_tall(a) else hermitian(tall_adjoint(hermitian(du), hermitian(a), hermitian(u)))


@shaped_like(1)
def tall_adjoint(du: Any, a: Any, u: Any) -> Any:
    p = hermitian(u) @ a
    p = 0.5 * (p + hermitian(p))
    inner = hermitian(u) @ du
    x = linalg.solve_sylvester(p, p, inner)
    return u @ (x - hermitian(x)) + hermitian(np.linalg.solve(p, hermitian(du - u @ inner)))


@shaped_like(1)
def unitary_tangent(da: Any, a: Any, u: Any) -> Any:
    """The tangent of the unitary polar factor of a matrix of full rank."""
    return tall_tangent(da, a, u) if is_tall(a) else hermitian(tall_tangent(hermitian(da), hermitian(a), hermitian(u)))


def tall_tangent(da: Any, a: Any, u: Any) -> Any:
    p = hermitian(u) @ a
    p = 0.5 * (p + hermitian(p))
    inner = hermitian(u) @ da
    x = linalg.solve_sylvester(p, p, inner - hermitian(inner))
    return u @ x + hermitian(np.linalg.solve(p, hermitian(da - u @ inner)))


@shaped_like(2, takes_none=True)
def polar_adjoint(du: Any, dp: Any, a: Any, u: Any, side: str) -> Any:
    """The positive factor is ``u.T a``, or ``a u.T``."""
    du, direct = zero_if_none(du, u), 0.0
    if dp is not None and side == "right":
        du, direct = du + a @ hermitian(dp), u @ dp
    elif dp is not None:
        du, direct = du + hermitian(dp) @ a, dp @ u
    return unitary_adjoint(du, a, u) + direct


def polar_tangent(da: Any, a: Any, u: Any, side: str) -> tuple[Any, Any]:
    du = unitary_tangent(da, a, u)
    if side == "right":
        return du, hermitian(du) @ a + hermitian(u) @ da
    return du, da @ hermitian(u) + a @ hermitian(du)


# RQ: the QR decomposition of the transposed matrix with its columns in opposite order


def turned(x: Any) -> Any:
    return hermitian(x[::-1, ::-1])


@shaped_like(2, takes_none=True)
def rq_adjoint(dr: Any, dq: Any, a: Any, r: Any, q: Any) -> Any:
    dq = None if dq is None else hermitian(dq[::-1])
    dr = None if dr is None else turned(dr)
    return hermitian(qr_adjoint(dq, dr, hermitian(a[::-1]), hermitian(q[::-1]), turned(r)))[::-1]


def rq_tangent(da: Any, a: Any, r: Any, q: Any) -> tuple[Any, Any]:
    dq, dr = qr_tangent(hermitian(da[::-1]), hermitian(a[::-1]), hermitian(q[::-1]), turned(r))
    return turned(dr), hermitian(dq)[::-1]


def rq_of(a: Any) -> tuple[Any, Any]:
    """Both factors, for a call that returned one of them."""
    r, q = linalg.rq(a)
    return r, q


# LDL: blocks of one or two rows


def blocks_of(d: Any) -> Any:
    """The number of the block in which each row stands."""
    return np.concatenate(([0], np.cumsum(np.diagonal(d, -1) == 0)))


def block_masks(d: Any, lower: bool) -> tuple[Any, Any]:
    """What stands in the blocks on the diagonal, and what below them, or above."""
    block = blocks_of(d)
    rows, columns = block[:, None], block[None, :]
    return rows == columns, rows > columns if lower else rows < columns


@shaped_like(2, takes_none=True)
def ldl_adjoint(dl: Any, dd: Any, a: Any, low: Any, d: Any, perm: Any, lower: bool) -> Any:
    """The cotangent of the triangle that is read of a Hermitian matrix ``low @ d @ hermitian(low)``."""
    on, off = block_masks(d, lower)
    factor = low[perm]
    inner = hermitian(factor) @ zero_if_none(dl, low)[perm]
    whole = np.where(off, hermitian(np.linalg.solve(d, hermitian(inner))), 0.0)
    whole = whole + np.where(on, zero_if_none(dd, d), 0.0)
    inverse = np.linalg.inv(factor)
    back = np.argsort(perm)
    return lower_part((hermitian(inverse) @ whole @ inverse)[back][:, back], lower) * 1.0


@shaped_like(1, 2)
def ldl_tangent(da: Any, low: Any, d: Any, perm: Any, lower: bool) -> tuple[Any, Any]:
    on, off = block_masks(d, lower)
    factor = low[perm]
    inverse = np.linalg.inv(factor)
    inner = inverse @ full_matrix(da, lower)[perm][:, perm] @ hermitian(inverse)
    moved = np.where(off, hermitian(np.linalg.solve(d, hermitian(inner))), 0.0)
    return (factor @ moved)[np.argsort(perm)], np.where(on, inner, 0.0)


# Schur and Hessenberg forms: a = z t z.T, where z moves by z x with a skew x that keeps the form


def unknowns(n: int, first: int) -> tuple[Any, Any]:
    """Where the entries of ``x`` stand that may differ from zero, below its diagonal."""
    rows, columns = np.tril_indices(n - first + 1, -1)
    return rows + first - 1, columns + first - 1


def rotations(t: Any, first: int) -> Any:
    """The map from the unknowns to the entries of ``t x - x t`` below the form, which are as many."""
    n = len(t)
    below = np.tril_indices(n, -first)
    if first == 1 and np.any(t[below]):
        raise ZygoteError(
            "the matrix has a pair of complex eigenvalues, and does not determine the block of them in its Schur form",
            hint="use scipy.linalg.eigvals, or a function of the whole matrix such as scipy.linalg.expm",
        )
    columns = []
    for p, q in zip(*unknowns(n, first), strict=True):
        x = np.zeros((n, n))
        x[p, q], x[q, p] = 1.0, -1.0
        columns.append((t @ x - x @ t)[below])
    return np.stack(columns, axis=1) if columns else np.zeros((0, 0))


@shaped_like(2, takes_none=True)
def form_adjoint(dt: Any, dz: Any, a: Any, t: Any, z: Any, first: int) -> Any:
    """The cotangent of the matrix whose Schur form (``first`` 1) or Hessenberg form (``first`` 2) is ``t``."""
    dt, where = np.triu(zero_if_none(dt, t), 1 - first), unknowns(len(t), first)
    of_x = t.T @ dt - dt @ t.T + (z.T @ dz if dz is not None else 0.0)
    inner = np.copy(dt)
    inner[np.tril_indices(len(t), -first)] = -solved_conditions(rotations(t, first).T, (of_x - of_x.T)[where])
    return z @ inner @ z.T


@shaped_like(1, 2)
def form_tangent(da: Any, t: Any, z: Any, first: int) -> tuple[Any, Any]:
    inner = z.T @ da @ z
    x = np.zeros_like(t)
    x[unknowns(len(t), first)] = solved_conditions(rotations(t, first), -inner[np.tril_indices(len(t), -first)])
    x = x - x.T
    return np.triu(inner + t @ x - x @ t, 1 - first), z @ x


@shaped_like(0)
def turn_of(a: Any) -> Any:
    """The orthogonal factor, for a call of ``hessenberg`` that did not return it."""
    return linalg.hessenberg(a, calc_q=True)[1]


def solved_conditions(matrix: Any, right: Any) -> Any:
    if not np.size(right):
        return right
    if np.linalg.cond(matrix) > 1e13:
        raise ZygoteError(
            "the matrix does not determine this form: eigenvalues are equal, or an entry below the diagonal is zero",
            hint="use functions of the eigenvalues, or of the whole matrix such as scipy.linalg.expm",
        )
    return np.linalg.solve(matrix, right)
