"""Elements that are kept or replaced by what others give: the compiled text has a branch on the way back."""

import re

import numpy as np
import pytest

import zygote_nb as zg
from tests.as_written import same_as_written, written

RNG = np.random.default_rng(12)
X = RNG.normal(size=7)
A = RNG.uniform(0.1, 3.0, (4, 4))


def shortest_paths(lengths, n):
    path = lengths.copy()
    for k in range(n):
        for i in range(n):
            for j in range(n):
                path[i, j] = min(path[i, j], path[i, k] + path[k, j])
    return np.sum(path * path)


def knapsack(values, weights, n):
    best = np.zeros(n)
    for k in range(len(values)):
        for c in range(n - 1, weights[k] - 1, -1):
            best[c] = max(best[c], best[c - weights[k]] + values[k])
    return best[n - 1] * best[n // 2]


def swept(x, sweeps):
    y = x.copy()
    for _ in range(sweeps):
        for i in range(1, len(x)):
            y[i] = max(y[i], 0.7 * y[i - 1])
    return np.sum(y * y)


def the_other_way_round(x, sweeps):
    y = x.copy()
    for _ in range(sweeps):
        for i in range(1, len(x)):
            y[i] = min(y[i - 1] / 2.0 + 0.1, y[i])
    return np.sum(y * y)


def relaxed(weights, start, end, n):
    distance = np.full(n, 9.0)
    distance[0] = 0.0
    for _ in range(n):
        for e in range(len(weights)):
            distance[end[e]] = min(distance[end[e]], distance[start[e]] + weights[e])
    return np.sum(distance * distance)


def of_three(x, y):
    n = len(x)
    cost = np.full((n, n), 9.0)
    cost[0, 0] = 0.0
    for i in range(1, n):
        for j in range(1, n):
            apart = (x[i] - y[j]) ** 2
            cost[i, j] = apart + min(cost[i - 1, j], cost[i, j - 1], cost[i - 1, j - 1])
            cost[i, j] = min(cost[i, j], cost[i - 1, j] + apart * apart)
    return cost[n - 1, n - 1]


def read_again(x, w):
    y = x.copy()
    for i in range(2, len(x)):
        y[i] = max(y[i], w * y[i - 1] * y[i - 2])
    return np.sum(y * y)


def itself(x, k):
    y = x.copy()
    for i in range(k, len(x)):
        y[i] = max(y[i], 2.0 * y[i - k])
    return np.sum(y * y)


def of_rows(x):
    m = np.zeros(x.shape[1])
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            m[j] = max(m[j], x[i, j])
    return np.sum(m * m)


def squared(x):
    y = x.copy()
    for i in range(1, len(x)):
        y[i] = max(y[i], y[i - 1] * y[i - 1])
    return np.sum(y)


WEIGHTS = np.array([1, 2, 3, 1])
EDGES = (np.array([0, 1, 2, 0, 3]), np.array([1, 2, 3, 3, 1]))
BRANCHES = [
    (shortest_paths, (A, 4)),
    (shortest_paths, (np.ones((4, 4)), 4)),
    (knapsack, (RNG.random(4), WEIGHTS, 7)),
    (knapsack, (RNG.random(4), np.array([0, 2, 0, 1]), 7)),
    (swept, (X, 3)),
    (the_other_way_round, (X, 3)),
    (itself, (X, 2)),
    (itself, (X, 0)),
    (squared, (X,)),
]
OTHERS = [
    (relaxed, (RNG.random(5), *EDGES, 4)),
    (of_three, (X, X[::-1].copy())),
    (read_again, (X, 0.8)),
    (of_rows, (A,)),
]


@pytest.mark.parametrize(("f", "args"), [*BRANCHES, *OTHERS])
def test_the_compiled_text_gives_the_same(f, args):
    with zg.options(backend="python"):
        expected = zg.gradient(f, *args)
        same_as_written(f, args, expected)


FACTOR = re.compile(r"\*=? \(?not ")


def backward(f, args):
    return written(f, *args).partition("# backward")[2].partition("def allocate")[0]


@pytest.mark.parametrize(("f", "args"), BRANCHES)
def test_there_is_a_branch(f, args):
    text = backward(f, args)
    assert re.search(r" if .* [<>] .*:", text)
    assert not FACTOR.search(text)


def test_there_is_none_where_iterations_have_nothing_to_do_with_one_another():
    assert FACTOR.search(backward(of_rows, (A,)))


@pytest.mark.parametrize(("f", "args"), [(shortest_paths, (A, 4)), (swept, (X, 3))])
def test_compiled_code_agrees(f, args):
    with zg.options(backend="python"):
        expected = zg.gradient(f, *args)[0]
    with zg.options(backend="numba"):
        found = zg.gradient(f, *args)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-14)
