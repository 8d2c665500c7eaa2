"""Branches that raise: what follows them is no branch, in the code to be read and in the compiled form."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check, fails

X = np.array([[0.5, -1.5], [2.0, 0.25], [-0.75, 1.25]])


def squared(x):
    if len(x) == 0:
        raise ValueError("nothing")
    y = x * x
    return np.sum(y)


def listed(x):
    if len(x) == 0:
        raise ValueError("nothing")
    items = [row * row for row in x]
    return np.stack(items)


def by_a_callee(x):
    return np.sum(listed(x) ** 2)


def with_a_guard_after_the_fact(x, kind=1):
    if kind == 0:
        y = np.sin(x)
    elif kind == 1:
        y = x.copy()
        y *= x
    else:
        raise ValueError("unknown kind")
    if kind < 3:
        s = np.sum(y)
    else:
        raise ValueError("another kind")
    return s * s


def in_a_loop(x):
    s, y = 0.0, x.copy()
    for i in range(1, len(y)):
        if y[i, 0] > 3.0:
            if i > 1:
                raise ValueError("late")
            else:
                raise ValueError("early")
        y[i] *= y[i - 1] + 2.0
        if np.sum(y[i]) < -50.0:
            continue
        s += y[i, 1] * y[i, 0]
    return s


def caught(x):
    s = 0.0
    for row in x:
        try:
            if row[0] < 0.0:
                raise ValueError("negative")
            t = row[0] * row[1]
            s += t * t
        except ValueError:
            s += row[1] * 3.0
    return s


def both_raise(x, n):
    if n > 1:
        if n > 2:
            raise ValueError("many")
        raise ValueError("two")
    y = x * x
    if n < 0:
        return np.sum(y)
    return np.sum(y * y)


def while_it_goes(x):
    t, n = x[0, 0], 0
    while True:
        if n > 20:
            raise RuntimeError("no end")
        t = t * t + 0.1
        n += 1
        if n == 3:
            break
    return t


@pytest.mark.parametrize(
    "f", [squared, by_a_callee, with_a_guard_after_the_fact, in_a_loop, caught, while_it_goes], ids=lambda f: f.__name__
)
def test_right(f) -> None:
    check(f, X, compile=True, second=True)


@pytest.mark.parametrize("n", [-1, 0, 1])
def test_right_beside_returns(n) -> None:
    check(both_raise, X, n, written=True)


def test_what_is_raised_is_raised() -> None:
    fails(squared, X[:0], error=ValueError, match="nothing")
    fails(by_a_callee, X[:0], error=ValueError, match="nothing")
    fails(with_a_guard_after_the_fact, X, 2, error=ValueError, match="unknown kind")
    fails(in_a_loop, X * 2.0, error=ValueError, match="early")
    fails(both_raise, X, 3, error=ValueError, match="many")
    fails(both_raise, X, 2, error=ValueError, match="two")


def test_the_way_back_asks_nothing() -> None:
    """It asked for the condition again, and had flags for variables that the guard left unset."""
    assert str(zg.code_adjoint(squared, X)) == (
        "def squared_adjoint(x, d_out):\n"
        "    if len(x) == 0:                                     # 2\n"
        "        raise ValueError('nothing')                     # 3\n"
        "    y = x * x                                           # 4\n"
        "    return 2 * np.full_like(y, d_out) * x\n"
    )
    for f in (squared, with_a_guard_after_the_fact):
        for backend in ("python", "numba"):
            text = str(zg.code_adjoint(f, X, backend=backend))
            assert not any(word in text for word in ("UNSET", "require(", "is_set")), text


def test_a_function_that_guards_and_makes_a_list_compiles() -> None:
    """Numba did not know of which type the list was that stood for the one on the path that raises."""
    with zg.options(backend="numba", inline=False):
        np.testing.assert_allclose(zg.gradient(by_a_callee, X)[0], 4.0 * X**3)
