"""Lists of lists made by comprehensions, places filled later, graphs, sets and counters."""

from collections import Counter

import numpy as np
import pytest

from tests.oracle import check

X = np.array([0.5, 0.7])


def dp(x, n):
    t = [[0.0] * (n + 1) for _ in range(n + 1)]
    for i in range(n + 1):
        t[i][0] = x[0] * i
    for i in range(1, n + 1):
        for j in range(1, n + 1):
            t[i][j] = max(t[i - 1][j], t[i][j - 1]) * x[1] + t[i - 1][j - 1]
    return t[n][n]


def nones(x, n):
    best = [None] * n
    best[0] = x[0]
    for i in range(1, n):
        for j in range(i):
            if best[j] is not None and (i - j) % 2:
                v = best[j] * x[1] + i
                if best[i] is None or v > best[i]:
                    best[i] = v
    return best[n - 1] * 1.0


def graph(x, n):
    adj = [[] for _ in range(n)]
    for i in range(n):
        adj[i].append(((i + 1) % n, x[i % 2]))
    dist = [1e9] * n
    dist[0] = 0.0
    for _ in range(n):
        for u in range(n):
            for v, w in adj[u]:
                if dist[u] + w < dist[v]:
                    dist[v] = dist[u] + w
    return dist[n - 1] * x[1]


def numbers_front(x, n):
    front = [x[0]]
    for i in range(n):
        new = []
        for v in front:
            new.append(v * x[1])
            if i % 2:
                new.append(v + 1)
        front = new
    return sum(front)


def matrix_of_lists(x, n):
    m = [[x[0] * i + j for j in range(n)] for i in range(n)]
    t = [[m[j][i] for j in range(n)] for i in range(n)]
    return sum(t[i][i] * m[0][i] for i in range(n)) + t[1][0]


def sieve(x, n):
    seen = set()
    s = 0.0
    for i in range(n):
        k = i % 3
        if k in seen:
            s += x[0] * i
        seen.add(k)
    return s + x[1] * len(seen)


def counts(x, n):
    c = Counter()
    for i in range(n):
        c[i % 3] += 1
    return x[0] * c[0] + x[1] * c[5]


PROGRAMS = [dp, nones, graph, numbers_front, matrix_of_lists, sieve, counts]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_programs(f) -> None:
    check(f, X, 4, wrt=[0], compiles=False)
