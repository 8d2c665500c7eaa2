"""Powers of complex numbers whose exponents are not whole: partial derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np


def complex_power_partial_base(x: Any, p: Any) -> Any:
    """``p * x ** (p - 1)``, zero where ``p`` is, on the principal branch."""
    with np.errstate(all="ignore"):
        slope = p * np.power(np.asarray(x, complex_of(x, p)), np.subtract(p, 1.0))
        return np.where(np.equal(p, 0), 0.0, slope)[()]


def complex_power_partial_exponent(y: Any, x: Any, p: Any) -> Any:
    """``y * log(x)``; at ``x == 0`` 0 for an exponent with a positive real part, else NaN."""
    zero = np.equal(x, 0)
    safe = np.where(zero, 1.0, x).astype(complex_of(x, p))
    return np.where(zero, np.where(np.real(p) > 0, 0.0, np.nan), y * np.log(safe))[()]


def complex_of(x: Any, p: Any) -> Any:
    return np.result_type(x, p, np.complex64)
