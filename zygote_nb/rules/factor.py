"""Factorisations of matrices, and of stacks of them.

Of a symmetric matrix only one triangle is read, and only that has a cotangent.
"""

import numpy as np

from zygote_nb.rules.registry import lowered, pullback_rule, pushforward_rule
from zygote_nb.runtime.roots import (
    eig_adjoint,
    eig_of,
    eig_tangent,
    eigvals_adjoint,
    eigvals_tangent,
    roots_adjoint,
    roots_tangent,
)
from zygote_nb.runtime.spectral import (
    cholesky_adjoint,
    cholesky_tangent,
    eigh_adjoint,
    eigh_tangent,
    eigvalsh_adjoint,
    eigvalsh_tangent,
    full_matrix,
    lower_part,
    qr_adjoint,
    qr_of,
    qr_tangent,
    svd_adjoint,
    svd_tangent,
    svdvals_adjoint,
    svdvals_tangent,
)

HERMITIAN = "with hermitian=True the factors are not differentiated; use np.linalg.eigh"

pullback_rule(np.linalg.cholesky, lambda dy, y, a, *, upper=False: cholesky_adjoint(dy, a, y, upper))
pushforward_rule(np.linalg.cholesky, lambda t, y, a, *, upper=False: cholesky_tangent(t[0], y, upper))

pullback_rule(np.linalg.eigh, lambda dy, y, a, UPLO="L": eigh_adjoint(dy[0], dy[1], a, y[0], y[1], UPLO in "Ll"))
pushforward_rule(np.linalg.eigh, lambda t, y, a, UPLO="L": eigh_tangent(t[0], y[0], y[1], UPLO in "Ll"))
pullback_rule(np.linalg.eigvalsh, lambda dy, y, a, UPLO="L": eigvalsh_adjoint(dy, a, UPLO in "Ll"))
pushforward_rule(np.linalg.eigvalsh, lambda t, y, a, UPLO="L": eigvalsh_tangent(t[0], a, y, UPLO in "Ll"))


@pullback_rule(np.linalg.svd)
def svd_pullback(dy, y, a, full_matrices=True, compute_uv=True, hermitian=False):
    if hermitian:
        if compute_uv:
            raise NotImplementedError(HERMITIAN)
        return lower_part(svdvals_adjoint(dy, full_matrix(a)))
    if not compute_uv:
        return svdvals_adjoint(dy, a)
    return svd_adjoint(dy[0], dy[1], dy[2], a, y[0], y[1], y[2])


@pushforward_rule(np.linalg.svd)
def svd_pushforward(t, y, a, full_matrices=True, compute_uv=True, hermitian=False):
    if hermitian:
        if compute_uv:
            raise NotImplementedError(HERMITIAN)
        return svdvals_tangent(full_matrix(t[0]), full_matrix(a), y)
    if not compute_uv:
        return svdvals_tangent(t[0], a, y)
    return svd_tangent(t[0], y[0], y[1], y[2])


pullback_rule(np.linalg.svdvals, lambda dy, y, x: svdvals_adjoint(dy, x))
pushforward_rule(np.linalg.svdvals, lambda t, y, x: svdvals_tangent(t[0], x, y))


@pullback_rule(np.linalg.qr)
def qr_pullback(dy, y, a, mode="reduced"):
    if mode == "raw":
        raise NotImplementedError("the raw form of a QR decomposition is not differentiated; use mode 'reduced'")
    if mode == "r":
        q, r = qr_of(a)
        return qr_adjoint(None, dy, a, q, r)
    return qr_adjoint(dy[0], dy[1], a, y[0], y[1])


@pushforward_rule(np.linalg.qr)
def qr_pushforward(t, y, a, mode="reduced"):
    if mode == "r":
        q, r = qr_of(a)
        return qr_tangent(t[0], a, q, r)[1]
    return qr_tangent(t[0], a, y[0], y[1])


# Eigenvalues of a matrix that is not symmetric: complex as far as the code knows, whatever they turn out to be

pullback_rule(np.linalg.eigvals, lambda dy, y, a: eigvals_adjoint(dy, a, y))
pushforward_rule(np.linalg.eigvals, lambda t, y, a: eigvals_tangent(t[0], a, y))
pullback_rule(np.roots, lambda dy, y, p: roots_adjoint(dy, p, y))
pushforward_rule(np.roots, lambda t, y, p: roots_tangent(t[0], p, y))
pullback_rule(eig_of, lambda dy, y, a: eig_adjoint(dy[0], dy[1], a, y[0], y[1]))
pushforward_rule(eig_of, lambda t, y, a: eig_tangent(t[0], y[0], y[1]))
lowered(np.linalg.eig)
