"""A polynomial and its derivative by Horner's scheme, then a Newton step towards a root."""

import numpy as np


def horner(coefficients, x):
    p = 0.0
    dp = 0.0
    for c in coefficients:
        dp = dp * x + p
        p = p * x + c
    return p, dp


def f(coefficients, x):
    for _ in range(3):
        p, dp = horner(coefficients, x)
        x -= p / dp
    return x


def args():
    return np.array([1.0, -0.3, -2.5, 0.7]), 2.2
