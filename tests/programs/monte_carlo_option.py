"""An arithmetic Asian option with a barrier by simulation, the normal numbers given."""

import math


def f(spot, rate, sigma, strike, barrier, normals):
    paths, steps = normals.shape
    dt = 1.0 / steps
    payoff = 0.0
    for p in range(paths):
        s = spot
        total = 0.0
        alive = True
        for t in range(steps):
            s *= math.exp((rate - 0.5 * sigma * sigma) * dt + sigma * math.sqrt(dt) * normals[p, t])
            if s > barrier:
                alive = False
                break
            total += s
        if alive:
            payoff += max(total / steps - strike, 0.0)
    return math.exp(-rate) * payoff / paths


def args():
    import numpy as np

    return 1.0, 0.03, 0.3, 0.9, 1.6, np.random.default_rng(6).standard_normal((6, 5))
