"""``scipy.linalg``: Riccati equations, circulant and Toeplitz matrices, companion matrices."""

import numpy as np
from scipy import linalg

from zygote_nb.rules.linearity import by_source, linear
from zygote_nb.rules.registry import multilinear_rule, pullback_rule, pushforward_rule
from zygote_nb.runtime import riccati, structured
from zygote_nb.runtime.dense import columns
from zygote_nb.runtime.matrices import hermitian
from zygote_nb.runtime.riccati import continuous_adjoint, continuous_tangent, discrete_adjoint, discrete_tangent
from zygote_nb.runtime.structured import (
    band_times,
    banded_matrix,
    banded_right,
    circulant_right,
    companion_adjoint,
    companion_tangent,
    discrete_inner,
    discrete_matrix,
    fiedler_adjoint,
    fiedler_companion_adjoint,
    fiedler_companion_tangent,
    fiedler_tangent,
    lyapunov_inner,
    lyapunov_matrix,
    made_of,
    sylvester_inner,
    toeplitz_both,
    toeplitz_column,
    toeplitz_right,
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
    whole = columns(dy) @ hermitian(columns(x))
    if isinstance(c_or_cr, tuple):
        turned = np.concatenate((c_or_cr[0][:1], c_or_cr[1][1:]))
        of_x = linalg.matmul_toeplitz(
            (
                np.conj(turned) if np.iscomplexobj(turned) else turned,
                np.conj(c_or_cr[0]) if np.iscomplexobj(c_or_cr[0]) else c_or_cr[0],
            ),
            dy,
        )
        return (toeplitz_column(whole, c_or_cr[0], c_or_cr[1]), toeplitz_row(whole, c_or_cr[1], c_or_cr[0])), of_x
    if np.iscomplexobj(c_or_cr):
        turned = np.concatenate((np.conj(c_or_cr[:1]), c_or_cr[1:]))
        return toeplitz_both(whole, c_or_cr), linalg.matmul_toeplitz((turned, np.conj(c_or_cr)), dy)
    return toeplitz_both(whole, c_or_cr), linalg.matmul_toeplitz(c_or_cr, dy)


# Banded matrices, Sylvester and Lyapunov equations, Toeplitz matrices

pullback_rule(linalg.solve_banded, lambda dy, y, l_and_u, ab, b, **settings: (
    None, banded_matrix(dy, l_and_u, ab, b, y), banded_right(dy, l_and_u, ab, b)
))  # fmt: skip
pushforward_rule(linalg.solve_banded, lambda t, y, l_and_u, ab, b, **settings: (
    linalg.solve_banded(l_and_u, ab, t[2] - band_times(l_and_u, t[1], y))
))  # fmt: skip


@pullback_rule(linalg.solve_sylvester)
def solve_sylvester_pullback(dy, y, a, b, q):
    g = sylvester_inner(dy, q, a, b)
    return -g @ y.T, -y.T @ g, g


pushforward_rule(linalg.solve_sylvester, lambda t, y, a, b, q: linalg.solve_sylvester(a, b, t[2] - t[0] @ y - y @ t[1]))


@pullback_rule(linalg.solve_continuous_lyapunov)
def solve_continuous_lyapunov_pullback(dy, y, a, q):
    g = lyapunov_inner(dy, q, a)
    return lyapunov_matrix(g, y, a), g


pushforward_rule(linalg.solve_continuous_lyapunov, lambda t, y, a, q: (
    linalg.solve_continuous_lyapunov(a, t[1] - t[0] @ y - y @ hermitian(t[0]))
))  # fmt: skip


@pullback_rule(linalg.solve_discrete_lyapunov)
def solve_discrete_lyapunov_pullback(dy, y, a, q, method=None):
    g = discrete_inner(dy, q, a)
    return discrete_matrix(g, y, a), g


pushforward_rule(linalg.solve_discrete_lyapunov, lambda t, y, a, q, method=None: (
    linalg.solve_discrete_lyapunov(a, t[1] + t[0] @ y @ hermitian(a) + a @ y @ hermitian(t[0]))
))  # fmt: skip


@pullback_rule(linalg.solve_toeplitz)
def solve_toeplitz_pullback(dy, y, c_or_cr, b, check_finite=True):
    if isinstance(c_or_cr, tuple):
        g = toeplitz_right(dy, c_or_cr[0], c_or_cr[1], b)
        whole = -columns(g) @ hermitian(columns(y))
        return (toeplitz_column(whole, c_or_cr[0], c_or_cr[1]), toeplitz_row(whole, c_or_cr[1], c_or_cr[0])), g
    g = toeplitz_right(dy, c_or_cr, None, b)
    return toeplitz_both(-columns(g) @ hermitian(columns(y)), c_or_cr), g


@pushforward_rule(linalg.solve_toeplitz)
def solve_toeplitz_pushforward(t, y, c_or_cr, b, check_finite=True):
    if isinstance(c_or_cr, tuple):
        return linalg.solve_toeplitz(c_or_cr, t[1] - linalg.toeplitz(t[0][0], t[0][1]) @ y)
    return linalg.solve_toeplitz(c_or_cr, t[1] - linalg.toeplitz(t[0]) @ y)


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
    structured.toeplitz_right, structured.banded_right, structured.banded_matrix, structured.sylvester_inner,
    structured.lyapunov_inner, structured.discrete_inner, structured.lyapunov_matrix, structured.discrete_matrix,
    riccati.continuous_adjoint, riccati.discrete_adjoint, structured.circulant_right, structured.companion_adjoint,
    structured.fiedler_adjoint, structured.fiedler_companion_adjoint,
)  # fmt: skip
for _fn in (structured.matrix_read, structured.cotangent_read):
    linear(_fn)
