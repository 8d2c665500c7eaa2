"""Functions of matrices, and of stacks of them.

A function that reads one triangle of a symmetric matrix has a cotangent in that triangle.
"""

import numpy as np

from zygote_nb.rules.registry import (
    non_differentiable,
    pullback_rule,
    pushforward_rule,
)
from zygote_nb.runtime.arrays import cofactors, quotient, shares
from zygote_nb.runtime.matrices import (
    cofactors_of_stack,
    cond_slopes,
    lstsq_adjoint,
    lstsq_adjoint_right,
    lstsq_tangent,
    matrix_power_adjoint,
    matrix_power_tangent,
    moved_by,
    multi_dot_adjoint,
    multi_dot_tangent,
    norm_slopes,
    per_matrix,
    pinv_adjoint,
    pinv_tangent,
    solve_adjoint,
    solve_adjoint_right,
    solve_tangent,
    tensorinv_adjoint,
    tensorinv_tangent,
    tensorsolve_adjoint,
    tensorsolve_adjoint_right,
    tensorsolve_tangent,
    vector_norm_slopes,
)
from zygote_nb.runtime.reductions import with_axes
from zygote_nb.runtime.shaped import ITSELF_WHERE
from zygote_nb.runtime.spectral import pinvh_adjoint, pinvh_tangent

# Norms


@pullback_rule(np.linalg.norm)
def norm_pullback(dy, y, x, ord=None, axis=None, keepdims=False):
    if ord is None or (ord == 2 and (x.ndim == 1 or isinstance(axis, int))) or (ord == "fro" and x.ndim == 2):
        if axis is None or keepdims:
            return quotient(dy * x, y)
        return quotient(np.expand_dims(dy, axis) * x, np.expand_dims(y, axis))
    if ord == 1 and x.ndim == 1:
        return dy * np.sign(x)
    if ord == np.inf and x.ndim == 1:
        return dy * np.sign(x) * shares(np.abs(x), y)
    return with_axes(dy, axis, keepdims, x.ndim) * norm_slopes(x, with_axes(y, axis, keepdims, x.ndim), ord, axis)


pushforward_rule(np.linalg.norm, lambda t, y, x, ord=None, axis=None, keepdims=False: (
    np.sum(
        moved_by(t[0], norm_slopes(x, with_axes(y, axis, keepdims, x.ndim), ord, axis)), axis=axis, keepdims=keepdims
    )
))  # fmt: skip
pullback_rule(np.linalg.vector_norm, lambda dy, y, x, *, axis=None, keepdims=False, ord=2: (
    with_axes(dy, axis, keepdims, x.ndim)
    * vector_norm_slopes(x, with_axes(y, axis, keepdims, x.ndim), ord, axis)
))  # fmt: skip
pushforward_rule(np.linalg.vector_norm, lambda t, y, x, *, axis=None, keepdims=False, ord=2: (
    np.sum(
        moved_by(t[0], vector_norm_slopes(x, with_axes(y, axis, keepdims, x.ndim), ord, axis)),
        axis=axis, keepdims=keepdims,
    )
))  # fmt: skip
pullback_rule(np.linalg.matrix_norm, lambda dy, y, x, *, keepdims=False, ord="fro": (
    with_axes(dy, (-2, -1), keepdims, x.ndim)
    * norm_slopes(x, with_axes(y, (-2, -1), keepdims, x.ndim), ord, (-2, -1))
))  # fmt: skip
pushforward_rule(np.linalg.matrix_norm, lambda t, y, x, *, keepdims=False, ord="fro": (
    np.sum(
        moved_by(t[0], norm_slopes(x, with_axes(y, (-2, -1), keepdims, x.ndim), ord, (-2, -1))),
        axis=(-2, -1), keepdims=keepdims,
    )
))  # fmt: skip
pullback_rule(np.linalg.cond, lambda dy, y, x, p=None: per_matrix(dy) * cond_slopes(x, y, p))
pushforward_rule(np.linalg.cond, lambda t, y, x, p=None: np.sum(moved_by(t[0], cond_slopes(x, y, p)), axis=(-2, -1)))

# Systems of equations and inverses


