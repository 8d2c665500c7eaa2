"""``scipy.linalg``: decompositions, bands, equations with structure; the settings that say what is read."""

import numpy as np
import pytest
from scipy import linalg

import zygote_nb as zg
from tests.rules.contract import array, case, hold, positive, symmetric, well_conditioned

A, B, B3 = well_conditioned(4, 4), array(4), array(4, 3)
S, R = symmetric(4, 4), symmetric(2, 2)
ROTATED = np.array([[0.3, 1.2, -0.4, 0.2], [-0.9, 0.5, 0.8, 0.7], [0.1, -0.7, 2.1, -0.3], [0.6, 0.2, -0.5, -1.4]])
INDEFINITE = ROTATED + ROTATED.T
LOWER = np.array([[3.0, 2.5, 3.5, 4.0], [0.3, -0.2, 0.4, 0.7], [0.5, -0.3, 0.2, -0.1]])
UPPER = LOWER[::-1].copy()
C = 3.0 + positive(4) * np.array([1.0, 0.2, 0.1, 0.05])
STRUCTURES = ("sym", "pos", "her", "upper triangular", "lower triangular", "tridiagonal", "diagonal", "gen", "banded")


def cho_solved(cb, b):
    return linalg.cho_solve_banded((cb, True), b)


def cho_solved_upper(cb, b):
    return linalg.cho_solve_banded((cb, False), b)


def riccati(solver):
    def call(a, b, q, r):
        return solver(a, b, q @ q.T, r @ r.T)

    return call


def toeplitz_solved(c, r, b):
    return linalg.solve_toeplitz((c, r), b)


def toeplitz_times(c, r, x):
    return linalg.matmul_toeplitz((c, r), x)


CASES = [
    *(case(linalg.polar, a, side=side) for a, side in ((A, "right"), (array(5, 3), "left"), (array(3, 5), "right"))),
    case(linalg.rq, A),
    case(linalg.rq, array(3, 5), mode="economic"),
    case(linalg.rq, array(3, 5), mode="r"),
    *(case(linalg.ldl, a, lower=lower) for a, lower in ((S, True), (INDEFINITE, True), (INDEFINITE, False))),
    case(linalg.schur, np.diag([4.0, -3.0, 1.0, 7.0]) + 0.3 * ROTATED),
    case(linalg.hessenberg, ROTATED),
    case(linalg.hessenberg, ROTATED, calc_q=True),
    case(linalg.signm, ROTATED),
    case(linalg.orthogonal_procrustes, array(5, 3), array(5, 3)),
    case(linalg.subspace_angles, array(5, 3), array(5, 2)),
    *(case(linalg.qr_multiply, array(5, 3), c, mode="right") for c in (array(2, 5), array(5))),
    *(case(linalg.qr_multiply, array(5, 3), c, mode="left") for c in (array(3, 2), array(3))),
    case(linalg.qr_multiply, array(5, 3), array(2, 5), pivoting=True),
    case(linalg.pinvh, S),
    case(linalg.pinvh, INDEFINITE, lower=False),
    case(linalg.expm_frechet, 0.3 * A, ROTATED),
    case(linalg.expm_frechet, 0.3 * A, ROTATED, compute_expm=False),
    case(linalg.diagsvd, B, 4, 5),
    *(case(linalg.qr, a, mode="economic", pivoting=True) for a in (A, array(5, 3))),
    *(case(linalg.qr, a, mode="r", pivoting=p) for a, p in ((A, True), (array(5, 3), False))),
    case(linalg.lu, ROTATED, permute_l=True),
    case(linalg.lu, ROTATED, p_indices=True),
    *(case(linalg.eigh, S, symmetric(4, 4), lower=lower) for lower in (True, False)),
    case(linalg.eigh, S, symmetric(4, 4), eigvals_only=True),
    case(linalg.eigvalsh, S, symmetric(4, 4)),
    *(case(linalg.solveh_banded, ab, b, lower=w) for ab, w, b in ((LOWER, True, B), (UPPER, False, B3))),
    case(cho_solved, LOWER, B),
    case(cho_solved_upper, UPPER, B3),
    *(case(fn, LOWER, lower=True) for fn in (linalg.cholesky_banded, linalg.eig_banded, linalg.eigvals_banded)),
    *(case(fn, UPPER) for fn in (linalg.cholesky_banded, linalg.eig_banded, linalg.eigvals_banded)),
    case(linalg.eigh_tridiagonal, array(4), positive(3)),
    case(linalg.eigh_tridiagonal, array(4), positive(3), eigvals_only=True),
    case(linalg.eigvalsh_tridiagonal, array(4), positive(3)),
    *(case(linalg.solve, S, b, assume_a=word) for word, b in zip(STRUCTURES, 9 * [B, B3], strict=False)),
    case(linalg.solve, S, B, assume_a="pos", lower=True),
    *(case(linalg.solve, A, B, assume_a=word, transposed=True) for word in (None, "upper triangular")),
    case(riccati(linalg.solve_continuous_are), ROTATED[1:3, 1:3], array(2, 1), R, R[:1, :1]),
    case(riccati(linalg.solve_discrete_are), 0.5 * ROTATED[1:3, 1:3], array(2, 1), R, R[:1, :1]),
    case(linalg.solve_circulant, C, B3),
    case(toeplitz_solved, C, C + 0.1 * B, B3),
    *(case(toeplitz_times, B, array(3), x) for x in (array(3), array(3, 2))),
    case(linalg.matmul_toeplitz, B, B),
    *(case(fn, array(5)) for fn in (linalg.companion, linalg.fiedler, linalg.fiedler_companion)),
    case(linalg.leslie, B, array(3)),
]  # fmt: skip


