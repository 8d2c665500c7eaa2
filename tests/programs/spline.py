"""A natural cubic spline: tridiagonal solve by Thomas's algorithm, then evaluation at points found by a loop."""

import numpy as np


def second_derivatives(x, y):
    n = len(x)
    c = np.zeros(n)
    d = np.zeros(n)
    for i in range(1, n - 1):
        h0 = x[i] - x[i - 1]
        h1 = x[i + 1] - x[i]
        slope = 6.0 * ((y[i + 1] - y[i]) / h1 - (y[i] - y[i - 1]) / h0)
        w = 2.0 * (h0 + h1) - h0 * c[i - 1]
        c[i] = h1 / w
        d[i] = (slope - h0 * d[i - 1]) / w
    m = np.zeros(n)
    for i in range(n - 2, 0, -1):
        m[i] = d[i] - c[i] * m[i + 1]
    return m


def f(x, y, queries):
    m = second_derivatives(x, y)
    total = 0.0
    for q in queries:
        k = 0
        while k < len(x) - 2 and q > x[k + 1]:
            k += 1
        h = x[k + 1] - x[k]
        a = (x[k + 1] - q) / h
        b = (q - x[k]) / h
        s = a * y[k] + b * y[k + 1] + ((a**3 - a) * m[k] + (b**3 - b) * m[k + 1]) * h * h / 6.0
        total += s * s
    return total


def args():
    return np.array([0.0, 0.7, 1.5, 2.1, 3.0]), np.array([1.0, -0.5, 0.3, 0.9, -1.0]), np.array([0.2, 1.1, 2.9])
