"""Heaps, sorted lists, and objects in order: as Python's, entry by entry."""

from __future__ import annotations

import bisect
import heapq
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check, fails

X = np.array([0.9, 0.2, 0.5, 1.7, 0.4])


def pushed(x):
    heap = []
    for v in x:
        heapq.heappush(heap, v * v)
    first = heapq.heappop(heap)
    return first * heapq.heappop(heap) + sum(i * v for i, v in enumerate(heap))


def of_pairs(x):
    heap = [(x[0], 1), (x[1], 2), (x[2] * x[3], 3)]
    heapq.heapify(heap)
    heapq.heappush(heap, (x[0] * x[4], 4))
    total = 0.0
    while heap:
        v, k = heapq.heappop(heap)
        total = total * 0.5 + v * k
    return total


def replaced(x):
    heap = [v for v in x]
    heapq.heapify(heap)
    a = heapq.heapreplace(heap, x[3] * x[3])
    b = heapq.heappushpop(heap, x[1] * 0.1)
    c = heapq.heappushpop(heap, x[0] * 2.0)
    return a + 2 * b + 3 * c + sum(i * v for i, v in enumerate(heap))


def best_few(x):
    return sum(heapq.nlargest(2, x * x)) * heapq.nsmallest(2, [v for v in x], key=lambda v: -v)[1]


def inserted(x):
    items = []
    for v in x:
        bisect.insort(items, v * v)
    bisect.insort_left(items, x[0] * x[1])
    return sum(i * v for i, v in enumerate(items))


def looked_up(x):
    knots, values = [0.1, 0.3, 0.6], [x[0], x[1], x[2], x[3]]
    return sum(values[bisect.bisect(knots, v)] * v for v in x) + values[bisect.bisect_left(knots, 0.3, lo=1)]


def shortest(x, n):
    """Dijkstra's algorithm on a grid of costs."""
    costs = x[0] + x[1] * np.arange(n * n).reshape(n, n) % 3
    found = {}
    heap = [(costs[0, 0], 0, 0)]
    while heap:
        d, i, j = heapq.heappop(heap)
        if (i, j) in found:
            continue
        found[(i, j)] = d
        for a, b in ((i + 1, j), (i, j + 1), (i - 1, j), (i, j - 1)):
            if 0 <= a < n and 0 <= b < n and (a, b) not in found:
                heapq.heappush(heap, (d + costs[a, b], a, b))
    return found[(n - 1, n - 1)] + 0.1 * found[(0, n - 1)]


@dataclass
class Body:
    mass: float
    x: float


def objects_sorted(x):
    bodies = [Body(v, v * v - v) for v in x]
    total = 0.0
    for k, b in enumerate(sorted(bodies, key=lambda b: b.x)):
        total += k * b.mass * b.x
    return total


def known_objects_sorted(x):
    bodies = [Body(x[0], x[1]), Body(x[2], x[3]), Body(x[4], x[0] * x[1])]
    low, *_, high = sorted(bodies, key=lambda b: b.x)
    return low.mass * high.mass + low.x


def known_objects_sorted_in_place(x):
    bodies = [Body(x[0], x[1]), Body(x[2], x[3]), Body(x[4], x[0] * x[1])]
    bodies.sort(key=lambda b: -b.x)
    bodies[0].mass *= 3.0
    return sum(k * b.mass for k, b in enumerate(bodies)) + max(bodies, key=lambda b: b.mass).x


def arrays_sorted(x):
    rows = [x * 2.0, x[::-1], x * x]
    ordered = sorted(rows, key=lambda r: r[0])
    return sum(k * np.sum(r * x) for k, r in enumerate(ordered))


def names_sorted(x):
    bodies = {"b": Body(x[0], x[1]), "a": Body(x[2], x[3])}
    return sum((k + 1) * b.mass for k, (_, b) in enumerate(sorted(bodies.items(), key=lambda p: p[0])))


PROGRAMS = [
    pushed, of_pairs, replaced, best_few, inserted, looked_up, objects_sorted, known_objects_sorted,
    known_objects_sorted_in_place, arrays_sorted, names_sorted,
]  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_programs(f: Any) -> None:
    check(f, X, compiles=False)


def test_a_shortest_path() -> None:
    check(shortest, np.array([0.7, 0.31]), 3, wrt=[0], compiles=False)


def test_the_list_is_as_the_library_leaves_it() -> None:
    rng = np.random.default_rng(3)

    def f(x, n):
        heap, sorted_ = [], []
        for v in x:
            heapq.heappush(heap, v)
            bisect.insort(sorted_, v)
        for _ in range(n):
            heapq.heappop(heap)
        heapq.heapreplace(heap, x[0])
        return x[0], heap, sorted_

    for size in range(2, 12):
        x = np.round(rng.uniform(0.0, 3.0, size), 1)
        assert zg.withgradient(f, x, size // 2).val == f(x, size // 2)


def test_an_empty_heap() -> None:
    def f(x):
        heap = [x]
        heapq.heappop(heap)
        return heapq.heappop(heap)

    fails(f, 0.5, error=IndexError, compiles=False)


def test_what_can_not_be_compared_is_refused_on_the_users_line() -> None:
    def f(x):
        heap = []
        for v in x:
            heapq.heappush(heap, x * v)
        return heap[0][0]

    with pytest.raises(zg.ZygoteError) as caught:
        zg.gradient(f, X)
    assert caught.value.filename == __file__
