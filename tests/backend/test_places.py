"""Dicts and sets with keys of run time in compiled code: the index of keys is Python's, in values and in order."""

from __future__ import annotations

import numba
import numpy as np
import pytest

import zygote_nb as zg
import zygote_nb.runtime.compiled
from tests.compiling import Compiled
from tests.oracle import check
from zygote_nb.runtime.places import count_places, in_order, leave_all, leave_place, no_places, place_of, take_place

X = np.array([0.5, 0.7, -0.3, 1.1])


def history(codes, keys):
    """What is found while keys come and go: the places asked for, and those in order after each step."""
    index = no_places()
    found = [0]
    for step, (code, key) in enumerate(zip(codes, keys)):
        at = place_of(index, key)
        found.append(at)
        if code == 0 and at >= 0:
            leave_place(index, key)
        elif code == 1:
            leave_all(index)
        else:
            take_place(index, key, at if at >= 0 else step)
        found.append(count_places(index))
        for place in in_order(index):
            found.append(place)
    return found


@pytest.mark.parametrize("kind", ["words", *(pytest.param(k, marks=pytest.mark.full) for k in ("integers", "pairs"))])
def test_the_compiled_index_finds_what_python_finds(kind):
    rng = np.random.default_rng(1)
    codes = rng.choice(4, 300, p=[0.3, 0.01, 0.3, 0.39])
    numbers = rng.integers(-20, 20, 300) * 7 ** rng.integers(0, 20, 300)
    words = {
        "integers": numbers.tolist(),
        "pairs": [(k, k % 3) for k in numbers.tolist()],
        "words": list(map(str, numbers)),
    }
    keys = numba.typed.List(words[kind])
    assert Compiled(history)(codes, keys) == history(codes, words[kind])


def test_keys_that_are_equal_are_one():
    @Compiled
    def found():
        index = no_places()
        take_place(index, 2, 7)
        take_place(index, (1, 2.0), 8)
        take_place(index, 0.5, 9)
        return (
            place_of(index, 2.0),
            place_of(index, (True, 2)),
            place_of(index, 0.5),
            place_of(index, 1),
            place_of(index, (2,)),
        )

    assert found() == (7, 8, 9, -1, -1)


def tallied(x, n):
    sums = {}
    for i in range(n):
        k = (i * 7) % 5
        sums[k] = sums.get(k, 0.0) + x[i % len(x)] * i
        if i % 4 == 3:
            del sums[k]
    return sum(k * v * v for k, v in sums.items())


def by_pairs(x, n):
    grid = {}
    for i in range(n):
        for j in range(n):
            grid[i, j] = x[i] * x[j] + grid.get((i - 1, j), 0.0) * grid.get((i, j - 1), 1.0)
    return grid[n - 1, n - 1]


def filled_by_a_callee(x, n):
    table = {}
    for i in range(n):
        put(table, i % 3, x[i] * i)
    return sum(table.values())


def put(table, key, value):
    table[key] = table.get(key, 1.0) * value


def seen_once(x, n):
    seen = set()
    s = 0.0
    for i in range(n):
        k = (i * i) % 4
        if k not in seen:
            seen.add(k)
            s += x[k] * x[i]
    return s * len(seen)


@pytest.mark.parametrize("f", [tallied, by_pairs, filled_by_a_callee, seen_once], ids=lambda f: f.__name__)
def test_gradient(f):
    check(f, X, 4, compile=True, second=False)


def test_a_key_that_is_missing_raises_as_in_python():
    def f(x, n):
        table = {}
        for i in range(n):
            table[i] = x * i
        return table[n]

    with zg.options(backend="numba"), pytest.raises(KeyError, match="3"):
        zg.gradient(f, 1.0, 3)
