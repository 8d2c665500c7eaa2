"""Reaction and diffusion of two substances (Gray and Scott) with slices."""

import numpy as np


def laplacian(u):
    out = np.zeros_like(u)
    out[1:-1, 1:-1] = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * u[1:-1, 1:-1]
    return out


def f(u, v, feed, kill, steps):
    u = u.copy()
    v = v.copy()
    for _ in range(steps):
        reaction = u * v * v
        u += 0.16 * laplacian(u) - reaction + feed * (1.0 - u)
        v += 0.08 * laplacian(v) + reaction - (feed + kill) * v
    return np.sum(v[1:-1, 1:-1] * u[1:-1, 1:-1])


def args():
    rng = np.random.default_rng(4)
    return rng.uniform(0.4, 1.0, (5, 5)), rng.uniform(0.0, 0.5, (5, 5)), 0.04, 0.06, 3
