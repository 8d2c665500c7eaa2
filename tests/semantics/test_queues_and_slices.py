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


def last_few(x, n):
    window = deque(maxlen=3)
    total = 0.0
    for v in x:
        window.append(v * v)
        total += (sum(window) / len(window)) ** 2 * window[0]
    return total + window.popleft() * len(window)


def moving_average(x, n):
    window = deque([0.0] * n, maxlen=n)
    total = 0.0
    for v in x:
        window.append(v)
        total += sum(window) ** 2 / n
    return total


def from_the_left(x, n):
    window = deque(x, 2)
    for v in x:
        window.appendleft(v * x[0])
    return window[0] * window[1] + len(window)


def remembered_steps(x, n):
    memory = deque(maxlen=2)
    w = x
    for i in range(n):
        memory.append((w * 0.1, w * w, 1.0 / np.dot(w, w)))
        for s, y, r in reversed(memory):
            w = w - r * np.dot(s, w) * y * 0.1
    return np.sum(w * w)


def put(items, v):
    items.append(v)


def handed_over_with_a_list(x, n):
    few, every = deque(maxlen=2), []
    for v in np.concatenate((x, x * x)):
        put(every, v)
        put(few, v)
    return sum(few) * sum(every) + len(few)


def known_entries(x, n):
    few = deque(maxlen=2)
    few.append(x[0])
    few.append(x[1])
    few.append(x[0] * x[1])
    few.extend([x[1] * 3.0])
    few.appendleft(x[0] * 5.0)
    return few[0] * few[1] * len(few)


def sorted_and_copied(x, n):
    few = deque(maxlen=3)
    for i, v in enumerate(np.concatenate((x, x * x))):
        few.append((v, i))
    ordered, listed = sorted(few), list(few)
    ordered.append((x[0], 1))
    listed.append((x[1], 3))
    return sum(v * i for v, i in ordered) + len(ordered) * x[0] + len(listed)


LIMITED = [
    last_few, moving_average, from_the_left, remembered_steps, handed_over_with_a_list, known_entries,
    sorted_and_copied,
]  # fmt: skip


@pytest.mark.parametrize("f", LIMITED, ids=lambda f: f.__name__)
def test_a_deque_of_limited_length(f) -> None:
    check(f, X, 3, wrt=[0], compiles=False)
