"""Arrays whose elements are worked out again where they are read: from what these were made of, not from what has come
since."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.as_written import same_as_written

RNG = np.random.default_rng(3)
U, V, C = RNG.uniform(-1, 1, (4, 5)), RNG.uniform(-1, 1, (4, 5)), RNG.uniform(-1, 1, 4)


def shares_of_one_row(U, V, c):
    """The cotangent of one factor is made in the loop before the one that needs it, from a number in that loop."""
    part = np.minimum(U[:-2, 1:-1] * c[1:-1][:, None], 0.3)
    U[1:-1, 1:-1] -= np.sin(V[1:-1, 1:-1]) / (2.0 + part * np.minimum(U[:-2, 1:-1] * c[1:-1][:, None], 0.3))
    return np.sum(U * U)


def read_before_it_is_made_again(U, V, c):
    scaled, s = np.zeros_like(U), 0.0
    for t in range(3):
        s += np.sum(scaled * V)
        k = np.sin(c[t])
        scaled = k * U
        U = np.cos(U)
    return s


def scaled_in_each_step(U, V, c):
    s = 0.0
    for t in range(3):
        k = np.sin(c[t])
        scaled = k * U
        s += np.sum(scaled * V) * np.sum(np.sin(scaled[1:] - V[:-1]))
    return s


@pytest.mark.parametrize("f", [shares_of_one_row, read_before_it_is_made_again, scaled_in_each_step])
def test_gradients_are_those_of_the_interpreter(f):
    with zg.options(backend="python"):
        expected = zg.gradient(f, U.copy(), V, C)
    same_as_written(f, (U.copy(), V, C), expected)
    with zg.options(backend="numba"):
        compiled = zg.gradient(f, U.copy(), V, C)
    for ours, wanted in zip(compiled, expected, strict=True):
        np.testing.assert_allclose(ours, wanted, rtol=1e-10, atol=1e-12)
