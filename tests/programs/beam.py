"""A beam of finite elements: assembled stiffness, clamped end, deflection under a load; compliance and weight."""

import numpy as np


def element(height, length, modulus):
    inertia = height**3 / 12.0
    L = length
    k = np.array(
        [
            [12.0, 6.0 * L, -12.0, 6.0 * L],
            [6.0 * L, 4.0 * L * L, -6.0 * L, 2.0 * L * L],
            [-12.0, -6.0 * L, 12.0, -6.0 * L],
            [6.0 * L, 2.0 * L * L, -6.0 * L, 4.0 * L * L],
        ]
    )
    return modulus * inertia / L**3 * k


def f(heights, length, modulus, load):
    n = len(heights)
    K = np.zeros((2 * n + 2, 2 * n + 2))
    for e in range(n):
        K[2 * e : 2 * e + 4, 2 * e : 2 * e + 4] += element(heights[e], length / n, modulus)
    force = np.zeros(2 * n + 2)
    force[2 * n] = load
    u = np.linalg.solve(K[2:, 2:], force[2:])
    return force[2:] @ u + 0.3 * np.sum(heights) * length


def args():
    return np.array([1.2, 1.0, 0.8]), 2.0, 3.0, 0.4
