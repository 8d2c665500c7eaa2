"""``scipy.linalg``: systems, factorisations, functions of matrices, structured matrices."""

import numpy as np
from scipy import linalg

from zygote_nb.rules.linearity import by_source, linear
from zygote_nb.rules.registry import pullback_rule, pushforward_rule
from zygote_nb.runtime import dense, relative, structured
from zygote_nb.runtime.arrays import cofactors
from zygote_nb.runtime.dense import (
    cho_factor_adjoint,
    cho_factor_tangent,
    cho_solve_factor,
    cho_solve_tangent,
    in_direction,
    lu_adjoint,
    lu_factor_adjoint,
    lu_factor_tangent,
    lu_solve_factor,
    lu_solve_right,
    lu_solve_tangent,
    lu_tangent,
    of_matrix_adjoint,
    of_matrix_tangent,
    triangular_matrix,
    triangular_right,
    triangular_tangent,
)
from zygote_nb.runtime.factored import (
    lu_of,
    qr_pivoted_adjoint,
    qr_pivoted_tangent,
    qr_right_adjoint,
    qr_right_tangent,
)
from zygote_nb.runtime.matrices import (
    cofactors_of_stack,
    lstsq_adjoint,
    lstsq_adjoint_right,
    lstsq_tangent,
    moved_by,
    norm_slopes,
    per_matrix,
    pinv_adjoint,
    pinv_tangent,
    solve_adjoint,
    solve_adjoint_right,
    solve_tangent,
)
from zygote_nb.runtime.reductions import with_axes
from zygote_nb.runtime.relative import (
    eigh_relative_adjoint,
    eigh_relative_tangent,
    eigvalsh_relative_adjoint,
    eigvalsh_relative_tangent,
)
from zygote_nb.runtime.roots import eigvals_adjoint, eigvals_tangent
from zygote_nb.runtime.shaped import ITSELF_WHERE
from zygote_nb.runtime.spectral import (
    cholesky_adjoint,
    cholesky_tangent,
    eigh_adjoint,
    eigh_tangent,
    eigvalsh_adjoint,
    eigvalsh_tangent,
    svd_adjoint,
    svd_tangent,
    svdvals_adjoint,
    svdvals_tangent,
)
from zygote_nb.runtime.structured import (
    block_parts,
    cotangent_read,
    hankel_column,
    hankel_row,
    made_of,
    matrix_read,
    toeplitz_both,
    toeplitz_column,
    toeplitz_row,
)
from zygote_nb.runtime.twice import distinct_values

RELATIVE = "the eigenvalue problem with `b` is differentiated for type=1; multiply by `b`, or its factors"
SUBSET = "eigenvalues picked by subset_by_index or subset_by_value are not differentiated; index the result instead"

# Systems and inverses

pullback_rule(linalg.inv, lambda dy, y, a, **settings: -y.mT @ dy @ y.mT)
pushforward_rule(linalg.inv, lambda t, y, a, **settings: -y @ t[0] @ y)
pullback_rule(linalg.det, lambda dy, y, a, **settings: (
    dy * cofactors(a) if a.ndim == 2 else per_matrix(dy) * cofactors_of_stack(a)
))  # fmt: skip
pushforward_rule(linalg.det, lambda t, y, a, **settings: np.sum(
    t[0] * np.conj(cofactors_of_stack(a)) if np.iscomplexobj(a) else t[0] * cofactors_of_stack(a), axis=(-2, -1)
))  # fmt: skip
pullback_rule(linalg.pinv, lambda dy, y, a, **settings: pinv_adjoint(dy, a, y))
pushforward_rule(linalg.pinv, lambda t, y, a, **settings: pinv_tangent(t[0], a, y))


@pullback_rule(linalg.solve)
def solve_pullback(dy, y, a, b, lower=False, overwrite_a=False, overwrite_b=False, check_finite=True, assume_a=None,
                   transposed=False):  # fmt: skip
    matrix = matrix_read(a, assume_a, lower)
    if transposed:
        g = solve_adjoint(dy, matrix.mT, b, y)
        return cotangent_read(g.mT, assume_a, lower), solve_adjoint_right(dy, matrix.mT, b)
    return cotangent_read(solve_adjoint(dy, matrix, b, y), assume_a, lower), solve_adjoint_right(dy, matrix, b)


