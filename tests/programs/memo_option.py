"""An American put by recursion over the nodes of a tree, with a dict that remembers their values."""

import math


def value(i, j, n, spot, up, down, p, discount, strike, known):
    if (i, j) in known:
        return known[i, j]
    price = spot * up**j * down ** (i - j)
    now = max(strike - price, 0.0)
    if i < n:
        high = value(i + 1, j + 1, n, spot, up, down, p, discount, strike, known)
        low = value(i + 1, j, n, spot, up, down, p, discount, strike, known)
        now = max(now, discount * (p * high + (1.0 - p) * low))
    known[i, j] = now
    return now


def f(spot, sigma, rate, strike, n):
    dt = 1.0 / n
    up = math.exp(sigma * math.sqrt(dt))
    down = 1.0 / up
    p = (math.exp(rate * dt) - down) / (up - down)
    return value(0, 0, n, spot, up, down, p, math.exp(-rate * dt), strike, {})


def args():
    return 1.0, 0.3, 0.05, 1.1, 6
