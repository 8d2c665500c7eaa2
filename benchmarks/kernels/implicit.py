"""Implicit steps, each a solution of tridiagonal equations: alternating directions, vertical advection."""

from __future__ import annotations

import numpy as np

from benchmarks.workloads import Arguments, Workload


def alternating(u0, steps, n):
    """Heat in a square whose sides stay at one: a half step along columns, and one along rows."""
    u = u0.copy()
    v = np.zeros((n, n))
    p = np.zeros((n, n))
    q = np.zeros((n, n))
    first = n * n / steps
    second = 0.5 * n * n / steps
    for _ in range(steps):
        for i in range(1, n - 1):
            v[0, i] = 1.0
            p[i, 0] = 0.0
            q[i, 0] = v[0, i]
            for j in range(1, n - 1):
                pivot = 1.0 + 2.0 * first - first * p[i, j - 1]
                known = second * (u[j, i - 1] + u[j, i + 1]) + (1.0 - 2.0 * second) * u[j, i]
                p[i, j] = first / pivot
                q[i, j] = (known + first * q[i, j - 1]) / pivot
            v[n - 1, i] = 1.0
            for j in range(n - 2, 0, -1):
                v[j, i] = p[i, j] * v[j + 1, i] + q[i, j]
        for i in range(1, n - 1):
            u[i, 0] = 1.0
            p[i, 0] = 0.0
            q[i, 0] = u[i, 0]
            for j in range(1, n - 1):
                pivot = 1.0 + 2.0 * second - second * p[i, j - 1]
                known = first * (v[i - 1, j] + v[i + 1, j]) + (1.0 - 2.0 * first) * v[i, j]
                p[i, j] = second / pivot
                q[i, j] = (known + second * q[i, j - 1]) / pivot
            u[i, n - 1] = 1.0
            for j in range(n - 2, 0, -1):
                u[i, j] = p[i, j] * u[i, j + 1] + q[i, j]
    return np.sum(u * u)


def alternating_by_hand(u0, steps, n):
    """The pivots are the same for all rows and steps; columns are solved side by side, and so are rows, transposed."""
    first = n * n / steps
    second = 0.5 * n * n / steps
    p1, r1, p2, r2 = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    for j in range(1, n - 1):
        r1[j] = 1.0 / (1.0 + 2.0 * first - first * p1[j - 1])
        p1[j] = first * r1[j]
        r2[j] = 1.0 / (1.0 + 2.0 * second - second * p2[j - 1])
        p2[j] = second * r2[j]
    u = u0.copy()
    v = np.ones((n, n))
    q = np.ones((n, n))
    for _ in range(steps):
        for i in range(1, n - 1):
            q[0, i] = 1.0
        for j in range(1, n - 1):
            for i in range(1, n - 1):
                known = second * (u[j, i - 1] + u[j, i + 1]) + (1.0 - 2.0 * second) * u[j, i]
                q[j, i] = (known + first * q[j - 1, i]) * r1[j]
        for j in range(n - 2, 0, -1):
            for i in range(1, n - 1):
                v[j, i] = p1[j] * v[j + 1, i] + q[j, i]
        for i in range(1, n - 1):
            u[i, 0] = u[i, n - 1] = 1.0
            last = 1.0
            for j in range(1, n - 1):
                known = first * (v[i - 1, j] + v[i + 1, j]) + (1.0 - 2.0 * first) * v[i, j]
                last = (known + second * last) * r2[j]
                q[i, j] = last
            last = 1.0
            for j in range(n - 2, 0, -1):
                last = p2[j] * last + q[i, j]
                u[i, j] = last
    d_u = 2.0 * u
    d_v = np.empty((n, n))
    for _ in range(steps):
        d_v[:] = 0.0
        for i in range(1, n - 1):
            carried = 0.0
            for j in range(1, n - 1):
                carried = d_u[i, j] + p2[j - 1] * carried
                q[i, j] = carried
            carried = 0.0
            for j in range(n - 2, 0, -1):
                carried = (q[i, j] + carried) * r2[j]
                q[i, j] = carried
                carried *= second
            for j in range(1, n - 1):
                g = first * q[i, j]
                d_v[i - 1, j] += g
                d_v[i, j] += q[i, j] - 2.0 * g
                d_v[i + 1, j] += g
            for j in range(n):
                d_u[i, j] = 0.0
        for j in range(1, n - 1):
            for i in range(1, n - 1):
                q[j, i] = d_v[j, i] + (p1[j - 1] * q[j - 1, i] if j > 1 else 0.0)
        for j in range(n - 2, 0, -1):
            for i in range(1, n - 1):
                q[j, i] = (q[j, i] + (first * q[j + 1, i] if j < n - 2 else 0.0)) * r1[j]
            for i in range(1, n - 1):
                g = second * q[j, i]
                d_u[j, i - 1] += g
                d_u[j, i] += q[j, i] - 2.0 * g
                d_u[j, i + 1] += g
    return (d_u,)


