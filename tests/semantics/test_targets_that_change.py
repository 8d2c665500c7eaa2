"""The value is there before the target is looked for: what finds the target may change what the value was read from."""

from __future__ import annotations

import numpy as np
import pytest

from tests.oracle import check

X = np.array([0.7, 0.3, 0.9, 0.5])


def counted(x):
    y = x * 1.0
    k = 0

    def following():
        nonlocal k
        k += 1
        return k

    y[following()] = y[k] * x[k - 1]
    y[following()] = k * x[k]
    return (y * y).sum()


def written_to(x):
    y = x * 1.0

    def at(v):
        v[1] *= 3.0
        return 2

    y[at(y)] = y[1]
    y[at(y)] = y.sum()
    y[at(y)] = y[1] if x[0] > 0.0 else y[0]
    y[at(y) :] = y[:2] * 2.0
    return (y * y).sum()


class Point:
    def __init__(self, x, v):
        self.x, self.v = x, v

    def tripled(self):
        self.x *= 3.0
        return self


def attributes(x):
    p = Point(x[0], x * 1.0)
    p.tripled().x = p.x
    p.tripled().v = p.x * p.v
    p.tripled().v[0] = p.x
    p.tripled().x += p.x
    return p.x * p.v.sum()


def entries(x):
    d = {"a": x[0], "b": x[1]}

    def key():
        d["a"] *= 2.0
        return "b"

    d[key()] = d["a"]
    d[key()] += d["a"]
    return d["a"] * d["b"]


@pytest.mark.parametrize("f", [counted, written_to, attributes, entries])
def test_value_comes_first(f):
    check(f, X, written=True)
