"""Mirrored loops count up only where no iteration needs another one."""

import re

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import FULL, check
from tests.random_loops import loaded, random_loops

RNG = np.random.default_rng(13)
V = RNG.uniform(0.5, 1.5, size=6)
M = RNG.uniform(0.5, 1.5, size=(5, 5))


def smoothed(A, n):
    B = A.copy()
    for i in range(1, n - 1):
        for j in range(1, n - 1):
            B[i, j] = 0.2 * (A[i, j - 1] + A[i, j + 1]) * A[i, j]
    return np.sum(B * B)


def scaled_by_the_last(x, n):
    y = x.copy()
    for i in range(n - 1):
        y[i] *= y[n - 1]
    return np.sum(y)


def smoothed_in_place(x, n):
    y = x.copy()
    for i in range(1, n - 1):
        y[i] = 0.3 * (y[i - 1] + y[i + 1])
    return np.sum(y * y)


def shifted_through_a_view(x, n):
    y = x.copy()
    z = y[1:]
    for i in range(n - 1):
        z[i] = 0.5 * y[i]
    return np.sum(y * y)


def to_one_place(x, n):
    y = x.copy()
    for i in range(1, n):
        y[0] = 0.5 * y[0] + y[i] * y[i]
    return y[0]


def carried(x, n):
    y = x.copy()
    s = 1.0
    for i in range(n):
        s = s * y[i]
        y[i] = s * 2.0
    return np.sum(y)


def last_one_counts(x, n):
    y = x.copy()
    s = 1.0
    for i in range(n):
        s = y[i] * 3.0
        y[i] = s * s
    return np.sum(y) + s


FREE = [(smoothed, (M, 5)), (smoothed, (M, 1)), (scaled_by_the_last, (V, 6))]
BOUND = [(smoothed_in_place, (V, 6)), (shifted_through_a_view, (V, 6)), (to_one_place, (V, 6)), (carried, (V, 6))]


@pytest.mark.parametrize(("program", "args"), [*FREE, *BOUND, (last_one_counts, (V, 6))])
def test_gradients_are_right(program, args) -> None:
    check(program, *args)


@pytest.mark.parametrize(("program", "args"), FREE)
def test_counts_up(program, args) -> None:
    assert ", -1, -1)" not in backward(program, args)
    assert ", 0, -1)" not in backward(program, args)


@pytest.mark.parametrize(("program", "args"), BOUND)
def test_counts_down(program, args) -> None:
    assert re.search(r"range\(.*, -1\)", backward(program, args))


def backward(program, args) -> str:
    return str(zg.code_adjoint(program, *args)).partition("# backward")[2]


@pytest.mark.parametrize("seed", range(400 if FULL else 6))
def test_random_loops(seed, tmp_path) -> None:
    module = loaded(random_loops(np.random.default_rng(seed), "yz"), tmp_path / f"random_loops_{seed}.py")
    check(module.f, RNG.uniform(0.5, 0.9, size=6), 6, modes=False, second=False, flat=True)
