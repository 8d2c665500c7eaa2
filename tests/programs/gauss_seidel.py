"""Sweeps of Gauss-Seidel: each unknown is overwritten and read again within the sweep."""

import numpy as np


def f(A, b, sweeps):
    x = np.zeros(len(b))
    for _ in range(sweeps):
        for i in range(len(b)):
            s = b[i]
            for j in range(len(b)):
                if j != i:
                    s -= A[i, j] * x[j]
            x[i] = s / A[i, i]
    r = A @ x - b
    return np.sum(r * r) + x[0]


def args():
    rng = np.random.default_rng(4)
    return rng.standard_normal((4, 4)) + 5.0 * np.eye(4), rng.standard_normal(4), 3
