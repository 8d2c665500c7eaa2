"""A matrix power by repeated squaring, recursively."""

import numpy as np


def power(A, n):
    if n == 0:
        return np.eye(A.shape[0])
    half = power(A @ A, n // 2)
    if n % 2 == 1:
        return A @ half
    return half


def f(A, n):
    return np.trace(power(A, n)) + power(A, 3)[0, 1]


def args():
    return 0.5 * np.random.default_rng(12).standard_normal((3, 3)), 6
