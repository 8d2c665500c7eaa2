"""The Thomas algorithm for a tridiagonal system, in place on copies; implicit heat steps with it."""

import numpy as np


def solve(lower, diagonal, upper, rhs):
    n = len(diagonal)
    c = upper.copy()
    d = rhs.copy()
    c[0] /= diagonal[0]
    d[0] /= diagonal[0]
    for i in range(1, n):
        m = diagonal[i] - lower[i] * c[i - 1]
        if i < n - 1:
            c[i] /= m
        d[i] = (d[i] - lower[i] * d[i - 1]) / m
    for i in range(n - 2, -1, -1):
        d[i] -= c[i] * d[i + 1]
    return d


def f(u, conductivity, dt, steps):
    n = len(u)
    k = dt * conductivity
    diagonal = np.ones(n)
    lower = np.zeros(n)
    upper = np.zeros(n)
    for i in range(1, n - 1):
        lower[i] = -k[i - 1]
        upper[i] = -k[i]
        diagonal[i] += k[i - 1] + k[i]
    for _ in range(steps):
        u = solve(lower, diagonal, upper, u)
    return np.sum(u * u)


def args():
    return np.array([0.0, 0.7, 1.2, 0.4, 0.0]), np.array([0.9, 1.1, 0.7, 1.3]), 0.3, 3
