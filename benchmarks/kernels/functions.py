"""One function of the library at a time, with the gradient that one would write by hand in NumPy, at three sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Arrays = tuple[Any, ...]


@dataclass(frozen=True)
class Function:
    """A loss, its gradient by hand for the first ``active`` arguments, and arguments of about ``n`` numbers."""

    loss: Callable[..., Any]
    by_hand: Callable[..., Arrays]
    arguments: Callable[[int], Arrays]
    active: int = 1


def vectors(n: int, count: int = 1) -> Arrays:
    rng = np.random.default_rng(n)
    return tuple(rng.uniform(0.1, 1.1, n) for _ in range(count))


def matrices(n: int, count: int) -> Arrays:
    side = max(2, round(n**0.5))
    rng = np.random.default_rng(n)
    return tuple(rng.uniform(0.1, 1.1, (side, side)) for _ in range(count))


def definite(n: int) -> Arrays:
    a, w = matrices(n, 2)
    return (a @ a.T + len(a) * np.eye(len(a)), w)


def exponential(x, w):
    return np.sum(np.exp(x) * w)


def hyperbolic(x, w):
    return np.sum(np.tanh(x) * w)


def sum_of_columns(x, w):
    return np.sum(np.sum(x, axis=0) * w[0])


def softmax(x, w):
    e = np.exp(x - np.max(x))
    return np.sum(e / np.sum(e) * w)


def softmax_by_hand(x, w):
    e = np.exp(x - np.max(x))
    p = e / np.sum(e)
    return (p * (w - np.sum(p * w)),)


def product(a, b, w):
    return np.sum((a @ b) * w)


def rows_by_rows(a, b, w):
    return np.sum(np.einsum("ij,ij->i", a, b) * w[0])


def running(x, w):
    return np.sum(np.cumsum(x) * w)


def taken(x, index, w):
    return np.sum(x[index] * w)


def indices(n: int) -> Arrays:
    x, w = vectors(n, 2)
    return x, np.random.default_rng(n).integers(0, n, n), w


def smoothed(x, k, w):
    return np.sum(np.convolve(x, k, "valid") * w)


def smoothed_by_hand(x, k, w):
    return np.convolve(w, k[::-1]), np.correlate(x, w, "valid")[::-1]


def with_kernel(n: int) -> Arrays:
    x, w = vectors(n, 2)
    return x, np.linspace(0.1, 0.9, 5), w[:-4]


def solution(a, b, w):
    return np.sum(np.linalg.solve(a, b) * w)


def solution_by_hand(a, b, w):
    y = np.linalg.solve(a, b)
    g = np.linalg.solve(a.T, w)
    return -np.outer(g, y), g


def equations(n: int) -> Arrays:
    a, w = definite(n)
    return a, w[0].copy(), w[1].copy()


def factor(a, w):
    return np.sum(np.linalg.cholesky(a) * w)


def factor_by_hand(a, w):
    lower = np.linalg.cholesky(a)
    phi = np.tril(lower.T @ np.tril(w))
    np.fill_diagonal(phi, 0.5 * np.diagonal(phi))
    inverse = np.linalg.inv(lower)
    g = inverse.T @ phi @ inverse
    g = np.tril(g + g.T)
    np.fill_diagonal(g, 0.5 * np.diagonal(g))
    return (g,)


FUNCTIONS = {
    "exp": Function(exponential, lambda x, w: (np.exp(x) * w,), lambda n: vectors(n, 2)),
    "tanh": Function(hyperbolic, lambda x, w: ((1.0 - np.tanh(x) ** 2) * w,), lambda n: vectors(n, 2)),
    "sum(axis=0)": Function(
        sum_of_columns, lambda x, w: (np.broadcast_to(w[0], x.shape).copy(),), lambda n: matrices(n, 2)
    ),
    "softmax": Function(softmax, softmax_by_hand, lambda n: vectors(n, 2)),
    "matmul": Function(product, lambda a, b, w: (w @ b.T, a.T @ w), lambda n: matrices(n, 3), 2),
    "einsum": Function(
        rows_by_rows, lambda a, b, w: (w[0][:, None] * b, w[0][:, None] * a), lambda n: matrices(n, 3), 2
    ),
    "cumsum": Function(running, lambda x, w: (np.cumsum(w[::-1])[::-1],), lambda n: vectors(n, 2)),
    "x[idx]": Function(taken, lambda x, index, w: (np.bincount(index, w, len(x)),), indices),
    "convolve": Function(smoothed, smoothed_by_hand, with_kernel, 2),
    "solve": Function(solution, solution_by_hand, equations, 2),
    "cholesky": Function(factor, factor_by_hand, definite),
}
