"""Functions that call themselves, compiled: the numbers of the interpreter, and as deep as the plain call goes."""

import sys
import threading

import numpy as np
import pytest

import zygote_nb as zg
from benchmarks.kernels.algebra import determinant
from tests.oracle import check, only_compiled


def geometric(x, n):
    if n == 0:
        return 1.0
    return 1.0 + x * geometric(x, n - 1)


def with_a_loop(x, n):
    if n == 0:
        return x
    s = 0.0
    for i in range(n):
        s = s * x + with_a_loop(x + i, n - 1) ** 2 if i % 2 else np.sin(s) + x
    return s


def only_a_comparison(x, n):
    if n == 0:
        return x
    size = only_a_comparison(x * 0.5, n - 1)
    return only_a_comparison(x * x, n - 1) if size > 0.01 else x


def helped(x, n):
    if n <= 0:
        return np.sum(x)
    t = scaled(x, n)
    return helped(t[:-1], n - 1) + t[-1] * helped(t, n - 2)


def scaled(x, n):
    y = x.copy()
    for i in range(len(y)):
        y[i] = y[i] * y[i - 1] if i > n else np.sin(y[i])
    return y


def sorted_sum(x, low, high):
    """Quicksort in place, and what depends on the order."""
    if low < high:
        last = low
        for i in range(low, high):
            if x[i] < x[high]:
                x[i], x[last] = x[last], x[i]
                last += 1
        x[last], x[high] = x[high], x[last]
        sorted_sum(x, low, last - 1)
        sorted_sum(x, last + 1, high)


def weighted_in_order(x):
    y = x * x
    sorted_sum(y, 0, len(y) - 1)
    total = 0.0
    for i in range(len(y)):
        total += i * y[i]
    return total


def tree_sum(x, flag):
    if len(x) == 1:
        return x[0] if flag else x[0] ** 2
    m = len(x) // 2
    return tree_sum(x[:m], not flag) * 0.5 + tree_sum(x[m:], flag)


def even(x, n):
    return x if n == 0 else x * odd(np.sin(x), n - 1)


def odd(x, n):
    return 1.0 if n == 0 else x + even(x * 1.1, n - 1)


def branching(x, n):
    """Lists within lists: of each call, of its loops, and of a function that it calls."""
    if n == 0:
        return x[0]
    total = 0.0
    for i in range(n):
        for j in range(i + 1):
            y = np.empty(n)
            for k in range(n):
                y[k] = x[k] * (j + 1.0)
            y[0] = y[0] * y[-1]
            total += y[0] * branching(y, n - 1) + products(y, n)[0]
    return total


def products(x, n):
    y = x.copy()
    for i in range(n):
        t = y * y
        t[0] = np.sin(t[0])
        y[:] = t * 0.5
    return y


VECTOR = np.array([0.9, -0.4, 1.3, 0.2, -1.1])
CASES = {
    "geometric": (geometric, 0.7, 5),
    "a loop with a tape": (with_a_loop, 0.6, 3),
    "a call whose adjoint is dead": (only_a_comparison, 0.8, 3),
    "a callee with a tape": (helped, VECTOR, 3),
    "memory": (weighted_in_order, VECTOR),
    "a truth value": (tree_sum, VECTOR, True),
    "mutual": (even, 0.7, 5),
}


@pytest.mark.parametrize("name", CASES)
def test_compiled_as_interpreted(name):
    f, *args = CASES[name]
    check(f, *args, compile=True, variants=False, second=False, modes=name != "a callee with a tape")


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (branching, (VECTOR[:2], 2)),
        pytest.param(determinant, (VECTOR[:4].reshape(2, 2),), marks=pytest.mark.full),
    ],
)
def test_lists_within_what_is_kept(f, args):
    """Numba makes no list of one type out of a list of another, where arrays differ in layout only."""
    with zg.options(backend="python"):
        expected = zg.gradient(f, *args)[0]
    with zg.options(backend="numba"), only_compiled(True):
        np.testing.assert_allclose(zg.gradient(f, *args)[0], expected, rtol=1e-12)


def test_second_derivatives_are_compiled():
    with zg.options(backend="numba"), only_compiled(True):
        assert zg.hvp(geometric, (0.5, 5), (1.0, None)) == (pytest.approx(10.5), None)


def test_as_deep_as_the_plain_call_and_no_deeper():
    deep = sys.getrecursionlimit() // 2
    with zg.options(backend="numba"):
        with only_compiled(True):
            assert zg.gradient(geometric, 0.5, deep)[0] == pytest.approx(4.0)
        with pytest.raises(RecursionError):
            zg.gradient(geometric, 0.5, 2 * deep)


def test_a_stack_that_is_too_small_leaves_it_to_the_interpreter(monkeypatch):
    """A limit of recursion that no stack has room for."""
    found = []
    before = sys.getrecursionlimit(), threading.stack_size(512 * 1024)

    def run():
        with zg.options(backend="numba"):
            found.append(zg.gradient(geometric, 0.5, 30_000)[0])

    try:
        sys.setrecursionlimit(1_000_000)
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(before[0])
        threading.stack_size(before[1])
    assert found == [pytest.approx(4.0)]


def test_what_is_said_of_it():
    with zg.options(backend="auto"):
        told = str(zg.explain(geometric, 0.5, 5))
    assert "interpreted until it has called itself 20,000 times, or for 1 s, then compiled" in told
    assert "geometric_tape" in told
