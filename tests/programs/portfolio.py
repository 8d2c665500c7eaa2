"""A portfolio's Sharpe ratio with costs of trading, over days; the weights follow from scores."""

import numpy as np


def normalised(scores):
    e = np.exp(scores - scores.max())
    return e / e.sum()


def f(scores, tilt, returns, cost):
    held = normalised(scores)
    gains = []
    for day in returns:
        wanted = normalised(scores + tilt * day)
        gains.append(wanted @ day - cost * np.abs(wanted - held).sum())
        held = wanted * (1.0 + day)
        held = held / held.sum()
    gains = np.array(gains)
    return gains.mean() / (gains.std() + 0.01)


def args():
    rng = np.random.default_rng(8)
    return np.array([0.2, -0.1, 0.4]), 0.7, 0.05 * rng.standard_normal((5, 3)), 0.02
