"""One damped Gauss-Newton step on a two-parameter model, the 2x2 system solved by hand."""

import numpy as np


def f(p, t, y, damping):
    e = np.exp(-p[1] * t)
    r = y - p[0] * e
    j0 = e
    j1 = -p[0] * t * e
    a = j0 @ j0 + damping
    b = j0 @ j1
    d = j1 @ j1 + damping
    g0 = j0 @ r
    g1 = j1 @ r
    det = a * d - b * b
    q = p.copy()
    q[0] += (d * g0 - b * g1) / det
    q[1] += (a * g1 - b * g0) / det
    return np.sum((y - q[0] * np.exp(-q[1] * t)) ** 2)


def args():
    t = np.linspace(0.0, 2.0, 6)
    return np.array([1.5, 0.6]), t, 2.0 * np.exp(-0.9 * t) + 0.05 * np.cos(9.0 * t), 0.1
