"""``scipy.linalg``: polar, RQ, LDL, Schur and Hessenberg decompositions, and what is made of factors."""

import numpy as np
from scipy import linalg

from zygote_nb.rules.linearity import by_source, linear
from zygote_nb.rules.registry import pullback_rule, pushforward_rule
from zygote_nb.runtime import decompositions, factored
from zygote_nb.runtime.decompositions import (
    form_adjoint,
    form_tangent,
    ldl_adjoint,
    ldl_tangent,
    polar_adjoint,
    polar_tangent,
    rq_adjoint,
    rq_of,
    rq_tangent,
    turn_of,
)
from zygote_nb.runtime.factored import (
    angles_adjoint,
    angles_tangent,
    diagonal_of_svd,
    expm_frechet_adjoint,
    expm_frechet_tangent,
    procrustes_adjoint,
    procrustes_tangent,
    qr_multiply_adjoint,
    qr_multiply_tangent,
    sign_adjoint,
    sign_tangent,
)
from zygote_nb.runtime.spectral import pinvh_adjoint, pinvh_tangent

pullback_rule(linalg.polar, lambda dy, y, a, side="right": polar_adjoint(dy[0], dy[1], a, y[0], side))
pushforward_rule(linalg.polar, lambda t, y, a, side="right": polar_tangent(t[0], a, y[0], side))


@pullback_rule(linalg.rq)
def rq_pullback(dy, y, a, overwrite_a=False, lwork=None, mode="full", check_finite=True):
    if mode == "r":
        r, q = rq_of(a)
        return rq_adjoint(dy, None, a, r, q)
    return rq_adjoint(dy[0], dy[1], a, y[0], y[1])


@pushforward_rule(linalg.rq)
def rq_pushforward(t, y, a, overwrite_a=False, lwork=None, mode="full", check_finite=True):
    if mode == "r":
        r, q = rq_of(a)
        return rq_tangent(t[0], a, r, q)[0]
    return rq_tangent(t[0], a, y[0], y[1])


pullback_rule(linalg.ldl, lambda dy, y, a, lower=True, **settings: (
    np.reshape(ldl_adjoint(dy[0], dy[1], a, y[0], y[1], y[2], lower), np.shape(a))
))  # fmt: skip
pushforward_rule(linalg.ldl, lambda t, y, a, lower=True, **settings: (
    *ldl_tangent(t[0], y[0], y[1], y[2], lower), 0.0
))  # fmt: skip


@pullback_rule(linalg.schur)
def schur_pullback(dy, y, a, output="real", lwork=None, overwrite_a=False, sort=None, check_finite=True):
    if output != "real" or sort is not None:
        raise NotImplementedError("a complex or sorted Schur form is not differentiated; use output='real'")
    return form_adjoint(dy[0], dy[1], a, y[0], y[1], 1)


pushforward_rule(linalg.schur, lambda t, y, a, **settings: form_tangent(t[0], y[0], y[1], 1))


@pullback_rule(linalg.hessenberg)
def hessenberg_pullback(dy, y, a, calc_q=False, overwrite_a=False, check_finite=True):
    if calc_q:
        return form_adjoint(dy[0], dy[1], a, y[0], y[1], 2)
    return form_adjoint(dy, None, a, y, turn_of(a), 2)


@pushforward_rule(linalg.hessenberg)
def hessenberg_pushforward(t, y, a, calc_q=False, overwrite_a=False, check_finite=True):
    if calc_q:
        return form_tangent(t[0], y[0], y[1], 2)
    return form_tangent(t[0], y, turn_of(a), 2)[0]


# What is made of factors

pullback_rule(linalg.signm, lambda dy, y, a, disp=True: sign_adjoint(dy, y, a))
pushforward_rule(linalg.signm, lambda t, y, a, disp=True: sign_tangent(t[0], y, a))
pullback_rule(linalg.orthogonal_procrustes, lambda dy, y, a, b, check_finite=True: (
    procrustes_adjoint(dy[0], dy[1], a, b, y[0])
))  # fmt: skip
pushforward_rule(linalg.orthogonal_procrustes, lambda t, y, a, b, check_finite=True: (
    procrustes_tangent(t[0], t[1], a, b, y[0])
))  # fmt: skip
pullback_rule(linalg.subspace_angles, lambda dy, y, a, b: angles_adjoint(dy, a, b, y))
pushforward_rule(linalg.subspace_angles, lambda t, y, a, b: angles_tangent(t[0], t[1], a, b, y))
pullback_rule(linalg.qr_multiply, lambda dy, y, a, c, mode="right", pivoting=False, **settings: (
    qr_multiply_adjoint(dy[0], dy[1], a, c, y[0], y[2] if pivoting else None, mode)
))  # fmt: skip
pushforward_rule(linalg.qr_multiply, lambda t, y, a, c, mode="right", pivoting=False, **settings: (
    (*qr_multiply_tangent(t[0], t[1], a, c, y[0], y[1], y[2], mode), 0.0) if pivoting
    else qr_multiply_tangent(t[0], t[1], a, c, y[0], y[1], None, mode)
))  # fmt: skip


@pullback_rule(linalg.pinvh)
def pinvh_pullback(dy, y, a, atol=None, rtol=None, lower=True, return_rank=False, check_finite=True):
    if return_rank:
        raise NotImplementedError("with return_rank it is not differentiated; use np.linalg.matrix_rank")
    return pinvh_adjoint(dy, a, y, lower)


pushforward_rule(linalg.pinvh, lambda t, y, a, atol=None, rtol=None, lower=True, **settings: (
    pinvh_tangent(t[0], a, y, lower)
))  # fmt: skip


@pullback_rule(linalg.expm_frechet)
def expm_frechet_pullback(dy, y, a, e, method=None, compute_expm=True, check_finite=True):
    if compute_expm:
        return expm_frechet_adjoint(dy[0], dy[1], a, e)
    return expm_frechet_adjoint(None, dy, a, e)


@pushforward_rule(linalg.expm_frechet)
def expm_frechet_pushforward(t, y, a, e, method=None, compute_expm=True, check_finite=True):
    if compute_expm:
        return expm_frechet_tangent(t[0], t[1], a, e)
    return expm_frechet_tangent(t[0], t[1], a, e)[1]


pullback_rule(linalg.diagsvd, lambda dy, y, s, m, n: diagonal_of_svd(dy, s))
linear(linalg.diagsvd)

by_source(
    decompositions.unitary_adjoint, decompositions.tall_adjoint, decompositions.polar_adjoint,
    decompositions.rq_adjoint, decompositions.rq_of, decompositions.ldl_adjoint, factored.qr_right_adjoint,
    factored.qr_pivoted_adjoint, factored.sign_adjoint, factored.procrustes_adjoint,
    factored.qr_multiply_adjoint, factored.angles_adjoint, factored.expm_frechet_adjoint, factored.diagonal_of_svd,
    factored.lu_of,
)  # fmt: skip
