"""Slopes of cumulative distribution functions by their shapes, at a standardised argument. Loads SciPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from zygote_nb.runtime.incomplete import gamma_slope, student_slope
from zygote_nb.runtime.shaped import shaped_like


@shaped_like(0)
def t_below(y: Any, z: Any, df: Any) -> Any:
    return student_slope(y, df, z)


@shaped_like(0)
def gamma_below(y: Any, z: Any, a: Any) -> Any:
    return gamma_slope(y, a, z)


@shaped_like(0)
def chi2_below(y: Any, z: Any, df: Any) -> Any:
    return 0.5 * gamma_slope(y, 0.5 * df, 0.5 * z)


@shaped_like(0)
def invgamma_below(y: Any, z: Any, a: Any) -> Any:
    return np.where(z > 0, -gamma_slope(y, a, 1.0 / np.where(z > 0, z, 1.0)), 0.0)[()]


@shaped_like(0)
def lognorm_below(y: Any, z: Any, s: Any) -> Any:
    """The logarithm is normal, with the shape for its deviation."""
    log = np.log(np.where(z > 0, z, 1.0))
    return -np.exp(-0.5 * (log / s) ** 2) * log / (s * s * math.sqrt(2.0 * math.pi))


@shaped_like(0)
def weibull_min_below(y: Any, z: Any, c: Any) -> Any:
    """Of ``1 - exp(-z**c)``."""
    safe = np.where(z > 0, z, 1.0)
    return np.exp(-(safe**c)) * safe**c * np.log(safe)


@shaped_like(0)
def pareto_below(y: Any, z: Any, b: Any) -> Any:
    """Of ``1 - z**-b``, from one on."""
    safe = np.where(z > 1, z, 1.0)
    return safe ** (-b) * np.log(safe)
