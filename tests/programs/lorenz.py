"""The Lorenz system by Runge and Kutta's method: distance of the end from a target."""

import numpy as np


def lorenz(s, sigma, rho, beta):
    x, y, z = s
    return np.array([sigma * (y - x), x * (rho - z) - y, x * y - beta * z])


def rk4(rhs, s, dt, *params):
    k1 = rhs(s, *params)
    k2 = rhs(s + 0.5 * dt * k1, *params)
    k3 = rhs(s + 0.5 * dt * k2, *params)
    k4 = rhs(s + dt * k3, *params)
    return s + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)


def f(s0, sigma, rho, beta, target, steps):
    s = s0
    for _ in range(steps):
        s = rk4(lorenz, s, 0.02, sigma, rho, beta)
    return np.sum((s - target) ** 2)


def args():
    return np.array([1.0, 0.5, 2.0]), 10.0, 28.0, 8.0 / 3.0, np.array([1.0, 1.0, 2.0]), 5
