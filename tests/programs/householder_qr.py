"""QR by Householder reflections, stored in place; least squares with it."""

import numpy as np


def f(A, b):
    R = A.copy()
    y = b.copy()
    m, n = R.shape
    for k in range(n):
        norm = 0.0
        for i in range(k, m):
            norm += R[i, k] * R[i, k]
        norm = np.sqrt(norm)
        alpha = -norm if R[k, k] > 0 else norm
        v = R[k:, k].copy()
        v[0] -= alpha
        scale = 2.0 / (v @ v)
        for j in range(k, n):
            R[k:, j] -= scale * (v @ R[k:, j]) * v
        y[k:] -= scale * (v @ y[k:]) * v
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        s = y[i]
        for j in range(i + 1, n):
            s -= R[i, j] * x[j]
        x[i] = s / R[i, i]
    return x @ x + y[n:] @ y[n:]


def args():
    rng = np.random.default_rng(31)
    return rng.standard_normal((4, 3)), rng.standard_normal(4)
