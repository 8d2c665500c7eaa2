"""An integrator with adaptive steps (Bogacki and Shampine, order three): steps are accepted or tried again."""

import math


def slope(t, y, mu):
    return mu * math.sin(3.0 * t) - y * y * y


def f(y, mu, t_end, tolerance):
    t = 0.0
    h = 0.3
    k1 = slope(t, y, mu)
    accepted = 0
    while t < t_end:
        if t + h > t_end:
            h = t_end - t
        k2 = slope(t + 0.5 * h, y + 0.5 * h * k1, mu)
        k3 = slope(t + 0.75 * h, y + 0.75 * h * k2, mu)
        new = y + h * (2.0 * k1 + 3.0 * k2 + 4.0 * k3) / 9.0
        k4 = slope(t + h, new, mu)
        error = abs(h * (-5.0 * k1 + 6.0 * k2 + 8.0 * k3 - 9.0 * k4) / 72.0)
        if error > tolerance:
            h *= 0.5
            continue
        t += h
        y = new
        k1 = k4
        accepted += 1
        if error < 0.1 * tolerance:
            h *= 1.5
    return y * y + 0.001 * accepted * y


def args():
    return 0.8, 1.7, 2.0, 1e-3
