"""What the class of a named tuple says of operators, and the order of tuples."""

import collections
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

X = np.array([0.3, -1.2, 0.8, 2.2])


class Point(NamedTuple):
    x: float
    y: float

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    def __mul__(self, k):
        return Point(self.x * k, self.y * k)

    __rmul__ = __mul__

    def __neg__(self):
        return Point(-self.x, -self.y)

    def __lt__(self, other):
        return self.y < other.y

    def __eq__(self, other):
        return round(self.x) == round(other.x)

    def __abs__(self):
        return math.hypot(self.x, self.y)

    def __call__(self, t):
        return self.x + t * self.y


class Plain(NamedTuple):
    x: float
    y: float


class Vector(collections.namedtuple("Vector", "x y")):
    __slots__ = ()

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y)

    @property
    def norm(self):
        return (self.x * self.x + self.y * self.y) ** 0.5


def test_operators_of_the_class() -> None:
    def f(p, k):
        q = 2.0 * (p + Point(1.0, k)) * k
        q += -p
        return q.x * q.y + abs(q) + q(0.5)

    check(f, Point(1.0, 2.0), 0.7)


def test_operators_of_the_class_in_a_loop() -> None:
    def f(p, k, n):
        for _ in range(n):
            p = p + Point(k, p.x)
            if abs(p) > 3.0:
                p = p._replace(y=p.y * 0.9)
        return p.x * p.y

    check(f, Point(1.0, 2.0), 0.4, 5)


def test_comparisons_of_the_class() -> None:
    def f(p, q):
        first = min(p, q)
        return (p.x if p == q else p.y) * (3.0 if p < q else 2.0) + first.x * first.y + (1.0 if p != q else q.y)

    check(f, Point(1.0, 2.0), Point(1.2, 3.0))
    check(f, Point(1.0, 2.0), Point(1.7, 0.3))


def test_what_the_class_leaves_to_tuples() -> None:
    """`>` is not the reflected `<` of the class, and `!=` not its negated `==`."""

    def f(p, q):
        last = max(p, q)
        return last.x * last.y + (p.x if p != q else q.x) * (2.0 if p > q else 3.0) + (q.y if (1.1, 0.0) < q else q.x)

    check(f, Point(1.0, 4.0), Point(1.2, 3.0))
    check(f, Point(2.0, 4.0), Point(1.2, 3.0))


def test_a_subclass_of_a_named_tuple() -> None:
    def f(a, b):
        d = a - b
        d -= b
        return d.norm + (a + b)[3] * (a * 2)[1]

    check(f, Vector(2.0, 3.0), Vector(1.0, 3.5))


def test_named_tuples_without_operators_are_joined_as_tuples() -> None:
    def f(p):
        q = p + (1.0,)  # noqa: RUF005
        return q[0] * q[2] + (p * 2)[3] + (3 * p)[4] * p.x

    check(f, Plain(1.5, 2.0))


@pytest.mark.parametrize("x", [1.0, 2.5, 3.0])
def test_tuples_and_lists_are_compared_entry_by_entry(x: float) -> None:
    def f(x, y):
        a = 3.0 * x if (x, y) < (y, x) else y * y
        b = x if [y, x] >= [2.0, 2.0, 1.0] else x * x
        c = y * x if (1, x, y) <= (1, 2.0) else y
        return a + b * c

    check(f, x, 2.0)


def test_the_best_of_tuples() -> None:
    def f(x):
        d, i = min((v * v, i) for i, v in enumerate(x))
        e, j = max((x[0] * x[1], 0), (x[1] + x[2], 1), (x[3], 2))
        return d * (i + 1) + e * (j + 3)

    check(f, X)


def test_the_order_of_dataclasses() -> None:
    @dataclass(order=True)
    class Item:
        cost: float
        index: int

    def f(x, y):
        a, b = Item(x * y, 1), Item(x + y, 2)
        return min(a, b).cost * max(a, b).cost ** 2 + (x if a < b else y)

    check(f, 1.0, 2.0)


class Reversed(NamedTuple):
    x: float
    y: float

    def __iter__(self):
        yield self.y
        yield self.x


class Doubled(collections.namedtuple("Doubled", "x y")):
    def __new__(cls, x, y=None):
        return super().__new__(cls, x, 2 * x if y is None else y)


class Added(tuple):
    def __add__(self, other):
        return Added(a + b for a, b in zip(self, other, strict=True))


class Metres(float):
    def __mul__(self, other):
        return 7.0 * float(self)


class Fixed(list):
    def __getitem__(self, i):
        return 5.0


@pytest.mark.parametrize("value", [Reversed(1.0, 2.0), Doubled(1.0), Added((1.0, 2.0)), Metres(2.0), Fixed([2.0, 3.0])])
def test_classes_that_change_what_a_builtin_does_are_refused(value) -> None:
    def f(p):
        return p * 1.0

    with pytest.raises(zg.UnsupportedSyntaxError, match="changes what `__"):
        zg.pullback(f, value)


@pytest.mark.parametrize("cls", [Reversed, Doubled])
def test_they_are_refused_where_they_are_made(cls) -> None:
    def f(x):
        p = cls(x, 2.0)
        return p.x * p.y

    with pytest.raises(zg.UnsupportedSyntaxError, match="changes what `__"):
        zg.gradient(f, 3.0)
