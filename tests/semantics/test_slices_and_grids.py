"""Slices as values, and what NumPy makes of them: `np.s_`, `np.r_`, `np.c_`, `np.mgrid`, `np.ogrid`; `zip(*rows)`."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

HEAD = slice(0, 2)
PLACES = {"w": slice(0, 2), "b": 2}


class Layout:
    def __init__(self):
        self.w, self.rest = slice(0, 2), np.s_[2:, ...]


def taken(a, where):
    return np.sum(a[where] ** 2)


def bounds_are_read_when_the_slice_is_made(x, n):
    a, m = np.arange(6.0) * x, n - 1
    where = slice(1, m)
    m = 6
    return np.sum(a[where] ** 2) * a[where.start] + a[where][0] * m


def written_through(x, n):
    a = np.arange(12.0).reshape(3, 4) * x
    inner = np.s_[1:-1, 1:3]
    a[inner] *= x
    total = np.sum(a[inner]) + np.sum(a)
    for i in range(n):
        where = slice(i, i + 2)
        total += np.sum(a[where]) * x
        a[where] = a[where] * 2
    return total


def one_of_two(x, n):
    a, where = np.arange(6.0) * x, slice(0, 2)
    if n > 2:
        where = slice(1, 4)
    for other in (slice(0, 2), slice(3, 5)):
        a[other] = a[other] * x
    return np.sum(a[where])


def kept_elsewhere(x, n):
    a, layout = np.arange(6.0) * x, Layout()
    parts = {"head": slice(0, n), "tail": slice(n, None)}
    first = np.sum(a[layout.w]) * np.sum(a[layout.rest]) + np.sum(a[parts["head"]]) * np.sum(a[parts["tail"]])
    return first + taken(a, slice(1, None, 2)) * np.sum(a[HEAD]) + np.sum(a[PLACES["w"]]) * a[PLACES["b"]]


def of_lists(x, n):
    known, grown, where = [x, 2 * x, 3.0, x * x], [], slice(1, 3)
    for i in range(n):
        grown.append(x * i)
    return sum(known[where]) * sum(grown[where])


def joined(x, n):
    v = np.r_[-x, np.array([1.0, x * x]), 0:n, [x, 2.0], 0:1:3j]
    m = np.c_[np.ones(2), np.array([x, 2 * x]), np.array([[x], [3.0]])]
    return np.sum(v * v) + np.sum(m.T @ m)


def grids(x, n):
    p, q = np.mgrid[0:3, 0:n]
    u, v = np.ogrid[0:1:5j, 0:n]
    return np.sum(p * x + q * x * x) + np.sum(u * x + v * x * x) + np.sum(np.mgrid[0:n] * x)


def columns(x, n):
    matrix = np.array([[x, 2.0], [x * x, 3.0], [1.0, x]])
    total = 0.0
    for a, b, c in zip(*matrix):
        total += a * b * c * n
    return total


@pytest.mark.parametrize(
    "f",
    [bounds_are_read_when_the_slice_is_made, written_through, one_of_two, kept_elsewhere, of_lists, joined, columns],
)
def test_slices_and_grids(f):
    check(f, 1.3, 4, backends=("python",), second=False, variants=False)


def test_grids():
    check(grids, 1.3, 4, backends=("python",), second=False, variants=False)
    assert zg.withgradient(grids, 1.3, 4)[0] == grids(1.3, 4)


def test_a_captured_slice_is_read_anew():
    global HEAD
    held = HEAD

    def f(x):
        return np.sum(x[HEAD] ** 2)

    try:
        for HEAD in (slice(0, 2), slice(1, 3), slice(None)):
            expected = np.zeros(4)
            expected[HEAD] = 2.0
            np.testing.assert_array_equal(zg.gradient(f, np.ones(4))[0], expected)
    finally:
        HEAD = held


def test_directions_in_words_are_refused():
    with pytest.raises(zg.ZygoteError, match="the str '0,2' among what is joined"):
        zg.gradient(lambda x: np.sum(np.r_["0,2", x, x]), np.ones(2))
