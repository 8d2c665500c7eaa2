"""Adjoints and tangents of functions of matrices, for stacks of them; real or complex.

The pullbacks are those of M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008); that of the pseudoinverse follows G. Golub and V. Pereyra (1973).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.runtime.arrays import products_of_others, quotient, shares, unbroadcast
from zygote_nb.runtime.shaped import may_hand_back, shaped_like


@may_hand_back
def hermitian(a: Any) -> Any:
    """The conjugate transpose of each matrix of a stack."""
    t = np.swapaxes(a, -1, -2)
    return np.conj(t) if np.iscomplexobj(t) else t


def per_matrix(g: Any) -> Any:
    """A number for each matrix of a stack, as something that multiplies the matrices."""
    return g[..., None, None] if np.ndim(g) else g


@shaped_like(0)
def moved_by(t: Any, slopes: Any) -> Any:
    """How much each entry of a tangent moves a real number with this gradient."""
    return np.real(t * np.conj(slopes)) if np.iscomplexobj(slopes) else t * slopes


# Systems of equations


@shaped_like(1)
def solve_adjoint(dy: Any, a: Any, b: Any, y: Any) -> Any:
    """The cotangent of the matrix of ``np.linalg.solve(a, b)``."""
    d_b = _solved(hermitian(a), dy, b)
    if np.ndim(b) == 1:
        return unbroadcast(-d_b[..., :, None] * np.conj(y)[..., None, :], a)
    return unbroadcast(-d_b @ hermitian(y), a)


@shaped_like(2)
def solve_adjoint_right(dy: Any, a: Any, b: Any) -> Any:
    """The cotangent of the right side of ``np.linalg.solve(a, b)``."""
    return unbroadcast(_solved(hermitian(a), dy, b), b)


def solve_tangent(da: Any, db: Any, a: Any, b: Any, y: Any) -> Any:
    """The tangent of the solution."""
    if np.ndim(b) == 1:
        return _solved(a, db - np.matmul(da, y[..., None])[..., 0], b)
    return np.linalg.solve(a, db - da @ y)


def _solved(a: Any, g: Any, b: Any) -> Any:
    """The solution for ``g``, whose last axis is that of a vector if ``b`` is one."""
    return np.linalg.solve(a, g[..., None])[..., 0] if np.ndim(b) == 1 else np.linalg.solve(a, g)


@shaped_like(1)
def pinv_adjoint(dy: Any, a: Any, y: Any) -> Any:
    """The cotangent of the matrix whose pseudoinverse is ``y``."""
    yh, dh = hermitian(y), hermitian(dy)
    left, right = np.eye(np.shape(a)[-2]) - a @ y, np.eye(np.shape(a)[-1]) - y @ a
    return -yh @ dy @ yh + left @ dh @ y @ yh + yh @ y @ dh @ right


def pinv_tangent(da: Any, a: Any, y: Any) -> Any:
    """The tangent of a pseudoinverse."""
    yh, dh = hermitian(y), hermitian(da)
    left, right = np.eye(np.shape(a)[-2]) - a @ y, np.eye(np.shape(a)[-1]) - y @ a
    return -y @ da @ y + y @ yh @ dh @ left + right @ dh @ yh @ y


# Least squares: the solution is the pseudoinverse times the right side


@shaped_like(3, takes_none=True)
def lstsq_adjoint(dx: Any, dr: Any, ds: Any, a: Any, b: Any, x: Any) -> Any:
    """The cotangent of the matrix of ``np.linalg.lstsq(a, b)``, from those of solution, residuals, singular values."""
    right, solution = _columns(b), _columns(x)
    y = np.linalg.pinv(a)
    g = np.zeros(np.shape(a), np.result_type(a, np.float64))
    if dx is not None:
        g = g + pinv_adjoint(_columns(dx) @ hermitian(right), a, y)
    if dr is not None and np.size(dr):
        g = g + 2 * ((a @ solution - right) * dr) @ hermitian(solution)
    if ds is not None:
        u, _, vh = np.linalg.svd(a, full_matrices=False)
        g = g + (u * ds) @ vh
    return g


@shaped_like(3, takes_none=True)
def lstsq_adjoint_right(dx: Any, dr: Any, a: Any, b: Any, x: Any) -> Any:
    """The cotangent of the right side."""
    g = np.zeros(np.shape(_columns(b)), np.result_type(a, np.float64))
    if dx is not None:
        g = g + hermitian(np.linalg.pinv(a)) @ _columns(dx)
    if dr is not None and np.size(dr):
        g = g - 2 * (a @ _columns(x) - _columns(b)) * dr
    return np.reshape(g, np.shape(b))


def lstsq_tangent(da: Any, db: Any, a: Any, b: Any, y: Any) -> tuple[Any, Any, float, Any]:
    """The tangents of the solution, the residuals and the singular values."""
    x, residuals, s = y[0], y[1], y[3]
    inverse = np.linalg.pinv(a)
    dx = pinv_tangent(da, a, inverse) @ b + inverse @ db
    off, change = a @ _columns(x) - _columns(b), da @ _columns(x) - _columns(db)
    dr = 2 * np.sum(np.real(np.conj(off) * change), axis=0) if np.size(residuals) else np.zeros(0)
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    ds = np.real(np.sum(np.conj(u) * (da @ hermitian(vh)), axis=0))
    return dx, dr if np.ndim(residuals) else dr[0], 0.0, np.reshape(ds, np.shape(s))


def _columns(b: Any) -> Any:
    return b[:, None] if np.ndim(b) == 1 else b


# Determinants


@shaped_like(0)
def cofactors_of_stack(a: Any) -> Any:
    """The matrices of cofactors, of matrices that may be singular."""
    u, s, vh = np.linalg.svd(a)
    factor = per_matrix(np.linalg.det(u) * np.linalg.det(vh))
    return np.conj(factor) * (u * products_of_others(s, -1)[..., None, :]) @ vh


# Norms


@shaped_like(0)
def norm_slopes(x: Any, y: Any, ord: Any, axis: Any) -> Any:
    """The partial derivatives of ``np.linalg.norm``; ``y`` is the norm with the reduced axes kept."""
    if axis is None and (ord is None or np.ndim(x) == 1):
        axis = tuple(range(np.ndim(x)))
    axes = (tuple(range(np.ndim(x))) if axis is None else axis) if not isinstance(axis, int) else (axis,)
    if len(axes) == 1 or ord is None:
        return vector_norm_slopes(x, y, 2 if ord is None else ord, axes)
    last = (-2, -1)
    moved, norms = np.moveaxis(x, axes, last), np.moveaxis(y, axes, last)
    return np.moveaxis(_matrix_norm_slopes(moved, norms, ord), last, axes)


@shaped_like(0)
def vector_norm_slopes(x: Any, y: Any, ord: Any, axis: Any) -> Any:
    """Of a norm of vectors: 0 where an entry is 0, ties share."""
    if ord == 2 or ord is None:
        return quotient(x, y)
    size, direction = np.abs(x), quotient(x, np.abs(x)) if np.iscomplexobj(x) else np.sign(x)
    if ord in (np.inf, -np.inf):
        return direction * shares(size, y, axis)
    if ord == 0:
        return np.zeros_like(x)
    if ord == 1:
        return direction
    return direction * np.where(size == 0, 0.0, quotient(np.where(size == 0, 1.0, size) ** (ord - 1), y ** (ord - 1)))


def _matrix_norm_slopes(x: Any, y: Any, ord: Any) -> Any:
    if ord == "fro":
        return quotient(x, y)
    if ord in (1, -1, np.inf, -np.inf):
        direction = quotient(x, np.abs(x)) if np.iscomplexobj(x) else np.sign(x)
        along, across = (-2, -1) if ord in (1, -1) else (-1, -2)
        sums = np.sum(np.abs(x), axis=along, keepdims=True)
        # The norm itself may have been added up in another order.
        extreme = np.max if ord in (1, np.inf) else np.min
        return direction * shares(sums, extreme(sums, axis=across, keepdims=True), across)
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    if ord == "nuc":
        weights = (s > np.max(s, axis=-1, keepdims=True) * max(np.shape(x)[-2:]) * np.finfo(s.dtype).eps).astype(
            s.dtype
        )
    else:
        weights = shares(s, s[..., :1] if ord == 2 else s[..., -1:], -1)
    return (u * weights[..., None, :]) @ vh


@shaped_like(0)
def cond_slopes(x: Any, y: Any, p: Any) -> Any:
    """The partial derivatives of a condition number."""
    if p in (None, 2, -2):
        u, s, vh = np.linalg.svd(x, full_matrices=False)
        weights = np.zeros_like(s)
        first, last = (0, -1) if p != -2 else (-1, 0)
        weights[..., first] += 1 / s[..., last]
        weights[..., last] -= s[..., first] / s[..., last] ** 2
        return (u * weights[..., None, :]) @ vh
    inverse = np.linalg.inv(x)
    norms = [np.linalg.norm(m, p, (-2, -1), keepdims=True) for m in (x, inverse)]
    of_x, of_inverse = (_matrix_norm_slopes(m, n, p) for m, n in zip((x, inverse), norms, strict=True))
    h = hermitian(inverse)
    return norms[1] * of_x - norms[0] * (h @ of_inverse @ h)


# Powers and chains


@shaped_like(1)
def matrix_power_adjoint(dy: Any, a: Any, n: int) -> Any:
    """The sum over the places that each factor has in the product."""
    if n < 0:
        inverse = np.linalg.inv(a)
        h = hermitian(inverse)
        return -h @ matrix_power_adjoint(dy, inverse, -n) @ h
    h, g, total = hermitian(a), dy, np.zeros_like(dy)
    for k in range(n):
        total = total + g @ np.linalg.matrix_power(h, n - 1 - k)
        g = h @ g
    return total


@shaped_like(1)
def matrix_power_tangent(da: Any, a: Any, n: int) -> Any:
    """The tangent of a power of a matrix, which commutes with none of its changes."""
    return hermitian(matrix_power_adjoint(hermitian(da), a, n))


@shaped_like(1)
def multi_dot_adjoint(dy: Any, arrays: Any) -> Any:
    """For each factor the products of those before and behind it."""
    matrices = [np.atleast_2d(a) for a in arrays]
    if np.ndim(arrays[-1]) == 1:
        matrices[-1] = matrices[-1].T
    g = np.reshape(dy, (len(matrices[0]), np.shape(matrices[-1])[1]))
    parts = []
    for i, a in enumerate(arrays):
        left, right = matrices[:i], matrices[i + 1 :]
        d = g if not left else hermitian(_product(left)) @ g
        d = d if not right else d @ hermitian(_product(right))
        parts.append(np.reshape(d, np.shape(a)))
    return tuple(parts)


def _product(matrices: list[Any]) -> Any:
    return np.linalg.multi_dot(matrices) if len(matrices) > 1 else matrices[0]


def multi_dot_tangent(t: Any, arrays: Any) -> Any:
    """The sum over the factors of the product with that factor's tangent in its place."""
    terms = [np.linalg.multi_dot([*arrays[:i], d, *arrays[i + 1 :]]) for i, d in enumerate(t)]
    return sum(terms[1:], terms[0])


