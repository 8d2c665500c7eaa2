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
