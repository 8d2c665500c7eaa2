"""float32 compiled: NumPy's promotion, branch by branch, and gradients of the arguments' dtype."""

import math

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check, only_compiled

X = np.array([0.3, 0.1, -1.2, 0.8, 0.45], np.float32)
W = np.linspace(-1.0, 1.0, 15).reshape(3, 5).astype(np.float32)


def summed_from_zero(x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * 0.1 * x[i]
    return s


def elementwise(x):
    return np.sum(np.exp(x * 2.0) + 1) / 3 + np.sum(np.mean(np.outer(x, x), axis=1) * np.sum(np.outer(x, x), axis=0))


def branches_on_a_rounded_number(x, a):
    s = 0.0
    for v in x:
        s = s + v * a if v > 0.1 else s - v**2
    return s * 0.5


def layer(W, x):
    h = np.tanh(W @ x + W[:, 0])
    total = np.float32(0.0)
    for i in range(len(h)):
        total += h[i] ** 2 * 0.5
    return total + np.mean(h)


def by_math(x):
    return math.sin(x) * x + float(x) ** 2


def stored(x):
    y = np.zeros_like(x)
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = y[i - 1] * 0.9 + max(x[i], 0.05)
    return np.max(y) + y[-1] ** 2 + np.sum(np.where(x > 0.1, x, 0.0))


def overflowing(x):
    """Infinite in single precision, and the quotient not a number, where double precision has room."""
    big = x[0] * 1e30 * 1e10
    return big / big + x[1]


def recursive(x, n):
    return x * 2.0 if n == 0 else recursive(x * 0.5, n - 1) * x + 0.1


CASES = {
    "summed from zero": (summed_from_zero, X),
    "elementwise": (elementwise, X),
    "branches": (branches_on_a_rounded_number, X[[0, 2, 3, 4]], 0.3),
    "layer": (layer, W, X),
    "functions of math": (by_math, np.float32(0.7)),
    "stores": (stored, X),
    "recursion": (recursive, np.float32(0.7), 3),
}


@pytest.mark.parametrize("name", CASES)
def test_compiled_as_interpreted(name):
    f, *args = CASES[name]
    check(f, *args, compile=True, variants=False, second=False, modes=name in ("summed from zero", "branches"))


def test_comparisons_are_of_single_precision():
    """``np.float32(0.1) > 0.1`` is false."""
    with zg.options(backend="python"):
        expected = zg.withgradient(branches_on_a_rounded_number, X, 0.3)
    with zg.options(backend="numba"), only_compiled(True):
        value, (gradient, _) = zg.withgradient(branches_on_a_rounded_number, X, 0.3)
    assert value == pytest.approx(expected.val)
    assert gradient == pytest.approx(expected.grad[0])


@pytest.mark.parametrize("f", [summed_from_zero, branches_on_a_rounded_number])
def test_values_and_gradients_are_of_single_precision(f):
    args = (X, 0.3)[: f.__code__.co_argcount]
    with zg.options(backend="numba"), only_compiled(True):
        value, (gradient, *_) = zg.withgradient(f, *args)
        again = zg.withgradient(f, *args)
    assert (type(value), gradient.dtype) == (np.float32, np.float32)
    assert (type(again.val), again.grad[0].dtype) == (np.float32, np.float32)


def test_overflow_is_that_of_single_precision():
    with zg.options(backend="numba"), only_compiled(True):
        assert math.isnan(zg.withgradient(overflowing, X).val)
    with np.errstate(all="ignore"):
        assert math.isnan(overflowing(X))


def test_long_sums_round_once():
    x = np.full(1_000_000, 0.1, np.float32)
    with zg.options(backend="numba"), only_compiled(True):
        value, (gradient,) = zg.withgradient(lambda x: np.mean(x) + np.sum(x) * 1e-6, x)
    assert value == pytest.approx(0.2, rel=1e-6)
    assert gradient.dtype == np.float32


def test_gradients_are_of_the_precision_of_their_arguments():
    def f(x, y):
        return np.sum(x * y)

    for backend in ("python", "numba"):
        with zg.options(backend=backend), only_compiled(backend == "numba"):
            assert [g.dtype for g in zg.gradient(f, X, X.astype(np.float64))] == [np.float32, np.float64]


def by_threshold(x):
    y = np.zeros_like(x)
    for i in range(len(x)):
        y[i] = x[i] * 2.0 if x[i] > 0.1 else x[i] * 3.0
    return y


def test_sweeps_that_are_repeated_are_of_single_precision():
    """Compiled for many sweeps, a Jacobian compared in double precision, and took the other branch."""
    x = np.full(40, 0.1, np.float32)
    with zg.options(backend="numba"):
        (found,) = zg.jacobian(by_threshold, x, mode="reverse")
    np.testing.assert_array_equal(found, 3.0 * np.eye(40, dtype=np.float32))
