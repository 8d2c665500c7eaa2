# ruff: noqa: F821 - names that one iteration binds for the next are what this is about
"""Variables that one iteration of a loop binds and the next one reads, which are unset where the loop begins."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check, fails

X = np.array([0.3, 1.2, -0.7, 2.0])


def differences(x):
    s = 0.0
    for t in range(len(x)):
        if t > 0:
            s += (x[t] - before) ** 2
        before = x[t]
    return s


def bound_anew_where_it_is_read(x):
    s = 0.0
    for t in range(len(x)):
        if t > 0:
            before = before * 0.5 + x[t]
            s += before * x[t]
        else:
            before = x[t] ** 2
    return s


def an_array_in_a_while_loop(x):
    s, t = 0.0, 0
    while t < len(x):
        if t > 0:
            s += np.sum((row - x * t) ** 2)
        row = x * s * 0.1
        t += 1
    return s


def two_with_a_test_each(x):
    s = 0.0
    for t in range(len(x)):
        if t > 1:
            s += p * x[t] + r
        elif t == 1:
            s += p * 2
            r = x[t] ** 3
        p = np.sin(x[t])
    return s + p


def of_the_outer_of_two_loops(x):
    s = 0.0
    for i in range(3):
        for j in range(len(x)):
            if i > 0 or j > 0:
                s += u * x[j]
            u = x[j] * x[i] + i
    return s


def after_a_loop_that_leaves_it_alone(x):
    s = 0.0
    for _ in range(2):
        for j in range(len(x)):
            s += x[j]
        for j in range(len(x)):
            if j > 0:
                s += np.cos(u * s)
            u = x[j] * s
    return s


def an_integer_and_a_float(x):
    s = 0.0
    for i in range(len(x)):
        if i > 0:
            s += k * x[i]
        k = i * 2 if x[i] > 0 else 0.5
    return s


def a_tuple(x):
    s = 0.0
    for i in range(len(x)):
        if i > 0:
            s += pair[0] * pair[1] * x[i]
        pair = (x[i], x[i] ** 2)
    return s


def several_at_once_and_an_else(x):
    s = 0.0
    for t, v in enumerate(x):
        if t:
            s += step * (v - prev)
        prev, step = v, (v * v if t else 0.5)
    else:
        s += prev
    return s


def caught(x):
    s = 0.0
    for i in range(len(x)):
        try:
            s += last * x[i]
        except UnboundLocalError:
            s += x[i]
        last = x[i] * s
    return s


def an_array_that_is_written_to(x):
    s = 0.0
    for i in range(len(x)):
        if i > 0:
            s += np.sum(buf * x)
            buf[0] = s * x[i]
        else:
            buf = np.zeros(len(x))
        buf[i] = x[i] * x[0]
    return s


def a_view_of_what_is_written_to(x):
    y = x * 1.0
    for i in range(len(x)):
        if i > 0:
            y[i] = np.sum(y[i:] * last[0])
        last = y[i:]
    return np.sum(y * y)


def the_result(x):
    for i in range(len(x)):
        if i == 0:
            total = x[i]
        else:
            total += x[i] ** 2
    return total


def with_a_return(x):
    for t in range(len(x)):
        if t == 2:
            r = x[t] * r
            return r * 2
        r = x[t] ** 2
    return r


def deleted_in_between(x):
    s = 0.0
    for t in range(len(x)):
        if t > 0:
            s += w
            del w
        w = s * x[t] + x[t]
    return s + w


def in_a_generator_expression(x):
    s = 0.0
    for t in range(len(x)):
        s += sum(v * x[t] for v in x[:t] if v < last) if t else 0.0
        last = x[t] * 2
    return s


def in_the_condition(x):
    s, t = 0.0, 0
    while t == 0 or v < 3.0:
        v = x[t] + t
        s += v * v
        t += 1
    return s * v


def of_an_unrolled_loop(x):
    s = 0.0
    for i in [0, 2]:
        if i > 0:
            s += last * x[i]
        last = x[i] * 2
    return s


CASES = [
    differences, bound_anew_where_it_is_read, an_array_in_a_while_loop, two_with_a_test_each,
    of_the_outer_of_two_loops, after_a_loop_that_leaves_it_alone, an_integer_and_a_float, a_tuple,
    several_at_once_and_an_else, caught, an_array_that_is_written_to, a_view_of_what_is_written_to, the_result,
    with_a_return, deleted_in_between, in_a_generator_expression, in_the_condition, of_an_unrolled_loop,
]  # fmt: skip


@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_the_next_iteration_reads_it(f) -> None:
    check(f, X, written=True)


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_reading_it_unset_raises(backend) -> None:
    def f(x, n):
        s = 0.0
        for t in range(n):
            if t > 0:
                s += last * x[0]
            if x[t] > 5:
                last = x[t]
        return s

    with zg.options(backend=backend):
        fails(f, X, 3, error=UnboundLocalError, compiles=False)
        check(f, np.array([6.0, 7.0, 8.0]), 3)


def test_an_operand_that_is_not_come_to() -> None:
    """It was asked for before the operand in front of it."""

    def f(x, n):
        if n > 0:
            p = x * x
        y = x if n == 0 or p > 2 else p * x
        return y * x if -1 < n < 1 < x or x < p < 3 else y

    check(f, 1.5, 0)
    check(f, 1.5, 1)
    fails(f, 0.5, 0, error=UnboundLocalError, compiles=False)


def an_object(x):
    s = 0.0
    for t in range(len(x)):
        if t > 0:
            s += p["a"] * x[t]
        p = {"a": x[t] * 2}
    return s


def a_function(x):
    s = 0.0
    for t in range(len(x)):
        if t > 0:
            s += fn(x[t])
        fn = np.sin
    return s


def captured(x):
    s = 0.0
    for t in range(len(x)):

        def inner(v):
            return v * last

        if t > 0:
            s += inner(x[t])
        last = x[t]
    return s


@pytest.mark.parametrize("f", [an_object, a_function, captured], ids=lambda f: f.__name__)
def test_what_is_no_value_must_be_there_before_the_loop(f) -> None:
    with pytest.raises(zg.UnsupportedSyntaxError, match=r"is read before it is assigned(.|\n)*before the loop"):
        zg.gradient(f, X)
