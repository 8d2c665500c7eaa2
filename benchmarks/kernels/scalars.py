"""Scalars, and what is done to every element of an array."""

from __future__ import annotations

from math import cos, sin

import numpy as np

from benchmarks.workloads import Arguments, Workload


def sin_cos(x):
    return sin(cos(x))


def sin_cos_by_hand(x):
    return (-cos(cos(x)) * sin(x),)


def multiplications(x, n):
    r = 1.0
    for _ in range(n):
        r *= x
    return r


def multiplications_by_hand(x, n):
    old_r = np.empty(n)
    r = 1.0
    for i in range(n):
        old_r[i] = r
        r *= x
    d_x = 0.0
    d_r = 1.0
    for i in range(n - 1, -1, -1):
        d_x += d_r * old_r[i]
        d_r *= x
    return (d_x,)


def chain(x, y):
    """Ten operations on every element."""
    a = x * y
    a = np.sin(a)
    a = a + x
    a = a * a
    a = np.exp(-a)
    a = a - y
    a = a * a
    a = a + 1.0
    a = np.sqrt(a)
    a = x / a
    return np.sum(a)


def chain_by_hand(x, y):
    """One loop: an element's adjoint needs nothing but the element."""
    d_x = np.empty_like(x)
    d_y = np.empty_like(y)
    for i in range(x.size):
        p = x[i] * y[i]
        q = np.sin(p) + x[i]
        e = np.exp(-q * q)
        w = e - y[i]
        r = 1.0 / np.sqrt(w * w + 1.0)
        g = -x[i] * r * r * r * w
        d_q = -2.0 * g * e * q
        d_p = d_q * np.cos(p)
        d_x[i] = r + d_q + d_p * y[i]
        d_y[i] = d_p * x[i] - g
    return d_x, d_y


def pairs(n: int) -> Arguments:
    rng = np.random.default_rng(14)
    return rng.uniform(0.1, 1.1, n), rng.uniform(0.1, 1.1, n)


SIN_COS = Workload("sin(cos(x))", sin_cos, lambda n: (1.3,), (0,), sin_cos_by_hand)
MULTIPLICATIONS = Workload(
    "1000 multiplications", multiplications, lambda n: (1.0005, min(n, 1000)), (0,), multiplications_by_hand
)
CHAIN = Workload("chain of ten operations", chain, pairs, (0, 1), chain_by_hand)
