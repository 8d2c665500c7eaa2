"""Cholesky's factor by loops, and the log-determinant from it."""

import numpy as np


def f(A):
    n = A.shape[0]
    L = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            s = A[i, j]
            for k in range(j):
                s -= L[i, k] * L[j, k]
            if i == j:
                L[i, j] = np.sqrt(s)
            else:
                L[i, j] = s / L[j, j]
    logdet = 0.0
    for i in range(n):
        logdet += 2.0 * np.log(L[i, i])
    return logdet + L[n - 1, 0]


def args():
    B = np.random.default_rng(2).standard_normal((4, 4))
    return (B @ B.T + 4.0 * np.eye(4),)
