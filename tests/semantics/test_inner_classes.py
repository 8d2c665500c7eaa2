"""Classes defined inside a function: their methods read its variables when they are called."""

from dataclasses import dataclass

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check


class Base:
    def __init__(self, rate):
        self.rate = rate

    def at(self, v):
        return v * self.rate


def used(obj, v):
    return obj.at(v) + obj.at(2.0)


def applied(fn, v):
    return fn(v)


def test_methods_read_variables_when_they_are_called():
    def f(x):
        t, mode = x, "linear"

        class Scaled(Base):
            def __init__(self, rate, more=1.0):
                super().__init__(rate * x + more)

            def at(self, v):
                return super().at(v) * t if mode == "linear" else t + v

        scaled = Scaled(x * x)
        first = used(scaled, x)
        t = x * x
        first = first * scaled.at(1.0) + applied(scaled.at, x)
        mode = "shifted"
        return first + scaled.at(x)

    check(f, 1.3, second=False)


def test_methods_write_variables():
    def f(x):
        total = 0.0

        class Counter:
            def hit(self, v):
                nonlocal total
                total += v * x
                return self

        counter = Counter()
        for i in range(3):
            counter.hit(i * x).hit(total)
        return total * x

    check(f, 1.3, second=False)


def test_properties_operators_and_iteration():
    def f(x):
        @dataclass
        class Point:
            a: float

            @property
            def scaled(self):
                return self.a * x

            @staticmethod
            def twice(v, w=2.0):
                return v * w * x

            @classmethod
            def made(cls, v):
                return cls(v * x)

            def __add__(self, other):
                return Point(self.a + other.a * x)

            def __call__(self, v):
                return self.scaled * v

            def __iter__(self):
                for i in range(3):
                    yield self.a * x**i

        p = Point(x) + Point.made(2.0)
        return p.scaled + Point.twice(x) + p(x) + p.twice(x, w=3.0) * sum(p)

    check(f, 1.3, second=False)


def test_objects_in_a_list_that_grows():
    def f(x, n):
        class Scaled:
            def __init__(self, v):
                self.v = v

            def at(self):
                return x * self.v

        made = []
        for i in range(n):
            made.append(Scaled(x * i))
        x = x * x
        total = 0.0
        for obj in made:
            total += obj.at()
        return total

    check(f, 1.3, 4, second=False)


def test_each_call_of_a_maker_makes_a_class_of_its_own():
    def f(x):
        def made(k):
            class Scaled:
                def at(self):
                    return k * x

            return Scaled()

        a, b = made(x), made(x * x)
        return a.at() * b.at() + a.at()

    check(f, 1.3, second=False)


def made_outside(x):
    class Scaled:
        def at(self, v):
            return x * v

    return Scaled()


def test_what_can_not_be_followed_is_refused():
    def one_of_many(x, n):
        def made(k):
            class Scaled:
                def at(self):
                    return k * x

            return Scaled()

        found = [made(x * k) for k in range(n)]
        return sum(obj.at() for obj in found)

    def while_it_is_made(x):
        class Scaled:
            rate = 2.0 * x

            def at(self, v):
                return self.rate * v

        return Scaled().at(x)

    with pytest.raises(zg.ZygoteError, match="which object of the class Scaled this is, is known only"):
        zg.gradient(one_of_many, 1.3, 3)
    with pytest.raises(zg.ZygoteError, match="reads the variable `x` of the function around it while it is made"):
        zg.gradient(while_it_is_made, 1.3)
    with pytest.raises(zg.ZygoteError, match="whose methods read variables of the function around it, leaves"):
        zg.gradient(lambda x: made_outside(x).at(x), 1.3)
    with pytest.raises(zg.ZygoteError, match="whose methods read variables of the function around it, leaves"):
        zg.pullback(made_outside, 1.3)


def test_what_a_class_of_the_call_holds_is_not_kept_for_the_next_call():
    def array(x):
        class C:
            w = np.ones(2)

        C.w *= x
        return C.w.sum()

    def items(x):
        class C:
            held = [1.0]  # noqa: RUF012

            def add(self, v):
                self.held.append(v)
                return sum(self.held)

        return C().add(x) * C().add(2.0)

    def entries(x):
        class C:
            held = {}  # noqa: RUF012

            def add(self, v):
                self.held["a"] = self.held.get("a", 0.0) + v
                return self.held["a"]

        return C().add(x) * C().add(2.0)

    def default(x):
        class C:
            def add(self, v, w=np.zeros(2)):
                w[0] += v
                return w[0]

        return C().add(x) * C().add(2.0)

    for f in (array, items, entries, default):
        for verb in (zg.gradient, zg.pullback):
            with pytest.raises(zg.UnsupportedSyntaxError, match="the class is a new one in each call"):
                verb(f, 1.3)
        with pytest.raises(zg.UnsupportedSyntaxError, match="the class is a new one in each call"):
            zg.jvp(f, (1.3,), (1.0,))

    def read_only(x):
        class C:
            w = np.ones(2)

        return (C.w * x).sum() * x

    check(read_only, 1.3)
