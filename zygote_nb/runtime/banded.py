"""Adjoints and tangents for symmetric matrices that are given by their bands. Loads SciPy.

Of lower bands row ``d`` holds the entries ``a[j + d, j]``; of upper ones the last row but ``d`` holds the entries
``a[j - d, j]``. Everything is done with lower bands: ``ordered`` makes them, ``restored`` goes back.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg

from zygote_nb.runtime.dense import columns
from zygote_nb.runtime.shaped import shaped_like
from zygote_nb.runtime.spectral import eigh_adjoint, eigh_tangent


def ordered(ab: Any, lower: bool) -> Any:
    """Lower bands, of lower or upper ones; entries outside of the matrix are zero."""
    bands = np.shape(ab)[0]
    return np.stack([in_place(ab[d] if lower else ab[bands - 1 - d], d, lower) for d in range(bands)])


def in_place(band: Any, d: int, lower: bool) -> Any:
    """A band whose entries stand by their columns, of lower or upper bands, as one of lower bands."""
    return np.concatenate((band[: np.size(band) - d] if lower else band[d:], np.zeros(d)))


def restored(bands: Any, lower: bool) -> Any:
    """The inverse of ``ordered``."""
    if lower:
        return bands
    count, n = np.shape(bands)
    return np.stack([np.concatenate((np.zeros(d), bands[d, : n - d])) for d in range(count - 1, -1, -1)])


def outside(ab: Any, lower: bool) -> Any:
    """The entries that stand outside of the matrix, zeros elsewhere."""
    return ab - restored(ordered(ab, lower), lower)


def outer_bands(x: Any, y: Any, count: int) -> Any:
    """The lower bands of ``x @ y.T``: of row ``d`` the sums of ``x[j + d] * y[j]``."""
    x, y = columns(x), columns(y)
    n = np.shape(x)[0]
    sums = [np.sum(x[d:] * y[: n - d], axis=1) for d in range(count)]
    return np.stack([np.concatenate((s, np.zeros(n - np.size(s)))) for s in sums])


def symmetric_times(bands: Any, x: Any) -> Any:
    """A symmetric matrix, given by its lower bands, times vectors."""
    y, n = columns(x), np.shape(bands)[1]
    made = bands[0][:, None] * y
    for d in range(1, np.shape(bands)[0]):
        below = bands[d, : n - d, None] * y[: n - d]
        above = bands[d, : n - d, None] * y[d:]
        made = made + np.concatenate((np.zeros((d, np.shape(y)[1])), below))
        made = made + np.concatenate((above, np.zeros((d, np.shape(y)[1]))))
    return np.reshape(made, np.shape(x))


def triangular_times(bands: Any, x: Any, transposed: bool = False) -> Any:
    """A lower triangular matrix, given by its bands, or the transposed one, times vectors."""
    y, n = columns(x), np.shape(bands)[1]
    made = bands[0][:, None] * y
    for d in range(1, np.shape(bands)[0]):
        zeros = np.zeros((d, np.shape(y)[1]))
        part = bands[d, : n - d, None] * (y[d:] if transposed else y[: n - d])
        made = made + np.concatenate((part, zeros) if transposed else (zeros, part))
    return np.reshape(made, np.shape(x))


def of_both_triangles(bands: Any) -> Any:
    """The cotangent of bands that stand for both triangles, from that of the lower one of a symmetric cotangent."""
    return np.concatenate((bands[:1], 2.0 * bands[1:]))


def dense(bands: Any) -> Any:
    """The symmetric matrix of lower bands."""
    count, n = np.shape(bands)
    made = np.diag(bands[0])
    for d in range(1, count):
        band = np.diag(bands[d, : n - d], -d)
        made = made + band + band.T
    return made


def bands_of(a: Any, count: int) -> Any:
    """The lower bands of a matrix."""
    return np.stack([np.concatenate((np.diagonal(a, -d), np.zeros(d))) for d in range(count)])


# Equations


@shaped_like(2)
def solveh_right(dy: Any, ab: Any, b: Any, lower: bool) -> Any:
    """The cotangent of the right side of ``solveh_banded``."""
    return linalg.solveh_banded(ab, dy, lower=lower)


@shaped_like(1)
def solveh_matrix(dy: Any, ab: Any, b: Any, y: Any, lower: bool) -> Any:
    """The cotangent of the bands."""
    g, count = solveh_right(dy, ab, b, lower), np.shape(ab)[0]
    whole = 0.5 * (outer_bands(g, y, count) + outer_bands(y, g, count))
    return restored(-of_both_triangles(whole), lower)


@shaped_like(3)
def solveh_tangent(dab: Any, db: Any, ab: Any, y: Any, lower: bool) -> Any:
    return linalg.solveh_banded(ab, db - symmetric_times(ordered(dab, lower), y), lower=lower)


@shaped_like(3)
def cho_solve_right(dy: Any, cb: Any, lower: bool, b: Any) -> Any:
    """The cotangent of the right side of ``cho_solve_banded``."""
    return linalg.cho_solve_banded((cb, lower), dy)


@shaped_like(1)
def cho_solve_bands(dy: Any, cb: Any, lower: bool, b: Any, y: Any) -> Any:
    """The cotangent of the bands of the factor."""
    g, factor = cho_solve_right(dy, cb, lower, b), ordered(cb, lower)
    g_turned, y_turned = triangular_times(factor, g, True), triangular_times(factor, y, True)
    count = np.shape(cb)[0]
    return restored(-outer_bands(g, y_turned, count) - outer_bands(y, g_turned, count), lower)


def cho_solve_bands_tangent(dcb: Any, db: Any, cb: Any, lower: bool, y: Any) -> Any:
    factor, moved = ordered(cb, lower), ordered(dcb, lower)
    change = triangular_times(moved, triangular_times(factor, y, True))
    change = change + triangular_times(factor, triangular_times(moved, y, True))
    return linalg.cho_solve_banded((cb, lower), db - change)


# Cholesky: the factor has the bands of the matrix (I. Murray, Differentiation of the Cholesky decomposition, 2016).
# What stands beside the bands is left as it was.


@shaped_like(1)
def cholesky_bands_adjoint(dcb: Any, ab: Any, cb: Any, lower: bool) -> Any:
    """From the last column to the first: each column takes from those before it what it had added to them."""
    factor, g = ordered(cb, lower), ordered(dcb, lower)
    count, n = np.shape(factor)
    for j in range(n - 1, -1, -1):
        below = min(count - 1, n - 1 - j)
        pivot, column = factor[0, j], factor[1 : below + 1, j]
        g[0, j] -= column @ g[1 : below + 1, j] / pivot
        g[: below + 1, j] /= pivot
        g[0, j] *= 0.5
        for k in range(max(0, j - count + 1), j):
            row = j - k
            reach = min(below, count - 1 - row)
            g[row, k] -= 2.0 * g[0, j] * factor[row, k] + g[1 : reach + 1, j] @ factor[row + 1 : row + reach + 1, k]
            g[row + 1 : row + reach + 1, k] -= g[1 : reach + 1, j] * factor[row, k]
    return restored(g, lower) + outside(dcb, lower)


def cholesky_bands_tangent(dab: Any, cb: Any, lower: bool) -> Any:
    factor, moved = ordered(cb, lower), ordered(dab, lower)
    count, n = np.shape(factor)
    for j in range(n):
        below = min(count - 1, n - 1 - j)
        for k in range(max(0, j - count + 1), j):
            row = j - k
            reach = min(below, count - 1 - row)
            part = slice(row, row + reach + 1)
            moved[: reach + 1, j] -= moved[part, k] * factor[row, k] + factor[part, k] * moved[row, k]
        moved[0, j] /= 2.0 * factor[0, j]
        moved[1 : below + 1, j] = (moved[1 : below + 1, j] - factor[1 : below + 1, j] * moved[0, j]) / factor[0, j]
    return restored(moved, lower) + outside(dab, lower)


# Eigenvalues


@shaped_like(2, takes_none=True)
def eigh_bands_adjoint(dw: Any, dv: Any, ab: Any, w: Any, v: Any, lower: bool) -> Any:
    a = dense(ordered(ab, lower))
    return restored(bands_of(eigh_adjoint(dw, dv, a, w, v), np.shape(ab)[0]), lower)


def eigh_bands_tangent(dab: Any, w: Any, v: Any, lower: bool) -> tuple[Any, Any]:
    return eigh_tangent(dense(ordered(dab, lower)), w, v)


@shaped_like(1)
def eigvalsh_bands_adjoint(dw: Any, ab: Any, lower: bool) -> Any:
    w, v = linalg.eig_banded(ab, lower=lower)
    return eigh_bands_adjoint(dw, None, ab, w, v, lower)


@shaped_like(2)
def eigvalsh_bands_tangent(dab: Any, ab: Any, w: Any, lower: bool) -> Any:
    v = linalg.eig_banded(ab, lower=lower)[1]
    return np.sum(v * symmetric_times(ordered(dab, lower), v), axis=0)


@shaped_like(2, 3, takes_none=True)
def eigh_tridiagonal_adjoint(dw: Any, dv: Any, d: Any, e: Any, w: Any, v: Any) -> tuple[Any, Any]:
    a = np.diag(d) + np.diag(e, -1) + np.diag(e, 1)
    bands = bands_of(eigh_adjoint(dw, dv, a, w, v), 2)
    return bands[0], bands[1, : np.size(e)]


@shaped_like(2, 3)
def eigh_tridiagonal_tangent(dd: Any, de: Any, w: Any, v: Any) -> tuple[Any, Any]:
    return eigh_tangent(np.diag(dd) + np.diag(de, -1), w, v)


@shaped_like(1, 2)
def eigvalsh_tridiagonal_adjoint(dw: Any, d: Any, e: Any) -> tuple[Any, Any]:
    w, v = linalg.eigh_tridiagonal(d, e)
    return eigh_tridiagonal_adjoint(dw, None, d, e, w, v)


@shaped_like(4)
def eigvalsh_tridiagonal_tangent(dd: Any, de: Any, d: Any, e: Any, w: Any) -> Any:
    v = linalg.eigh_tridiagonal(d, e)[1]
    return dd @ (v * v) + 2.0 * de @ (v[1:] * v[:-1])
