"""A list or dict takes what a generator makes one by one: the generator sees what is in it already, and may raise."""

import collections

import numpy as np
import pytest

from tests.oracle import check

X = np.linspace(0.3, 1.7, 6)


def weighted(items):
    return sum(v * v * (k + 1) for k, v in enumerate(items))


def small(v):
    if v > 1.2:
        raise ValueError
    return v * v


def each_from_the_last(x):
    q = [x[0]]
    q.extend(q[-1] * v for v in x)
    return weighted(q)


def by_the_length(x):
    q = [x[0]]
    q += (q[0] * v + len(q) for v in x)
    return weighted(q)


def until_one_raises(x):
    q = [x[0]]
    try:
        q.extend(small(v) for v in x)
    except ValueError:
        q.append(x[1] * 7.0)
    return weighted(q)


def small_ones(x):
    for v in x:
        yield small(v)


def from_a_function(x):
    q = [x[0]]
    try:
        q += small_ones(x)
    except ValueError:
        pass
    try:
        q.extend(map(small, x[1:]))
    except ValueError:
        q.append(q[1])
    return weighted(q)


def raised_in_a_function(x):
    q = [x[0]]

    def filled():
        q.extend(map(small, x))
        return 1.0

    try:
        filled()
    except ValueError:
        pass
    return weighted(q)


def in_a_deque(x):
    q = collections.deque([x[0]], maxlen=3)
    try:
        q.extend(small(v) * q[0] for v in x)
    except ValueError:
        pass
    return weighted(q)


def tuples(x):
    q = [(x[0], 1.0)]
    q.extend((v * q[-1][0], k) for k, v in enumerate(x))
    return sum(a * b for a, b in q)


def of_known_number(x):
    q = []
    q.extend(v * v + len(q) for v in (x[0], x[1], x[2]))
    q.append(x[0])
    return weighted(q)


def through_an_object(x):
    class Path:
        def __init__(self):
            self.q = [x[0]]

        def step(self, v):
            self.q[0] *= 1.1
            return v * len(self.q)

    path = Path()
    path.q.extend(path.step(v) for v in x)
    return weighted(path.q)


def what_is_left(x):
    q = [x[0]]
    rest = (v * 2.0 for v in x)
    q[0] += next(rest)
    q.extend(rest)
    q.extend(rest)
    return weighted(q)


def dict_of_keys(x):
    d = {"a": x[0]}
    d.update((k, d["a"] * v) for k, v in zip("abc", x, strict=False))
    return weighted(d.values())


def dict_until_one_raises(x):
    d = {"a": x[0], "c": x[1]}
    try:
        d.update((k, small(3.0 * v) * d["a"]) for k, v in zip("abc", x, strict=False))
    except ValueError:
        d["b"] = x[4]
    return weighted(d.values())


def dict_of_numbers(x):
    d = {}
    for i in range(3):
        d.update((i + j, x[i] * v * (len(d) + 1)) for j, v in enumerate(x))
    return sum(v * v * (k + 1) for k, v in d.items())


TAKEN = [
    each_from_the_last, by_the_length, until_one_raises, from_a_function, raised_in_a_function, in_a_deque, tuples,
    of_known_number, through_an_object, what_is_left, dict_of_keys, dict_until_one_raises, dict_of_numbers,
]  # fmt: skip


@pytest.mark.parametrize("f", TAKEN, ids=lambda f: f.__name__)
def test_items_are_taken_one_by_one(f) -> None:
    check(f, X)


def test_in_compiled_code() -> None:
    check(each_from_the_last, X, compile=True)
