"""Binary search in a table, linear interpolation, early returns at both ends."""

import numpy as np


def lookup(xs, ys, x):
    if x <= xs[0]:
        return ys[0]
    if x >= xs[-1]:
        return ys[-1]
    low = 0
    high = len(xs) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if xs[middle] <= x:
            low = middle
        else:
            high = middle
    t = (x - xs[low]) / (xs[high] - xs[low])
    return (1.0 - t) * ys[low] + t * ys[high]


def f(xs, ys, queries):
    total = 0.0
    for i, q in enumerate(queries):
        total += (i + 1.0) * lookup(xs, ys, q) ** 2
    return total


def args():
    return np.array([0.0, 0.5, 1.1, 2.0, 3.5]), np.array([1.0, 2.0, -0.5, 0.3, 1.4]), np.array([-1.0, 0.8, 2.9, 4.0])
