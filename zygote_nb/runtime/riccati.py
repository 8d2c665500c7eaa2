"""Adjoints and tangents of solutions of Riccati equations, which solve Lyapunov equations. Loads SciPy.

``k`` is the gain and ``closed`` the matrix ``a - b k`` of the closed loop: the terms with its change cancel.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg

from zygote_nb.runtime.shaped import shaped_like

Four = tuple[Any, Any, Any, Any]


def gain_continuous(x: Any, b: Any, r: Any) -> Any:
    return np.linalg.solve(r, b.T @ x)


def gain_discrete(x: Any, a: Any, b: Any, r: Any) -> Any:
    return np.linalg.solve(r + b.T @ x @ b, b.T @ x @ a)


@shaped_like(1, 2, 3, 4)
def continuous_adjoint(dx: Any, a: Any, b: Any, q: Any, r: Any, x: Any) -> Four:
    """The cotangents of the coefficients of ``a.T x + x a - x b r**-1 b.T x + q = 0``."""
    k = gain_continuous(x, b, r)
    s = -linalg.solve_continuous_lyapunov(a - b @ k, 0.5 * (dx + dx.T))
    return 2.0 * x @ s, -2.0 * x @ s @ k.T, s, k @ s @ k.T


@shaped_like(5)
def continuous_tangent(t: Any, a: Any, b: Any, q: Any, r: Any, x: Any) -> Any:
    k = gain_continuous(x, b, r)
    half = x @ (t[0] - t[1] @ k)
    return linalg.solve_continuous_lyapunov((a - b @ k).T, -symmetric(half + half.T + k.T @ t[3] @ k + t[2]))


@shaped_like(1, 2, 3, 4)
def discrete_adjoint(dx: Any, a: Any, b: Any, q: Any, r: Any, x: Any) -> Four:
    """The cotangents of the coefficients of ``x = a.T x a - a.T x b (r + b.T x b)**-1 b.T x a + q``."""
    k = gain_discrete(x, a, b, r)
    closed = a - b @ k
    s = linalg.solve_discrete_lyapunov(closed, 0.5 * (dx + dx.T))
    return 2.0 * x @ closed @ s, -2.0 * x @ closed @ s @ k.T, s, k @ s @ k.T


@shaped_like(5)
def discrete_tangent(t: Any, a: Any, b: Any, q: Any, r: Any, x: Any) -> Any:
    k = gain_discrete(x, a, b, r)
    closed = a - b @ k
    half = closed.T @ x @ (t[0] - t[1] @ k)
    return linalg.solve_discrete_lyapunov(closed.T, symmetric(half + half.T + k.T @ t[3] @ k + t[2]))


def symmetric(x: Any) -> Any:
    return 0.5 * (x + x.T)
