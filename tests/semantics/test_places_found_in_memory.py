"""Where an entry is, what an array holds may say: ``y[np.argmax(y)] *= s`` moves the greatest by writing to it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.oracle import check

X = np.array([0.7, 0.3, 0.9, 0.5])


def greatest(x):
    y = x.copy()
    for i in range(3):
        y[np.argmax(y)] *= 0.5 * x[i]
    return (y * x).sum()


def of_a_sum(x):
    y = x.copy()
    for i in range(3):
        y[int(y.sum() * 1.3) % 4] *= 3.0 * x[i]
    return (y * x).sum()


def added_at(x):
    y = x.copy()
    for i in range(3):
        np.add.at(y, np.argmax(y), -x[i] * y[0])
    return (y * y).sum()


def read_and_written(x):
    y, s = x.copy(), 0.0
    for i in range(3):
        s += y[np.argmax(y)] ** 2
        y[np.argmin(y)] = s * x[i]
    return s * y.sum()


def in_a_branch(x):
    y = x * 1.0
    for i in range(4):
        if y.max() > 0.8 and np.argmax(y) != 1:
            y[np.argmax(y)] = y[1] * x[i]
        elif y.sum() > 2.0:
            y *= 0.5
        else:
            y[i] += x[0]
    return (y * x).sum()


def until_none_is_left(x):
    y = x * 1.0
    while np.count_nonzero(y > 0.3):
        y[y.argmax()] *= x[1]
    return (y * x).sum()


def both_ends(x):
    y = x * 1.0
    for i in range(3):
        y[np.argmax(y)], y[np.argmin(y)] = y[np.argmin(y)] * x[i], y[np.argmax(y)]
    return (y * y * np.arange(1.0, 5.0)).sum()


def part_of_an_array(x):
    y = x * 1.0
    y[y.argmax() :] = y[: 4 - y.argmax()] * x[0]
    y[len(y) - 1 - int(y[0] > 0.1)] *= y[1]
    return (y * y).sum()


def entry_of_a_dict(x):
    d = {"v": x * 1.0}
    for i in range(3):
        d["v"][d["v"].argmax()] *= 0.4 * x[i]
    return (d["v"] ** 2).sum()


def searched(x):
    y = x * 1.0
    for i in range(3):
        y[np.searchsorted(np.sort(y), 0.6) % 4] -= 0.3 * x[i]
    return (y * y).sum()


def column(x):
    m = np.outer(x, x)
    for i in range(3):
        m[:, np.argmax(m[i])] *= m[i] * 0.3
        m[np.argmin(m[:, i]), i] += x[i]
    return (m * m).sum()


def integers_that_change(x):
    y, k = x * 1.0, np.array([2, 0, 1, 3])
    for i in range(3):
        k[k[i]] = i
        y[k[k[0]]] *= x[k.argmax()]
        k[np.argmin(k)] = 3
    return (y * y).sum()


PROGRAMS = (
    greatest, of_a_sum, added_at, read_and_written, in_a_branch, until_none_is_left, both_ends, part_of_an_array,
    entry_of_a_dict, searched, column, integers_that_change,
)  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS)
def test_place(f):
    check(f, X, written=True)


def test_place_in_a_loop_is_compiled():
    """An element whose index asks an array that the loop writes to is another one in each iteration."""
    check(integers_that_change, X, compile=True)
