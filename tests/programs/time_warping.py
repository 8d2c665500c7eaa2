"""Dynamic time warping of two series, with the path that was taken."""

import numpy as np


def f(a, b, penalty):
    n, m = len(a), len(b)
    cost = np.full((n + 1, m + 1), 1e6)
    cost[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            d = (a[i - 1] - b[j - 1]) ** 2
            cost[i, j] = d + min(cost[i - 1, j] + penalty, cost[i, j - 1] + penalty, cost[i - 1, j - 1])
    i, j = n, m
    path = 0.0
    while i > 1 and j > 1:
        path += a[i - 1] * b[j - 1]
        if cost[i - 1, j - 1] <= cost[i - 1, j] and cost[i - 1, j - 1] <= cost[i, j - 1]:
            i -= 1
            j -= 1
        elif cost[i - 1, j] < cost[i, j - 1]:
            i -= 1
        else:
            j -= 1
    return cost[n, m] + 0.1 * path


def args():
    return np.array([0.1, 0.9, 1.7, 0.8, 0.2]), np.array([0.0, 0.5, 1.6, 0.9]), 0.05
