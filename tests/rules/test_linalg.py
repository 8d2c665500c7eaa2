"""Linear algebra: stacks, tall and wide matrices, and where values coincide."""

import numpy as np
import pytest
from scipy import linalg

import zygote_nb as zg
from tests.oracle import check
from tests.rules.contract import Literal, M, T, X, array, case, hold, symmetric, well_conditioned

A, STACK = well_conditioned(3, 3), well_conditioned(2, 3, 3)
S, STACK_S = symmetric(3, 3), symmetric(2, 3, 3)
TALL, WIDE = array(5, 3), array(3, 5)
inf = np.inf
CASES = [
    *(case(np.linalg.norm, X, ord) for ord in (None, 1, 2, 3, Literal(0.5), -1, inf, -inf)),
    *(case(np.linalg.norm, M, ord) for ord in (None, "fro", "nuc", 1, -1, 2, -2, inf, -inf)),
    *(case(np.linalg.norm, M, ord, axis=0) for ord in (None, 1, 2, 3, inf)),
    *(case(np.linalg.norm, T, ord, axis=(0, 2)) for ord in (None, "fro", "nuc", 1, 2, inf)),
    *(case(np.linalg.norm, M, ord, 1, True) for ord in (None, 1, 4)),
    case(np.linalg.norm, T),
    case(np.linalg.norm, T, axis=(1, 2), keepdims=True),
    *(case(np.linalg.vector_norm, M, axis=axis, ord=ord) for axis in (None, 0, (0, 1)) for ord in (1, 2, 3, inf)),
    case(np.linalg.vector_norm, M, axis=1, keepdims=True),
    *(case(np.linalg.matrix_norm, T, ord=ord) for ord in ("fro", "nuc", 1, 2, -2, inf)),
    case(np.linalg.matrix_norm, T, keepdims=True),
    *(case(np.linalg.cond, A, p) for p in (None, 2, -2, 1, -1, inf, -inf, "fro", "nuc")),
    case(np.linalg.cond, STACK),
    case(np.linalg.cond, TALL),
    *(case(np.linalg.solve, A, b) for b in (array(3), array(3, 2))),
    *(case(np.linalg.solve, STACK, b) for b in (array(3), array(3, 2), array(2, 3, 2), array(1, 3, 1))),
    case(np.linalg.solve, A, array(2, 3, 2)),
    case(np.linalg.inv, A),
    case(np.linalg.inv, STACK),
    *(case(np.linalg.pinv, a) for a in (A, TALL, WIDE, STACK)),
    *(case(np.linalg.lstsq, a, b) for a in (A, TALL) for b in (array(len(a)), array(len(a), 2))),
    case(np.linalg.lstsq, WIDE, array(3)),
    case(np.linalg.tensorinv, well_conditioned(6, 6).reshape(2, 3, 6), ind=2),
    case(np.linalg.tensorinv, well_conditioned(4, 4).reshape(4, 2, 2), 1),
    case(np.linalg.tensorsolve, well_conditioned(6, 6).reshape(2, 3, 6), array(2, 3)),
    case(np.linalg.tensorsolve, well_conditioned(6, 6).reshape(6, 2, 3).transpose(1, 0, 2), array(6), axes=(0, 2)),
    case(np.linalg.det, A),
    case(np.linalg.det, STACK),
    case(np.linalg.slogdet, A),
    case(np.linalg.slogdet, -STACK),
    *(case(np.linalg.matrix_power, A, n) for n in (1, 2, 5, -1, -3)),
    case(np.linalg.matrix_power, STACK, 3),
    case(np.linalg.multi_dot, [M, array(4, 2), array(2, 5)]),
    case(np.linalg.multi_dot, (array(3), M, array(4))),
    case(np.linalg.cholesky, S),
    case(np.linalg.cholesky, STACK_S),
    *(case(np.linalg.eigh, a) for a in (S, STACK_S)),
    case(np.linalg.eigh, S, "U"),
    *(case(np.linalg.eigvalsh, a) for a in (S, STACK_S)),
    case(np.linalg.eigvalsh, S, UPLO="U"),
    *(case(np.linalg.svd, a, full_matrices=False) for a in (A, TALL, WIDE, STACK)),
    case(np.linalg.svd, A),
    *(case(np.linalg.svd, a, compute_uv=False) for a in (TALL, STACK)),
    *(case(np.linalg.svdvals, a) for a in (A, TALL, WIDE, STACK)),
    *(case(np.linalg.qr, a) for a in (A, TALL, WIDE, STACK)),
    *(case(np.linalg.qr, a, mode="r") for a in (A, TALL, WIDE)),
]
if int(np.__version__.split(".")[1]) >= 1:
    CASES.append(case(np.linalg.cholesky, STACK_S, upper=True))


