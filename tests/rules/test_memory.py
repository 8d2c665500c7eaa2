"""What a library function returns may be the memory of its argument."""

import numpy as np

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
