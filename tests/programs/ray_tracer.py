"""A ray tracer: spheres as objects, the nearest hit, shading, one reflection; squared error of a few pixels."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Sphere:
    centre: np.ndarray
    radius: float
    colour: float


def hit(sphere, origin, direction):
    to = origin - sphere.centre
    b = to @ direction
    disc = b * b - (to @ to - sphere.radius**2)
    if disc <= 0.0:
        return 1e9
    t = -b - np.sqrt(disc)
    return t if t > 1e-6 else 1e9


def trace(spheres, origin, direction, light, depth):
    best = 1e9
    shade = 0.1
    for sphere in spheres:
        t = hit(sphere, origin, direction)
        if t < best:
            best = t
            point = origin + t * direction
            normal = (point - sphere.centre) / sphere.radius
            shade = sphere.colour * (0.2 + max(0.0, normal @ light))
            if depth > 0:
                mirrored = direction - 2.0 * (direction @ normal) * normal
                shade += 0.3 * trace(spheres, point, mirrored, light, depth - 1)
    return shade


def f(centres, radii, colours, light, wanted):
    spheres = [Sphere(c, r, k) for c, r, k in zip(centres, radii, colours)]
    light = light / np.sqrt(light @ light)
    error = 0.0
    for i in range(3):
        direction = np.array([0.2 * (i - 1), 0.05, 1.0])
        direction = direction / np.sqrt(direction @ direction)
        error += (trace(spheres, np.zeros(3), direction, light, 1) - wanted[i]) ** 2
    return error


def args():
    centres = (np.array([0.1, 0.0, 4.0]), np.array([-0.9, 0.2, 3.0]))
    return centres, (1.0, 0.5), (0.8, 0.6), np.array([0.5, 1.0, -1.0]), np.array([0.3, 0.5, 0.2])
