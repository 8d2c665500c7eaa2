"""Polynomials of NumPy's older interface, highest coefficient first."""

import numpy as np

from zygote_nb.rules.registry import linear_rule, multilinear_rule, pullback_rule, pushforward_rule
from zygote_nb.runtime.arrays import unbroadcast
from zygote_nb.runtime.contractions import convolve_adjoint_left, convolve_adjoint_right
from zygote_nb.runtime.polynomials import (
    poly_adjoint,
    poly_tangent,
    polyadd_tangent,
    polyder_adjoint,
    polydiv_adjoint,
    polydiv_adjoint_divisor,
    polydiv_tangent,
    polyfit_adjoint,
    polyfit_tangent,
    polyfit_values_adjoint,
    polyfit_weights_adjoint,
    polyint_adjoint,
    polyint_constants_adjoint,
    polyval_adjoint,
    slope_at,
    tail_like,
)
from zygote_nb.runtime.shaped import ITSELF_WHERE

pullback_rule(np.polyval, lambda dy, y, p, x: (polyval_adjoint(dy, p, x), unbroadcast(dy * slope_at(p, x), x)))
pushforward_rule(np.polyval, lambda t, y, p, x: np.polyval(t[0], x) + t[1] * slope_at(p, x))

pullback_rule(np.polyadd, lambda dy, y, a, b: (tail_like(dy, a), tail_like(dy, b)))
pullback_rule(np.polysub, lambda dy, y, a, b: (tail_like(dy, a), -tail_like(dy, b)))
pushforward_rule(np.polyadd, lambda t, y, a, b: polyadd_tangent(t[0], t[1], y, 1.0))
pushforward_rule(np.polysub, lambda t, y, a, b: polyadd_tangent(t[0], t[1], y, -1.0))
multilinear_rule(np.polymul, lambda dy, y, a, b: (convolve_adjoint_left(dy, a, b), convolve_adjoint_right(dy, a, b)))
pullback_rule(np.polydiv, lambda dy, y, u, v: (
    polydiv_adjoint(dy[0], dy[1], u, v, y[0]), polydiv_adjoint_divisor(dy[0], dy[1], u, v, y[0])
))  # fmt: skip
pushforward_rule(np.polydiv, lambda t, y, u, v: polydiv_tangent(t[0], t[1], y[0], y[1], u, v))

ITSELF_WHERE |= {np.polyder: ("m", 1, 0), np.polyint: ("m", 1, 0)}
linear_rule(np.polyder, lambda dy, y, p, m=1: polyder_adjoint(dy, p, m))
linear_rule(np.polyint, lambda dy, y, p, m=1, k=None: (
    polyint_adjoint(dy, p, m), None, None if k is None else polyint_constants_adjoint(dy, k, m)
))  # fmt: skip


@pullback_rule(np.poly)
def poly_pullback(dy, y, seq_of_zeros):
    if np.ndim(seq_of_zeros) != 1:
        raise NotImplementedError("np.poly of a matrix is not differentiated; take its eigenvalues first")
    return poly_adjoint(dy, seq_of_zeros)


pushforward_rule(np.poly, lambda t, y, seq_of_zeros: poly_tangent(t[0], y, seq_of_zeros))


@pullback_rule(np.polyfit)
def polyfit_pullback(dy, c, x, y, deg, rcond=None, full=False, w=None, cov=False):
    if full or cov:
        raise NotImplementedError("np.polyfit is differentiated in its coefficients only: leave `full` and `cov` out")
    return (
        polyfit_adjoint(dy, c, x, y, w),
        polyfit_values_adjoint(dy, x, y, c, w),
        None, None, None,
        None if w is None else polyfit_weights_adjoint(dy, c, x, y, w),
    )  # fmt: skip


@pushforward_rule(np.polyfit)
def polyfit_pushforward(t, c, x, y, deg, rcond=None, full=False, w=None, cov=False):
    return polyfit_tangent(t[0], t[1], t[5], c, x, y, w)
