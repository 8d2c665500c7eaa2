"""Loops whose result one of their iterations makes: the derivative is that of this iteration."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.lowered import stages
from tests.oracle import check

RNG = np.random.default_rng(11)
X = RNG.normal(size=6)


def nearest(x, points):
    best = np.inf
    for i in range(points.shape[0]):
        distance = 0.0
        for j in range(x.shape[0]):
            distance += (x[j] - points[i, j]) ** 2
        best = min(best, distance)
    return best * best


def largest_first(x):
    m = x[0] * x[0]
    for i in range(1, x.shape[0]):
        m = max(m, x[i] * np.sin(x[i]))
    return m


def argument_first(x):
    m = -10.0
    for i in range(x.shape[0]):
        m = max(3.0 * x[i], m)
    return m


def with_its_place(x):
    best, where = 0.0, 0
    for i in range(x.shape[0]):
        value = x[i] * x[i]
        if value > best:
            best = value
            where = i
    return best * x[where - 1]


def last_positive(x, y):
    found, other = 1.0 * y[0], 2.0 * y[1]
    for i in range(x.shape[0] - 1, -1, -1):
        if x[i] > 0.0:
            found = x[i] * y[i]
            other = y[i] * y[i]
    return found * other


def never(x, y):
    found = x[0] * y[0]
    for i in range(x.shape[0]):
        if x[i] > 100.0:
            found = x[i]
    return found * x[1]


def in_a_loop(x, rows):
    total = 0.0
    for r in range(rows.shape[0]):
        m = rows[r, 0]
        for c in range(1, rows.shape[1]):
            m = max(m, rows[r, c] * x[c])
        s = 0.0
        for c in range(rows.shape[1]):
            s += np.exp(rows[r, c] * x[c] - m)
        total += m + np.log(s)
    return total


def first_of_equals(x):
    m = -np.inf
    for i in range(x.shape[0]):
        m = max(m, x[i] * 0.0 + 2.0 * x[0])
    return m * m


def rebound_bounds(x, n):
    best, k = 0.0, 0
    for i in range(n):
        k = i + 1
        if x[i] > best:
            best = x[i] * k
            n = k
    return best * n


ARGUMENTS = [
    (nearest, (X[:3], RNG.normal(size=(5, 3)))),
    (largest_first, (X,)),
    (argument_first, (X,)),
    (with_its_place, (X,)),
    (last_positive, (X, RNG.normal(size=6))),
    (never, (X, X + 1.0)),
    (in_a_loop, (X[:4], RNG.normal(size=(3, 4)))),
    (first_of_equals, (X,)),
    (rebound_bounds, (np.abs(X), 6)),
]


@pytest.mark.parametrize(("f", "args"), ARGUMENTS)
def test_gradients_are_right(f, args):
    check(f, *args)


@pytest.mark.parametrize(("f", "args"), ARGUMENTS)
def test_recording_everything_gives_the_same(f, args):
    with zg.options(backend="python"):
        found = zg.gradient(f, *args)
        with zg.options(record="all"):
            expected = zg.gradient(f, *args)
    for a, b in zip(found, expected, strict=True):
        assert np.allclose(a, b, rtol=1e-13, atol=0.0) if a is not None else b is None


@pytest.mark.parametrize("f", [nearest, largest_first, with_its_place])
def test_the_loop_keeps_nothing_and_has_no_mirror(f):
    args = dict(ARGUMENTS)[f]
    made = stages(f, *args)
    assert not made.kept
    assert sum("in range(" in line for line in made.text.partition("# backward")[2].splitlines()) <= 1


def test_a_rule_of_the_users_for_max_is_used():
    def f(x):
        m = 0.0
        for i in range(x.shape[0]):
            m = np.maximum(m, x[i])
        return m * m

    check(f, np.abs(X))


def carried(x):
    best, scale = 0.0, 1.0
    for i in range(x.shape[0]):
        scale = scale * 0.5
        best = max(best, scale * x[i])
    return best


def read_between(x):
    best, total = 0.0, 0.0
    for i in range(x.shape[0]):
        best = max(best, x[i])
        total += best * x[i]
    return total + best


def of_itself(x):
    best = 0.1
    for i in range(x.shape[0]):
        if x[i] > best:
            best = 0.5 * best + x[i]
    return best


@pytest.mark.parametrize("f", [carried, read_between, of_itself])
def test_loops_that_carry_more_are_left(f):
    assert "chosen" not in stages(f, X).text
    check(f, np.abs(X))
