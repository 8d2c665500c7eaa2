"""Bisection finds the bracket, two Newton steps make the root differentiable."""

import math


def g(x, a, b):
    return x * math.exp(a * x) - b


def f(a, b):
    low, high = 0.0, 4.0
    for _ in range(12):
        middle = 0.5 * (low + high)
        if g(middle, a, b) > 0.0:
            high = middle
        else:
            low = middle
    x = 0.5 * (low + high)
    for _ in range(2):
        x -= g(x, a, b) / (math.exp(a * x) * (1.0 + a * x))
    return x


def args():
    return 0.3, 2.5
