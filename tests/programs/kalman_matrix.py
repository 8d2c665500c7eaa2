"""Kalman filter of a moving point in the plane: negative log-likelihood of its measured positions."""

import numpy as np


def predict(m, P, F, Q):
    return F @ m, F @ P @ F.T + Q


def update(m, P, z, H, R):
    residual = z - H @ m
    S = H @ P @ H.T + R
    gain = np.linalg.solve(S, H @ P).T
    nll = 0.5 * (residual @ np.linalg.solve(S, residual) + np.log(np.linalg.det(S)))
    return m + gain @ residual, P - gain @ H @ P, nll


def f(zs, m0, q, r, dt):
    F = np.eye(4)
    F[0, 2] = dt
    F[1, 3] = dt
    H = np.zeros((2, 4))
    H[0, 0] = 1.0
    H[1, 1] = 1.0
    Q = q * np.eye(4)
    R = r * np.eye(2)
    m = m0.copy()
    P = np.eye(4)
    total = 0.0
    for z in zs:
        m, P = predict(m, P, F, Q)
        m, P, nll = update(m, P, z, H, R)
        total += nll
    return total


def args():
    rng = np.random.default_rng(3)
    return rng.standard_normal((4, 2)), rng.standard_normal(4), 0.1, 0.3, 0.5
