"""Jacobi's iteration with two buffers that change roles."""

import numpy as np


def f(a, n):
    u = a.copy()
    v = a.copy()
    for _ in range(n):
        v[1:-1, 1:-1] = 0.2 * (u[1:-1, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] + u[:-2, 1:-1] + u[2:, 1:-1])
        u, v = v, u
    return np.sum(u * u)


def args():
    return np.random.default_rng(6).standard_normal((5, 6)), 5
