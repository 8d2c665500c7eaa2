"""A rule of the user's that returns its argument, or a view of it: a write to either is refused, not half seen."""

from __future__ import annotations

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

X = np.array([0.7, 0.3, 0.9, 0.5])


def same(v):
    return v


@zg.rrule(same)
def rule_of_same(v):
    def pullback(dy):
        return dy

    return v, pullback


def rest(v):
    return v[1:]


@zg.rrule(rest)
def rule_of_rest(v):
    def pullback(dy):
        return np.concatenate((np.zeros(1), dy))

    return v[1:], pullback


def argument_written_to(x):
    y = x * 1.0
    h = same(y)
    y *= 3.0
    return (y * h).sum()


def result_written_to(x):
    y = x * 1.0
    h = same(y)
    h *= 3.0
    return (y * h).sum()


def view_written_to(x):
    y = x * 1.0
    h = rest(y)
    h *= 3.0
    return (y[1:] * h).sum()


@pytest.mark.parametrize("f", [argument_written_to, result_written_to, view_written_to])
def test_write_is_refused(f):
    with pytest.raises(zg.UnsupportedSyntaxError, match="returns memory of its argument, and either may be written to"):
        zg.gradient(f, X)


def clipped(v):
    return v


@zg.rrule(clipped)
def rule_of_clipped(v):
    def pullback(dy):
        g = dy.copy()
        g[g > 1e6] = 1e6
        return g

    return v, pullback


def both(v):
    return v, 2.0 * v


@zg.rrule(both)
def rule_of_both(v):
    def pullback(dy):
        g = dy[0].copy()
        g[g > 1e6] = 1e6
        return g + 2.0 * dy[1]

    return (v, 2.0 * v), pullback


def handed_back(v, n):
    total = 0.0
    for i in range(n):
        total += v[i]
    return clipped(v) * 1.0 if total > 1e6 else clipped(v)


def called_argument(x):
    y = x * 1.0
    h = clipped(y)
    y *= 3.0
    return (y * h).sum()


def called_result(x):
    y = x * 1.0
    h = clipped(y)
    h *= 3.0
    return (y * h).sum()


def called_part(x):
    y = x * 1.0
    h, k = both(y)
    h *= 3.0
    return (y * h * k).sum()


def called_part_of_argument(x):
    y = x * 1.0
    h, k = both(y)
    y *= 3.0
    return (y * h * k).sum()


def called_in_a_callee(x):
    y = x * 1.0
    h = handed_back(y, 2)
    y *= 3.0
    return (y * h).sum()


CALLED = [called_argument, called_result, called_part, called_part_of_argument, called_in_a_callee]


@pytest.mark.parametrize("f", CALLED)
def test_a_rule_that_is_called_is_held_to_it_as_it_runs(f):
    with pytest.raises(zg.NoRuleError, match=r"`rule_of_\w+` is not right: it returns memory of an argument"):
        zg.gradient(f, X)


def called_and_only_read(x):
    y = x * 1.0
    h, k = both(clipped(y))
    g = clipped(y * 2.0)
    g[1:] *= 3.0
    return (y * h * k * g).sum()


def copied(x):
    y = x * 1.0
    h = same(y.copy())
    y *= 3.0
    z = y + h
    return (y * h * same(z)).sum() + rest(z)[0]


def test_copies_and_reads_are_not():
    check(copied, X, modes=False)


def test_nor_of_rules_that_are_called():
    check(called_and_only_read, X, modes=False, compiles=False, second=False, variants=False)


# Forward rules


def scaled(v, w):
    return v * 1.0


@zg.frule(scaled)
def tangent_of_scaled(tangents, v, w):
    return v * 1.0, tangents[0]


def two(v):
    return v * 1.0, v * 2.0


@zg.frule(two)
def tangents_of_two(tangents, v):
    return (v * 1.0, v * 2.0), (tangents[0], 2.0 * tangents[0])


def doubled_first(v):
    v[0] *= 2.0
    return (v * v).sum()


