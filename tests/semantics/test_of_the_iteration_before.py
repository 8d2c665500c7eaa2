"""Variables that a loop binds, and reads in the next iteration only: there is none before it."""

import numpy as np
import pytest

from tests.oracle import check, check_or_refused, fails

X = np.array([0.3, -0.7, 1.1, 0.4, -0.2])
ROWS = np.array([[0.3, -0.7, 1.1], [0.4, -0.2, 0.9], [-1.1, 0.5, 0.8], [0.2, 0.6, -0.4]])


def differences(x):
    s = 0.0
    for t in range(len(x)):
        if t > 0:
            s += (x[t] - prev) ** 2  # noqa: F821
        prev = x[t]
    return s


def started_in_the_loop(x):
    s = 0.0
    for t in range(len(x)):
        if t == 0:
            level = x[0] * 0.5
        else:
            level = np.sin(level) + 0.3 * x[t] * level
        s += level * level
    return s + level


def rows(A):
    s = 0.0
    for t in range(len(A)):
        if t > 0:
            s += np.sum((A[t] - prev) ** 2 * prev)  # noqa: F821
        prev = np.sin(A[t])
    return s


def overwritten(A):
    s = 0.0
    for t in range(len(A)):
        if t > 1:
            held[1:] *= A[t, :-1]  # noqa: F821
            s += np.sum(held * A[t - 1])  # noqa: F821
        held = A[t] * 1.0
        held[0] = s
    return s


def two_loops(x):
    s = 0.0
    for i in range(3):
        for j in range(len(x)):
            if i + j > 0:
                s += np.cos(last) * x[j]  # noqa: F821
            last = x[j] * (i + 1)
        s *= last
    return s


def while_it_moves(x):
    n, s = 0, 0.0
    while n < 4:
        if n:
            x = x * before  # noqa: F821
        before = np.cos(x)
        s += np.sum(x * before)
        n += 1
    return s


def counted(x):
    """An integer that steers, and no derivative."""
    s = 0.0
    for i in range(len(x)):
        if i > 0:
            s += x[place] * x[i]  # noqa: F821
        place = (2 * i) % 3
    return s


def swapped(x):
    s = 0.0
    for i in range(len(x)):
        if i > 1:
            older, newer = newer, x[i] * older  # noqa: F821
            s += older * newer
        elif i == 1:
            older, newer = x[0], x[1] * 2.0
    return s


@pytest.mark.parametrize("f", [differences, started_in_the_loop, two_loops, while_it_moves, counted, swapped])
def test_numbers(f):
    check(f, X, compile=True)


@pytest.mark.parametrize("f", [rows, overwritten])
def test_arrays(f):
    check(f, ROWS, compile=True)


def test_pairs_are_right_or_refused():
    def f(x):
        s = 0.0
        for t in range(len(x)):
            if t > 0:
                s += (x[t] - pair[0]) * pair[1]  # noqa: F821
            pair = (x[t], x[t] * s)
        return s

    check_or_refused(f, X)


def test_read_in_the_first_iteration_it_is_an_error():
    def f(x):
        s = 0.0
        for t in range(len(x)):
            s += prev * x[t]  # noqa: F821
            prev = x[t]
        return s

    fails(f, X, error=UnboundLocalError)
