"""``scipy.linalg``: symmetric matrices that are given by their bands, and tridiagonal ones."""

from scipy import linalg

from zygote_nb.rules.linearity import by_source
from zygote_nb.rules.registry import pullback_rule, pushforward_rule
from zygote_nb.runtime import banded
from zygote_nb.runtime.banded import (
    cho_solve_bands,
    cho_solve_bands_tangent,
    cho_solve_right,
    cholesky_bands_adjoint,
    cholesky_bands_tangent,
    eigh_bands_adjoint,
    eigh_bands_tangent,
    eigh_tridiagonal_adjoint,
    eigh_tridiagonal_tangent,
    eigvalsh_bands_adjoint,
    eigvalsh_bands_tangent,
    eigvalsh_tridiagonal_adjoint,
    eigvalsh_tridiagonal_tangent,
    solveh_matrix,
    solveh_right,
    solveh_tangent,
)

CHOSEN = "eigenvalues picked by `select` are not differentiated; index the result instead"

pullback_rule(linalg.solveh_banded, lambda dy, y, ab, b, overwrite_ab=False, overwrite_b=False, lower=False,
              check_finite=True: (solveh_matrix(dy, ab, b, y, lower), solveh_right(dy, ab, b, lower)))  # fmt: skip
pushforward_rule(linalg.solveh_banded, lambda t, y, ab, b, overwrite_ab=False, overwrite_b=False, lower=False,
                 check_finite=True: solveh_tangent(t[0], t[1], ab, y, lower))  # fmt: skip
pullback_rule(linalg.cho_solve_banded, lambda dy, y, cb_and_lower, b, **settings: (
    (cho_solve_bands(dy, cb_and_lower[0], cb_and_lower[1], b, y), None),
    cho_solve_right(dy, cb_and_lower[0], cb_and_lower[1], b),
))  # fmt: skip
pushforward_rule(linalg.cho_solve_banded, lambda t, y, cb_and_lower, b, **settings: (
    cho_solve_bands_tangent(t[0][0], t[1], cb_and_lower[0], cb_and_lower[1], y)
))  # fmt: skip
pullback_rule(linalg.cholesky_banded, lambda dy, y, ab, overwrite_ab=False, lower=False, check_finite=True: (
    cholesky_bands_adjoint(dy, ab, y, lower)
))  # fmt: skip
pushforward_rule(linalg.cholesky_banded, lambda t, y, ab, overwrite_ab=False, lower=False, check_finite=True: (
    cholesky_bands_tangent(t[0], y, lower)
))  # fmt: skip


@pullback_rule(linalg.eig_banded)
def eig_banded_pullback(dy, y, a_band, lower=False, eigvals_only=False, overwrite_a_band=False, select="a",
                        select_range=None, max_ev=0, check_finite=True):  # fmt: skip
    if select != "a":
        raise NotImplementedError(CHOSEN)
    if eigvals_only:
        return eigvalsh_bands_adjoint(dy, a_band, lower)
    return eigh_bands_adjoint(dy[0], dy[1], a_band, y[0], y[1], lower)


@pushforward_rule(linalg.eig_banded)
def eig_banded_pushforward(t, y, a_band, lower=False, eigvals_only=False, **settings):
    if eigvals_only:
        return eigvalsh_bands_tangent(t[0], a_band, y, lower)
    return eigh_bands_tangent(t[0], y[0], y[1], lower)


@pullback_rule(linalg.eigvals_banded)
def eigvals_banded_pullback(dy, y, a_band, lower=False, overwrite_a_band=False, select="a", select_range=None,
                            check_finite=True):  # fmt: skip
    if select != "a":
        raise NotImplementedError(CHOSEN)
    return eigvalsh_bands_adjoint(dy, a_band, lower)


pushforward_rule(linalg.eigvals_banded, lambda t, y, a_band, lower=False, **settings: (
    eigvalsh_bands_tangent(t[0], a_band, y, lower)
))  # fmt: skip


@pullback_rule(linalg.eigh_tridiagonal)
def eigh_tridiagonal_pullback(dy, y, d, e, eigvals_only=False, select="a", select_range=None, check_finite=True,
                              tol=0.0, lapack_driver="auto"):  # fmt: skip
    if select != "a":
        raise NotImplementedError(CHOSEN)
    if eigvals_only:
        return eigvalsh_tridiagonal_adjoint(dy, d, e)
    return eigh_tridiagonal_adjoint(dy[0], dy[1], d, e, y[0], y[1])


@pushforward_rule(linalg.eigh_tridiagonal)
def eigh_tridiagonal_pushforward(t, y, d, e, eigvals_only=False, **settings):
    if eigvals_only:
        return eigvalsh_tridiagonal_tangent(t[0], t[1], d, e, y)
    return eigh_tridiagonal_tangent(t[0], t[1], y[0], y[1])


@pullback_rule(linalg.eigvalsh_tridiagonal)
def eigvalsh_tridiagonal_pullback(dy, y, d, e, select="a", select_range=None, check_finite=True, tol=0.0,
                                  lapack_driver="auto"):  # fmt: skip
    if select != "a":
        raise NotImplementedError(CHOSEN)
    return eigvalsh_tridiagonal_adjoint(dy, d, e)


pushforward_rule(linalg.eigvalsh_tridiagonal, lambda t, y, d, e, **settings: (
    eigvalsh_tridiagonal_tangent(t[0], t[1], d, e, y)
))  # fmt: skip

by_source(
    banded.solveh_right, banded.solveh_matrix, banded.cho_solve_right, banded.cho_solve_bands,
    banded.cholesky_bands_adjoint, banded.eigh_bands_adjoint, banded.eigh_tridiagonal_adjoint,
    banded.eigvalsh_bands_adjoint, banded.eigvalsh_tridiagonal_adjoint,
)  # fmt: skip
