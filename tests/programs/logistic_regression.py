"""Five steps of gradient descent on a logistic regression, written out; the loss after them."""

import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def cross_entropy(w, b, X, y):
    p = sigmoid(X @ w + b)
    return -np.mean(y * np.log(p) + (1.0 - y) * np.log(1.0 - p))


def f(w, b, X, y, rate):
    w = w.copy()
    for _ in range(5):
        error = sigmoid(X @ w + b) - y
        w -= rate * (X.T @ error) / y.size
        b -= rate * np.mean(error)
    return cross_entropy(w, b, X, y) + 0.01 * np.sum(w**2)


def args():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((8, 3))
    y = (X[:, 0] - X[:, 2] > 0).astype(np.float64)
    return rng.standard_normal(3), 0.1, X, y, 0.5
