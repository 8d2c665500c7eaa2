"""Memory that arguments or results of a call share, and that is written to: named after what broke."""

import numpy as np

import zygote_nb as zg
from tests.oracle import check

X = np.array([0.3, -0.7, 0.5])


def scale_rest(a, b):
    b *= a[0] * 2.0
    return np.sum(a * a * a)


def array_and_view(x):
    y = x * x
    return y, y[1:]


def itself_and_view(y):
    return y, y[1:]


def test_a_callee_writes_to_a_view_of_its_other_argument() -> None:
    def f(x):
        y = x * 1.0
        return scale_rest(y, y[1:]) + y[2]

    check(f, X, second=True)


def test_a_callee_returns_an_array_and_a_view_of_it_which_are_written_to() -> None:
    def f(x):
        a, b = array_and_view(x)
        b *= x[0]
        a *= a[1]
        return np.sum(a**2) + np.sum(b)

    check(f, X, second=True)


def test_a_callee_returns_its_argument_and_a_view_of_it() -> None:
    def f(x):
        y = x**2
        a, b = itself_and_view(y)
        b *= x[0]
        a *= a[1]
        return np.sum(a**2) + np.sum(b)

    check(f, X, second=True)


def through(x):
    a, b = array_and_view(x)
    return b, a


def test_results_that_share_memory_pass_through_two_calls() -> None:
    def f(x):
        for _ in range(2):
            a, b = through(x)
            a[0] = b[0] * a[1]
            x = b
        return np.sum(x**3)

    check(f, X, second=True)


def test_calls_stay_calls_where_nothing_is_shared() -> None:
    def f(x):
        y = x * 1.0
        return scale_rest(y, x[1:] * 1.0)

    check(f, X)
    assert "scale_rest_forward" in zg.code_adjoint(f, X).source
