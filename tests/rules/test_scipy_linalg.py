"""``scipy.linalg``."""

import numpy as np
import pytest
from scipy import linalg

import zygote_nb as zg
from tests.oracle import check
from tests.rules.contract import M, X, array, case, hold, positive, symmetric, well_conditioned

A, B3 = well_conditioned(4, 4), array(4, 3)
B = array(4)
S = symmetric(4, 4)
LOWER = np.tril(well_conditioned(4, 4))
C = 3.0 + positive(4) * np.array([1.0, 0.2, 0.1, 0.05])
BAND = np.array([[0.0, 0.3, -0.2, 0.4], [3.0, 2.5, -3.5, 4.0], [0.5, -0.3, 0.2, 0.0]])
FACTOR, PIV = linalg.lu_factor(A)


def cho_solved(c, b):
    return linalg.cho_solve((c, True), b)


def cho_solved_upper(c, b):
    return linalg.cho_solve((c, False), b)


def eigh_of_lower(a):
    """Without the signs of the vectors, which LAPACK chooses."""
    w, v = linalg.eigh(a, lower=True)
    return w, v * v * np.arange(4.0)


def eigh_of_upper(a):
    w, v = linalg.eigh(a, lower=False)
    return w, v * v * np.arange(4.0)


def lu_solved(lu, b):
    return linalg.lu_solve((lu, PIV), b)


def lu_solved_back(lu, b):
    return linalg.lu_solve((lu, PIV), b, trans=1)


CASES = [
    case(linalg.inv, A),
    case(linalg.det, A),
    case(linalg.pinv, M),
    case(linalg.pinv, array(5, 3)),
    *(case(linalg.solve, A, b) for b in (B, B3)),
    case(linalg.solve, A, B, check_finite=False),
    *(case(linalg.solve_triangular, LOWER, b, lower=True) for b in (B, B3)),
    *(case(linalg.solve_triangular, LOWER.T.copy(), b, trans=t) for b in (B, B3) for t in (0, 1)),
    case(linalg.solve_triangular, LOWER, B, lower=True, unit_diagonal=True, trans="T"),
    case(linalg.lstsq, array(5, 3), X),
    *(case(linalg.cholesky, S, lower=lower) for lower in (True, False)),
    *(case(linalg.cho_factor, S, lower=lower) for lower in (True, False)),
    *(case(cho_solved, np.tril(S), b) for b in (B, B3)),
    *(case(cho_solved_upper, np.triu(S), b) for b in (B, B3)),
    case(linalg.lu, A[[2, 0, 3, 1]]),
    case(linalg.lu_factor, A[[2, 0, 3, 1]]),
    *(case(fn, FACTOR, b) for fn in (lu_solved, lu_solved_back) for b in (B, B3)),
    case(linalg.qr, A),
    case(linalg.qr, array(5, 3), mode="economic"),
    case(linalg.svd, array(5, 3), full_matrices=False),
    case(linalg.svd, A, compute_uv=False),
    case(linalg.svdvals, M),
    *(case(f, np.diag([1.0, 2.5, 4.5, 7.0]) + 0.1 * S) for f in (eigh_of_lower, eigh_of_upper)),
    case(linalg.eigh, S, eigvals_only=True),
    case(linalg.eigvalsh, S),
    *(case(fn, 0.3 * A) for fn in (linalg.expm, linalg.cosm, linalg.sinm, linalg.tanm)),
    *(case(fn, 0.3 * A) for fn in (linalg.coshm, linalg.sinhm, linalg.tanhm)),
    *(case(fn, S) for fn in (linalg.sqrtm, linalg.logm)),
    *(case(linalg.norm, M, ord=ord) for ord in (None, "fro", 1, np.inf, 2, "nuc")),
    case(linalg.norm, M, axis=0),
    case(linalg.toeplitz, B),
    case(linalg.toeplitz, B, X),
    case(linalg.hankel, B),
    case(linalg.hankel, B, X),
    case(linalg.circulant, B),
    *(case(linalg.convolution_matrix, B, 6, mode=mode) for mode in ("full", "same", "valid")),
    case(linalg.block_diag, M, A, B),
    case(linalg.khatri_rao, array(3, 4), array(2, 4)),
    case(linalg.solve_toeplitz, C, B),
    case(linalg.solve_toeplitz, C, B3),
    *(case(linalg.solve_banded, (1, 1), BAND, b) for b in (B, B3)),
    case(linalg.solve_sylvester, A, well_conditioned(3, 3), B3),
    case(linalg.solve_continuous_lyapunov, A, well_conditioned(4, 4)),
    case(linalg.solve_discrete_lyapunov, 0.2 * A, well_conditioned(4, 4)),
]
BACKWARD_ONLY = {linalg.lstsq, linalg.block_diag}


@pytest.mark.parametrize("call", CASES)
def test_scipy_linalg(call):
    hold(call, modes=call[0] not in BACKWARD_ONLY)


def test_a_fractional_power():
    zg.check_grads(lambda a: np.sum(np.sin(linalg.fractional_matrix_power(a, 1.5))), S)


def test_a_function_of_a_matrix_that_becomes_complex():
    with pytest.raises(zg.ZygoteError, match="is complex"):
        zg.gradient(lambda a: np.sum(linalg.sqrtm(a)), np.diag([1.0, -2.0]))


def test_an_argument_that_would_be_overwritten():
    with pytest.raises(zg.NoRuleError, match="with `overwrite_a` it destroys its argument"):
        zg.gradient(lambda a: np.sum(linalg.inv(a, overwrite_a=True)), A)


def test_eigenvalues():
    a = np.array([[0.3, 1.2, -0.4], [-0.9, 0.5, 0.8], [0.1, -0.7, 2.1]])

    def f(a):
        return np.sum(np.abs(linalg.eigvals(a) - 0.3) ** 2)

    zg.check_grads(f, a)
    with pytest.raises(zg.NoRuleError, match="generalised"):
        zg.gradient(lambda a: np.sum(np.abs(linalg.eigvals(a, np.eye(3)))), a)


def test_residues_of_least_squares_are_a_number_or_none():
    """They were taken for an array, which one may write to and may not ask for its truth."""
    a, b = np.linspace(0.3, 2.0, 12).reshape(4, 3) ** 2, np.array([0.5, -1.0, 2.0, 0.25])

    def f(a, b):
        x, residues, _, _ = linalg.lstsq(a, b)
        residues = residues * 2
        residues += 1.0
        return np.sum(x) * residues if residues > 0.0 else 0.0

    check(f, a, b, variants=False, second=False)
    (d,) = zg.gradient(lambda a: np.sum(linalg.lstsq(a, b[:3])[0]), a[:3] + np.eye(3))
    assert d.shape == (3, 3)
    with pytest.raises(zg.UnsupportedSyntaxError, match="no residues"):
        zg.gradient(lambda a: linalg.lstsq(a, b[:3])[1], a[:3] + np.eye(3))