@pushforward_rule(linalg.solve)
def solve_pushforward(t, y, a, b, lower=False, overwrite_a=False, overwrite_b=False, check_finite=True, assume_a=None,
                      transposed=False):  # fmt: skip
    matrix, change = matrix_read(a, assume_a, lower), matrix_read(t[0], assume_a, lower)
    if transposed:
        return solve_tangent(change.mT, t[1], matrix.mT, b, y)
    return solve_tangent(change, t[1], matrix, b, y)


pullback_rule(linalg.solve_triangular, lambda dy, y, a, b, trans=0, lower=False, unit_diagonal=False, **settings: (
    triangular_matrix(dy, a, b, y, trans, lower, unit_diagonal),
    triangular_right(dy, a, b, y, trans, lower, unit_diagonal),
))  # fmt: skip
pushforward_rule(linalg.solve_triangular, lambda t, y, a, b, trans=0, lower=False, unit_diagonal=False, **settings: (
    triangular_tangent(t, a, y, trans, lower, unit_diagonal)
))  # fmt: skip
pullback_rule(linalg.lstsq, lambda dy, y, a, b, **settings: (
    lstsq_adjoint(dy[0], dy[1], dy[3], a, b, y[0]), lstsq_adjoint_right(dy[0], dy[1], a, b, y[0])
))  # fmt: skip
pushforward_rule(linalg.lstsq, lambda t, y, a, b, **settings: lstsq_tangent(t[0], t[1], a, b, y))

# Factorisations

pullback_rule(linalg.cholesky, lambda dy, y, a, lower=False, **settings: cholesky_adjoint(dy, a, y, not lower))
pushforward_rule(linalg.cholesky, lambda t, y, a, lower=False, **settings: cholesky_tangent(t[0], y, not lower))
pullback_rule(linalg.cho_factor, lambda dy, y, a, lower=False, **settings: (
    cho_factor_adjoint(dy[0], a, y[0], lower)
))  # fmt: skip
pushforward_rule(linalg.cho_factor, lambda t, y, a, lower=False, **settings: (
    cho_factor_tangent(t[0], y[0], lower), 0.0
))  # fmt: skip
pullback_rule(linalg.cho_solve, lambda dy, y, c_and_lower, b, **settings: (
    (cho_solve_factor(dy, c_and_lower[0], c_and_lower[1], y), None), linalg.cho_solve(c_and_lower, dy)
))  # fmt: skip
pushforward_rule(linalg.cho_solve, lambda t, y, c_and_lower, b, **settings: (
    cho_solve_tangent(t[0][0], t[1], c_and_lower[0], c_and_lower[1], y)
))  # fmt: skip


@pullback_rule(linalg.lu)
def lu_pullback(dy, y, a, permute_l=False, overwrite_a=False, check_finite=True, p_indices=False):
    if permute_l:
        p, low, up = lu_of(a)
        return lu_adjoint(p.T @ dy[0], dy[1], a, p, low, up)
    if p_indices:
        return lu_adjoint(dy[1], dy[2], a, np.eye(len(y[0]))[y[0]], y[1], y[2])
    return lu_adjoint(dy[1], dy[2], a, y[0], y[1], y[2])


@pushforward_rule(linalg.lu)
def lu_pushforward(t, y, a, permute_l=False, overwrite_a=False, check_finite=True, p_indices=False):
    if permute_l:
        p, low, up = lu_of(a)
        dl, du = lu_tangent(t[0], p, low, up)
        return p @ dl, du
    if p_indices:
        dl, du = lu_tangent(t[0], np.eye(len(y[0]))[y[0]], y[1], y[2])
        return 0.0, dl, du
    dl, du = lu_tangent(t[0], y[0], y[1], y[2])
    return np.zeros_like(y[0]), dl, du


pullback_rule(linalg.lu_factor, lambda dy, y, a, **settings: lu_factor_adjoint(dy[0], a, y[0], y[1]))
pushforward_rule(linalg.lu_factor, lambda t, y, a, **settings: (lu_factor_tangent(t[0], y[0], y[1]), 0.0))
pullback_rule(linalg.lu_solve, lambda dy, y, lu_and_piv, b, trans=0, **settings: (
    (lu_solve_factor(dy, lu_and_piv[0], lu_and_piv[1], b, y, trans), None),
    lu_solve_right(dy, lu_and_piv[0], lu_and_piv[1], b, trans),
))  # fmt: skip
pushforward_rule(linalg.lu_solve, lambda t, y, lu_and_piv, b, trans=0, **settings: (
    lu_solve_tangent(t[0][0], t[1], lu_and_piv[0], lu_and_piv[1], y, trans)
))  # fmt: skip


