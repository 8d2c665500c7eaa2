"""Functions of matrices.

The pullbacks of matrix functions are those of M. Giles, "Collected matrix derivative results for forward and reverse
mode algorithmic differentiation" (2008).
"""

import numpy as np

from zygote_nb.rules.registry import frule, rrule
from zygote_nb.runtime.arrays import cofactors, quotient, shares


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
