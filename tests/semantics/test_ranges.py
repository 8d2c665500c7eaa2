"""Ranges are sequences: they are indexed, sorted, searched and asked like any other."""

import numpy as np
import pytest

from tests.oracle import check, fails
from zygote_nb.runtime.checked import is_in_range, number_of_range

X = np.array([0.7, -1.2, 0.4, 2.1])


def pivoted_determinant(a):
    n, sign = a.shape[0], 1.0
    for k in range(n):
        p = max(range(k, n), key=lambda i: abs(a[i, k]))
        if p != k:
            a[[k, p]] = a[[p, k]]
            sign = -sign
        for i in range(k + 1, n):
            a[i, k + 1 :] -= a[i, k] / a[k, k] * a[k, k + 1 :]
        sign *= a[k, k]
    return sign


def by_rank(x, k):
    order = sorted(range(4), key=lambda i: x[i], reverse=True)
    smallest = min(range(k, len(x)), key=lambda i: x[i])
    return x[order[0]] * x[order[k]] + x[smallest] ** 2


def asked(x, k):
    rest = range(k, len(x))
    total = 0.0
    if rest:
        total += x[rest[0]] * x[rest[-1]]
    if 2 in rest:
        total += x[2] ** 2
    return total * (3.0 if k in range(0, len(x), 2) else x[k])


def test_the_largest_of_a_range() -> None:
    a = np.array([[0.2, -0.7, 0.9], [0.5, 1.0, -0.3], [1.1, 0.3, 0.4]])
    check(pivoted_determinant, a, compiles=False)


@pytest.mark.parametrize("k", [1, 2, 4])
def test_indexed_and_asked(k) -> None:
    if k < 4:
        check(by_rank, X, k, compiles=False)
        check(asked, X, k, compile=k == 1)
    else:
        fails(by_rank, X, k, error=ValueError, compiles=False)


@pytest.mark.parametrize("step", [-3, -1, 1, 2])
def test_compiled_forms(step) -> None:
    for start in range(-3, 4):
        for stop in range(-3, 4):
            numbers = range(start, stop, step)
            there = range(-len(numbers), len(numbers))
            assert [number_of_range(start, stop, step, i) for i in there] == [numbers[i] for i in there]
            assert all(is_in_range(start, stop, step, n) == (n in numbers) for n in range(-9, 9))
            with pytest.raises(IndexError):
                number_of_range(start, stop, step, len(numbers))
