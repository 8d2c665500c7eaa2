"""Slopes of associated Legendre functions. Loads SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from zygote_nb.runtime.shaped import shaped_like


@shaped_like(0)
def lpmv_slope(y: Any, m: Any, v: Any, x: Any) -> Any:
    """By the functions of the neighbouring orders (DLMF 14.10), and by its limits at the ends."""
    end = np.abs(x) == 1.0
    root = np.sqrt(np.where(end, 1.0, 1.0 - x * x))
    inner = 0.5 * ((v + m) * (v - m + 1.0) * special.lpmv(m - 1, v, x) - special.lpmv(m + 1, v, x)) / root
    return np.where(end, slope_at_end(m, v, np.where(end, x, 1.0)), inner)[()]


def sph_legendre_slope(n: Any, m: Any, theta: Any) -> Any:
    return special.sph_legendre_p(n, m, theta, diff_n=1)[1]


def sph_legendre_bend(n: Any, m: Any, theta: Any) -> Any:
    return special.sph_legendre_p(n, m, theta, diff_n=2)[2]


def slope_at_end(m: Any, v: Any, x: Any) -> Any:
    """At 1 or -1: infinite for the orders 1 and -1, and zero from the third on."""
    turned = x ** (v + 1.0)
    whole = 0.5 * v * (v + 1.0) * turned
    second = -0.25 * (v - 1.0) * v * (v + 1.0) * (v + 2.0) * turned
    steep = np.where(np.abs(m) == 1, np.where(np.asarray(m) > 0, np.inf, -np.inf) * x**v, 0.0)
    return np.where(m == 0, whole, np.where(m == 2, second, np.where(m == -2, -0.25 * turned, steep)))
