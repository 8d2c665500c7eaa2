"""Cumulative products kept in an array, one factor being zero: nothing may be divided by a factor."""

import numpy as np


def f(x):
    products = np.empty(len(x))
    p = 1.0
    for i in range(len(x)):
        p *= x[i]
        products[i] = p
    backward = 1.0
    total = 0.0
    for i in reversed(range(len(x))):
        total += backward * products[i]
        backward *= x[i]
    return total


def args():
    return (np.array([0.5, -1.5, 2.0, 0.0, 1.2, 0.8]),)
