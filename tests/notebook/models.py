"""Functions to look at."""

import numpy as np


def rollout(theta, x0, n):
    x = x0.copy()
    cost = 0.0
    for t in range(n):
        u = theta[0] * x[0] + theta[1] * x[1]
        if u > 1.0:
            u = 1.0
        x[0] += 0.1 * x[1]
        x[1] += 0.1 * (u - np.sin(x[0]))
        cost += x[0] ** 2 + 0.1 * u * u
    return cost


def decay(x, n):
    y = x
    for _ in range(n):
        y = 0.5 * y
    return y


def network(W, X):
    h = np.tanh(X @ W)
    return np.sum(h * h)


def newton_sqrt(a):
    x = a
    while abs(x * x - a) > 1e-10:
        x = 0.5 * (x + a / x)
    return x


def norm(v):
    s = 0.0
    for t in v:
        s += t * t
    return newton_sqrt(s)


def talkative(x):
    print("once")
    x[0] = 3.0
    return np.sum(x * x)


def logarithm(x):
    y = np.log(x)
    return np.sum(x * y)


def root(x):
    r = np.sqrt(x)
    return np.sum(r)


def double(x):
    return 2.0 * x


def through_a_callee(x):
    y = double(x)
    return np.sum(y * y)


def cutoff(x, k):
    i = np.argmax(x)
    m = x > 0.5
    y = k * 2.0
    y = 1.0
    return np.sum(np.where(m, 1.0, 0.0)) * i + y


def shrink(x, n):
    y = x
    for _ in range(n):
        y = 0.01 * np.sin(y)
    return y


def unguarded(x):
    safe = np.where(x > 0, x * np.log(x), 0.0)
    return np.sum(safe)


def overflowing(x):
    return np.log(np.sum(np.exp(x)))


def jumpy(x):
    return float(np.sum(np.floor(x) * x))


def same(x):
    return x


def line(a, b, x):
    r = a * x + b
    return np.sum(r * r)


def inverse(x):
    return 1 / x


def deep(Ws, x):
    h = x
    for W in Ws:
        z = W @ h
        h = np.tanh(z)
    return np.sum(h * h)


def entropy(p):
    return -np.sum(p * np.log(p))


def likelihood(mu, x):
    p = np.exp(-((x - mu) ** 2) / 2)
    return np.sum(np.log(p))
