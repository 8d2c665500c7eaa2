"""Differential equations: a chain of oscillators by Runge and Kutta's method of fourth order."""

from __future__ import annotations

import numpy as np

from benchmarks.workloads import Arguments, Workload


def runge_kutta(x0, k, steps, h):
    """Sum of squares of x at the end, where x' = -k x**3."""
    x = x0
    for _ in range(steps):
        a = -k * x * x * x
        y = x + 0.5 * h * a
        b = -k * y * y * y
        y = x + 0.5 * h * b
        c = -k * y * y * y
        y = x + h * c
        d = -k * y * y * y
        x = x + h / 6.0 * (a + 2.0 * b + 2.0 * c + d)
    return np.sum(x * x)


def runge_kutta_by_hand(x0, k, steps, h):
    n = x0.size
    path = np.empty((steps, n))
    x = x0.copy()
    for t in range(steps):
        for i in range(n):
            path[t, i] = x[i]
            a = -k[i] * x[i] * x[i] * x[i]
            y = x[i] + 0.5 * h * a
            b = -k[i] * y * y * y
            y = x[i] + 0.5 * h * b
            c = -k[i] * y * y * y
            y = x[i] + h * c
            d = -k[i] * y * y * y
            x[i] += h / 6.0 * (a + 2.0 * b + 2.0 * c + d)
    d_x = 2.0 * x
    d_k = np.zeros_like(k)
    for t in range(steps - 1, -1, -1):
        for i in range(n):
            w = path[t, i]
            a = -k[i] * w * w * w
            y1 = w + 0.5 * h * a
            b = -k[i] * y1 * y1 * y1
            y2 = w + 0.5 * h * b
            c = -k[i] * y2 * y2 * y2
            y3 = w + h * c
            g = h / 6.0 * d_x[i]
            to_w = d_x[i]
            to_k = -g * y3 * y3 * y3
            r = -3.0 * g * k[i] * y3 * y3
            to_w += r
            g2 = 2.0 * g + h * r
            to_k -= g2 * y2 * y2 * y2
            r = -3.0 * g2 * k[i] * y2 * y2
            to_w += r
            g1 = 2.0 * g + 0.5 * h * r
            to_k -= g1 * y1 * y1 * y1
            r = -3.0 * g1 * k[i] * y1 * y1
            to_w += r
            g0 = g + 0.5 * h * r
            to_k -= g0 * w * w * w
            d_x[i] = to_w - 3.0 * g0 * k[i] * w * w
            d_k[i] += to_k
    return d_x, d_k


def oscillators(n: int) -> Arguments:
    rng = np.random.default_rng(13)
    side, steps = (1000, 100) if n > 100 else (3, 4)
    return rng.normal(size=side), rng.uniform(0.5, 1.0, side), steps, 0.01


RUNGE_KUTTA = Workload("Runge-Kutta ODE", runge_kutta, oscillators, (0, 1), runge_kutta_by_hand)