@pullback_rule(linalg.qr)
def qr_pullback(dy, y, a, overwrite_a=False, lwork=None, mode="full", pivoting=False, check_finite=True):
    if mode == "raw":
        raise NotImplementedError("in the raw form it is not differentiated; use mode='economic'")
    if mode == "r":
        return qr_right_adjoint(dy[0], a, y[1] if pivoting else None)
    return qr_pivoted_adjoint(dy[0], dy[1], a, y[0], y[1], y[2] if pivoting else None)


@pushforward_rule(linalg.qr)
def qr_pushforward(t, y, a, overwrite_a=False, lwork=None, mode="full", pivoting=False, check_finite=True):
    if mode == "r":
        dr = qr_right_tangent(t[0], a, y[0], y[1] if pivoting else None)
        return (dr, 0.0) if pivoting else (dr,)
    dq, dr = qr_pivoted_tangent(t[0], a, y[0], y[1], y[2] if pivoting else None)
    return (dq, dr, 0.0) if pivoting else (dq, dr)


@pullback_rule(linalg.svd)
def svd_pullback(dy, y, a, full_matrices=True, compute_uv=True, **settings):
    if not compute_uv:
        return svdvals_adjoint(dy, a)
    return svd_adjoint(dy[0], dy[1], dy[2], a, y[0], y[1], y[2])


@pushforward_rule(linalg.svd)
def svd_pushforward(t, y, a, full_matrices=True, compute_uv=True, **settings):
    if not compute_uv:
        return svdvals_tangent(t[0], a, y)
    return svd_tangent(t[0], y[0], y[1], y[2])


pullback_rule(linalg.svdvals, lambda dy, y, a, **settings: svdvals_adjoint(dy, a))
pushforward_rule(linalg.svdvals, lambda t, y, a, **settings: svdvals_tangent(t[0], a, y))


@pullback_rule(linalg.eigh)
def eigh_pullback(dy, y, a, b=None, *, lower=True, eigvals_only=False, overwrite_a=False, overwrite_b=False, type=1,
                  check_finite=True, subset_by_index=None, subset_by_value=None, driver=None):  # fmt: skip
    if subset_by_index is not None or subset_by_value is not None:
        raise NotImplementedError(SUBSET)
    if b is not None:
        if type != 1:
            raise NotImplementedError(RELATIVE)
        if eigvals_only:
            return eigvalsh_relative_adjoint(dy, a, b, lower)
        return eigh_relative_adjoint(dy[0], dy[1], a, b, y[0], y[1], lower)
    if eigvals_only:
        return eigvalsh_adjoint(dy, a, lower)
    return eigh_adjoint(dy[0], dy[1], a, y[0], y[1], lower)


@pushforward_rule(linalg.eigh)
def eigh_pushforward(t, y, a, b=None, *, lower=True, eigvals_only=False, **settings):
    if b is not None:
        if eigvals_only:
            return eigvalsh_relative_tangent(t[0], t[1], a, b, y, lower)
        return eigh_relative_tangent(t[0], t[1], y[0], y[1], lower)
    if eigvals_only:
        return eigvalsh_tangent(t[0], a, y, lower)
    return eigh_tangent(t[0], y[0], y[1], lower)


@pullback_rule(linalg.eigvalsh)
def eigvalsh_pullback(dy, y, a, b=None, *, lower=True, overwrite_a=False, overwrite_b=False, type=1,
                      check_finite=True, subset_by_index=None, subset_by_value=None, driver=None):  # fmt: skip
    if subset_by_index is not None or subset_by_value is not None:
        raise NotImplementedError(SUBSET)
    if b is not None:
        if type != 1:
            raise NotImplementedError(RELATIVE)
        return eigvalsh_relative_adjoint(dy, a, b, lower)
    return eigvalsh_adjoint(dy, a, lower)


pushforward_rule(linalg.eigvalsh, lambda t, y, a, b=None, *, lower=True, **settings: (
    eigvalsh_tangent(t[0], a, y, lower) if b is None else eigvalsh_relative_tangent(t[0], t[1], a, b, y, lower)
))  # fmt: skip

# Functions of matrices


def of_matrix(fn):
    pullback_rule(fn, lambda dy, y, a, disp=True: of_matrix_adjoint(dy, a, y, fn))
    pushforward_rule(fn, lambda t, y, a, disp=True: of_matrix_tangent(t[0], a, y, fn))


