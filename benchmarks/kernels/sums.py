"""Log-sum-exp, Gaussian mixtures, k-means, logistic regression: sums over points."""

from __future__ import annotations

import numpy as np

from benchmarks.workloads import Arguments, Workload


def log_sum_exp(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


def log_sum_exp_by_hand(x):
    m = x[0]
    for i in range(1, x.size):
        m = max(m, x[i])
    d_x = np.empty_like(x)
    s = 0.0
    for i in range(x.size):
        d_x[i] = np.exp(x[i] - m)
        s += d_x[i]
    for i in range(x.size):
        d_x[i] /= s
    return (d_x,)


def mixture(alphas, means, scales, x):
    """Log-likelihood of a mixture of axis-aligned Gaussians; ``scales`` are logarithms of inverse deviations."""
    k, d = means.shape
    inverse = np.exp(scales)
    total = 0.0
    terms = np.empty(k)
    for i in range(x.shape[0]):
        for c in range(k):
            t = alphas[c]
            for j in range(d):
                z = inverse[c, j] * (x[i, j] - means[c, j])
                t += scales[c, j] - 0.5 * z * z
            terms[c] = t
        m = terms[0]
        for c in range(1, k):
            m = max(m, terms[c])
        s = 0.0
        for c in range(k):
            s += np.exp(terms[c] - m)
        total += m + np.log(s)
    return total


def mixture_by_hand(alphas, means, scales, x):
    k, d = means.shape
    d_alphas = np.zeros_like(alphas)
    d_means = np.zeros_like(means)
    d_scales = np.zeros_like(scales)
    terms = np.empty(k)
    inverse = np.exp(scales)
    for i in range(x.shape[0]):
        for c in range(k):
            t = alphas[c]
            for j in range(d):
                z = inverse[c, j] * (x[i, j] - means[c, j])
                t += scales[c, j] - 0.5 * z * z
            terms[c] = t
        m = terms[0]
        for c in range(1, k):
            m = max(m, terms[c])
        s = 0.0
        for c in range(k):
            terms[c] = np.exp(terms[c] - m)
            s += terms[c]
        for c in range(k):
            g = terms[c] / s
            d_alphas[c] += g
            for j in range(d):
                z = inverse[c, j] * (x[i, j] - means[c, j])
                d_means[c, j] += g * z * inverse[c, j]
                d_scales[c, j] += g * (1.0 - z * z)
    return d_alphas, d_means, d_scales


def k_means(centres, points):
    """Sum of squared distances of points to their nearest centres."""
    n, d = points.shape
    cost = 0.0
    for i in range(n):
        best = np.inf
        for c in range(centres.shape[0]):
            distance = 0.0
            for j in range(d):
                distance += (points[i, j] - centres[c, j]) ** 2
            best = min(best, distance)
        cost += best
    return cost


def k_means_by_hand(centres, points):
    n, d = points.shape
    d_centres = np.zeros_like(centres)
    for i in range(n):
        best, nearest = np.inf, 0
        for c in range(centres.shape[0]):
            distance = 0.0
            for j in range(d):
                distance += (points[i, j] - centres[c, j]) ** 2
            if distance < best:
                best, nearest = distance, c
        for j in range(d):
            d_centres[nearest, j] -= 2.0 * (points[i, j] - centres[nearest, j])
    return (d_centres,)


def logistic(w, X, y):
    z = X @ w
    return np.sum(np.log1p(np.exp(-y * z)))


def logistic_by_hand(w, X, y):
    g = X @ w
    for i in range(y.size):
        g[i] = -y[i] / (1.0 + np.exp(y[i] * g[i]))
    return (g @ X,)


def numbers(n: int) -> Arguments:
    return (np.random.default_rng(5).normal(size=min(160_000, n)),)


def clouds(n: int) -> Arguments:
    rng = np.random.default_rng(6)
    points, k, d = (1000, 25, 10) if n > 100 else (5, 3, 2)
    return rng.normal(size=k), rng.normal(size=(k, d)), 0.1 * rng.normal(size=(k, d)), rng.normal(size=(points, d))


def clusters(n: int) -> Arguments:
    rng = np.random.default_rng(7)
    points, k, d = (1000, 100, 8) if n > 100 else (9, 3, 2)
    return rng.normal(size=(k, d)), rng.normal(size=(points, d))


def labelled(n: int) -> Arguments:
    rng = np.random.default_rng(8)
    points, d = (1000, 50) if n > 100 else (7, 3)
    return 0.1 * rng.normal(size=d), rng.normal(size=(points, d)), np.sign(rng.normal(size=points))


LOG_SUM_EXP = Workload("log-sum-exp", log_sum_exp, numbers, (0,), log_sum_exp_by_hand)
MIXTURE = Workload("Gaussian mixture", mixture, clouds, (0, 1, 2), mixture_by_hand)
K_MEANS = Workload("k-means", k_means, clusters, (0,), k_means_by_hand)
LOGISTIC = Workload("logistic regression", logistic, labelled, (0,), logistic_by_hand)
