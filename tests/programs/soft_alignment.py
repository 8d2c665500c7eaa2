"""Alignment of two sequences with a soft maximum, as a recursion over prefixes that remembers nothing."""

import numpy as np


def soft_max(a, b, c, temperature):
    top = max(a, b, c)
    return top + temperature * np.log(
        np.exp((a - top) / temperature) + np.exp((b - top) / temperature) + np.exp((c - top) / temperature)
    )


def score(i, j, scores, gap, temperature):
    if i == 0:
        return -gap * j
    if j == 0:
        return -gap * i
    return soft_max(
        score(i - 1, j - 1, scores, gap, temperature) + scores[i - 1, j - 1],
        score(i - 1, j, scores, gap, temperature) - gap,
        score(i, j - 1, scores, gap, temperature) - gap,
        temperature,
    )


def f(scores, gap, temperature):
    return score(scores.shape[0], scores.shape[1], scores, gap, temperature)


def args():
    return np.array([[0.9, -0.3, 0.1], [-0.2, 1.1, 0.3], [0.2, 0.0, 0.7]]), 0.4, 0.3
