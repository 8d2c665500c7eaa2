"""LU with partial pivoting, rows swapped in place, then both triangular solves."""

import numpy as np


def f(A, b):
    A = A.copy()
    x = b.copy()
    n = len(b)
    for k in range(n - 1):
        p = k
        for i in range(k + 1, n):
            if abs(A[i, k]) > abs(A[p, k]):
                p = i
        if p != k:
            for j in range(n):
                A[k, j], A[p, j] = A[p, j], A[k, j]
            x[k], x[p] = x[p], x[k]
        for i in range(k + 1, n):
            A[i, k] /= A[k, k]
            for j in range(k + 1, n):
                A[i, j] -= A[i, k] * A[k, j]
            x[i] -= A[i, k] * x[k]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            x[i] -= A[i, j] * x[j]
        x[i] /= A[i, i]
    return x[0] * x[-1] + x.sum()


def args():
    rng = np.random.default_rng(3)
    return rng.standard_normal((4, 4)), rng.standard_normal(4)
