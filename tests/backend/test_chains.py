"""What loops keep in functions that call themselves: one list for all calls, whatever order the adjoints come in."""

import numpy as np
import pytest

import zygote_nb as zg
from benchmarks.kernels.algebra import determinant
from tests.as_written import same_as_written, written
from tests.oracle import only_compiled


def two_loops(x, n):
    """Two lists for each call, of which the second is longer than the first."""
    if n == 0:
        return np.sin(x)
    s = x
    for i in range(n):
        s = s * two_loops(x + 0.1 * i, n - 1)
    for i in range(2 * n):
        s = np.sin(s + i) * two_loops(s, n - 2) if n > 1 else s * s * x
    return s


def in_nested_loops(x, n):
    if n == 0:
        return x * x
    s = 0.5
    for i in range(n):
        for j in range(i + 1):
            s = s * x + in_nested_loops(x * 0.9 + 0.1 * j, n - 1)
        s = np.sin(s)
    return s


def while_it_is_small(x, n):
    if n == 0:
        return x
    s, k = x, 0
    while s * s < 4.0 and k < 3:
        s = s + 0.3 * while_it_is_small(s * x, n - 1)
        k += 1
    return s * x


def some_are_dead(x, n):
    """The adjoints of some calls are never asked for: their entries stay between those of others."""
    if n == 0:
        return x * x
    s = 1.0
    for i in range(n):
        size = some_are_dead(x * 0.5, n - 1)
        if size > 0.001:
            s = s * some_are_dead(x + 0.1 * i, n - 1) + x
    return s


def keeps_arrays(x, n):
    if n == 0:
        return np.sum(x * x)
    s = 0.0
    for i in range(n):
        x = np.sin(x) + 0.1 * i
        s = s * 0.5 + keeps_arrays(x, n - 1)
    return s


def here(x, n):
    s = x
    for i in range(n):
        s = s * there(x + 0.1 * i, n - 1)
    return s


def there(x, n):
    s = 0.0
    for i in range(max(n, 1)):
        s += np.sin(s) * x + (here(x * 0.5, n - 1) if n > 0 else x)
    return s


VECTOR = np.array([0.9, -0.4, 1.3, 0.2])
CASES = {
    "minors": (determinant, (VECTOR[:, None] + np.diag(VECTOR) + 0.1 * np.arange(4.0),)),
    "two loops": (two_loops, (0.7, 2)),
    "nested loops": (in_nested_loops, (0.6, 3)),
    "a while loop": (while_it_is_small, (0.8, 3)),
    "dead adjoints": (some_are_dead, (0.9, 3)),
    "arrays": (keeps_arrays, (VECTOR, 3)),
    "mutual": (here, (0.7, 3)),
}


@pytest.mark.parametrize("name", CASES)
def test_as_written(name):
    f, args = CASES[name]
    with zg.options(backend="python"):
        expected = zg.gradient(f, *args)
    same_as_written(f, args, expected)


@pytest.mark.parametrize("name", ["dead adjoints", "arrays"])
def test_compiled(name):
    f, args = CASES[name]
    with zg.options(backend="python"):
        expected = zg.gradient(f, *args)[0]
    with zg.options(backend="numba"), only_compiled(True):
        np.testing.assert_allclose(zg.gradient(f, *args)[0], expected, rtol=1e-12)


def test_a_call_makes_no_list_and_no_record():
    """Only the outermost function makes lists: the one for all calls, and that of its own loop."""
    text = written(determinant, *CASES["minors"][1])
    assert text.count("= [") == 2
    assert "records" not in text
    assert "np.empty(larger" not in text
