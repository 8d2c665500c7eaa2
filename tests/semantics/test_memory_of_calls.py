"""Memory that calls hand over, change, and return."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest

from tests import oracle

check = partial(oracle.check, compiles=False)
X = np.array([0.7, -0.4, 1.3, 0.2])


@dataclass
class Point:
    x: float
    v: np.ndarray

    def step(self, p):
        self.v[:] += np.cos(self.v) * p
        return self


def itself_or_another(u, p):
    if p > 0.5:
        return u
    return np.sin(u)


@pytest.mark.parametrize("p", [0.2, 0.9])
def test_a_callee_that_returns_its_argument_or_a_new_array(p: float) -> None:
    """What came back through the new array was lost."""

    def f(x, p):
        y = x * p
        z = itself_or_another(y, p)
        z[1] *= 2.0
        return np.sum(z * z) + y[0]

    check(f, X, p)


def replaced(o, p):
    o.v = np.sin(-o.v[::-1] * o.v * p)


def test_a_callee_in_a_try_that_gives_an_object_another_array() -> None:
    """Its backward half was left out."""

    def f(x, b, n):
        point = Point(b, np.sin(-x))
        try:
            point.step(b)
            replaced(point, b)
            b = x[n]
            point.step(b)
        except IndexError:
            b = 0.3
        return np.sum(point.v * point.v) * b

    check(f, X, 0.8, 2)
    check(f, X, 0.8, 5)


def constant(p):
    return np.ones(4) * 0.3


def test_a_constant_array_that_a_callee_returns_is_written_to() -> None:
    def f(x, n):
        v = x * 1.5
        for i in range(n):
            v = constant(x[0])
            v[[0, 0, 1]] += x[1:] * i
        return np.sum(v * v)

    check(f, X, 3)


def made_or_given(p, u):
    if p > 0.1:
        return Point(p, u)
    return Point(p * p, np.outer(u, u)[0, :4])


@pytest.mark.parametrize("a", [0.3, -0.3])
def test_an_object_that_a_callee_makes_of_its_argument_or_of_a_new_array(a: float) -> None:
    def f(x, a):
        p = made_or_given(a, x)
        if a > 0.0:
            q = made_or_given(a * 2.0, p.v)
        else:
            q = p
        p = q
        return p.x * np.sum(p.v * p.v)

    check(f, X, a)


def spoilt_by_handler(u, p):
    u[3] = p


def test_an_attribute_that_an_exception_finds_none() -> None:
    """The variable was set on one path only: its copies were one statement, in several places."""

    def f(x, y, n):
        p = Point(y[0], y)
        try:
            spoilt_by_handler(y, p.v[:-1] @ x[:-1])
            p.x = y[n]
        except LookupError:
            p = Point(np.tanh(x[0]), p.v)
        except ArithmeticError:
            p = Point(np.tanh(x[1]), p.v * 2.0)
        return np.sum(p.v * p.v) * p.x

    check(f, X, X[::-1].copy(), 2)
    check(f, X, X[::-1].copy(), 7)


def test_several_handlers_that_give_a_name_another_object() -> None:
    def f(x, y, n):
        p = Point(y[0], y)
        try:
            y[3] = x[n]
        except LookupError:
            p = Point(np.tanh(x[1]), p.v)
        except Exception:
            pass
        return np.sum(p.v * p.v) * p.x

    check(f, X, X[::-1].copy(), 2)
    check(f, X, X[::-1].copy(), 7)


def rebinds_its_parameter(u, p):
    u[:] = np.sin(p)
    for i in range(3):
        for row in np.outer(X, X):
            u = row
        if i % 2:
            p = np.tanh(p)
    return p


def test_a_parameter_that_is_written_to_and_bound_to_another_array_in_a_loop() -> None:
    """The array's adjoint was taken for the other one's."""

    def f(x, p):
        y = x * 2.0
        q = rebinds_its_parameter(y, p)
        return np.sum(y * y) * q

    check(f, X, 0.4)


@pytest.mark.parametrize("n", [1, 2])
def test_an_argument_whose_name_may_stand_for_a_constant_array(n: int) -> None:
    def f(x, n):
        v = np.zeros(4)
        if n > 1:
            x = v[:]
        x[n] = 3.0
        return np.sum(x * x) + x[0]

    check(f, X, n, flat=True)


def overwrites_a_constant(v, G):
    v[-1] = np.cos(v[1])
    v[1:] *= G


def test_a_constant_array_that_a_callee_changes_after_it_was_read() -> None:
    """The derivative of what had read it was taken at its later content."""

    def f(x, b):
        u = np.ones(4) * 0.6
        y = np.sin(b * u) * x
        overwrites_a_constant(u, 0.4)
        return np.sum(y * u)

    check(f, X, 0.8)


def test_a_constant_array_that_a_callee_changes_in_a_loop() -> None:
    def f(x, b, n):
        u = np.ones(4) * 0.6
        s = 0.0
        for _ in range(n):
            s += np.sum(np.sin(b * u) * x)
            overwrites_a_constant(u[1:], 0.4)
        return s

    check(f, X, 0.8, 3)


def grows_a_list(items):
    items.append(2.0)
    items[0] = 3.0


def test_a_list_of_constants_that_a_callee_changes_after_it_was_read() -> None:
    def f(x, n):
        items = [0.5, 1.5]
        for i in range(n):
            items.append(0.1 * i)
        y = x * items[0] * items[-1] * len(items)
        grows_a_list(items)
        return np.sum(y * y) * items[0] * items[-1]

    check(f, X, 3)


def test_what_a_handler_finds_of_an_array_in_a_tuple() -> None:
    """Python changes the array, and then raises."""

    def f(x):
        pair = (1.0, x * 2.0)
        try:
            pair[1] *= np.cos(x)
        except TypeError:
            pass
        return np.sum(pair[1] * pair[1])

    check(f, X)


def only_for_what_it_does(v, w):
    w[0] = 5.0
    return v * 2.0


def test_a_callee_whose_result_is_not_used_and_that_changes_a_constant() -> None:
    def f(x, b):
        u = np.ones(4) * 0.6
        y = np.sin(b * u) * x
        only_for_what_it_does(x, u)
        return np.sum(y * u)

    check(f, X, 0.8)
