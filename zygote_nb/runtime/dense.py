"""Adjoints and tangents for ``scipy.linalg``. Loads SciPy, as do the programs that need it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from scipy import linalg

from zygote_nb.errors import ZygoteError
from zygote_nb.runtime.matrices import hermitian
from zygote_nb.runtime.shaped import shaped_like
from zygote_nb.runtime.spectral import cholesky_adjoint, cholesky_tangent


class ComplexResultError(ZygoteError):
    """A function of a real matrix whose value is complex, which the code was not made for."""


# Functions of matrices: the derivative of f at A in the direction E is a block of f([[A, E], [0, A]])


def in_direction(f: Callable[..., Any], a: Any, e: Any, *more: Any) -> Any:
    """The derivative of a function of a square matrix in one direction."""
    n = np.shape(a)[-1]
    value = f(np.concatenate((np.concatenate((a, e), -1), np.concatenate((np.zeros_like(a), a), -1)), -2), *more)
    if np.iscomplexobj(value) and not np.iscomplexobj(a):
        raise ComplexResultError(
            "the function of this real matrix is complex, or not differentiable there",
            hint="its eigenvalues must lie where the function is real and smooth",
        )
    return value[..., :n, n:]


@shaped_like(1)
def of_matrix_adjoint(dy: Any, a: Any, y: Any, f: Callable[..., Any], *more: Any) -> Any:
    """The cotangent of a square matrix, of which a function has been taken."""
    refuse_complex(a, y)
    return in_direction(f, hermitian(a), dy, *more)


@shaped_like(1)
def of_matrix_tangent(da: Any, a: Any, y: Any, f: Callable[..., Any], *more: Any) -> Any:
    refuse_complex(a, y)
    return in_direction(f, a, da, *more)


def refuse_complex(a: Any, y: Any) -> None:
    if np.iscomplexobj(y) and not np.iscomplexobj(a):
        raise ComplexResultError(
            "the function of this real matrix is complex", hint="see docs/limitations: complex numbers"
        )


@shaped_like(1)
def expm_adjoint(dy: Any, a: Any) -> Any:
    return in_direction(linalg.expm, hermitian(a), dy)


# Triangular systems and factors


def opposite(trans: Any) -> int:
    return 0 if trans in (1, 2, "T", "C") else 1


@shaped_like(3)
def triangular_right(dy: Any, a: Any, b: Any, y: Any, trans: Any, lower: bool, unit: bool) -> Any:
    """The cotangent of the right side of ``solve_triangular(a, b)``."""
    return linalg.solve_triangular(a, dy, trans=opposite(trans), lower=lower, unit_diagonal=unit)


@shaped_like(1)
def triangular_matrix(dy: Any, a: Any, b: Any, y: Any, trans: Any, lower: bool, unit: bool) -> Any:
    """The cotangent of the matrix: of the triangle that is read."""
    d_b = triangular_right(dy, a, b, y, trans, lower, unit)
    whole = -columns(d_b) @ columns(y).T
    whole = whole.T if opposite(trans) == 0 else whole
    off = 1 if unit else 0
    return np.tril(whole, -off) if lower else np.triu(whole, off)


def triangular_tangent(t: Any, a: Any, y: Any, trans: Any, lower: bool, unit: bool) -> Any:
    off = 1 if unit else 0
    change = np.tril(t[0], -off) if lower else np.triu(t[0], off)
    change = change.T if opposite(trans) == 0 else change
    return linalg.solve_triangular(a, t[1] - change @ y, trans=trans, lower=lower, unit_diagonal=unit)


def columns(b: Any) -> Any:
    return b[:, None] if np.ndim(b) == 1 else b


@shaped_like(1)
def cho_factor_adjoint(dc: Any, a: Any, c: Any, lower: bool) -> Any:
    """Of the factor one triangle holds the result, the other what was there before, or zeros."""
    part = np.tril if lower else np.triu
    return cholesky_adjoint(part(dc), a, part(c), not lower) + other_triangle(dc, lower)


def cho_factor_tangent(da: Any, c: Any, lower: bool) -> Any:
    part = np.tril if lower else np.triu
    return cholesky_tangent(da, part(c), not lower) + other_triangle(da, lower)


def other_triangle(x: Any, lower: bool) -> Any:
    """What ``cho_factor`` leaves as it was beside the factor."""
    if not keeps_other_triangle():
        return np.zeros_like(x)
    return np.triu(x, 1) if lower else np.tril(x, -1)


@cache
def keeps_other_triangle() -> bool:
    """Whether this SciPy's ``cho_factor`` returns what was there: since 1.18 there are zeros."""
    factor, _ = linalg.cho_factor(np.array([[1.0, 0.5], [0.5, 1.0]]))
    return bool(factor[1, 0])


