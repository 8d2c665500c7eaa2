"""A cloth of masses and springs, hung by two corners, stepped in place; how far its lowest corner is from a target."""

import numpy as np


def spring(p, v, force, i, j, k, l, rest, stiffness, damping):
    d = p[k, l] - p[i, j]
    length = np.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2])
    direction = d / length
    pull = stiffness * (length - rest) + damping * ((v[k, l] - v[i, j]) @ direction)
    force[i, j] += pull * direction
    force[k, l] -= pull * direction


def f(p0, stiffness, damping, target, steps, dt):
    p = p0.copy()
    v = np.zeros_like(p)
    rows, columns = p.shape[0], p.shape[1]
    for _ in range(steps):
        force = np.zeros_like(p)
        force[:, :, 2] -= 9.81 * 0.1
        for i in range(rows):
            for j in range(columns):
                if i + 1 < rows:
                    spring(p, v, force, i, j, i + 1, j, 1.0, stiffness, damping)
                if j + 1 < columns:
                    spring(p, v, force, i, j, i, j + 1, 1.0, stiffness, damping)
        force[0, 0] = 0.0
        force[0, columns - 1] = 0.0
        v += dt * force / 0.1
        p += dt * v
    return np.sum((p[rows - 1, 0] - target) ** 2)


def args():
    p = np.zeros((2, 3, 3))
    p[:, :, 0] = np.arange(3.0) * 1.1
    p[:, :, 1] = np.arange(2.0)[:, None] * 0.9
    return p, 8.0, 0.2, np.array([0.3, 1.0, -0.5]), 3, 0.02
