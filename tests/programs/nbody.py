"""Three bodies, leapfrog, pairwise forces: energy at the end and the place of the first body."""

import numpy as np


def accelerate(position, mass, out):
    out[:] = 0.0
    for i in range(len(mass)):
        for j in range(i):
            d = position[j] - position[i]
            r2 = np.sum(d * d) + 0.01
            w = d / (r2 * np.sqrt(r2))
            out[i] += mass[j] * w
            out[j] -= mass[i] * w


def f(position, velocity, mass, dt, steps):
    p = position.copy()
    v = velocity.copy()
    a = np.zeros_like(p)
    accelerate(p, mass, a)
    for _ in range(steps):
        v += 0.5 * dt * a
        p += dt * v
        accelerate(p, mass, a)
        v += 0.5 * dt * a
    kinetic = 0.5 * np.sum(mass * np.sum(v * v, axis=1))
    return kinetic + p[0, 0] * p[0, 1]


def args():
    rng = np.random.default_rng(9)
    return rng.standard_normal((3, 2)), 0.1 * rng.standard_normal((3, 2)), np.array([1.0, 0.5, 2.0]), 0.05, 6