@shaped_like(1)
def cho_solve_factor(dy: Any, c: Any, lower: bool, y: Any) -> Any:
    """The cotangent of the factor of ``cho_solve((c, lower), b)``."""
    d_a = -columns(linalg.cho_solve((c, lower), dy)) @ hermitian(columns(y))
    both = d_a + hermitian(d_a)
    return np.tril(both @ np.tril(c)) if lower else np.triu(np.triu(c) @ both)


def cho_solve_tangent(dc: Any, db: Any, c: Any, lower: bool, y: Any) -> Any:
    factor, change = (np.tril(c), np.tril(dc)) if lower else (hermitian(np.triu(c)), hermitian(np.triu(dc)))
    da = change @ hermitian(factor) + factor @ hermitian(change)
    return linalg.cho_solve((c, lower), db - da @ y)


# LU


def lu_inner(dl: Any, du: Any, low: Any, up: Any) -> Any:
    """The cotangent of the matrix with its rows in order, from those of both factors."""
    inner = np.tril(low.T @ dl, -1) + np.triu(du @ up.T)
    left = linalg.solve_triangular(low, inner, trans=1, lower=True, unit_diagonal=True)
    return linalg.solve_triangular(up, left.T).T


@shaped_like(2, takes_none=True)
def lu_adjoint(dl: Any, du: Any, a: Any, p: Any, low: Any, up: Any) -> Any:
    """The cotangent of the matrix of ``p, l, u = lu(a)``, which must be square."""
    square(a, "LU")
    return p @ lu_inner(zero_if_none(dl, low), zero_if_none(du, up), low, up)


def lu_tangent(da: Any, p: Any, low: Any, up: Any) -> tuple[Any, Any]:
    square(da, "LU")
    inner = linalg.solve_triangular(low, p.T @ da, lower=True, unit_diagonal=True)
    inner = linalg.solve_triangular(up, inner.T, trans=1).T
    return low @ np.tril(inner, -1), np.triu(inner) @ up


@shaped_like(1)
def lu_factor_adjoint(dlu: Any, a: Any, lu: Any, piv: Any) -> Any:
    square(a, "LU")
    low, up = unit_lower(lu), np.triu(lu)
    return rows_back(lu_inner(np.tril(dlu, -1), np.triu(dlu), low, up), piv)


def lu_factor_tangent(da: Any, lu: Any, piv: Any) -> Any:
    low, up = unit_lower(lu), np.triu(lu)
    dl, du = lu_tangent(rows_in_order(da, piv), np.eye(len(piv)), low, up)
    return dl + du


@shaped_like(1)
def lu_solve_factor(dy: Any, lu: Any, piv: Any, b: Any, y: Any, trans: int) -> Any:
    """The cotangent of the factors of ``lu_solve((lu, piv), b)``."""
    d_b = columns(linalg.lu_solve((lu, piv), dy, trans=opposite(trans)))
    d_a = -(d_b @ columns(y).T) if trans == 0 else -(columns(y) @ d_b.T)
    d_a = rows_in_order(d_a, piv)
    low, up = unit_lower(lu), np.triu(lu)
    return np.tril(d_a @ up.T, -1) + np.triu(low.T @ d_a)


@shaped_like(3)
def lu_solve_right(dy: Any, lu: Any, piv: Any, b: Any, trans: int) -> Any:
    """The cotangent of the right side."""
    return linalg.lu_solve((lu, piv), dy, trans=opposite(trans))


def lu_solve_tangent(dlu: Any, db: Any, lu: Any, piv: Any, y: Any, trans: int) -> Any:
    low, up = unit_lower(lu), np.triu(lu)
    da = rows_back(np.tril(dlu, -1) @ up + low @ np.triu(dlu), piv)
    return linalg.lu_solve((lu, piv), db - (da if trans == 0 else da.T) @ y, trans=trans)


def unit_lower(lu: Any) -> Any:
    return np.tril(lu, -1) + np.eye(np.shape(lu)[-1], dtype=lu.dtype)


def order_of(piv: Any) -> Any:
    """The permutation that the exchanges of rows amount to."""
    order = np.arange(len(piv))
    for i, k in enumerate(piv):
        order[[i, k]] = order[[k, i]]
    return order


def rows_in_order(a: Any, piv: Any) -> Any:
    return a[order_of(piv)]


def rows_back(a: Any, piv: Any) -> Any:
    made = np.empty_like(a)
    made[order_of(piv)] = a
    return made


def square(a: Any, what: str) -> None:
    if np.ndim(a) != 2 or np.shape(a)[0] != np.shape(a)[1]:
        raise ZygoteError(f"the {what} decomposition is differentiated for one square matrix", hint="use qr or svd")


def zero_if_none(d: Any, like: Any) -> Any:
    return np.zeros_like(like) if d is None else d
