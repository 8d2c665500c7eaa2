"""The forward algorithm of a hidden Markov model, scaled at each step; log-likelihood."""

import numpy as np


def f(start, transition, emission, observed):
    alpha = start * emission[:, observed[0]]
    total = alpha.sum()
    log_likelihood = np.log(total)
    alpha = alpha / total
    for o in observed[1:]:
        alpha = (alpha @ transition) * emission[:, o]
        total = alpha.sum()
        log_likelihood += np.log(total)
        alpha = alpha / total
    return log_likelihood


def args():
    rng = np.random.default_rng(7)
    transition = rng.uniform(0.1, 1.0, (3, 3))
    emission = rng.uniform(0.1, 1.0, (3, 4))
    return np.array([0.5, 0.3, 0.2]), transition, emission, np.array([0, 3, 1, 1, 2])
