"""Linear algebra beside factorisations: least squares, a determinant by its minors, distances in a graph."""

from __future__ import annotations

import numpy as np

from benchmarks.workloads import Arguments, Workload


def least_squares(x, A, b):
    r = A @ x - b
    return r @ r


def least_squares_by_hand(x, A, b):
    return (2.0 * ((A @ x - b) @ A),)


def determinant(A):
    """By the minors of the first row."""
    n = A.shape[0]
    if n == 1:
        return A[0, 0]
    total = 0.0
    sign = 1.0
    for j in range(n):
        minor = np.empty((n - 1, n - 1))
        minor[:, :j] = A[1:, :j]
        minor[:, j:] = A[1:, j + 1 :]
        total += sign * A[0, j] * determinant(minor)
        sign = -sign
    return total


def determinant_and_cofactors(A, cofactors):
    """The minors' cofactors come with their determinants, so that each minor is visited once."""
    n = A.shape[0]
    if n == 1:
        cofactors[0, 0] = 1.0
        return A[0, 0]
    minor = np.empty((n - 1, n - 1))
    inner = np.empty((n - 1, n - 1))
    cofactors[:, :] = 0.0
    total = 0.0
    sign = 1.0
    for j in range(n):
        for r in range(1, n):
            for c in range(j):
                minor[r - 1, c] = A[r, c]
            for c in range(j + 1, n):
                minor[r - 1, c - 1] = A[r, c]
        found = determinant_and_cofactors(minor, inner)
        factor = sign * A[0, j]
        total += factor * found
        cofactors[0, j] = sign * found
        for r in range(1, n):
            for c in range(j):
                cofactors[r, c] += factor * inner[r - 1, c]
            for c in range(j + 1, n):
                cofactors[r, c] += factor * inner[r - 1, c - 1]
        sign = -sign
    return total


def determinant_by_hand(A):
    d_A = np.empty_like(A)
    determinant_and_cofactors(A, d_A)
    return (d_A,)


def floyd_warshall(lengths, n):
    """Sum of the shortest distances between all pairs of vertices."""
    path = lengths.copy()
    for k in range(n):
        for i in range(n):
            for j in range(n):
                path[i, j] = min(path[i, j], path[i, k] + path[k, j])
    return np.sum(path)


def floyd_warshall_by_hand(lengths, n):
    """A path goes through the vertex that shortened it last, whose two halves are shortest paths as well."""
    path = lengths.copy()
    through = np.full((n, n), -1)
    for k in range(n):
        for i in range(n):
            first = path[i, k]
            for j in range(n):
                way = first + path[k, j]
                if way < path[i, j]:
                    path[i, j] = way
                    through[i, j] = k
    d_lengths = np.ones_like(lengths)
    pairs = np.argsort(through.ravel(), kind="mergesort")
    for pair in pairs[::-1]:
        i, j = pair // n, pair % n
        k = through[i, j]
        if k >= 0:
            g = d_lengths[i, j]
            d_lengths[i, j] = 0.0
            d_lengths[i, k] += g
            d_lengths[k, j] += g
    return (d_lengths,)


def overdetermined(n: int) -> Arguments:
    rng = np.random.default_rng(18)
    rows, columns = (1000, 100) if n > 100 else (6, 3)
    return rng.normal(size=columns), rng.normal(size=(rows, columns)), rng.normal(size=rows)


def square(n: int) -> Arguments:
    side = 7 if n > 100 else 4
    return (np.random.default_rng(19).normal(size=(side, side)),)


def graph(n: int) -> Arguments:
    side = min(n, 100)
    return np.random.default_rng(20).uniform(0.1, 10.0, (side, side)), side


LEAST_SQUARES = Workload("linear least squares", least_squares, overdetermined, (0,), least_squares_by_hand)
DETERMINANT = Workload("determinant by minors", determinant, square, (0,), determinant_by_hand)
FLOYD_WARSHALL = Workload("Floyd-Warshall", floyd_warshall, graph, (0,), floyd_warshall_by_hand)
