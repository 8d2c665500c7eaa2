"""Slopes of the incomplete gamma and beta functions by their parameters. Loads SciPy.

The derivative by a parameter is the integral of the density times a logarithm minus its mean, which changes its sign
once. It is taken on that side of the argument on which the integrand has one sign, so that nothing cancels, by the
double exponential rule (H. Takahasi and M. Mori, 1974).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from zygote_nb.runtime.shaped import shaped_like

STEP = 1.0 / 48.0
NODES = STEP * np.arange(-432, 433)
"""Where the integrals are summed, on a line whose ends stand for those of the interval."""
TO_END = math.pi * np.sinh(NODES)
LOG_V, LOG_REST = -np.logaddexp(0.0, -TO_END), -np.logaddexp(0.0, TO_END)
"""Logarithms of the part of the interval that lies before a node, and behind it."""
LOG_WEIGHT = LOG_V + LOG_REST + np.log(math.pi * STEP * np.cosh(NODES))
INNER = NODES[np.abs(NODES) <= 4.5]
BEYOND = np.exp(0.5 * math.pi * np.sinh(INNER))
"""Distances from the start of an interval without end."""
BEYOND_WEIGHT = BEYOND * 0.5 * math.pi * STEP * np.cosh(INNER)
TINY, BLOCK = 1e-300, 500


def in_blocks(slope: Callable[..., Any], *args: Any) -> Any:
    """The slopes for all entries, some at a time: each needs hundreds of nodes."""
    shape = np.broadcast_shapes(*map(np.shape, args))
    flat = [np.ravel(np.broadcast_to(np.asarray(a, float), shape))[:, None] for a in args]
    found = np.empty(flat[0].shape[0])
    for start in range(0, found.size, BLOCK):
        found[start : start + BLOCK] = slope(*(a[start : start + BLOCK] for a in flat))
    return np.reshape(found, shape)[()]


@shaped_like(0)
def gamma_slope(y: Any, a: Any, x: Any) -> Any:
    """Of ``gammainc`` by ``a``; ``y`` has the shape of the result."""
    return in_blocks(gamma_slopes, a, x)


def gamma_slopes(a: Any, x: Any) -> Any:
    mean, scale, log_x = special.psi(a), special.gammaln(a), np.log(np.maximum(x, TINY))
    log_t = log_x + LOG_V
    lower = np.exp(a * log_x + (a - 1.0) * LOG_V + LOG_WEIGHT - np.exp(log_t) - scale) * (log_t - mean)
    t = x + BEYOND
    upper = np.exp((a - 1.0) * np.log(t) - t - scale) * BEYOND_WEIGHT * (np.log(t) - mean)
    found = np.where((log_x <= mean)[:, 0], np.sum(lower, axis=1), -np.sum(upper, axis=1))
    return np.where(x[:, 0] <= 0, 0.0, found)


@shaped_like(0)
def beta_slope(y: Any, a: Any, b: Any, x: Any, rest: Any) -> Any:
    """Of ``betainc`` by ``a``; ``rest`` is ``1 - x``. By ``b`` it is minus that of ``b``, ``a``, ``rest`` and ``x``."""
    return in_blocks(beta_slopes, a, b, x, rest)


def beta_slopes(a: Any, b: Any, x: Any, rest: Any) -> Any:
    mean, scale = special.psi(a) - special.psi(a + b), special.betaln(a, b)
    log_x, log_rest = np.log(np.maximum(x, TINY)), np.log(np.maximum(rest, TINY))
    log_t, log_beyond = log_x + LOG_V, np.log(rest + x * np.exp(LOG_REST))
    lower = np.exp(a * log_x + (a - 1.0) * LOG_V + (b - 1.0) * log_beyond + LOG_WEIGHT - scale) * (log_t - mean)
    log_s = np.log(x + rest * np.exp(LOG_REST))
    upper = np.exp(b * log_rest + (b - 1.0) * LOG_V + (a - 1.0) * log_s + LOG_WEIGHT - scale) * (log_s - mean)
    found = np.where((log_x <= mean)[:, 0], np.sum(lower, axis=1), -np.sum(upper, axis=1))
    return np.where(((x <= 0) | (rest <= 0))[:, 0], 0.0, found)


@shaped_like(0)
def beta_spread(y: Any, a: Any, b: Any) -> Any:
    """One over the density of ``betainc`` at ``y``."""
    return np.exp(special.betaln(a, b) - special.xlogy(a - 1.0, y) - special.xlog1py(b - 1.0, -y))


@shaped_like(0)
def student_slope(y: Any, df: Any, t: Any) -> Any:
    """Of ``stdtr`` by the degrees of freedom: both tails are half of a ``betainc``."""
    a, x, rest = 0.5 * df, df / (df + t * t), t * t / (df + t * t)
    moved = np.exp(a * np.log(x) + 0.5 * np.log(np.maximum(rest, TINY)) - special.betaln(a, 0.5)) / df
    return -0.5 * np.sign(t) * (0.5 * beta_slope(y, a, 0.5, x, rest) + moved)


@shaped_like(0)
def fisher_slope(y: Any, m: Any, n: Any, x: Any, by: int) -> Any:
    """Of ``fdtr`` by the degrees of freedom of numerator or denominator."""
    a, b, z, rest = 0.5 * m, 0.5 * n, m * x / (m * x + n), n / (m * x + n)
    moved = np.exp(a * np.log(np.maximum(z, TINY)) + b * np.log(rest) - special.betaln(a, b))
    if by == 0:
        return 0.5 * beta_slope(y, a, b, z, rest) + moved / m
    return -0.5 * beta_slope(y, b, a, rest, z) - moved / n


@shaped_like(0)
def fisher_spread(x: Any, m: Any, n: Any) -> Any:
    """One over the density of ``fdtr`` at ``x``."""
    weights = special.xlogy(0.5 * m, m) + special.xlogy(0.5 * n, n) + special.xlogy(0.5 * m - 1.0, x)
    return np.exp(special.betaln(0.5 * m, 0.5 * n) + 0.5 * (m + n) * np.log(m * x + n) - weights)


@shaped_like(0)
def macdonald_slope(y: Any, v: Any, x: Any, scaled: bool = False) -> Any:
    """Of ``kv``, or ``kve``, by its order: DLMF 10.32.9 under the integral, whose integrand has one sign."""
    return in_blocks(lambda v, x: macdonald_slopes(v, x, scaled), v, x)


def macdonald_slopes(v: Any, x: Any, scaled: bool) -> Any:
    """The integral to where ``exp(-x cosh(t))`` has vanished, beside ``exp(v t)`` too, by the trapezoidal rule."""
    order = np.abs(v)
    end = np.arcsinh((order + 45.0) / x) + np.arcsinh(8.0 / np.sqrt(x))
    t = end * np.linspace(0.0, 1.0, 600)
    exponent = order * t - x * (2.0 * np.sinh(0.5 * t) ** 2) - (0.0 if scaled else x)
    integrand = t * np.exp(exponent) * -0.5 * np.expm1(-2.0 * order * t)
    return np.sign(v[:, 0]) * (np.sum(integrand, axis=1) - 0.5 * integrand[:, -1]) * end[:, 0] / 599.0
