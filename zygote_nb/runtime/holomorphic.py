"""Functions of complex numbers where Numba differs from NumPy: ``compiled`` has forms of them that don't."""

from __future__ import annotations

import cmath
from collections.abc import Callable
from typing import Any

import numpy as np


def complex_exp(z: Any) -> Any:
    return np.exp(z)


def complex_exp2(z: Any) -> Any:
    return np.exp2(z)


def complex_sin(z: Any) -> Any:
    return np.sin(z)


def complex_cos(z: Any) -> Any:
    return np.cos(z)


def complex_sinh(z: Any) -> Any:
    return np.sinh(z)


def complex_cosh(z: Any) -> Any:
    return np.cosh(z)


def complex_tanh(z: Any) -> Any:
    return np.tanh(z)


def complex_log(z: Any) -> Any:
    return np.log(z)


def complex_log2(z: Any) -> Any:
    return np.log2(z)


def complex_log10(z: Any) -> Any:
    return np.log10(z)


def complex_abs(z: Any) -> Any:
    return abs(z)


def complex_divide(a: Any, b: Any) -> Any:
    return np.divide(a, b)


def complex_power(z: Any, n: int) -> Any:
    """``z ** n`` for an integer, by repeated squaring."""
    return z**n


def of_python(fn: Callable[[complex], complex]) -> Callable[[complex], complex]:
    """A function of ``cmath``, under a name of its own."""

    def form(z: complex) -> complex:
        return fn(z)

    form.__name__ = form.__qualname__ = f"python_{fn.__name__}"
    return form


OF_NUMPY: dict[Any, Callable[..., Any]] = {
    np.exp: complex_exp, np.exp2: complex_exp2, np.sin: complex_sin, np.cos: complex_cos, np.sinh: complex_sinh,
    np.cosh: complex_cosh, np.tanh: complex_tanh, np.log: complex_log, np.log2: complex_log2, np.log10: complex_log10,
}  # fmt: skip
OF_PYTHON: dict[Any, Callable[[complex], complex]] = {
    fn: of_python(fn)
    for fn in (
        cmath.exp, cmath.log, cmath.log10, cmath.sqrt, cmath.sin, cmath.cos, cmath.tan, cmath.asin, cmath.acos,
        cmath.atan, cmath.sinh, cmath.cosh, cmath.tanh, cmath.asinh, cmath.acosh, cmath.atanh,
    )
}  # fmt: skip
