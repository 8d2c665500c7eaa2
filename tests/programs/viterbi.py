"""Viterbi's best score, element by element: only the winners' parameters have a gradient."""

import numpy as np


def f(start, transition, emission, observed):
    n = len(start)
    score = np.empty(n)
    for i in range(n):
        score[i] = start[i] + emission[i, observed[0]]
    for t in range(1, len(observed)):
        fresh = np.empty(n)
        for j in range(n):
            best = score[0] + transition[0, j]
            for i in range(1, n):
                best = max(best, score[i] + transition[i, j])
            fresh[j] = best + emission[j, observed[t]]
        score = fresh
    return np.max(score)


def args():
    rng = np.random.default_rng(8)
    return (
        rng.standard_normal(3),
        rng.standard_normal((3, 3)),
        rng.standard_normal((3, 4)),
        np.array([0, 3, 1, 1, 2]),
    )
