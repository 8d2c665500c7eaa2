"""A scalar Kalman filter: negative log-likelihood of the observations."""

import numpy as np


def f(z, a, q, r, m0, p0):
    m = m0
    p = p0
    nll = 0.0
    for k in range(len(z)):
        m = a * m
        p = a * p * a + q
        s = p + r
        e = z[k] - m
        nll += 0.5 * (np.log(2.0 * np.pi * s) + e * e / s)
        gain = p / s
        m += gain * e
        p *= 1.0 - gain
    return nll


def args():
    return np.array([0.3, 0.5, 0.2, -0.4, 0.9, 1.1]), 0.9, 0.2, 0.5, 0.0, 1.0
