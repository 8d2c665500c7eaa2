"""Newton's square root inside a norm: a while loop in a callee."""

import numpy as np


def newton_sqrt(a):
    x = a
    while abs(x * x - a) > 1e-12 * a:
        x = 0.5 * (x + a / x)
    return x


def f(v):
    s = 0.0
    for t in v:
        s += t * t
    return newton_sqrt(s)


def args():
    return (np.array([0.3, -1.2, 2.0, 0.7]),)