@pytest.mark.parametrize("call", CASES)
def test_factors(call):
    hold(call)


def test_a_pair_of_complex_eigenvalues():
    """The block of a pair turns by quarter turns as the matrix moves: its entries are no function of the matrix."""
    with pytest.raises(zg.ZygoteError, match="does not determine the block"):
        zg.gradient(lambda a: np.sum(linalg.schur(a)[0] ** 2), ROTATED)


def test_what_stands_beside_the_bands_is_handed_on():
    ab = UPPER.copy()
    ab[0, :2] = ab[1, 0] = 5.0
    hold((linalg.cholesky_banded, (ab,), {}))
    hold((linalg.cholesky_banded, (ab[::-1, ::-1].copy(),), {"lower": True}))


def test_eigenvectors_of_a_general_matrix():
    zg.check_grads(lambda a: np.sum(np.abs(linalg.eig(a)[1]) ** 4) + np.abs(linalg.eig(a)[0][1]), ROTATED)
    zg.check_grads(lambda a: np.sum(np.abs(linalg.eig(a, right=False)) ** 2), ROTATED)
    with pytest.raises(zg.ZygoteError, match="`eig` with `left`"):
        zg.gradient(lambda a: np.sum(np.abs(linalg.eig(a, left=True)[1]) ** 4), ROTATED)


@pytest.mark.parametrize(
    ("f", "why"),
    [
        (lambda a: np.sum(linalg.schur(a, output="complex")[0].real), "complex or sorted"),
        (lambda a: np.sum(linalg.eigh(a, a, type=2)[0]), "type=1"),
        (lambda a: np.sum(linalg.eigvals_banded(a, select="i", select_range=(0, 1))), "select"),
        (lambda a: np.sum(linalg.solve_circulant(a, a, caxis=0)), "default axes"),
        (lambda a: np.sum(linalg.pinvh(a, return_rank=True)[0]), "matrix_rank"),
    ],
)
def test_settings_that_are_refused(f, why):
    with pytest.raises(zg.ZygoteError, match=why):
        zg.gradient(f, S)


@pytest.mark.parametrize("f", [linalg.polar, linalg.ldl])
def test_second_derivatives(f):
    zg.check_grads(lambda a: sum(np.sum(part**3) for part in f(a)[:2]), S + 0.1 * ROTATED, order=2)
