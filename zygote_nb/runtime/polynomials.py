"""Adjoints and tangents of polynomials, highest coefficient first."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.runtime.arrays import unbroadcast
from zygote_nb.runtime.matrices import hermitian
from zygote_nb.runtime.shaped import shaped_like

# Values


@shaped_like(1)
def polyval_adjoint(dy: Any, p: Any, x: Any) -> Any:
    """The cotangents of the coefficients: sums of powers."""
    g, power = np.zeros(len(p), np.result_type(dy, p, np.float16)), np.ones_like(x * 1.0)
    for k in range(len(p) - 1, -1, -1):
        g[k] = np.sum(dy * power)
        power = power * x
    return g


def slope_at(p: Any, x: Any) -> Any:
    """The derivative of the polynomial at ``x``."""
    return np.polyval(np.polyder(p), x) if len(p) > 1 else np.zeros_like(x * 1.0)


# Arithmetic


@shaped_like(1)
def tail_like(dy: Any, p: Any) -> Any:
    """The last coefficients, as many as ``p`` has."""
    return np.reshape(dy[len(dy) - np.size(p) :], np.shape(p)) if np.ndim(p) else dy[-1]


@shaped_like(1)
def tail_of(g: Any, whole: Any) -> Any:
    """Coefficients at the end of zeros of the shape of ``whole``: the transpose of ``tail_like``."""
    out = np.zeros(np.shape(whole), np.result_type(g))
    out[len(out) - np.size(g) :] = g
    return out


def polyadd_tangent(da: Any, db: Any, y: Any, sign: float) -> Any:
    """The sum of tangents of different degrees."""
    out = np.zeros(len(y), np.result_type(y, np.float16))
    out[len(y) - np.size(da) :] += da
    out[len(y) - np.size(db) :] += sign * np.asarray(db)
    return out


@shaped_like(2)
def polydiv_adjoint(dq: Any, dr: Any, u: Any, v: Any, q: Any) -> Any:
    """The cotangent of the dividend."""
    return _division(dq, dr, u, v, q)[0]


@shaped_like(3)
def polydiv_adjoint_divisor(dq: Any, dr: Any, u: Any, v: Any, q: Any) -> Any:
    """The cotangent of the divisor."""
    return _division(dq, dr, u, v, q)[1]


def _division(dq: Any, dr: Any, u: Any, v: Any, q: Any) -> tuple[Any, Any]:
    """Of ``u = q v + r``: the leading rows give ``q``, the others ``r``."""
    if len(u) < len(v):
        d_u = np.zeros(len(u), np.result_type(dr))
        d_u[len(u) - len(dr) :] = dr
        return d_u, np.zeros(len(v))
    d_r = np.zeros(len(u), np.result_type(dr))
    d_r[len(u) - len(dr) :] = dr
    v, q = (np.conj(v), np.conj(q)) if np.iscomplexobj(q) else (v, q)
    d_q = dq - np.correlate(d_r, v, "valid")
    w = np.linalg.solve(hermitian(_leading(v, len(q))), d_q)
    d_v = -np.correlate(d_r, q, "valid")
    d_v[: len(q)] -= np.correlate(np.concatenate((w, np.zeros(len(q) - 1))), q, "valid")[: len(d_v)]
    d_u = d_r.copy()
    d_u[: len(q)] += w
    return d_u, d_v


def _leading(v: Any, n: int) -> Any:
    """The triangular matrix by which the leading coefficients of a product arise."""
    first = np.zeros(n, np.result_type(v, np.float16))
    first[: min(n, len(v))] = v[:n]
    i, j = np.indices((n, n))
    return np.where(i >= j, first[i - j], 0.0)


@shaped_like(2, 3)
def polydiv_tangent(du: Any, dv: Any, q: Any, r: Any, u: Any, v: Any) -> tuple[Any, Any]:
    """The tangents of quotient and remainder."""
    if len(u) < len(v):
        return np.zeros(len(q)), np.array(du)[len(u) - len(r) :]
    change = du - np.convolve(q, dv)
    dq = np.linalg.solve(_leading(v, len(q)), change[: len(q)])
    return dq, (change - np.convolve(dq, v))[len(u) - len(r) :]


# Derivatives and integrals


@shaped_like(1)
def polyder_adjoint(dy: Any, p: Any, m: int = 1) -> Any:
    """Each coefficient times the factors that it got."""
    g = np.zeros(len(p), np.result_type(dy))
    n = len(p) - m
    if n > 0:
        g[:n] = dy * _factors(n, m)
    return g


@shaped_like(1)
def polyint_adjoint(dy: Any, p: Any, m: int = 1) -> Any:
    """Each coefficient divided by the factors that it got."""
    return dy[: len(p)] / _factors(len(p), m)


@shaped_like(1)
def polyint_constants_adjoint(dy: Any, k: Any, m: int = 1) -> Any:
    """The cotangents of the constants of integration, the first of which was integrated most often."""
    tail = dy[len(dy) - m :]
    scaled = np.array([g / np.prod(np.arange(1.0, m - i)) for i, g in enumerate(tail)])
    return unbroadcast(scaled, k) if np.size(k) == m or np.ndim(k) else np.sum(scaled)


def _factors(n: int, m: int) -> Any:
    """What differentiating ``m`` times multiplies the first ``n`` coefficients with."""
    powers = np.arange(n + m - 1, m - 1, -1.0)
    return np.prod([powers - i for i in range(m)], axis=0) if m else np.ones(n)


# Roots and fits


@shaped_like(1)
def poly_adjoint(dy: Any, roots: Any) -> Any:
    """The cotangents of the roots: minus the product of the other factors."""
    return np.array([-np.dot(dy[1:], np.poly(np.delete(roots, i))) for i in range(len(roots))])


@shaped_like(1)
def poly_tangent(dx: Any, y: Any, roots: Any) -> Any:
    """The tangent of the coefficients."""
    out = np.zeros(len(y))
    for i, d in enumerate(dx):
        out[1:] -= d * np.poly(np.delete(roots, i))
    return out


@shaped_like(2)
def polyfit_adjoint(dc: Any, c: Any, x: Any, y: Any, w: Any) -> Any:
    """The cotangent of the points."""
    powers, weight, d_values = _least_squares(dc, c, x, w)
    residual = weight * (_columns(y) - powers @ _columns(c))
    step = d_values[0]
    d_v = residual @ step.T - (weight * (powers @ step)) @ _columns(c).T
    n = len(c)
    slopes = np.arange(n - 1, -1, -1) * np.asarray(x)[:, None] ** np.maximum(np.arange(n - 2, -2, -1), 0)
    return np.sum(d_v * slopes, axis=1)


@shaped_like(2)
def polyfit_values_adjoint(dc: Any, x: Any, y: Any, c: Any, w: Any) -> Any:
    """The cotangent of the values at the points."""
    powers, weight, d_values = _least_squares(dc, c, x, w)
    return np.reshape(weight * (powers @ d_values[0]), np.shape(y))


@shaped_like(4)
def polyfit_weights_adjoint(dc: Any, c: Any, x: Any, y: Any, w: Any) -> Any:
    """The cotangent of the weights."""
    powers, _, d_values = _least_squares(dc, c, x, w)
    residual = _columns(y) - powers @ _columns(c)
    return 2 * np.asarray(w) * np.sum(residual * (powers @ d_values[0]), axis=1)


def polyfit_tangent(dx: Any, dy: Any, dw: Any, c: Any, x: Any, y: Any, w: Any) -> Any:
    """The tangent of the coefficients, from the normal equations."""
    n = len(c)
    powers, weight, _ = _least_squares(np.zeros(np.shape(c)), c, x, w)
    slopes = np.arange(n - 1, -1, -1) * np.asarray(x)[:, None] ** np.maximum(np.arange(n - 2, -2, -1), 0)
    d_powers = np.asarray(dx)[:, None] * slopes
    residual = _columns(y) - powers @ _columns(c)
    right = d_powers.T @ (weight * residual) + powers.T @ (weight * (_columns(dy) - d_powers @ _columns(c)))
    if w is not None:
        right = right + powers.T @ (2 * (np.asarray(w) * dw)[:, None] * residual)
    return np.reshape(np.linalg.solve(powers.T @ (weight * powers), right), np.shape(c))


def _columns(a: Any) -> Any:
    return np.asarray(a)[:, None] if np.ndim(a) == 1 else np.asarray(a)


def _least_squares(dc: Any, c: Any, x: Any, w: Any) -> tuple[Any, Any, tuple[Any, ...]]:
    """Powers of the points, squared weights, and the cotangent through the normal equations."""
    powers = np.vander(x, len(c))
    weight = np.ones((len(x), 1)) if w is None else np.asarray(w)[:, None] ** 2
    return powers, weight, (np.linalg.solve(powers.T @ (weight * powers), _columns(dc)),)
