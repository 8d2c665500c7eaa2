"""Lists of numbers as arguments of compiled functions: arrays at the boundary, lists inside and in the gradient."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check, only_compiled

LIST = [0.5, 1.5, -2.0, 0.25]
CAPTURED = [2.0, 3.0]


def total(items):
    s = 0.0
    for t in items:
        s += t * t
    return s


def written_and_longer(c, x):
    c[0] = x
    c.append(x * c[1])
    s = 0.0
    for i in range(len(c)):
        s += c[i] * i
    return s


def joined(c):
    d = c[1:] + c[:2]
    return sum(d) * d[0] + max(c)


def with_whole_powers(c, x):
    return sum(k * x**i for i, k in enumerate(c))


def paired(a, b):
    return sum(p * q for p, q in zip(a, b, strict=True))


def squares(a):
    return [v * v for v in a]


def with_a_captured_list(x):
    CAPTURED.append(x * CAPTURED[0])
    return CAPTURED[-1] * CAPTURED.pop()


CASES = {
    "floats": (total, LIST),
    "numbers of NumPy's": (total, [np.float64(v) for v in LIST]),
    "written to": (written_and_longer, LIST, 0.7),
    "concatenated": (joined, LIST),
    "integers": (with_whole_powers, [1, 2, 3], 0.5),
    "two": (paired, LIST, LIST[::-1]),
    "a list and an array": (paired, LIST, np.arange(4.0)),
    "a list is returned": (squares, LIST),
    "captured": (with_a_captured_list, 0.7),
}


@pytest.mark.parametrize("name", CASES)
def test_compiled_as_interpreted(name):
    f, *args = CASES[name]
    check(f, *args, backends=("python", "numba"), variants=False, second=name == "floats")


def test_entries_are_numbers_of_python():
    with zg.options(backend="numba"), only_compiled(True):
        value, (gradient,) = zg.withgradient(total, LIST)
    assert (type(value), set(map(type, gradient))) == (float, {float})


@pytest.mark.parametrize("items", [[1, 2.5], [2**70, 3], [0.5, np.float64(2.0)]])
def test_lists_of_several_types_are_interpreted(items):
    """As an element of an array each would be of the same type."""
    with zg.options(backend="python"):
        expected = zg.withgradient(total, items)
    assert zg.withgradient(total, items) == expected
    assert zg.explain(total, items).execution.startswith("interpreted, because an argument is neither")
    with zg.options(backend="numba"), pytest.raises(zg.CompileError):
        zg.gradient(total, items)