@pullback_rule(np.linalg.solve)
def solve_pullback(dy, y, a, b):
    if a.ndim > 2 or b.ndim > 2 or np.iscomplexobj(y):
        return solve_adjoint(dy, a, b, y), solve_adjoint_right(dy, a, b)
    d_b = np.linalg.solve(a.T, dy)
    if b.ndim == 1:
        return -np.outer(d_b, y), d_b
    return -d_b @ y.T, d_b


@pushforward_rule(np.linalg.solve)
def solve_pushforward(t, y, a, b):
    if a.ndim > 2 or b.ndim > 2:
        return solve_tangent(t[0], t[1], a, b, y)
    return np.linalg.solve(a, t[1] - t[0] @ y)


pullback_rule(np.linalg.inv, lambda dy, y, a: -y.T @ dy @ y.T if a.ndim == 2 else -y.mT @ dy @ y.mT)
pushforward_rule(np.linalg.inv, lambda t, y, a: -y @ t[0] @ y)
pullback_rule(np.linalg.pinv, lambda dy, y, a, rcond=None, hermitian=False, *, rtol=None: (
    pinvh_adjoint(dy, a, y) if hermitian else pinv_adjoint(dy, a, y)
))  # fmt: skip
pushforward_rule(np.linalg.pinv, lambda t, y, a, rcond=None, hermitian=False, *, rtol=None: (
    pinvh_tangent(t[0], a, y) if hermitian else pinv_tangent(t[0], a, y)
))  # fmt: skip
pullback_rule(np.linalg.lstsq, lambda dy, y, a, b, rcond=None: (
    lstsq_adjoint(dy[0], dy[1], dy[3], a, b, y[0]), lstsq_adjoint_right(dy[0], dy[1], a, b, y[0])
))  # fmt: skip
pushforward_rule(np.linalg.lstsq, lambda t, y, a, b, rcond=None: lstsq_tangent(t[0], t[1], a, b, y))
pullback_rule(np.linalg.tensorinv, lambda dy, y, a, ind=2: tensorinv_adjoint(dy, a, y, ind))
pushforward_rule(np.linalg.tensorinv, lambda t, y, a, ind=2: tensorinv_tangent(t[0], a, y, ind))
pullback_rule(np.linalg.tensorsolve, lambda dy, y, a, b, axes=None: (
    tensorsolve_adjoint(dy, a, b, y, axes), tensorsolve_adjoint_right(dy, a, b, axes)
))  # fmt: skip
pushforward_rule(np.linalg.tensorsolve, lambda t, y, a, b, axes=None: tensorsolve_tangent(t[0], t[1], a, b, y, axes))

# Determinants

pullback_rule(np.linalg.det, lambda dy, y, a: (
    dy * cofactors(a) if a.ndim == 2 else per_matrix(dy) * cofactors_of_stack(a)
))  # fmt: skip
pushforward_rule(np.linalg.det, lambda t, y, a: np.sum(
    t[0] * (np.conj(cofactors_of_stack(a)) if np.iscomplexobj(a) else cofactors_of_stack(a)), axis=(-2, -1)
))  # fmt: skip
pullback_rule(np.linalg.slogdet, lambda dy, y, a: (
    per_matrix(dy[1] + 1j * np.imag(dy[0] * np.conj(y[0]))) * np.conj(np.swapaxes(np.linalg.inv(a), -1, -2))
    if np.iscomplexobj(a) else
    per_matrix(dy[1]) * np.swapaxes(np.linalg.inv(a), -1, -2)
))  # fmt: skip


@pushforward_rule(np.linalg.slogdet)
def slogdet_pushforward(t, y, a):
    relative = np.trace(np.linalg.solve(a, t[0]), axis1=-2, axis2=-1)
    if np.iscomplexobj(a):
        return 1j * np.imag(relative) * y[0], np.real(relative)
    return np.zeros_like(y[0]), relative


# Powers and chains

ITSELF_WHERE[np.linalg.matrix_power] = "n", 1, 1
pullback_rule(np.linalg.matrix_power, lambda dy, y, a, n: matrix_power_adjoint(dy, a, n))
pushforward_rule(np.linalg.matrix_power, lambda t, y, a, n: matrix_power_tangent(t[0], a, n))
pullback_rule(np.linalg.multi_dot, lambda dy, y, arrays, *, out=None: multi_dot_adjoint(dy, arrays))
pushforward_rule(np.linalg.multi_dot, lambda t, y, arrays, *, out=None: multi_dot_tangent(t[0], arrays))

non_differentiable(np.linalg.matrix_rank)