@pytest.mark.parametrize("call", CASES)
def test_linear_algebra(call):
    hold(call)


@pytest.mark.parametrize("rank", [1, 2])
def test_determinants_of_singular_matrices(rank):
    a = array(3, rank) @ array(rank, 3)
    hold((np.linalg.det, (a,), {}), flat=True)
    hold((np.linalg.det, (np.stack((a, A)),), {}), flat=True)


def test_norms_of_zero():
    for fn in (np.linalg.norm, np.linalg.vector_norm):
        assert not zg.gradient(lambda x: fn(x), np.zeros(3))[0].any()


def test_a_rank_deficient_pseudoinverse_keeps_its_rank():
    u = array(4, 2)
    check(lambda b: np.linalg.pinv(u @ b), array(2, 3), compiles=False)


# Values that coincide


def test_eigenvalues_that_coincide_have_a_derivative():
    (g,) = zg.gradient(lambda a: np.sum(np.linalg.eigvalsh(a) ** 3), 2.0 * np.eye(3))
    np.testing.assert_allclose(g, 12.0 * np.eye(3))
    (g,) = zg.gradient(lambda a: np.sum(np.linalg.eigh(a)[0] ** 3), 2.0 * np.eye(3))
    np.testing.assert_allclose(g, 12.0 * np.eye(3))


def test_singular_values_that_coincide_have_a_derivative():
    (g,) = zg.gradient(lambda a: np.sum(np.linalg.svdvals(a) ** 2), np.eye(3))
    np.testing.assert_allclose(g, 2.0 * np.eye(3))


def test_vectors_of_values_that_coincide_are_refused():
    def f(a):
        w, v = np.linalg.eigh(a)
        return np.sum((v * np.exp(w)) @ v.T)

    with pytest.raises(zg.ZygoteError, match="equal eigenvalues"):
        zg.gradient(f, np.eye(3))
    with pytest.raises(zg.ZygoteError, match="equal singular values"):
        zg.gradient(lambda a: np.linalg.svd(a)[0][0, 0] ** 2, np.eye(3))


def test_a_vector_whose_value_is_apart_has_a_derivative_beside_values_that_coincide():
    q, _ = np.linalg.qr(array(3, 3))
    a = q @ np.diag([1.0, 1.0, 3.0]) @ q.T

    def f(a):
        w, v = np.linalg.eigh((a + a.T) / 2)
        return w[2] * np.sum(np.outer(v[:, 2], v[:, 2]) * M[:, :3])

    check(f, a, compiles=False, second=False)


def test_columns_that_the_matrix_does_not_determine_are_refused():
    with pytest.raises(zg.ZygoteError, match="does not determine"):
        zg.gradient(lambda a: np.linalg.svd(a)[0][0, 4], TALL)
    with pytest.raises(zg.ZygoteError, match="does not determine"):
        zg.gradient(lambda a: np.linalg.qr(a, mode="complete")[0][0, 4], TALL)
    check(lambda a: np.linalg.svd(a)[1], TALL, compiles=False, modes=False)


TWISTED = array(4, 4)


@pytest.mark.parametrize(
    "f",
    [
        lambda a: np.linalg.eigvalsh(a, "l"),
        lambda a: np.linalg.eigh(a, "u")[1],
        lambda a: np.linalg.svd(a, compute_uv=False, hermitian=True),
        lambda a: np.linalg.pinv(a, hermitian=True),
    ],
)
def test_one_triangle_is_read_of_a_matrix_that_is_taken_for_hermitian(f):
    """A triangle in small letters was taken for the upper one, and ``hermitian`` for nothing."""
    check(f, TWISTED, compiles=False, variants=False, backends=("python",), second=False)


@pytest.mark.parametrize(
    ("f", "axis"),
    [
        (lambda a: np.linalg.norm(a, 1), 0),
        (lambda a: np.linalg.norm(a, np.inf), 1),
        (lambda a: linalg.norm(a, 1), 0),
        (lambda a: linalg.norm(a, np.inf), 1),
        (lambda a: linalg.norm(-a, np.inf), 1),
    ],
)
def test_sums_of_a_norm_that_were_added_up_in_another_order(f, axis):
    """LAPACK's sum was none of NumPy's, and the gradient not a number."""
    a = np.random.default_rng(3).normal(size=(40, 30))
    expected = np.zeros_like(a)
    chosen = np.argmax(np.sum(np.abs(a), axis=axis))
    np.moveaxis(expected, 1 - axis, 0)[chosen] = np.sign(np.moveaxis(a, 1 - axis, 0)[chosen])
    np.testing.assert_array_equal(zg.gradient(f, a)[0], expected)
