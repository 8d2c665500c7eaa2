"""Sparse matrices that are constant: products and solutions."""

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.linalg import spsolve

import zygote_nb as zg
from tests.oracle import check

A = sparse.csr_array(sparse.random(4, 4, 0.5, random_state=0) + 3.0 * sparse.eye(4))
C, M = A.tocsc(), sparse.csr_matrix(A)
X = np.array([0.5, 1.0, -0.7, 0.3])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum((A @ x) ** 3),
        lambda x: np.sum((x @ A) ** 3),
        lambda x: np.sum((A @ np.outer(x, x)) ** 2),
        lambda x: np.sum((M * x) ** 2 * x),
        lambda x: np.sum(np.sin(A.T @ A.dot(x))),
        lambda x: np.sum(spsolve(C, np.sin(x)) ** 2),
    ],
)
def test_products_and_solutions(f):
    check(f, X, backends=("python",), variants=False, second=True)


@pytest.mark.parametrize(
    ("f", "why"),
    [
        (lambda x: np.sum(spsolve(C.tocsr(), x)), "make the sparse matrix outside"),
        (lambda x: np.sum(sparse.csr_array((x, C.indices[:4], C.indptr)) @ X), "csr_array"),
    ],
)
def test_matrices_made_inside_are_refused(f, why):
    with pytest.raises(zg.ZygoteError, match=why) as caught:
        zg.gradient(f, X)
    assert caught.value.lineno == f.__code__.co_firstlineno


def dense(a, x):
    return np.linalg.solve(a, x)


@pytest.mark.parametrize("make", [sparse.csr_array, sparse.csc_array, sparse.csr_matrix])
@pytest.mark.parametrize(
    ("f", "reference"),
    [
        (lambda a, x: np.sum((a @ x) ** 3), None),
        (lambda a, x: np.sum((x @ a) ** 3), None),
        (lambda a, x: np.sum((a @ np.outer(x, x)) ** 2), None),
        (lambda a, x: np.sum(a @ (a @ x) * x), None),
        (lambda a, x: np.sum(spsolve(a, x) ** 2), lambda a, x: np.sum(dense(a, x) ** 2)),
    ],
)
def test_gradients_by_the_matrix_have_its_pattern(make, f, reference):
    a = make(A)
    before = a.copy()
    (by_a, by_x), (full, wanted) = zg.gradient(f, a, X), zg.gradient(reference or f, A.toarray(), X)
    assert type(by_a) is type(a)
    assert by_a.nnz == a.nnz
    np.testing.assert_allclose(by_a.toarray(), full * (A.toarray() != 0), atol=1e-12)
    np.testing.assert_allclose(by_x, wanted, atol=1e-12)
    assert (a != before).nnz == 0
    _, along = zg.jvp(f, (a, X), (a, None))
    np.testing.assert_allclose(along, np.sum(by_a.toarray() * A.toarray()))


def test_a_matrix_in_a_container():
    (d,) = zg.gradient(lambda p: np.sum(p["a"] @ X) * p["s"], {"a": A, "s": 2.0})
    np.testing.assert_allclose(d["a"].toarray(), np.outer(2.0 * np.ones(4), X) * (A.toarray() != 0))


@pytest.mark.parametrize("f", [lambda a: a.sum(), lambda a: np.sum((2.0 * a) @ X), lambda a: a[0, 0]])
def test_what_else_is_done_with_a_matrix_is_refused(f):
    with pytest.raises(zg.ZygoteError) as caught:
        zg.gradient(f, A)
    assert caught.value.lineno == f.__code__.co_firstlineno


@pytest.mark.parametrize("layout", ["csc", "csr"])
@pytest.mark.parametrize(
    "f",
    [
        lambda a, b: np.sum(spsolve(a, b) ** 3),
        lambda a, b: np.sum((a @ b) ** 3) + np.sum((b @ a) ** 3),
    ],
)
def test_second_derivatives(f, layout):
    """By the right side, both ways, and by the entries of the matrix along a direction."""
    a = sparse.diags_array([-1.0, 2.5, -1.0], offsets=[-1, 0, 1], shape=(4, 4)).asformat(layout)
    b, step = np.array([1.0, 2.0, -3.0, 4.0]), 1e-5
    by_b = lambda b: f(a, b)
    columns = [
        (zg.gradient(by_b, b + step * u)[0] - zg.gradient(by_b, b - step * u)[0]) / (2 * step) for u in np.eye(4)
    ]
    np.testing.assert_allclose(zg.hessian(by_b, b), columns, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(zg.hessian_reverse(by_b, b), columns, rtol=1e-6, atol=1e-6)
    up, down, direction = a.copy(), a.copy(), a.copy()
    direction.data = np.linspace(-1.0, 2.0, a.data.size)
    up.data, down.data = a.data + step * direction.data, a.data - step * direction.data
    by_a = lambda a: f(a, b)
    change = (zg.gradient(by_a, up)[0].data - zg.gradient(by_a, down)[0].data) / (2 * step)
    np.testing.assert_allclose(zg.hvp(by_a, (a,), (direction,)).data, change, rtol=1e-6, atol=1e-6)
