"""A damped pendulum by classical Runge-Kutta; the loss is how far it ends from upright."""

import numpy as np


def slope(theta, omega, damping, length):
    return omega, -damping * omega - 9.81 / length * np.sin(theta)


def f(theta, omega, damping, length, n, dt):
    for _ in range(n):
        a1, b1 = slope(theta, omega, damping, length)
        a2, b2 = slope(theta + 0.5 * dt * a1, omega + 0.5 * dt * b1, damping, length)
        a3, b3 = slope(theta + 0.5 * dt * a2, omega + 0.5 * dt * b2, damping, length)
        a4, b4 = slope(theta + dt * a3, omega + dt * b3, damping, length)
        theta += dt / 6.0 * (a1 + 2.0 * a2 + 2.0 * a3 + a4)
        omega += dt / 6.0 * (b1 + 2.0 * b2 + 2.0 * b3 + b4)
    return (theta - np.pi) ** 2 + 0.1 * omega**2


def args():
    return 0.4, 0.1, 0.2, 1.3, 25, 0.02