# Tensors as matrices


@shaped_like(1)
def tensorinv_adjoint(dy: Any, a: Any, y: Any, ind: int) -> Any:
    """As for the inverse, the first ``ind`` axes being the rows."""
    rows = int(np.prod(np.shape(a)[:ind]))
    h = hermitian(np.reshape(y, (-1, rows)))
    return np.reshape(-h @ np.reshape(dy, (-1, rows)) @ h, np.shape(a))


@shaped_like(2)
def tensorinv_tangent(da: Any, a: Any, y: Any, ind: int) -> Any:
    """As for the inverse, the first ``ind`` axes being the rows."""
    rows = int(np.prod(np.shape(a)[:ind]))
    inverse = np.reshape(y, (-1, rows))
    return np.reshape(-inverse @ np.reshape(da, (rows, -1)) @ inverse, np.shape(y))


@shaped_like(1)
def tensorsolve_adjoint(dx: Any, a: Any, b: Any, x: Any, axes: Any) -> Any:
    """The cotangent of the tensor of coefficients."""
    moved, back = _solved_axes(a, axes)
    d_b = _flat_solution(np.swapaxes(_flat(moved, b), 0, 1), dx)
    return back(np.reshape(-np.outer(d_b, np.ravel(x)), np.shape(moved)))