def through(v):
    return scaled(v, 1.0)


def argument_after_a_forward_rule(x):
    y = x * 0.8
    w = scaled(y, x)
    w *= 2.0
    y[0] = 0.3
    return (y * y).sum() + (w * w * y).sum()


def part_of_the_result(x):
    y = x * 0.8
    w = scaled(y, x)[1:]
    w *= y[0]
    return (y * y).sum() + (w * w * y[1:]).sum()


def entry_of_the_result(x):
    y = x * 0.8
    a, b = two(y)
    a[0] *= 2.0
    y[1] = 0.3
    b += a
    return (y * y).sum() + (a * b).sum()


def given_to_a_callee(x):
    y = x * 0.8
    return doubled_first(scaled(y, x)) + (y * y).sum()


def from_a_callee(x):
    y = x * 0.8
    w = through(y)
    w[0] = 0.3
    return (y * y).sum() + (w * w * y).sum()


def in_a_list(x):
    y = x * 0.8
    held = [scaled(y, x), y]
    y[0] = 0.3
    held[0][1] *= 2.0
    return (y * y).sum() + (held[0] * held[1]).sum()


TANGENTS = [
    argument_after_a_forward_rule, part_of_the_result, entry_of_the_result, given_to_a_callee, from_a_callee, in_a_list,
]  # fmt: skip


@pytest.mark.parametrize("f", TANGENTS)
def test_a_tangent_that_a_forward_rule_hands_on_is_in_its_own_memory(f):
    direction = np.array([1.0, 2.0, 3.0, 4.0])
    slope = (f(X + 1e-6 * direction) - f(X - 1e-6 * direction)) / 2e-6
    for backend in ("python", "numba"):
        with zg.options(backend=backend):
            value, tangent = zg.jvp(f, (X,), (direction,))
        assert value == pytest.approx(f(X.copy()))
        assert tangent == pytest.approx(slope, rel=1e-6)


def part(v):
    return v[1:]


@zg.frule(part)
def tangent_of_part(tangents, v):
    return v[1:], tangents[0][1:]


def itself(v):
    return v * 1.0


@zg.frule(itself)
def tangent_of_itself(tangents, v):
    return v, tangents[0]


def run(v):
    return v * 1.0


@zg.frule(run)
def tangent_of_run(tangents, v):
    held = []
    for each in (v,):
        held.append(each)
    return [e for e in held][0], tangents[0]  # noqa: RUF015


def view_written_to(x):
    y = x * 0.8
    w = part(y)
    w *= 2.0
    return (y * y).sum()


def argument_of_itself_written_to(x):
    y = x * 0.8
    w = itself(y)
    y[0] = 3.0
    return (w * w * y).sum()


def by_callee(v):
    return itself(v)


def result_of_a_callee_written_to(x):
    y = x * 0.8
    w = by_callee(y)
    w *= 2.0
    return (w * w * y).sum()


def run_and_written_to(x):
    y = x * 0.8
    w = run(y)
    w *= 2.0
    return (w * w * y).sum()


@pytest.mark.parametrize("f", [view_written_to, argument_of_itself_written_to, result_of_a_callee_written_to])
def test_a_forward_rule_that_returns_memory_of_its_argument_is_refused(f):
    with pytest.raises(zg.UnsupportedSyntaxError, match="returns memory of its argument, and either may be written to"):
        zg.jvp(f, (X,), (X,))


def test_a_forward_rule_that_is_called_is_held_to_it_as_it_runs():
    with pytest.raises(zg.NoRuleError, match="`tangent_of_run` is not right: it returns memory of an argument"):
        zg.jvp(run_and_written_to, (X,), (X,))


def test_what_is_only_read_may_be_memory_of_the_argument():
    def f(x):
        y = x * 0.8
        return (itself(y) * part(run(y)).sum()).sum()

    _, tangent = zg.jvp(f, (X,), (X,))
    assert tangent == pytest.approx(2 * f(X))
