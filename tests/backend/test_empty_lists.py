"""Lists that stay empty on some path: Numba has no type for them unless it is told what they would hold."""

import numpy as np
import pytest

from tests.oracle import check, same_compiled

X = np.array([0.4, -1.3, 0.8])


def ends_early(x, n):
    if n == 0:
        return x.sum()
    made = []
    for i in range(n):
        made.append(x * (i + 1.0))
    total = 0.0
    for row in made:
        total += (row * row).sum()
    return total


def one_branch(x, n):
    y = x
    if n > 2:
        items = [x * i for i in range(n)]
        for k in range(n):
            y = y + items[k] * items[n - 1 - k]
    return (y * y).sum()


def two_branches(x, n):
    made = []
    if n > 2:
        made = [np.sin(x) * i for i in range(n)]
    elif n > 0:
        made = []
        made.append(x * x)
        made.append(x * n)
    total = x[0]
    for row in made:
        total += np.sum(row * x)
    return total


def anew_in_each_round(x, n):
    """A list that is empty when it is made, though one of the same name is not."""
    total = x[0]
    for i in range(n):
        made = []
        if i != 1:
            made = []
            made.append(x * i)
            made.append(x * x)
        for row in made:
            total += np.sum(row * row)
    return total


def within(f):
    def caller(x, n):
        return 2.0 * f(x, n)

    caller.__name__ = f"{f.__name__}_within"
    return caller


@pytest.mark.parametrize("f", [ends_early, one_branch, two_branches, anew_in_each_round])
def test_lists_of_some_paths_are_compiled_in_callees(f) -> None:
    g = within(f)
    for n in (0, 1, 3):
        check(g, X, n, compile=False)
        same_compiled(g, X, n)
