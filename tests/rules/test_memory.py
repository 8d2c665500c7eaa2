"""What a library function returns may be the memory of its argument."""

import numpy as np
import pytest
import scipy.linalg

from tests.oracle import check

X = np.array([0.7, -1.2, 0.4])
M = np.array([[0.7, -1.2, 0.4], [1.5, 0.3, -0.8], [0.2, 2.1, 0.6]])


def test_the_conjugate_of_a_real_array_is_the_array_itself():
    def f(a, b):
        c = a.conj()
        a = a * 1.0
        c = c * 1.0
        c[0] = b
        return np.sum(a * c)

    def g(a, b):
        a = a * 1.0
        c = a.conj()
        c[0] = b
        return np.sum(a * c)

    check(f, X, 3.0)
    check(g, X, 3.0)


def test_a_diagonal_shows_what_is_written_to_its_matrix_later():
    def f(a, b):
        a = a * 1.0
        d = np.diag(a)
        a[1, 1] = b
        return np.sum(d * d)

    check(f, M, 3.0, compiles=False)


def test_one_of_several_results_that_is_written_to():
    def f(x):
        parts = np.modf(x)
        parts[0][0] = 1.0
        return np.sum(parts[0])

    def g(x):
        parts = np.modf(x)
        first = parts[0]
        first[0] = 2.0 * x[1]
        return parts[0] * first

    check(f, X, compiles=False)
    check(g, X, compiles=False)


def scaled_in_place(q, s):
    q *= s


def result_named(a):
    q, r = np.linalg.qr(a)
    q[:, 0] -= a[0]
    r[0, 0] += q[1, 1]
    return np.sum(r * r) + np.sum(q * a)


def result_written_by_a_callee(a):
    found = np.linalg.qr(a)
    scaled_in_place(found[0], a[0, 0])
    return np.sum(found[0] * a) + np.sum(found[1])


def result_through_a_view(a):
    w, v = np.linalg.eigh(a + a.T)
    rows = v[1:]
    rows *= w
    return np.sum(v * v * a)


def results_swapped(a):
    q, r = np.linalg.qr(a)
    q, r = r, q
    q *= a[0, 1]
    r[0] -= q[0]
    return np.sum(q * a * r)


def result_in_a_loop(a):
    total = 0.0
    for i in range(2):
        u, s, vt = np.linalg.svd(a)
        u *= s
        a = a + 0.1 * u @ vt**2
        total += u[i, 1]
    return np.sum(a * a) + total


def factors_of_scipy(a):
    p, l, u = scipy.linalg.lu(a)
    l *= 2.0
    u += a
    return np.sum(p @ l * u)


@pytest.mark.parametrize(
    "f",
    [result_named, result_written_by_a_callee, result_through_a_view, results_swapped, result_in_a_loop,
     factors_of_scipy],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_results_that_are_written_to_are_read_as_they_were(f):
    """The adjoint of a factorisation reads its factors, which had been overwritten; of a pullback, the second time."""
    check(f, np.random.default_rng(5).standard_normal((3, 3)), second=True)
