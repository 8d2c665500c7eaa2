"""Closures that share a variable: what one of them writes, the others read, wherever they are called."""

import pytest

from tests.oracle import check


class Held:
    def __init__(self, fn):
        self.fn = fn

    def run(self, *args):
        return self.fn(*args)


def register(x):
    t = x

    def get():
        return t

    def put(v):
        nonlocal t
        t = v

    return {"get": get, "put": put}


def put_then_get(put, get, v):
    put(v)
    return get()


def all_in_turn(functions, n):
    for _ in range(n):
        for function in functions:
            function()


def returned_together(x):
    held = register(x)
    held["put"](x * x)
    first = held["get"]()
    held["put"](first * x)
    return held["get"]() + first


def passed_together(x):
    t = x

    def get():
        return t

    def put(v):
        nonlocal t
        t = v

    return put_then_get(put, get, x * x) * t


def called_twice_by_an_object(x):
    t = x

    def grow():
        nonlocal t
        t = t * x

    held = Held(grow)
    held.run()
    held.run()
    return t


def assigned_in_between(x):
    t = x

    def grow():
        nonlocal t
        t = t * x
        return t

    held = Held(grow)
    total = 0.0
    for _ in range(3):
        total = total + held.run() * t
        t = t + 1.0
    return total


def each_writes_one(x):
    t, u = x, 1.0

    def scale():
        nonlocal t
        t = t * u

    def add():
        nonlocal u
        u = u + t

    all_in_turn([scale, add], 2)
    return t * u


def written_by_one_inside_another(x):
    t = x

    def outer(v):
        def inner(w):
            nonlocal t
            t = t * w

        inner(v)
        return v

    held = Held(outer)
    held.run(x)
    held.run(t)
    return t


def counters(x):
    def counter(rate):
        n = 0.0

        def add(v):
            nonlocal n
            n += v * rate
            return n

        return add

    one, two = counter(x), counter(x * x)
    one(1.0)
    two(x)
    return one(2.0) * two(1.0)


@pytest.mark.parametrize(
    "f",
    [
        returned_together,
        passed_together,
        called_twice_by_an_object,
        assigned_in_between,
        each_writes_one,
        written_by_one_inside_another,
        counters,
    ],
)
def test_what_one_closure_writes_is_read_by_all(f):
    check(f, 1.3)
