"""Factorisations as loops."""

from __future__ import annotations

import numpy as np

from benchmarks.workloads import Arguments, Workload


def cholesky(A0, n):
    A = A0.copy()
    for i in range(n):
        for j in range(i):
            for k in range(j):
                A[i, j] -= A[i, k] * A[j, k]
            A[i, j] /= A[j, j]
        for k in range(i):
            A[i, i] -= A[i, k] * A[i, k]
        A[i, i] = np.sqrt(A[i, i])
    s = 0.0
    for i in range(n):
        for j in range(i + 1):
            s += A[i, j]
    return s


def cholesky_by_hand(A0, n):
    """The rows of the factor from the last to the first (Murray 2016), with its inner loops along rows."""
    L = A0.copy()
    for i in range(n):
        for j in range(i):
            t = L[i, j]
            for k in range(j):
                t -= L[i, k] * L[j, k]
            L[i, j] = t / L[j, j]
        t = L[i, i]
        for k in range(i):
            t -= L[i, k] * L[i, k]
        L[i, i] = np.sqrt(t)
    d_A = np.zeros_like(A0)
    for i in range(n):
        for j in range(i + 1):
            d_A[i, j] = 1.0
    for i in range(n - 1, -1, -1):
        g = 0.5 * d_A[i, i] / L[i, i]
        d_A[i, i] = g
        for k in range(i):
            d_A[i, k] -= 2.0 * g * L[i, k]
        for j in range(i - 1, -1, -1):
            g = d_A[i, j] / L[j, j]
            d_A[i, j] = g
            d_A[j, j] -= g * L[i, j]
            for k in range(j):
                d_A[i, k] -= g * L[j, k]
                d_A[j, k] -= g * L[i, k]
    return (d_A,)


def definite(n: int) -> Arguments:
    side = min(100, n)
    root = np.random.default_rng(4).random((side, side))
    return root @ root.T + side * np.eye(side), side


CHOLESKY = Workload("Cholesky as loops", cholesky, definite, (0,), cholesky_by_hand)
