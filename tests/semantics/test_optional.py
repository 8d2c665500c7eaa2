"""A value on some paths, None on others."""

import math

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check


def root(x):
    return None if x < 0 else math.sqrt(x)


def test_result_or_none():
    def f(x):
        r = root(x)
        if r is None:
            return x * x
        return r * 2.0 + x

    check(f, 1.3)
    check(f, -1.3)


def test_best_so_far():
    def f(x, n):
        best = None
        for i in range(n):
            value = math.sin(x * i)
            if best is None or value > best:
                best = value
        return best * x

    check(f, 1.3, 6)


def test_previous_array():
    def f(x, n):
        previous = None
        total = 0.0
        for i in range(n):
            current = x * (i + 1.0)
            if previous is not None:
                total += np.sum(previous * current)
            previous = current
        return total

    check(f, np.array([0.5, -1.0, 2.0]), 4)


def test_not_reset_by_a_branch():
    def f(x):
        r = root(x)
        if r is not None:
            y = r * x
        else:
            y = x
        if r:
            y += r
        return y

    check(f, 2.0)
    check(f, -2.0)


def test_reset_where_it_was_given():
    def f(x):
        r = root(x)
        if r is not None:
            s = r
            r = None
        else:
            s = 1.0
        if r is None:
            return s * x
        return 100.0 * x

    check(f, 2.0)
    check(f, -2.0)


def test_none_that_is_used_raises_as_in_python():
    def f(x):
        r = root(x)
        return r * 2.0

    assert zg.gradient(f, 4.0)[0] == pytest.approx(0.5)
    with pytest.raises(TypeError):
        zg.gradient(f, -4.0)


def test_optional_in_a_dict_and_through_calls():
    def pick(d):
        if d["r"] is None:
            return 1.0
        return d["r"] ** 2

    def f(x):
        d = {"r": None}
        if x > 1.0:
            d["r"] = 3.0 * x
        return pick(d) * x

    check(f, 1.5)
    check(f, 0.5)


def test_value_of_a_function_that_may_return_none():
    def f(x):
        loss = x * x
        return loss, root(x)

    assert zg.withgradient(f, 4.0) == ((16.0, 2.0), (8.0,))
    assert zg.withgradient(f, -4.0) == ((16.0, None), (-8.0,))


class Holder:
    def __init__(self):
        self.best = None


def test_an_attribute_that_is_none_until_something_is_found() -> None:
    def f(x, n):
        held = Holder()
        for i in range(n):
            value = x[i] * x[i]
            if held.best is None or value > held.best:
                held.best = value
        return held.best if held.best is not None else x[0]

    check(f, np.array([0.7, -0.4, 1.3, 0.2]), 4)
    check(f, np.array([0.7, -0.4, 1.3, 0.2]), 0)
