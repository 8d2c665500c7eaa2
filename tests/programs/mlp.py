"""A small network with a softmax loss; parameters come as a list of (weights, bias)."""

import itertools

import numpy as np


def forward(params, x):
    for W, b in params[:-1]:
        x = np.tanh(x @ W + b)
    W, b = params[-1]
    return x @ W + b


def f(params, x, labels):
    logits = forward(params, x)
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    log_p = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(labels.size), labels])


def args():
    rng = np.random.default_rng(1)
    sizes = [4, 5, 3, 3]
    params = [(0.7 * rng.standard_normal((m, n)), 0.1 * rng.standard_normal(n)) for m, n in itertools.pairwise(sizes)]
    return params, rng.standard_normal((6, 4)), np.array([0, 2, 1, 1, 0, 2])
