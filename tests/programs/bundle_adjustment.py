"""Bundle adjustment: the squared reprojection error of points seen by cameras, with a robust loss."""

import numpy as np


def rotate(w, p):
    angle = np.sqrt(w @ w + 1e-12)
    axis = w / angle
    return p * np.cos(angle) + np.cross(axis, p) * np.sin(angle) + axis * (axis @ p) * (1.0 - np.cos(angle))


def project(camera, point):
    q = rotate(camera[:3], point) + camera[3:6]
    u = -q[:2] / q[2]
    r2 = u @ u
    return camera[6] * (1.0 + camera[7] * r2) * u


def huber(r2, delta):
    if r2 <= delta * delta:
        return 0.5 * r2
    return delta * (np.sqrt(r2) - 0.5 * delta)


def f(cameras, points, observed, camera_of, point_of):
    total = 0.0
    for k in range(len(camera_of)):
        residual = project(cameras[camera_of[k]], points[point_of[k]]) - observed[k]
        total += huber(residual @ residual, 0.8)
    return total


def args():
    rng = np.random.default_rng(9)
    cameras = np.column_stack((0.1 * rng.standard_normal((2, 6)), np.full(2, 1.2), np.full(2, 0.05)))
    cameras[:, 5] -= 4.0
    points = rng.standard_normal((3, 3))
    return cameras, points, rng.standard_normal((4, 2)), np.array([0, 0, 1, 1]), np.array([0, 1, 1, 2])
