"""A variable that an iteration uses up and binds to a constant: the adjoint of its last use alone reaches the start."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

X = np.random.default_rng(1).standard_normal(5)
C = np.array([0.1, 1.0, -1.0, 1.1, 1.2])


def used_once(x, c):
    once, out = x[0] * x[0], np.zeros(5)
    for i in range(1, 5):
        if c[i] > 0.5:
            out[i] += once
            once = 0.0
    return np.sum(out * x)


def used_once_downwards(x, c):
    once, out = x[0] * x[0], np.zeros(5)
    for i in range(4, 0, -1):
        if c[i] > 0.5:
            out[i] += once
            once = 0.0
    return np.sum(out * x)


def always_reset(x, c):
    once, total = x[0] * x[0], 0.0
    for i in range(1, 5):
        total += once * i
        once = 0.0
    return total * c[0]


def every_other(x, c):
    once, total = x[0] * x[0], 0.0
    for i in range(1, 5, 2):
        if c[i] > 0.5:
            total += once * i
            once = 0.0
    return total


def used_after_the_loop_too(x, c):
    low, high, out = x[0] * x[0], x[1], np.zeros(5)
    for i in range(4, 0, -1):
        if c[i] > 1.05:
            out[i] += low
            low = 0.0
        elif c[i] > 0.5:
            out[i] += high
            high = 0.0
    out[0] += high + low
    return np.sum(out * x)


def within_another_loop(x, c):
    total, w = 0.0, x[1]
    for k in range(2):
        once = x[k] * w
        for i in range(1, 5):
            if c[i] > 0.5:
                total += once * c[i] * i
                once = 0.0
        w = once + x[2] * w
    return total * w


def an_array(x, c):
    v, total = x * 1.0, np.zeros(5)
    for i in range(1, 5):
        if c[i] > 0.5:
            total += v * i
            v = np.zeros(5)
    return np.sum(total * total)


CASES = [
    used_once, used_once_downwards, always_reset, every_other, used_after_the_loop_too, within_another_loop, an_array,
]  # fmt: skip


@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_iterations_on_the_way_back_keep_their_order(f) -> None:
    """They were taken for independent, since none reads what another one binds: what follows them does."""
    check(f, X, C, second=True, written=True)


def least_and_greatest(x):
    low, high = x[0], x[0]
    for i in range(1, 4):
        if x[i] < low:
            low = x[i]
        elif x[i] > high:
            high = x[i]
    return low * low * high * x[0]


def test_the_gradient_of_a_gradient_with_such_a_loop() -> None:
    np.testing.assert_allclose(zg.hessian_reverse(least_and_greatest, X), zg.hessian(least_and_greatest, X), atol=1e-12)