def vertical_advection(u, w, rate):
    """A step of Crank and Nicolson for what a wind carries up and down, one system for each column; levels first."""
    levels = u.shape[0]
    ratio = np.empty(u.shape)
    x = np.empty(u.shape)
    c = 0.25 * w[1]
    pivot = rate - c
    ratio[0] = c / pivot
    x[0] = (rate * u[0] - c * (u[1] - u[0])) / pivot
    for k in range(1, levels - 1):
        a = -0.25 * w[k]
        c = 0.25 * w[k + 1]
        pivot = rate - a - c - a * ratio[k - 1]
        ratio[k] = c / pivot
        x[k] = (rate * u[k] - a * (u[k - 1] - u[k]) - c * (u[k + 1] - u[k]) - a * x[k - 1]) / pivot
    a = -0.25 * w[levels - 1]
    pivot = rate - a - a * ratio[levels - 2]
    x[-1] = (rate * u[-1] - a * (u[-2] - u[-1]) - a * x[-2]) / pivot
    for k in range(levels - 2, -1, -1):
        x[k] -= ratio[k] * x[k + 1]
    return np.sum(x * x)


def vertical_advection_by_hand(u, w, rate):
    levels, rows, columns = u.shape
    ratio = np.zeros(u.shape)
    y = np.empty(u.shape)
    inverse = np.empty(u.shape)
    for k in range(levels):
        for i in range(rows):
            for j in range(columns):
                b = rate
                known = rate * u[k, i, j]
                c = 0.0
                if k < levels - 1:
                    c = 0.25 * w[k + 1, i, j]
                    b -= c
                    known -= c * (u[k + 1, i, j] - u[k, i, j])
                if k > 0:
                    a = -0.25 * w[k, i, j]
                    b -= a + a * ratio[k - 1, i, j]
                    known -= a * (u[k - 1, i, j] - u[k, i, j] + y[k - 1, i, j])
                inverse[k, i, j] = 1.0 / b
                ratio[k, i, j] = c * inverse[k, i, j]
                y[k, i, j] = known * inverse[k, i, j]
    x = y.copy()
    for k in range(levels - 2, -1, -1):
        for i in range(rows):
            for j in range(columns):
                x[k, i, j] -= ratio[k, i, j] * x[k + 1, i, j]
    d_x = 2.0 * x
    d_ratio = np.zeros(u.shape)
    for k in range(levels - 1):
        for i in range(rows):
            for j in range(columns):
                d_ratio[k, i, j] = -d_x[k, i, j] * x[k + 1, i, j]
                d_x[k + 1, i, j] -= ratio[k, i, j] * d_x[k, i, j]
    d_u = np.zeros_like(u)
    d_w = np.zeros_like(w)
    for k in range(levels - 1, -1, -1):
        for i in range(rows):
            for j in range(columns):
                g = d_x[k, i, j] * inverse[k, i, j]
                d_pivot = -(g * y[k, i, j] + d_ratio[k, i, j] * ratio[k, i, j] * inverse[k, i, j])
                d_u[k, i, j] += g * rate
                if k < levels - 1:
                    c = 0.25 * w[k + 1, i, j]
                    d_c = d_ratio[k, i, j] * inverse[k, i, j] - d_pivot - g * (u[k + 1, i, j] - u[k, i, j])
                    d_u[k + 1, i, j] -= g * c
                    d_u[k, i, j] += g * c
                    d_w[k + 1, i, j] += 0.25 * d_c
                if k > 0:
                    a = -0.25 * w[k, i, j]
                    d_a = d_pivot * (1.0 + ratio[k - 1, i, j]) + g * (u[k - 1, i, j] - u[k, i, j] + y[k - 1, i, j])
                    d_ratio[k - 1, i, j] -= a * d_pivot
                    d_x[k - 1, i, j] -= a * g
                    d_u[k - 1, i, j] -= a * g
                    d_u[k, i, j] += a * g
                    d_w[k, i, j] += 0.25 * d_a
    return d_u, d_w


def heated(n: int) -> Arguments:
    side, steps = (100, 10) if n > 100 else (5, 2)
    return np.random.default_rng(28).random((side, side)), steps, side


def columns_of_air(n: int) -> Arguments:
    rng = np.random.default_rng(29)
    shape = (60, 64, 64) if n > 100 else (4, 2, 3)
    return rng.random(shape), rng.normal(size=shape), 4.0


ALTERNATING = Workload("ADI", alternating, heated, (0,), alternating_by_hand)
VERTICAL_ADVECTION = Workload(
    "vertical advection", vertical_advection, columns_of_air, (0, 1), vertical_advection_by_hand
)
