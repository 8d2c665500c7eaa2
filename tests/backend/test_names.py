"""Names of the user's functions that generated code uses itself."""

import numpy as np

from tests.oracle import check

X = np.array([1.0, 2.0, 3.0])


def interp(x):
    return np.interp(0.37 + x[0] * 0.1, np.linspace(0.0, 1.0, 5), np.arange(5.0) * x[1])


def unbroadcast(x):
    return (x * x[0] + x[:1]).sum()


def zeros_like(x):
    return 2.0 * unbroadcast(x)


def sort(x):
    return (np.sort(x) * np.arange(3.0)).sum()


def test_a_function_may_be_called_as_a_helper_of_the_backward_pass_is():
    for f in (interp, unbroadcast, zeros_like, sort):
        check(f, X, backends=["python"])
