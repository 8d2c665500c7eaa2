"""Molecular dynamics: Lennard-Jones forces with a cutoff, velocity Verlet, periodic box; the final energy."""

import numpy as np


def forces(p, box, cutoff):
    n = p.shape[0]
    force = np.zeros_like(p)
    energy = 0.0
    for i in range(n):
        for j in range(i + 1, n):
            d = p[i] - p[j]
            d = d - box * np.round(d / box)
            r2 = d @ d
            if r2 > cutoff * cutoff:
                continue
            s6 = 1.0 / (r2 * r2 * r2)
            energy += 4.0 * s6 * (s6 - 1.0)
            pull = 24.0 * s6 * (2.0 * s6 - 1.0) / r2 * d
            force[i] += pull
            force[j] -= pull
    return force, energy


def f(p0, v0, box, steps, dt):
    p = p0.copy()
    v = v0.copy()
    force, energy = forces(p, box, 2.5)
    for _ in range(steps):
        v += 0.5 * dt * force
        p += dt * v
        force, energy = forces(p, box, 2.5)
        v += 0.5 * dt * force
    return energy + 0.5 * np.sum(v * v)


def args():
    p = np.array([[0.1, 0.0, 0.2], [1.2, 0.3, 0.0], [0.4, 1.3, 0.1], [3.7, 3.9, 0.2]])
    return p, 0.1 * np.cos(p), 5.0, 3, 0.01
