"""Functions inside functions: what they capture, when they read it, and which variable they write."""

import functools
import math

import pytest

from tests.oracle import check


def test_each_call_of_a_maker_has_variables_of_its_own() -> None:
    def f(x):
        def counter():
            n = 0.0

            def add(v):
                nonlocal n
                n += v * x
                return n

            return add

        a, b = counter(), counter()
        a(1.0)
        a(x)
        b(3.0)
        return a(0.0) * b(0.0)

    check(f, 1.3)


def test_a_setter_and_a_getter_share_their_variable() -> None:
    def f(x):
        def cell():
            k = x

            def put(v):
                nonlocal k
                k = v

            def get():
                return k

            return put, get

        put, get = cell()
        put(3 * x)
        return get() * x

    assert check(f, 1.3)[0] == pytest.approx(6 * 1.3)


@pytest.mark.parametrize("early", [False, True])
def test_loop_variables_are_captured_late_or_bound_early(early: bool) -> None:
    def late(x):
        fs = []
        for i in range(3):
            fs.append(lambda y: y * i)
        return sum(f(x) for f in fs)

    def bound(x):
        fs = []
        for i in range(3):
            fs.append(lambda y, i=i: y**i)
        return sum(f(x) for f in fs)

    check(bound if early else late, 1.3)


def test_a_captured_variable_that_changes_between_calls() -> None:
    def f(x):
        k = x

        def times(y):
            return y * k

        a = times(x)
        k = 5 * x
        return a * times(x)

    check(f, 1.3)


def test_nonlocal_in_a_loop_of_unknown_length() -> None:
    def f(x, n):
        c = 1.0

        def grow(v):
            nonlocal c
            c *= v
            return c

        s = 0.0
        for i in range(n):
            s += grow(x + i)
        return s * c

    check(f, 1.3, 3, compile=True)


def test_inner_functions_that_call_each_other() -> None:
    def f(x):
        def even(n):
            return x if n == 0 else odd(n - 1) * 2

        def odd(n):
            return x * x if n == 0 else even(n - 1) + x

        return even(5)

    check(f, 1.3)


def test_composed_and_partial_functions() -> None:
    def f(x):
        def compose(g, h):
            return lambda t: g(h(t))

        shifted = functools.partial(lambda a, b: a + b, x)
        return compose(math.sin, compose(lambda t: t * t, shifted))(x)

    check(f, 1.3)


def test_a_list_as_default_is_kept_between_calls() -> None:
    def f(x):
        def keep(a, kept=[]):
            kept.append(a)
            return sum(kept)

        keep(x)
        return keep(x * x)

    check(f, 1.3)
