"""The modified Bessel function of order one, which NumPy lacks: the derivative of ``np.i0``."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.runtime.shaped import shaped_like

SERIES_UP_TO = 32.0


@shaped_like(0)
def bessel_i1(x: Any) -> Any:
    """By its power series, all of whose terms have one sign, and by its asymptotic series for large arguments."""
    a = np.abs(np.asarray(x, dtype=float))
    small = np.minimum(a, SERIES_UP_TO)
    term = total = 0.5 * small
    for k in range(1, 90):
        term = term * (0.25 * small * small) / (k * (k + 1))
        total = total + term
    large = np.maximum(a, SERIES_UP_TO)
    with np.errstate(over="ignore"):
        value = np.where(a <= SERIES_UP_TO, total, _asymptotic(large))
    return np.copysign(value, x)[()]


def _asymptotic(x: Any) -> Any:
    """Abramowitz and Stegun 9.7.1 for order one."""
    term = total = np.ones(np.shape(x))
    for k in range(1, 26):
        term = -term * (4.0 - (2 * k - 1) ** 2) / (8.0 * k * x)
        total = total + term
    return np.exp(x) / np.sqrt(2 * np.pi * x) * total


@shaped_like(0)
def kaiser_slope(y: Any, m: int, beta: Any) -> Any:
    """The derivative of ``np.kaiser(m, beta)`` by ``beta``: of a quotient of Bessel functions."""
    if m == 1:
        return np.zeros(1)
    n = np.arange(m)
    r = np.sqrt(np.maximum(1 - ((n - (m - 1) / 2) / ((m - 1) / 2)) ** 2, 0.0))
    return (r * bessel_i1(beta * r) - y * bessel_i1(beta)) / np.i0(float(beta))
