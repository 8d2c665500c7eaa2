"""Operands are read from left to right: a later one, or the body of a loop, may write to what an earlier one read."""

from __future__ import annotations

import numpy as np
import pytest

from tests.oracle import check

X = np.array([0.7, 0.3, 0.9, 0.5])


def doubled(v):
    v[0] *= 2.0
    v[1] += v[0]
    return v[2] * v[0]


def stretched(v):
    v[2] *= 1.5
    return v


def chained_comparison(x):
    s, r = x[0], 0.0

    def up(a):
        nonlocal s
        s = s * a
        return s

    if 0.1 < s < up(2.0):
        r += s
    if s < up(1.5) < s * 1.1 < up(1.2) + 5.0:
        r += s * s
    if up(0.5) > up(0.5) > s * 3.0:
        r += 7.0 * s
    return r * s


def array_of_a_method(x):
    y = x * 1.0
    r = (y * 1.0).dot(stretched(y)) + y.copy().dot(stretched(y))
    return r + (y[1] * 2.0).clip(0.0, doubled(y) + 10.0)


def bounds_of_a_slice(x):
    y, i = x * 1.0, 0

    def following():
        nonlocal i
        i += 1
        return i

    r = (y[i : following()] * y[i]).sum()
    y[i : following() + 1] *= y[i]
    return r + (y[i - 2 : following() : following() - 3] * x[:3]).sum()


def zipped(x):
    y, r = x * 1.0, 0.0
    for v, w in zip([y[0], y[1]], (doubled(y), y[0])):
        r += v * w
    for v, w, u in zip((y[0], y[1]), y[:2], [doubled(y), y[1]]):
        r += v * w * u
    return r


def items_of_comprehensions(x):
    y = x * 1.0
    a = sum([v * doubled(y) for v in (y[0], y[1])])
    b = sum(v * doubled(y) for v in (y[0], y[1]))
    c = [v for v in (y[0], y[1]) if doubled(y) > 0][1]
    d = {j: v * doubled(y) for j, v in enumerate((y[0], y[1]))}[1]
    return a + b * c + d


def list_that_its_comprehension_changes(x):
    held = [x[0], x[1], x[2]]

    def changed(v):
        held[2] = held[2] * v
        return v

    return sum([changed(v) for v in held]) + held[2]


def sums_with_a_start(x):
    y = x * 1.0
    a = sum([y[0], y[1]], doubled(y))
    b = sum((doubled(y), y[1]), y[1])
    return a * b + sum([y[0], doubled(y)], start=y[0])


def sums_of_what_is_evaluated_before_the_start(x):
    y, held = x * 1.0, [x[0], x[1]]

    def parts():
        return [y[0], y[1]]

    def grown():
        held.append(x[2])
        return doubled(y)

    a = sum([2.0 * v for v in y], doubled(y)) + sum((2.0 * v for v in y), doubled(y))
    b = sum((v * v for v in parts()), doubled(y)) + sum([*parts(), x[1]], doubled(y)) + sum(parts(), start=doubled(y))
    return a * b + sum(held, grown()) + sum([doubled(y) for _ in range(2)], y[0])


PROGRAMS = (
    chained_comparison, array_of_a_method, bounds_of_a_slice, zipped, items_of_comprehensions,
    list_that_its_comprehension_changes, sums_with_a_start, sums_of_what_is_evaluated_before_the_start,
)  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS)
def test_order(f):
    check(f, X, written=True)


class Counter:
    def __init__(self, v):
        self.v, self.n = v, 0

    def next(self):
        self.n += 1
        return self.v[self.n % 4]


def entries_that_are_added_to(x):
    c, held, i = Counter(x * 1.0), [x[0], x[1], x[2]], 0
    m, named = np.outer(x, x), {"a": x[3]}

    def following():
        nonlocal i
        i += 1
        return x[i]

    c.v[c.n] += c.next()
    c.v[c.n :] *= c.next()
    held[i] *= following()
    held[i] += following() * held[0]
    m[i, i - 1] -= following()
    m[: i - 1, 0] += following() if i > 4 else x[i - 3]
    named["a"] += named["a"] * c.next()
    return c.v.sum() * c.n + sum(held) * m.sum() * named["a"]


def lists_that_grow_and_are_added_to(x):
    held, i = [], 0

    def following():
        nonlocal i
        i += 1
        return x[i]

    for v in x:
        held.append(v)
    held[i] += following()
    held[i] *= following() * held[i]
    return held[0] * held[1] + held[2] * held[3]


@pytest.mark.parametrize("f", [entries_that_are_added_to, lists_that_grow_and_are_added_to])
def test_place_comes_before_what_is_added(f):
    check(f, X, written=True)
