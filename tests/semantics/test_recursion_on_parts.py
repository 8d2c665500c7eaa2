"""Functions that call themselves with parts of an array, each shorter than the one before."""

import numpy as np
import pytest

from tests.oracle import check

X = np.array([0.7, -1.2, 0.4, 2.1])


def paths(x, n):
    if n == 0:
        return x[0]
    if len(x) == 1:
        return x[0] * paths(x, n - 1)
    return paths(x[1:], n - 1) * x[0] + paths(x[:-1], n - 1)


def all_paths(x):
    return paths(x, 4)


def horner(c, t):
    return c[0] + t * horner(c[1:], t) if len(c) > 1 else c[0]


def polynomial(c):
    return horner(c, 0.7) ** 2


def eliminated(A):
    if A.shape[0] == 1:
        return np.sqrt(A)
    pivot = np.sqrt(A[0, 0])
    v = A[1:, 0] / pivot
    return pivot + np.sum(eliminated(A[1:, 1:] - np.outer(v, v))) * np.ones((1, 1))


def factorised(x):
    A = np.outer(x, x)[:3, :3] + 2.0 * np.eye(3)
    return np.sum(eliminated(A) ** 2)


def written_on_the_way(x, n):
    if n > 0:
        x[0] *= 2.0
        written_on_the_way(x[1:], n - 1)
        x[0] += x[1]


def written(x):
    written_on_the_way(x, 3)
    return np.sum(x * x)


@pytest.mark.parametrize("f", [all_paths, polynomial, factorised, written], ids=lambda f: f.__name__)
def test_recursion_on_parts(f) -> None:
    """Each part was of a new kind, without end."""
    check(f, X, second=True, written=True, compiles=False)


def test_compiled() -> None:
    check(all_paths, X, backends=("python", "numba"), modes=False)


def fourier(re, im):
    n = len(re)
    if n == 1:
        return re, im
    a, b = fourier(re[::2], im[::2])
    c, d = fourier(re[1::2], im[1::2])
    angle = -2.0 * np.pi * np.arange(n // 2) / n
    p, q = np.cos(angle) * c - np.sin(angle) * d, np.cos(angle) * d + np.sin(angle) * c
    return np.concatenate([a + p, a - p]), np.concatenate([b + q, b - q])


def spectrum(x):
    re, im = fourier(x, np.zeros(len(x)))
    return np.sum(np.sqrt(re * re + im * im + 0.1))


def multiplied(A, B):
    if A.shape[0] == 1:
        return A * B
    n = A.shape[0] // 2
    a, b, c, d = A[:n, :n], A[:n, n:], A[n:, :n], A[n:, n:]
    e, f, g, h = B[:n, :n], B[:n, n:], B[n:, :n], B[n:, n:]
    p, q, r, s = multiplied(a, f - h), multiplied(a + b, h), multiplied(c + d, e), multiplied(d, g - e)
    t, u, v = multiplied(a + d, e + h), multiplied(b - d, g + h), multiplied(a - c, e + f)
    return np.block([[t + s - q + u, p + q], [r + s, p + t - r - v]])


def product(x):
    A = np.outer(x, x[::-1] + 0.5)
    return np.sum(np.sin(multiplied(A, A.T + 1.0)))


def wavelets(x):
    if len(x) == 1:
        return x
    return np.hstack((wavelets((x[::2] + x[1::2]) / 2.0), (x[::2] - x[1::2]) / 2.0))


def coefficients(x):
    return np.sum(wavelets(x) ** 3 * np.arange(1.0, len(x) + 1.0))


@pytest.mark.parametrize("f", [spectrum, product, coefficients], ids=lambda f: f.__name__)
def test_results_of_the_recursion_are_joined(f) -> None:
    """What a list of them becomes was asked before it was known what they are."""
    check(f, X, second=True, written=True, compiles=False)
