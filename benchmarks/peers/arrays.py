"""The workloads on whole arrays, as an expert writes them for a system without loops of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.peers import fields, geometry, models
from benchmarks.peers.system import System


def sin_cos(s: System, x):
    return s.np.sin(s.np.cos(x))


def multiplications(s: System, x, n):
    return s.loop(n, lambda _, r: r * x, 1.0)


def chain(s: System, x, y):
    q = s.np.sin(x * y) + x
    w = s.np.exp(-q * q) - y
    return s.np.sum(x / s.np.sqrt(w * w + 1.0))


def least_squares(s: System, x, A, b):
    r = A @ x - b
    return s.np.sum(r * r)


def determinant(s: System, A):
    """The library's, by a factorisation."""
    return s.np.linalg.det(A)


def floyd_warshall(s: System, lengths, n):
    def through(k, path):
        return s.np.minimum(path, path[:, k][:, None] + path[k][None, :])

    return s.np.sum(s.loop(n, through, lengths))


def cholesky(s: System, A, n):
    """The library's, which reads the lower half as well; it is given a symmetric matrix."""
    return s.np.sum(s.cholesky(s.np.tril(A) + s.np.tril(A, -1).T))


def lu(s: System, A, n):
    """The library's, whose search for pivots finds them where they are."""
    return s.np.sum(s.packed_lu(A))


def triangular(s: System, L, b, n):
    x = s.solve_lower(L, b)
    return s.np.sum(x * x)


def durbin(s: System, r, n):
    """What is turned around comes by flips and rolls, so that every step is one on whole arrays."""
    places = s.np.arange(n)

    def step(k, state):
        y, alpha, beta = state
        beta = beta * (1.0 - alpha * alpha)
        alpha = -(r[k] + s.np.sum(s.np.roll(s.flip(r), k) * y)) / beta
        y = y + alpha * s.np.roll(s.flip(y), k) + alpha * (places == k)
        return y, alpha, beta

    def shifted(k, state):
        return step(k + 1, state)

    first = (-r[0] * (places == 0), -r[0], 1.0 + 0.0 * r[0])
    y, _, _ = s.loop(n - 1, shifted, first)
    return s.np.sum(y * y)


def gram_schmidt(s: System, A, rows, columns):
    """The library's factorisation, with signs that make the diagonal positive."""
    Q, R = s.np.linalg.qr(A)
    signs = s.np.sign(s.np.diag(R))
    return s.np.sum(Q * signs) + s.np.sum(R * signs[:, None])


FORMS: dict[str, Callable[..., Any]] = {
    "sin_cos": sin_cos,
    "multiplications": multiplications,
    "chain": chain,
    "least_squares": least_squares,
    "determinant": determinant,
    "floyd_warshall": floyd_warshall,
    "cholesky": cholesky,
    "lu": lu,
    "triangular": triangular,
    "durbin": durbin,
    "gram_schmidt": gram_schmidt,
    **models.FORMS,
    **fields.FORMS,
    **geometry.FORMS,
}
