"""Products of vectors, matrices and stacks of them; linear in each factor."""

import operator

import numpy as np

from zygote_nb.ir.callables import Method
from zygote_nb.rules.registry import alias, linear_rule, multilinear_rule
from zygote_nb.runtime.arrays import diagonal_adjoint, reshape_like, unbroadcast
from zygote_nb.runtime.contractions import (
    adjoint_subscripts,
    convolve_adjoint_left,
    convolve_adjoint_right,
    correlate_adjoint_left,
    correlate_adjoint_right,
    cross_adjoint,
    diagonals_adjoint,
    dot_axes,
    einsum_adjoint,
    is_plain,
    kron_adjoint_left,
    kron_adjoint_right,
    tensordot_adjoint_left,
    tensordot_adjoint_right,
    trace_adjoint,
    vecdot_adjoint,
)


@multilinear_rule(operator.matmul)
def matmul_pullback(dy, y, a, b):
    if a.ndim == 1 and b.ndim == 1:
        return dy * b, dy * a
    if a.ndim == 2 and b.ndim == 1:
        return np.outer(dy, b), a.T @ dy
    if a.ndim == 1 and b.ndim == 2:
        return b @ dy, np.outer(a, dy)
    if a.ndim == 2 and b.ndim == 2:
        return dy @ b.T, a.T @ dy
    if a.ndim == 1:
        return unbroadcast(np.sum(b * np.expand_dims(dy, -2), -1), a), unbroadcast(a[:, None] * dy[..., None, :], b)
    if b.ndim == 1:
        return unbroadcast(dy[..., None] * b, a), unbroadcast(np.sum(a * np.expand_dims(dy, -1), -2), b)
    return unbroadcast(dy @ np.swapaxes(b, -1, -2), a), unbroadcast(np.swapaxes(a, -1, -2) @ dy, b)


@multilinear_rule(np.dot)
def dot_pullback(dy, y, a, b):
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
    axes = dot_axes(b.ndim)
    return tensordot_adjoint_left(dy, a, b, axes), tensordot_adjoint_right(dy, a, b, axes)


@multilinear_rule(np.inner)
def inner_pullback(dy, y, a, b):
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
    return tensordot_adjoint_left(dy, a, b, ((-1,), (-1,))), tensordot_adjoint_right(dy, a, b, ((-1,), (-1,)))


@multilinear_rule(np.vdot)
def vdot_pullback(dy, y, a, b):
    if np.iscomplexobj(y):
        return np.conj(dy) * reshape_like(b, a), dy * reshape_like(a, b)
    if np.ndim(a) < 2 and np.ndim(b) < 2:
        return dy * b, dy * a
    return dy * reshape_like(b, a), dy * reshape_like(a, b)


@multilinear_rule(np.outer)
def outer_pullback(dy, y, a, b):
    if np.ndim(a) == 1 and np.ndim(b) == 1:
        return dy @ b, a @ dy
    return reshape_like(dy @ np.ravel(b), a), reshape_like(np.ravel(a) @ dy, b)


multilinear_rule(np.tensordot, lambda dy, y, a, b, axes=2: (
    tensordot_adjoint_left(dy, a, b, axes), tensordot_adjoint_right(dy, a, b, axes)
))  # fmt: skip
multilinear_rule(np.kron, lambda dy, y, a, b: (kron_adjoint_left(dy, a, b), kron_adjoint_right(dy, a, b)))
multilinear_rule(np.convolve, lambda dy, y, a, v, mode="full": (
    convolve_adjoint_left(dy, a, v, mode), convolve_adjoint_right(dy, a, v, mode)
))  # fmt: skip
multilinear_rule(np.correlate, lambda dy, y, a, v, mode="valid": (
    correlate_adjoint_left(dy, a, v, mode),
    np.conj(correlate_adjoint_right(dy, a, v, mode)) if np.iscomplexobj(y) else correlate_adjoint_right(dy, a, v, mode),
))  # fmt: skip


@multilinear_rule(np.einsum)
def einsum_pullback(dy, y, subscripts, *operands, optimize=False, dtype=None, order="K", casting="safe"):
    if not isinstance(subscripts, str):
        raise NotImplementedError("np.einsum is differentiated with subscripts as a string: `np.einsum('ij,j', a, b)`")
    if is_plain(subscripts):
        a, b = operands
        return (
            None,
            unbroadcast(np.einsum(adjoint_subscripts(subscripts, 0), dy, b), a),
            unbroadcast(np.einsum(adjoint_subscripts(subscripts, 1), a, dy), b),
        )
    return None, *[einsum_adjoint(dy, subscripts, operands, i, x) for i, x in enumerate(operands)]


