"""Products of vectors and matrices, and functions of square matrices.

The pullbacks of matrix functions are those of M. Giles, "Collected matrix derivative results for forward and reverse
mode algorithmic differentiation" (2008).
"""

import operator

import numpy as np

from zygote_nb.ir.core import Method
from zygote_nb.rules.registry import alias, frule, linear, multilinear, rrule
from zygote_nb.runtime.arrays import cofactors, diagonal_adjoint, quotient, reshape_like, shares, unbroadcast


@rrule(operator.matmul)
def matmul_rule(a, b):
    def matmul_pullback(dy):
        if a.ndim == 1 and b.ndim == 1:
            return dy * b, dy * a
        if a.ndim == 2 and b.ndim == 1:
            return np.outer(dy, b), a.T @ dy
        if a.ndim == 1 and b.ndim == 2:
            return b @ dy, np.outer(a, dy)
        if a.ndim == 2 and b.ndim == 2:
            return dy @ b.T, a.T @ dy
        if a.ndim > 1 and b.ndim > 1:
            return unbroadcast(dy @ np.swapaxes(b, -1, -2), a), unbroadcast(np.swapaxes(a, -1, -2) @ dy, b)
        raise ValueError("the product of a vector and a stack of matrices has no derivative rule")

    return a @ b, matmul_pullback


@rrule(np.dot)
def dot_rule(a, b):
    def dot_pullback(dy):
        if np.ndim(a) == 0 or np.ndim(b) == 0:
            return unbroadcast(dy * b, a), unbroadcast(dy * a, b)
        if a.ndim == 1 and b.ndim == 1:
            return dy * b, dy * a
        if a.ndim == 2 and b.ndim == 1:
            return np.outer(dy, b), a.T @ dy
        if a.ndim == 1 and b.ndim == 2:
            return b @ dy, np.outer(a, dy)
        if a.ndim == 2 and b.ndim == 2:
            return dy @ b.T, a.T @ dy
        raise ValueError("np.dot of arrays of more than two dimensions has no derivative rule; use @ or np.einsum")

    return np.dot(a, b), dot_pullback


@rrule(np.inner)
def inner_rule(a, b):
    def inner_pullback(dy):
        if np.ndim(a) == 0 or np.ndim(b) == 0:
            return unbroadcast(dy * b, a), unbroadcast(dy * a, b)
        if a.ndim == 1 and b.ndim == 1:
            return dy * b, dy * a
        if a.ndim == 2 and b.ndim == 1:
            return np.outer(dy, b), a.T @ dy
        if a.ndim == 1 and b.ndim == 2:
            return b.T @ dy, np.outer(dy, a)
        if a.ndim == 2 and b.ndim == 2:
            return dy @ b, dy.T @ a
        raise ValueError("np.inner of arrays of more than two dimensions has no derivative rule; use @ or np.einsum")

    return np.inner(a, b), inner_pullback


@rrule(np.vdot)
def vdot_rule(a, b):
    def vdot_pullback(dy):
        if a.ndim == 1 and b.ndim == 1:
            return dy * b, dy * a
        return dy * reshape_like(b, a), dy * reshape_like(a, b)

    return np.vdot(a, b), vdot_pullback


@rrule(np.outer)
def outer_rule(a, b):
    def outer_pullback(dy):
        if a.ndim == 1 and b.ndim == 1:
            return dy @ b, a @ dy
        return reshape_like(dy @ np.ravel(b), a), reshape_like(np.ravel(a) @ dy, b)

    return np.outer(a, b), outer_pullback


@rrule(np.cross)
def cross_rule(a, b):
    def cross_pullback(dy):
        if a.ndim == 1 and b.ndim == 1:
            return np.cross(b, dy), np.cross(dy, a)
        return unbroadcast(np.cross(b, dy), a), unbroadcast(np.cross(dy, a), b)

    return np.cross(a, b), cross_pullback


@rrule(np.trace)
def trace_rule(x, offset=0):
    def trace_pullback(dy):
        if x.ndim == 2:
            return dy * np.eye(x.shape[0], x.shape[1], offset)
        raise ValueError("np.trace of a stack of matrices has no derivative rule")

    return np.trace(x, offset), trace_pullback


@rrule(np.diag)
def diag_rule(v, k=0):
    def diag_pullback(dy):
        if v.ndim == 1:
            return np.copy(np.diag(dy, k))
        return diagonal_adjoint(dy, v, k)

    return np.diag(v, k), diag_pullback


