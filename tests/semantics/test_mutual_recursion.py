"""Functions that call each other: what one does is known only when it is known what the others do."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import FULL, check, check_or_refused
from zygote_nb.analysis.rounds import Rounds

X = np.array([0.4, 0.7, 0.9, 1.1, 1.3])


def even(x, n):
    y = x * x
    for _ in range(2):
        y = 1.01 * (y + 0.1 * np.sin(y))
    if n > 0:
        y = odd(x, n - 1)
    return y


def odd(x, n):
    z = even(x, n)
    w = 0.0
    for _ in range(3):
        w = np.cos(w + z * 0.5) + w
    return w


def around(x, n):
    return odd(x, n)


def first(x, n):
    return x if n == 0 else slowed(second(x, n - 1))


def second(x, n):
    return third(x, n)


def third(x, n):
    return slowed(first(x, n)) if n % 2 else slowed(second(x, n - 1)) if n > 0 else 1.5


def slowed(x):
    for _ in range(2):
        x = x + 0.1 * np.sin(x)
    return x


@pytest.mark.parametrize("f", [even, odd, around, first, second, third])
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_the_derivative_was_zero_of_the_function_that_was_entered_second(f, n):
    flat = f(0.7, n) == f(0.71, n)
    check(f, 0.7, n, wrt=[0], flat=flat, second=f in (even, odd) and n == 2, compiles=False)


def writes(a, n):
    for i in range(2):
        a[0] = 0.9 * a[0] + 0.1 * np.sin(a[1])
        a[2] = a[2] * 1.01
    if n > 0:
        passes_on(a, n - 1)
    a[1] = 0.5 * a[1] + 0.1 * a[1] * a[2]


def passes_on(b, n):
    c = b[0] * b[1]
    for i in range(2):
        c = 0.3 * c + 0.2 * np.sin(c)
    if n > 1:
        passes_on(b, n - 2)
    writes(b, n)
    return c


def written_by_a_callee(x, n):
    a = x.copy()
    s = passes_on(a, n)
    return s + (a * a).sum()


def written_by_a_callee_twice(x, n):
    a = x.copy()
    w = a * 1.0
    passes_on(a, n)
    w = w * a
    writes(w, n)
    return (a * w).sum()


def turned(a, b, c, d, e, n):
    if n > 0:
        for i in range(2):
            a[0] = np.sin(a[0] * 1.5 + b[0])
        turned(b, c, d, e, a, n - 1)


def arguments_take_turns(x, n):
    a, b, c, d, e = x[:1] * 1.0, x[1:2] * 1.0, x[2:3] * 1.0, x[3:4] * 1.0, x[4:] * 1.0
    turned(a, b, c, d, e, n)
    return (a * b * c * d * e).sum()


def chosen(a, b, n):
    a = a * 1.1
    return a if n == 0 else other(b, a, n - 1)


def other(a, b, n):
    return b if n == 0 else chosen(a, b, n - 1)


def returned_and_written(x, n):
    u = x * 2.0
    r = other(x * 3.0, u, n)
    r *= x
    return (r * u).sum()


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 6])
@pytest.mark.parametrize("f", [written_by_a_callee, written_by_a_callee_twice, arguments_take_turns])
def test_memory_that_is_written_to_by_others(f, n):
    compiled = FULL or (f is arguments_take_turns and n == 3)
    check(f, X, n, wrt=[0], backends=("python", "numba") if compiled else ("python",))


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_memory_that_is_handed_back_by_others(n):
    check_or_refused(returned_and_written, X, n, wrt=[0], backends=None if FULL else ("python",))


def hides(x, n):
    text = shows(x, n - 1) if n > 0 else f"{x:.9f}"
    for _ in range(2):
        text = text + "0"
    return text


def shows(x, n):
    text = hides(x, n)
    for _ in range(2):
        text = text + "0"
    return text


@pytest.mark.parametrize("f", [hides, shows])
def test_a_derivative_that_is_lost_is_refused(f):
    def g(x):
        return float(f(x, 2)) * 2.0

    with pytest.raises(zg.ZygoteError):
        zg.gradient(g, 0.7)


def test_rounds_go_on_until_nothing_is_new():
    calls = {"a": ["b"], "b": ["c", "a"], "c": ["d", "b"], "d": ["e", "a"], "e": ["c"]}
    rounds, asked = Rounds(), []

    def reached(name):
        def find():
            asked.append(name)
            return frozenset({name}).union(*map(reached, calls[name]))

        return rounds.answer(name, frozenset(), find)

    assert {name: reached(name) for name in calls} == dict.fromkeys(calls, frozenset(calls))
    count = len(asked)
    reached("c")
    assert len(asked) == count


def test_one_round_is_enough_where_nothing_calls_itself():
    rounds, asked = Rounds(), []

    def size(n):
        def find():
            asked.append(n)
            return 1 + (size(n - 1) + size(n - 2) if n > 1 else 0)

        return rounds.answer(n, 0, find)

    assert size(10) == 177
    assert sorted(asked) == list(range(11))


def test_what_fails_leaves_nothing_behind():
    rounds = Rounds()

    def fail():
        rounds.answer("b", 0, lambda: 1)
        raise ValueError

    with pytest.raises(ValueError):
        rounds.answer("a", 0, fail)
    assert rounds.known == {}
    assert rounds.answer("a", 0, lambda: 2) == 2
