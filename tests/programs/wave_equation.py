"""The wave equation on a string with two buffers that change places."""

import numpy as np


def f(u0, speed, damping, steps):
    previous = u0.copy()
    current = u0.copy()
    following = np.zeros_like(u0)
    for _ in range(steps):
        for i in range(1, len(u0) - 1):
            bend = current[i - 1] - 2.0 * current[i] + current[i + 1]
            following[i] = 2.0 * current[i] - previous[i] + speed * speed * bend
            following[i] -= damping * (current[i] - previous[i])
        previous, current, following = current, following, previous
    return np.sum(current * current) + current[2] * previous[3]


def args():
    return np.sin(np.linspace(0.0, np.pi, 7)) + 0.1 * np.cos(np.arange(7.0)), 0.7, 0.05, 6
