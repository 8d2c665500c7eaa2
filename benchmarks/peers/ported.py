"""Loops that write in place, ported line by line: nested loops, and a changed copy for each store.

Bounds that depend on an outer loop become the longest ones, with a condition: otherwise JAX has no reverse mode.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.peers.system import System


def seidel(s: System, A, sweeps, n):
    def element(i, j, A):
        around = (
            A[i - 1, j - 1] + A[i - 1, j] + A[i - 1, j + 1] + A[i, j - 1] + A[i, j] + A[i, j + 1]
            + A[i + 1, j - 1] + A[i + 1, j] + A[i + 1, j + 1]
        )  # fmt: skip
        return s.put(A, (i, j), around / 9.0)

    def row(i, A):
        return s.loop(n - 2, lambda j, A: element(i + 1, j + 1, A), A)

    A = s.loop(sweeps, lambda _, A: s.loop(n - 2, row, A), A)
    return s.np.sum(A * A)


def cholesky(s: System, A, n):
    """Row by row as it stands, with the sum over k as a product of rows."""
    places = s.np.arange(n)

    def entry(i, j, A):
        inner = s.np.sum(s.np.where(places < j, A[i] * A[j], 0.0))
        below = (A[i, j] - inner) / A[j, j]
        own = s.np.sqrt(s.np.where(i == j, A[i, i] - inner, 1.0))
        value = s.np.where(j < i, below, s.np.where(j == i, own, A[i, j]))
        return s.put(A, (i, j), value)

    A = s.loop(n, lambda i, A: s.loop(n, lambda j, A: entry(i, j, A), A), A)
    return s.np.sum(s.np.tril(A))


def lu(s: System, A, n):
    places = s.np.arange(n)

    def entry(i, j, A):
        inner = s.np.sum(s.np.where(places < s.np.minimum(i, j), A[i] * A[:, j], 0.0))
        value = A[i, j] - inner
        return s.put(A, (i, j), s.np.where(j < i, value / A[j, j], value))

    return s.np.sum(s.loop(n, lambda i, A: s.loop(n, lambda j, A: entry(i, j, A), A), A))


def triangular(s: System, L, b, n):
    places = s.np.arange(n)

    def entry(i, x):
        known = s.np.sum(s.np.where(places < i, L[i] * x, 0.0))
        return s.put(x, i, (b[i] - known) / L[i, i])

    x = s.loop(n, entry, s.np.zeros(n))
    return s.np.sum(x * x)


def gram_schmidt(s: System, A, rows, columns):
    def column(k, state):
        A, Q, R = state
        norm = s.np.sqrt(s.np.sum(A[:, k] * A[:, k]))
        q = A[:, k] / norm
        Q, R = s.put(Q, (slice(None), k), q), s.put(R, (k, k), norm)

        def other(j, state):
            A, R = state
            r = s.np.where(j > k, s.np.sum(q * A[:, j]), 0.0)
            R = s.put(R, (k, j), s.np.where(j > k, r, R[k, j]))
            return s.put(A, (slice(None), j), A[:, j] - q * r), R

        A, R = s.loop(columns, other, (A, R))
        return A, Q, R

    zeros = (s.np.zeros((rows, columns)), s.np.zeros((columns, columns)))
    _, Q, R = s.loop(columns, column, (A, *zeros))
    return s.np.sum(Q) + s.np.sum(R)


PORTS: dict[str, Callable[..., Any]] = {
    "seidel": seidel,
    "cholesky": cholesky,
    "lu": lu,
    "triangular": triangular,
    "gram_schmidt": gram_schmidt,
}