@rrule(np.diagonal)
def diagonal_rule(x, offset=0):
    def diagonal_pullback(dy):
        if x.ndim == 2:
            return diagonal_adjoint(dy, x, offset)
        raise ValueError("np.diagonal of a stack of matrices has no derivative rule")

    return np.diagonal(x, offset), diagonal_pullback


@rrule(np.triu)
def triu_rule(m, k=0):
    def triu_pullback(dy):
        if m.ndim > 1:
            return np.triu(dy, k)
        raise ValueError("np.triu of a vector has no derivative rule")

    return np.triu(m, k), triu_pullback


@rrule(np.tril)
def tril_rule(m, k=0):
    def tril_pullback(dy):
        if m.ndim > 1:
            return np.tril(dy, k)
        raise ValueError("np.tril of a vector has no derivative rule")

    return np.tril(m, k), tril_pullback


@rrule(np.linalg.norm)
def norm_rule(x, ord=None, axis=None, *, keepdims=False):
    y = np.linalg.norm(x, ord, axis, keepdims)

    def norm_pullback(dy):
        if ord is None or (ord == 2 and (x.ndim == 1 or axis is not None)) or ord == "fro":
            if axis is None or keepdims:
                return quotient(dy * x, y)
            return quotient(np.expand_dims(dy, axis) * x, np.expand_dims(y, axis))
        if ord == 1 and x.ndim == 1:
            return dy * np.sign(x)
        if ord == np.inf and x.ndim == 1:
            return dy * np.sign(x) * shares(np.abs(x), y)
        raise ValueError("np.linalg.norm of this ord has no derivative rule")

    return y, norm_pullback


@frule(np.linalg.norm)
def norm_forward(tangents, x, ord=None, axis=None, *, keepdims=False):
    y = np.linalg.norm(x, ord, axis, keepdims)
    if ord is None or (ord == 2 and (x.ndim == 1 or axis is not None)) or ord == "fro":
        return y, quotient(np.sum(tangents[0] * x, axis=axis, keepdims=keepdims), y)
    if ord == 1 and x.ndim == 1:
        return y, np.sum(tangents[0] * np.sign(x), axis=axis, keepdims=keepdims)
    if ord == np.inf and x.ndim == 1:
        return y, np.sum(tangents[0] * np.sign(x) * shares(np.abs(x), y), axis=axis, keepdims=keepdims)
    raise ValueError("np.linalg.norm of this ord has no derivative rule")


@rrule(np.linalg.solve)
def solve_rule(a, b):
    y = np.linalg.solve(a, b)

    def solve_pullback(dy):
        d_b = np.linalg.solve(a.T, dy)
        if b.ndim == 1:
            return -np.outer(d_b, y), d_b
        return -d_b @ y.T, d_b

    if a.ndim > 2 or b.ndim > 2:
        raise ValueError("np.linalg.solve with stacks of matrices has no derivative rule")
    return y, solve_pullback


@frule(np.linalg.solve)
def solve_forward(tangents, a, b):
    da, db = tangents
    y = np.linalg.solve(a, b)
    return y, np.linalg.solve(a, db - da @ y)


@rrule(np.linalg.inv)
def inv_rule(a):
    y = np.linalg.inv(a)

    def inv_pullback(dy):
        return -np.swapaxes(y, -1, -2) @ dy @ np.swapaxes(y, -1, -2) if a.ndim > 2 else -y.T @ dy @ y.T

    return y, inv_pullback


@frule(np.linalg.inv)
def inv_forward(tangents, a):
    y = np.linalg.inv(a)
    return y, -y @ tangents[0] @ y


@rrule(np.linalg.det)
def det_rule(a):
    def det_pullback(dy):
        if a.ndim == 2:
            return dy * cofactors(a)
        raise ValueError("np.linalg.det of a stack of matrices has no derivative rule")

    return np.linalg.det(a), det_pullback


for _fn in (operator.matmul, np.dot, np.inner, np.vdot, np.outer, np.cross):
    multilinear(_fn)
for _fn in (np.trace, np.diag, np.diagonal, np.triu, np.tril):
    linear(_fn)


alias(np.matmul, operator.matmul)
for _name in ("dot", "trace", "diagonal"):
    alias(Method(_name), getattr(np, _name))
