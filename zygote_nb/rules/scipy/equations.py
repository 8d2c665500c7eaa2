"""``scipy.linalg``: Riccati equations, circulant and Toeplitz matrices, companion matrices."""

import numpy as np
from scipy import linalg

from zygote_nb.rules.linearity import by_source, linear
from zygote_nb.rules.registry import multilinear_rule, pullback_rule, pushforward_rule
from zygote_nb.runtime import riccati, structured
from zygote_nb.runtime.dense import columns
from zygote_nb.runtime.riccati import continuous_adjoint, continuous_tangent, discrete_adjoint, discrete_tangent
from zygote_nb.runtime.structured import (
    circulant_right,
    companion_adjoint,
    companion_tangent,
    fiedler_adjoint,
    fiedler_companion_adjoint,
    fiedler_companion_tangent,
    fiedler_tangent,
    made_of,
    toeplitz_column,
    toeplitz_row,
)

WEIGHTED = "with `e` or `s` it is not differentiated; put them into the other coefficients"
TURNED = "it is differentiated with one circulant matrix, and the default axes"


@pullback_rule(linalg.solve_continuous_are)
def solve_continuous_are_pullback(dy, y, a, b, q, r, e=None, s=None, balanced=True):
    if e is not None or s is not None:
        raise NotImplementedError(WEIGHTED)
    return continuous_adjoint(dy, a, b, q, r, y)


@pullback_rule(linalg.solve_discrete_are)
def solve_discrete_are_pullback(dy, y, a, b, q, r, e=None, s=None, balanced=True):
    if e is not None or s is not None:
        raise NotImplementedError(WEIGHTED)
    return discrete_adjoint(dy, a, b, q, r, y)


pushforward_rule(linalg.solve_continuous_are, lambda t, y, a, b, q, r, **settings: (
    continuous_tangent(t[:4], a, b, q, r, y)
))  # fmt: skip
pushforward_rule(linalg.solve_discrete_are, lambda t, y, a, b, q, r, **settings: (
    discrete_tangent(t[:4], a, b, q, r, y)
))  # fmt: skip


@pullback_rule(linalg.solve_circulant)
def solve_circulant_pullback(dy, y, c, b, singular="raise", tol=None, caxis=-1, baxis=0, outaxis=0):
    if c.ndim != 1 or (caxis, baxis, outaxis) != (-1, 0, 0) or singular != "raise":
        raise NotImplementedError(TURNED)
    g = circulant_right(dy, c, b)
    return made_of(-columns(g) @ columns(y).T, c, linalg.circulant), g


pushforward_rule(linalg.solve_circulant, lambda t, y, c, b, **settings: (
    linalg.solve_circulant(c, t[1] - linalg.circulant(t[0]) @ y)
))  # fmt: skip


@multilinear_rule(linalg.matmul_toeplitz)
def matmul_toeplitz_pullback(dy, y, c_or_cr, x, check_finite=False, workers=None):
    whole = columns(dy) @ columns(x).T
    if isinstance(c_or_cr, tuple):
        of_x = linalg.matmul_toeplitz((np.concatenate((c_or_cr[0][:1], c_or_cr[1][1:])), c_or_cr[0]), dy)
        return (toeplitz_column(whole, c_or_cr[0], c_or_cr[1]), toeplitz_row(whole, c_or_cr[1], c_or_cr[0])), of_x
    return toeplitz_column(whole, c_or_cr, None), linalg.matmul_toeplitz(c_or_cr, dy)


# Matrices made of vectors

pullback_rule(linalg.companion, lambda dy, y, a: companion_adjoint(dy, a))
pushforward_rule(linalg.companion, lambda t, y, a: companion_tangent(t[0], a))
pullback_rule(linalg.fiedler, lambda dy, y, a: fiedler_adjoint(dy, a))
pushforward_rule(linalg.fiedler, lambda t, y, a: fiedler_tangent(t[0], a))
pullback_rule(linalg.fiedler_companion, lambda dy, y, a: fiedler_companion_adjoint(dy, a))
pushforward_rule(linalg.fiedler_companion, lambda t, y, a: fiedler_companion_tangent(t[0], a))
pullback_rule(linalg.leslie, lambda dy, y, f, s: (dy[0], np.diagonal(dy, -1)), linear="jointly")
linear(linalg.leslie, 0, 1)

by_source(
    riccati.continuous_adjoint, riccati.discrete_adjoint, structured.circulant_right, structured.companion_adjoint,
    structured.fiedler_adjoint, structured.fiedler_companion_adjoint,
)  # fmt: skip
for _fn in (structured.matrix_read, structured.cotangent_read):
    linear(_fn)
