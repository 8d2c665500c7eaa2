"""Forward kinematics of an arm: a chain of transformations in a list; distance to a goal, limits of the joints."""

import functools

import numpy as np


def joint(angle, length):
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, length * c], [s, c, length * s], [0.0, 0.0, 1.0]])


def f(angles, lengths, goal):
    chain = [joint(a, l) for a, l in zip(angles, lengths)]
    end = functools.reduce(np.matmul, chain)
    reach = np.sum((end[:2, 2] - goal) ** 2)
    limits = sum(max(0.0, abs(a) - 1.0) ** 2 for a in angles)
    return reach + 0.5 * limits


def args():
    return np.array([0.4, -1.3, 0.7]), np.array([1.0, 0.8, 0.5]), np.array([1.1, 0.6])
