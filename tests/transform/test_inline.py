"""Tiny callees written out where they are called, and those that are not."""

import math

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check


def swapped(a, b):
    return b, a


def same(a):
    return a


def half_square(t):
    t = t * t
    return t / 2


def scaled(v, by=2.0):
    return half_square(v) * by


def relu(t):
    return t if t > 0 else 0.0


def inverse(t):
    return 1 / t


def is_even(n):
    return True if n == 0 else is_odd(n - 1)


def is_odd(n):
    return False if n == 0 else is_even(n - 1)


def through_chain(x):
    t = x + 1
    return scaled(t, by=t) + scaled(v=x)


def through_swap(a, b):
    for _ in range(3):
        a, b = swapped(a, b * a)
    return a - 2 * b


def through_alias(x):
    y = np.zeros(3)
    z = same(y)
    z[0] = x * x
    y[1] = x
    return np.sum(y * z) + y[0]


def through_choice(x):
    return relu(x) * relu(-x) + relu(2 * x)


def through_mutual(x):
    return x * x if is_even(4) else x


def through_shadowed_names(t, by):
    v = scaled(by, t)
    return v + half_square(t)


def in_a_closure(x):
    def area(r):
        return math.pi * r * x

    return area(x) + area(2.0)


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (through_chain, (0.7,)),
        (through_swap, (0.7, 1.3)),
        (through_alias, (0.7,)),
        (through_choice, (0.7,)),
        (through_mutual, (0.7,)),
        (through_shadowed_names, (0.7, -1.2)),
        (in_a_closure, (0.7,)),
    ],
)
def test_calls_of_tiny_functions(f, args):
    check(f, *args, compile=f is not through_mutual, compiles=f is not through_mutual)


def test_a_tiny_callee_leaves_no_call():
    text = str(zg.code_adjoint(through_chain, 0.7))
    left = text.replace("scaled_out", "").replace("half_square_out", "")
    assert "scaled" not in left
    assert "half_square" not in left


def test_inline_false_calls_it():
    with zg.options(inline=False):
        text = str(zg.code_adjoint(through_chain, 0.7))
    assert "scaled_forward" in text or "scaled_backward" in text


def test_an_exception_of_a_tiny_callee_is_the_users():
    def f(x):
        return inverse(x) + x

    with pytest.raises(ZeroDivisionError) as raised:
        zg.gradient(f, 0.0)
    assert any(entry.name == "inverse" for entry in raised.traceback)


def test_a_tiny_callee_that_is_redefined_takes_effect():
    def make(factor):
        def inner(t):
            return factor * t

        return inner

    scope = {"g": make(2.0)}

    def f(x):
        return scope["g"](x) * x

    assert zg.gradient(f, 3.0) == (12.0,)
    scope["g"] = make(5.0)
    assert zg.gradient(f, 3.0) == (30.0,)