@shaped_like(2)
def tensorsolve_adjoint_right(dx: Any, a: Any, b: Any, axes: Any) -> Any:
    """The cotangent of the right side."""
    moved, _ = _solved_axes(a, axes)
    return np.reshape(_flat_solution(np.swapaxes(_flat(moved, b), 0, 1), dx), np.shape(b))


@shaped_like(4)
def tensorsolve_tangent(da: Any, db: Any, a: Any, b: Any, x: Any, axes: Any) -> Any:
    """The tangent of the solution."""
    moved, _ = _solved_axes(a, axes)
    change, _ = _solved_axes(da, axes)
    right = np.ravel(db) - _flat(change, b) @ np.ravel(x)
    return np.reshape(_flat_solution(_flat(moved, b), right), np.shape(x))


def _solved_axes(a: Any, axes: Any) -> tuple[Any, Any]:
    """The tensor with the axes of the unknown last, and the way back."""
    if axes is None:
        return a, lambda g: g
    order = [k for k in range(np.ndim(a)) if k not in axes] + list(axes)
    return np.transpose(a, order), lambda g: np.transpose(g, np.argsort(order))


def _flat(a: Any, b: Any) -> Any:
    return np.reshape(a, (np.size(b), -1))


def _flat_solution(matrix: Any, right: Any) -> Any:
    return np.linalg.solve(matrix, np.ravel(right))
