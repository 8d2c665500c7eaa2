"""Slopes of the zeta function and of the distribution of Kolmogorov, by their own series. Loads SciPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from zygote_nb.runtime.called import RuleError
from zygote_nb.runtime.shaped import shaped_like

FIRST = 15
"""How many terms are summed before the formula of Euler and Maclaurin; of that, twelve terms."""
CORRECTIONS = [float(b) / math.factorial(2 * j) for j, b in enumerate(special.bernoulli(24)[2::2], 1)]


@shaped_like(0)
def zeta_slope(s: Any, q: Any) -> Any:
    """By the exponent: the formula of Euler and Maclaurin (DLMF 25.2.9 for ``q`` 1), term by term."""
    if np.any(s < 0.0):
        raise RuleError(
            "the slope of the zeta function is known for exponents that are not negative", hint="write a rule: zg.rrule"
        )
    terms = np.expand_dims(np.asarray(q, float), -1) + np.arange(FIRST)
    total = -np.sum(np.log(terms) * terms ** -np.expand_dims(np.asarray(s, float), -1), axis=-1)
    end = q + FIRST
    log, power = np.log(end), end**-s
    total = total - power * end * (log / (s - 1.0) + 1.0 / (s - 1.0) ** 2) - 0.5 * log * power
    product, slope = s * 1.0, np.ones_like(s * 1.0)
    for j, factor in enumerate(CORRECTIONS):
        total = total + factor * power * end ** (-2.0 * j - 1.0) * (slope - product * log)
        for shift in (2 * j + 1.0, 2 * j + 2.0):
            product, slope = product * (s + shift), slope * (s + shift) + product
    return total[()]


@shaped_like(0)
def kolmogorov_slope(x: Any) -> Any:
    """Minus the density; for small arguments of the series that Jacobi's transformation gives."""
    small, k = x < 0.9, np.arange(1, 8)
    near = np.expand_dims(np.where(small, np.maximum(x, 1e-3), 1.0), -1)
    c = (2 * k - 1) ** 2 * math.pi**2 / 8.0
    below = np.sum(np.exp(-c / near**2) * (1.0 / near**2 - 2.0 * c / near**4), axis=-1) * math.sqrt(2.0 * math.pi)
    far = np.expand_dims(np.where(small, 1.0, x), -1)
    above = -8.0 * far[..., 0] * np.sum(-((-1.0) ** k) * k**2 * np.exp(-2.0 * k**2 * far**2), axis=-1)
    return np.where(x <= 0, 0.0, np.where(small, below, above))[()]


@shaped_like(0)
def faddeeva_slope(w: Any, z: Any) -> Any:
    """Of ``wofz``: by its asymptotic series far out, where two terms would cancel."""
    large = np.abs(z) > 12.0
    far = np.where(large, z, 12.0)
    t = 1.0 / (2.0 * far * far)
    term = total = np.ones_like(t)
    for k in range(1, 25):
        term = term * (2 * k + 1) * t
        total = total + term
    series = -1j / math.sqrt(math.pi) / (far * far) * total
    return np.where(large & (np.imag(z) >= 0), series, 2j / math.sqrt(math.pi) - 2.0 * z * w)[()]