pullback_rule(linalg.expm, lambda dy, y, a: of_matrix_adjoint(dy, a, y, linalg.expm))
pushforward_rule(linalg.expm, lambda t, y, a: in_direction(linalg.expm, a, t[0]))
for _fn in (linalg.logm, linalg.sqrtm, linalg.cosm, linalg.sinm, linalg.tanm, linalg.coshm, linalg.sinhm, linalg.tanhm):
    of_matrix(_fn)
ITSELF_WHERE[linalg.fractional_matrix_power] = "t", 1, 1
pullback_rule(linalg.fractional_matrix_power, lambda dy, y, a, t: (
    of_matrix_adjoint(dy, a, y, linalg.fractional_matrix_power, t), np.sum(moved_by(dy, y @ linalg.logm(a)))
))  # fmt: skip
pushforward_rule(linalg.fractional_matrix_power, lambda tangents, y, a, t: (
    of_matrix_tangent(tangents[0], a, y, linalg.fractional_matrix_power, t) + y @ linalg.logm(a) * tangents[1]
))  # fmt: skip

# Norms

pullback_rule(linalg.norm, lambda dy, y, a, ord=None, axis=None, keepdims=False, check_finite=True: (
    with_axes(dy, axis, keepdims, a.ndim) * norm_slopes(a, with_axes(y, axis, keepdims, a.ndim), ord, axis)
))  # fmt: skip
pushforward_rule(linalg.norm, lambda t, y, a, ord=None, axis=None, keepdims=False, check_finite=True: np.sum(
    moved_by(t[0], norm_slopes(a, with_axes(y, axis, keepdims, a.ndim), ord, axis)), axis=axis, keepdims=keepdims
))  # fmt: skip


@pullback_rule(linalg.eigvals)
def eigvals_pullback(dy, y, a, b=None, **settings):
    if b is not None:
        raise NotImplementedError("generalised eigenvalues are not differentiated; use eigh, or solve for b first")
    return eigvals_adjoint(dy, a, y)


pushforward_rule(linalg.eigvals, lambda t, y, a, b=None, **settings: eigvals_tangent(t[0], a, y))

# Matrices made of vectors, and of blocks

pullback_rule(linalg.toeplitz, lambda dy, y, c, r=None: (
    toeplitz_both(dy, c) if r is None else toeplitz_column(dy, c, r), None if r is None else toeplitz_row(dy, r, c)
), linear="jointly")  # fmt: skip
pullback_rule(linalg.hankel, lambda dy, y, c, r=None: (
    hankel_column(dy, c, r), None if r is None else hankel_row(dy, r, c)
), linear="jointly")  # fmt: skip
linear(linalg.toeplitz, 0, 1)
linear(linalg.hankel, 0, 1)
for _fn in (linalg.circulant,):
    pullback_rule(_fn, lambda dy, y, c: made_of(dy, c, linalg.circulant), linear="jointly")
    linear(_fn)
pullback_rule(linalg.convolution_matrix, lambda dy, y, a, n, mode="full": (
    made_of(dy, a, linalg.convolution_matrix, n, mode)
), linear="jointly")  # fmt: skip
linear(linalg.convolution_matrix)
pullback_rule(linalg.block_diag, lambda dy, y, *arrays: block_parts(dy, arrays))
linear(block_parts)
pushforward_rule(linalg.block_diag, lambda t, y, *arrays: linalg.block_diag(*t))
pullback_rule(linalg.khatri_rao, lambda dy, y, a, b: (
    np.einsum("ijk,jk->ik", dy.reshape(a.shape[0], b.shape[0], a.shape[1]), b),
    np.einsum("ijk,ik->jk", dy.reshape(a.shape[0], b.shape[0], a.shape[1]), a),
), linear="each")  # fmt: skip

by_source(
    dense.triangular_right, dense.triangular_matrix, dense.cho_factor_adjoint, dense.cho_solve_factor,
    dense.lu_adjoint, dense.lu_factor_adjoint, dense.lu_solve_factor, dense.lu_solve_right, dense.of_matrix_adjoint,
    structured.toeplitz_both, structured.toeplitz_column, structured.toeplitz_row, structured.hankel_column,
    structured.hankel_row,
    structured.made_of,
)  # fmt: skip
linear(dense.columns)
by_source(relative.eigh_relative_adjoint, check=distinct_values(4))
by_source(relative.eigvalsh_relative_adjoint)
