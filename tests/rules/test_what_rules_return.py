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
    with pytest.raises(zg.UnsupportedSyntaxError, match="returns memory of its argument, which is written to"):
        zg.gradient(f, X)


def copied(x):
    y = x * 1.0
    h = same(y.copy())
    y *= 3.0
    z = y + h
    return (y * h * same(z)).sum() + rest(z)[0]


def test_copies_and_reads_are_not():
    check(copied, X, modes=False)
