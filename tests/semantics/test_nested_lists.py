"""Lists of lists whose lengths are known only when the program runs."""

from collections import defaultdict

import numpy as np
import pytest

from tests.oracle import check


def dd2(x, n):
    d = defaultdict(list)
    for i in range(n):
        d[i % 3].append(x[i % 2] * i)
    return sum(d[0]) * sum(d[1])


def matrix(x, n):
    rows = []
    for i in range(n):
        row = []
        for j in range(i + 1):
            row.append(x[0] * i + x[1] * j)
        rows.append(row)
    s = 0.0
    for row in rows:
        for v in row:
            s += v * v
    rows[1][0] = x[0] * x[1]
    rows[2].append(x[0])
    r = rows[2]
    r[0] *= 3.0
    return s + sum(rows[1]) * sum(rows[2]) + len(rows[2])


def pascal(x, n):
    rows = [[x[0]]]
    for i in range(n):
        last = rows[-1]
        rows.append([x[1]] + [last[k] + last[k + 1] for k in range(len(last) - 1)] + [x[0]])
    return sum(rows[-1]) + rows[2][1]


def adjacency(x, n):
    graph = {}
    for i in range(n):
        graph[i] = []
    for i in range(n):
        for j in range(n):
            if i != j:
                graph[i].append(j)
    s = 0.0
    for i in range(n):
        for j in graph[i]:
            s += x[0] * i * x[1] * j
    return s


def comp(x, n):
    rows = [[v * i for v in x] for i in range(n)]
    return sum(sum(r) * i for i, r in enumerate(rows)) + rows[1][1]


def group(x, n):
    groups = {}
    for i in range(n):
        groups.setdefault(i % 2, []).append(x[i % 2] * i)
    return sum(sum(v) ** 2 for v in groups.values())


def inner(x, n):
    traj = []
    for i in range(n):
        traj.append([x[0] * i, x[1]])
    return sum(a * b for a, b in traj) + np.sum(np.array(traj)[:, 0] ** 2)


def path(x, n):
    t = []
    for i in range(n):
        t.append((i, [x[0], x[1] * i]))
    t[1][1][0] = x[1]
    return sum(i * sum(v) for i, v in t)


PROGRAMS = [dd2, matrix, pascal, adjacency, comp, group, inner, path]

X = np.array([0.5, 0.7])


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_programs(f) -> None:
    check(f, X, 4, wrt=[0], compiles=False)
