"""Predator and prey by Heun's method until the prey falls below a threshold: a float decides when to stop."""


def f(alpha, beta, delta, gamma, x, y):
    t = 0.0
    total = 0.0
    while t < 4.0 and x > 0.35:
        fx = alpha * x - beta * x * y
        fy = delta * x * y - gamma * y
        px = x + 0.1 * fx
        py = y + 0.1 * fy
        x, y = x + 0.05 * (fx + alpha * px - beta * px * py), y + 0.05 * (fy + delta * px * py - gamma * py)
        t += 0.1
        total += 0.1 * x * y
    return total + x - y


def args():
    return 1.1, 0.7, 0.6, 0.5, 1.5, 1.0