@multilinear_rule(np.cross)
def cross_pullback(dy, y, a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    if axis is None and axisa == -1 and axisb == -1 and axisc == -1:
        if a.ndim == 1 and b.ndim == 1:
            return np.cross(b, dy), np.cross(dy, a)
        return unbroadcast(np.cross(b, dy), a), unbroadcast(np.cross(dy, a), b)
    if axis is None:
        return cross_adjoint(b, dy, a, axisb, axisc, axisa), cross_adjoint(dy, a, b, axisc, axisa, axisb)
    return cross_adjoint(b, dy, a, axis, axis, axis), cross_adjoint(dy, a, b, axis, axis, axis)


# Diagonals and triangles


@linear_rule(np.trace)
def trace_pullback(dy, y, x, offset=0, axis1=0, axis2=1, dtype=None):
    if x.ndim == 2 and axis1 == 0 and axis2 == 1:
        return dy * np.eye(x.shape[0], x.shape[1], offset)
    return trace_adjoint(dy, x, offset, axis1, axis2)


@linear_rule(np.diag)
def diag_pullback(dy, y, v, k=0):
    if v.ndim == 1:
        return np.copy(np.diag(dy, k))
    return diagonal_adjoint(dy, v, k)


@linear_rule(np.diagonal)
def diagonal_pullback(dy, y, x, offset=0, axis1=0, axis2=1):
    if x.ndim == 2 and axis1 == 0 and axis2 == 1:
        return diagonal_adjoint(dy, x, offset)
    return diagonals_adjoint(dy, x, offset, axis1, axis2)


linear_rule(np.diagflat, lambda dy, y, v, k=0: reshape_like(np.copy(np.diag(dy, k)), v))
linear_rule(np.triu, lambda dy, y, m, k=0: np.triu(dy, k) if m.ndim > 1 else np.sum(np.triu(dy, k), 0))
linear_rule(np.tril, lambda dy, y, m, k=0: np.tril(dy, k) if m.ndim > 1 else np.sum(np.tril(dy, k), 0))

# Products of stacks, of NumPy 2

multilinear_rule(np.vecdot, lambda dy, y, a, b, axis=-1: (
    vecdot_adjoint(np.conj(dy) if np.iscomplexobj(dy) else dy, b, a, axis), vecdot_adjoint(dy, a, b, axis)
))  # fmt: skip
if hasattr(np, "matvec"):
    multilinear_rule(np.matvec, lambda dy, y, a, b: (
        unbroadcast(dy[..., None] * np.expand_dims(np.conj(b) if np.iscomplexobj(b) else b, -2), a),
        unbroadcast(np.conj(np.vecmat(dy, a)) if np.iscomplexobj(y) else np.vecmat(dy, a), b),
    ))  # fmt: skip
    multilinear_rule(np.vecmat, lambda dy, y, a, b: (
        unbroadcast(np.matvec(b, np.conj(dy) if np.iscomplexobj(dy) else dy), a),
        unbroadcast(np.expand_dims(a, -1) * np.expand_dims(dy, -2), b)
    ))  # fmt: skip

multilinear_rule(np.linalg.outer, lambda dy, y, a, b: (dy @ b, a @ dy))
multilinear_rule(np.linalg.cross, lambda dy, y, a, b, *, axis=-1: (
    cross_adjoint(b, dy, a, axis, axis, axis), cross_adjoint(dy, a, b, axis, axis, axis)
))  # fmt: skip
multilinear_rule(np.linalg.vecdot, lambda dy, y, a, b, *, axis=-1: (
    vecdot_adjoint(np.conj(dy) if np.iscomplexobj(dy) else dy, b, a, axis), vecdot_adjoint(dy, a, b, axis)
))  # fmt: skip
linear_rule(np.linalg.diagonal, lambda dy, y, x, *, offset=0: diagonals_adjoint(dy, x, offset, -2, -1))
linear_rule(np.linalg.trace, lambda dy, y, x, *, offset=0, dtype=None: trace_adjoint(dy, x, offset, -2, -1))

alias(np.matmul, operator.matmul)
alias(np.linalg.matmul, operator.matmul)
alias(np.linalg.tensordot, np.tensordot)
for _name in ("dot", "trace", "diagonal"):
    alias(Method(_name), getattr(np, _name))
