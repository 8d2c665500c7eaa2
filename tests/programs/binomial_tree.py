"""An American put on a binomial tree, values overwritten from the leaves to the root."""

import numpy as np


def f(spot, strike, rate, volatility, expiry, n):
    dt = expiry / n
    up = np.exp(volatility * np.sqrt(dt))
    p = (np.exp(rate * dt) - 1.0 / up) / (up - 1.0 / up)
    discount = np.exp(-rate * dt)
    value = np.zeros(n + 1)
    for i in range(n + 1):
        value[i] = max(strike - spot * up ** (2 * i - n), 0.0)
    for step in range(n - 1, -1, -1):
        for i in range(step + 1):
            hold = discount * (p * value[i + 1] + (1.0 - p) * value[i])
            exercise = strike - spot * up ** (2 * i - step)
            value[i] = max(hold, exercise)
    return value[0]


def args():
    return 100.0, 103.0, 0.04, 0.25, 0.5, 7
