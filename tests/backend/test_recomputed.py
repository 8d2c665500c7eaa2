"""Arrays whose elements are worked out again where they are read: from what these were made of, not from what has come
since."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.as_written import same_as_written, written
from tests.oracle import FULL

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
    if f is shares_of_one_row and not FULL:
        return
    with zg.options(backend="numba"):
        compiled = zg.gradient(f, U.copy(), V, C)
    for ours, wanted in zip(compiled, expected, strict=True):
        np.testing.assert_allclose(ours, wanted, rtol=1e-10, atol=1e-12)


def added_at_both_ends(U, V, c):
    """What is added to both neighbours is a multiple of one cotangent, which is not written to meanwhile."""
    for _ in range(3):
        V[:, 1:] -= 0.5 * (U[:, 1:] - U[:, :-1])
        U[1:] -= 0.7 * (V[1:] - V[:-1])
    return np.sum(U * U * V) * c[0]


def written_meanwhile(U, V, c):
    """What is added to a neighbour is a multiple of a cotangent to which the other neighbour's share is added."""
    for t in range(3):
        U[:, 1:] = 0.25 * (U[:, 1:] + U[:, :-1] + V[:, 1:]) * c[t]
        V[1:-1, 1:-1] = 0.5 * (V[2:, 1:-1] - U[:-2, 1:-1])
    return np.sum(U * U * V)


def read_in_a_later_step(U, V, c):
    """The multiple of this step is read in the next, when what it is made of is another."""
    before = np.zeros_like(U)
    for t in range(3):
        U = U + np.sin(before) * V
        before = c[t] * U
        U[1:] += before[:-1]
    return np.sum(U * before)


def through_a_view(U, V, c):
    inner = U[1:-1, 1:-1]
    for _ in range(3):
        inner[...] = inner + 0.3 * (V[2:, 1:-1] - V[:-2, 1:-1])
        V[1:-1, 1:-1] -= 0.5 * (U[2:, 1:-1] - U[:-2, 1:-1])
    return np.sum(U * V) * c[0]


@pytest.mark.parametrize("f", [added_at_both_ends, written_meanwhile, read_in_a_later_step, through_a_view])
def test_multiples_of_what_changes_are_those_of_the_interpreter(f):
    with zg.options(backend="python"):
        expected = zg.gradient(f, U.copy(), V.copy(), C)
    same_as_written(f, (U.copy(), V.copy(), C), expected)


def test_a_multiple_is_not_kept_for_both_neighbours():
    backward = written(added_at_both_ends, U, V, C).partition("# backward")[2]
    assert "-= 0.7 * " in backward
    assert "np.empty((max(" not in backward
