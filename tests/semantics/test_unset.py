"""Variables set on some paths only: Python's UnboundLocalError, whatever they hold."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check, fails


@dataclass
class Point:
    x: float
    y: float


def an_object(a, n):
    for _ in range(n):
        p = Point(a, 2.0 * a)
    return p.x * p.y


def a_tuple(a, n):
    for _ in range(n):
        p = (a, 2.0 * a)
    return p[0] * p[1]


def a_dict(a, n):
    if n > 0:
        d = {"a": a, "b": 2.0}
    return d["b"] * a * a


def the_length_of_a_list(a, n):
    while n > 0:
        p = [a, a, 3.0]
        n -= 1
    return len(p) * a * a


def a_function(a, n):
    if n > 0:
        fn = np.sin
    return fn(a)


def an_inner_function(a, n):
    for _ in range(n):

        def square(t):
            return t * a

    return square(a)


def none(a, n):
    if n > 0:
        u = None
    return a * a if u is None else a


def a_variable_of_an_inner_function(a, n):
    def inner(k):
        if k == 0:
            p = a * a
        return p

    return inner(0) * inner(1 - n)


def a_name_deleted_on_one_path(a, n):
    y = a * a
    if n == 0:
        del y
    return y * a


def a_name_deleted_and_bound_again(a, n):
    y = (a, a)
    for i in range(2):
        del y
        if n > 0 or i == 0:
            y = (a * a, a)
    return y[0] * y[1]


CASES = [
    an_object, a_tuple, a_dict, the_length_of_a_list, a_function, an_inner_function, none,
    a_variable_of_an_inner_function, a_name_deleted_on_one_path, a_name_deleted_and_bound_again,
]  # fmt: skip


@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_it_is_read_though_it_was_never_set(f):
    """A gradient came out, of what the variable would have held."""
    fails(f, 3.0, 0, error=UnboundLocalError, compiles=False)
    check(f, 3.0, 1, compiles=False)


def test_the_flag_of_a_variable_compiles() -> None:
    with zg.options(backend="numba"):
        assert zg.gradient(an_object, 3.0, 2) == (12.0, None)
        with pytest.raises(UnboundLocalError):
            zg.gradient(an_object, 3.0, 0)


def test_a_flag_is_made_only_where_it_is_asked_for() -> None:
    def f(a, n):
        for _ in range(n):
            p = Point(a, 2.0 * a)
            a = p.x * p.y
        return a

    assert "_set" not in zg.code_adjoint(f, 3.0, 2).source


def test_after_a_break() -> None:
    def f(a, n):
        for i in range(n):
            p = Point(a * i, a)
            if p.x > 4.0:
                break
        return p.x * p.y

    check(f, 3.0, 4)
    fails(f, 3.0, 0, error=UnboundLocalError)


def test_set_by_a_try_that_raised_before() -> None:
    def f(a, n):
        try:
            k = 2 // n
            p = (a * k, a)
        except ZeroDivisionError:
            k = 1
        return p[0] * p[1] * k

    check(f, 3.0, 1, compiles=False)
    fails(f, 3.0, 0, error=UnboundLocalError, compiles=False)


def test_deleting_what_is_not_there() -> None:
    def f(a, n):
        if n > 0:
            y = a
        del y
        return a * a

    check(f, 3.0, 1, compiles=False)
    fails(f, 3.0, 0, error=UnboundLocalError, compiles=False)


def a_number_of_iterations(x, n):
    s = 1.0
    for i in range(n):
        for j in range(i + 1):
            s = s + 0.1 * x[j]
        for k in range(j + 1):
            s = math.sin(s * x[k])
    return s


def a_number_of_iterations_of_a_branch(x, n):
    s = 1.0
    for i in range(n):
        if i % 2 == 0:
            m = i + 1
        for k in range(m):
            s = math.sin(s * x[k])
        m = m + 1
    return s


def a_truth_value(x, n):
    s = x[0]
    for i in range(n):
        if i != 1:
            up = i > 1
        s = math.sin(s * x[i]) if up else s * x[i]
    return s


def an_array(x, n):
    s = 1.0
    for i in range(n):
        if i % 2 == 0:
            v = x[i : i + 2]
        s = s * np.sum(v * s)
    return s


@pytest.mark.parametrize(
    "f", [a_number_of_iterations, a_number_of_iterations_of_a_branch, a_truth_value, an_array], ids=lambda f: f.__name__
)
def test_what_may_be_unset_is_kept_as_what_it_is(f):
    """An integer that says how often a loop runs was kept as a float."""
    check(f, np.linspace(0.3, 1.4, 7), 4, compile=f is a_number_of_iterations)
