"""Sphere tracing: march until the surface is hit (break), or give up (else); shade by depth."""

import numpy as np


def distance(p, centre, radius):
    d = p - centre
    return np.sqrt(d @ d) - radius


def f(directions, centre, radius):
    image = 0.0
    for direction in directions:
        ray = direction / np.sqrt(direction @ direction)
        travelled = 0.0
        for _ in range(40):
            gap = distance(travelled * ray, centre, radius)
            if gap < 1e-3:
                image += 1.0 / (1.0 + travelled)
                break
            travelled += 0.7 * gap
            if travelled > 20.0:
                continue
        else:
            image += 0.01 * radius
    return image


def args():
    directions = np.array([[0.0, 0.1, 1.0], [0.3, -0.1, 1.0], [1.0, 1.0, 0.2]])
    return directions, np.array([0.1, 0.0, 4.0]), 1.5
