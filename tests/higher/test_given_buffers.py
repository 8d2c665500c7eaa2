"""Gradients into buffers that are given, of programs that bind a parameter again: they were wrong."""

import numpy as np
import pytest

import zygote_nb as zg

X, Y = np.random.default_rng(8).normal(size=(2, 5, 5))


def bound_in_a_loop(x, y):
    for _ in range(2):
        x = x * np.cos(x)
    return np.sum(x * x * y)


def bound_in_a_branch(x, y):
    if y[0, 0] < 10.0:
        x = x * np.cos(x)
    if y[0, 0] > 10.0:
        y = y * y
    return np.sum(x * x * y)


def written_to_and_bound_in_a_loop(x, y):
    for t in range(3):
        if t > 0:
            x = x * np.cos(before * x)  # noqa: F821 - of the iteration before
        x[0] *= y[1]
        before = x[1]
    return np.sum(x * x)


def bound_while(x, y):
    n = 2
    while n > 0:
        x = np.tanh(x)
        x, y = y, x
        n -= 1
    return np.sum(x * x * y)


def bound_to_a_part(x, y):
    while x.shape[0] > 2:
        x = x[1:] * 0.5
    return np.sum(x * x) + np.sum(y)


BOUND = [bound_in_a_loop, bound_in_a_branch, written_to_and_bound_in_a_loop, bound_while, bound_to_a_part]


@pytest.mark.parametrize("f", BOUND)
@pytest.mark.parametrize("backend", ["python", "numba"])
def test_a_parameter_that_is_bound_again_has_its_gradient_in_the_buffer(f, backend):
    with zg.options(backend="python"):
        expected = zg.gradient(f, X, Y)
    buffers = np.full_like(X, np.nan), np.full_like(X, np.nan)
    with zg.options(backend=backend):
        zg.grad(f, (0, 1), out=buffers)(X, Y)
    for one, other in zip(buffers, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
