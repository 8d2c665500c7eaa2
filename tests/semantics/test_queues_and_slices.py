"""Deques, slices of lists that grow, iterators that are shared or grouped."""

import itertools
from collections import deque

import numpy as np
import pytest

from tests.oracle import check


def bfs(x, n):
    todo = deque([(0, x[0])])
    s = 0.0
    while todo:
        i, v = todo.popleft()
        s += v * v
        if i < n:
            todo.append((i + 1, v * x[1]))
            if i % 2:
                todo.appendleft((i + 2, v * 0.5))
    return s


def window(x, n):
    w = deque()
    s = 0.0
    for i in range(n):
        w.append(x[i % 2] * i)
        if len(w) > 2:
            w.popleft()
        s += sum(w) / len(w)
    return s


def fixed(x, n):
    w = deque([x[0], x[1]])
    w.appendleft(x[0] * x[1])
    return w.popleft() * w[0] + w.pop()


def slices(x, n):
    a = []
    for i in range(n + 4):
        a.append(x[0] * i)
    a[1:3] = [x[1], x[1] * 2, x[0]]
    del a[4:6]
    a[::2] = [7.0 * x[1]] * len(a[::2])
    del a[-1]
    a[:1] = []
    return sum(i * v for i, v in enumerate(a)) + len(a)


def tees(x, n):
    a, b = itertools.tee(x)
    s = sum(a)
    for v in b:
        s = s * 0.5 + v * v
    return s


def groups(x, n):
    s = 0.0
    for k, g in itertools.groupby([x[0], x[0] * 2, x[1], x[1] * 3], key=lambda v: v > 0.6):
        s = s * 0.5 + sum(g) * (2.0 if k else 1.0)
    return s


def groups2(x, n):
    s = 0.0
    for k, g in itertools.groupby(range(n), key=lambda i: i // 2):
        for i in g:
            s += x[0] * i * k
    return s


def pairs(x, n):
    it = iter(x)
    s = 0.0
    for a, b in zip(it, it):
        s += a * b
    return s


def first(x, n):
    it = iter(x)
    s = next(it)
    for v in it:
        s = s * v + 1
    return s


PROGRAMS = [bfs, window, fixed, slices, tees, groups, groups2, pairs, first]

X = np.array([0.5, 0.7])


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_programs(f) -> None:
    check(f, X, 4, wrt=[0], compiles=False)
