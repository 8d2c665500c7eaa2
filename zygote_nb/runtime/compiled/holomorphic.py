"""Compiled functions of complex numbers. What overflows is left to the interpreter, where Numba makes NaN of it."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba.core.types import Array, Complex
from numba.extending import register_jitable

from zygote_nb.runtime import holomorphic, polar
from zygote_nb.runtime.compiled.numbers import elementwise
from zygote_nb.runtime.compiled.registration import overload


def guarded(fn: Callable[..., Any]) -> Callable[..., Any]:
    def of_number(z):  # type: ignore[no-untyped-def]
        w = fn(z)
        if (np.isnan(w) and not np.isnan(z)) or (np.isinf(w) and not np.isinf(z)):
            raise OverflowError("the value is too large to be compiled")
        return w

    return of_number


def of_python(fn: Callable[..., Any]) -> Callable[..., Any]:
    """What Python refuses is not finite in Numba."""
    return lambda z: finite(fn(z))


@register_jitable
def finite(w):  # type: ignore[no-untyped-def]
    if not np.isfinite(w):
        raise ValueError("math domain error")
    return w


for _fn in (np.exp, np.exp2, np.sin, np.cos, np.sinh, np.cosh, np.tanh):
    elementwise(holomorphic.OF_NUMPY[_fn], guarded(_fn))
for _fn, _form in holomorphic.OF_PYTHON.items():
    if _fn not in (cmath.log, cmath.log10):
        elementwise(_form, of_python(_fn))


def log_over(z: Any, base: Any) -> Any: ...


@overload(log_over)
def _log_over(z: Any, base: Any) -> Any:
    """``log(z) / log(base)``: near the unit circle by the distance from it, which ``log(abs(z))`` would round away."""
    kind = z

    def log_over(z, base):  # type: ignore[no-untyped-def]
        x, y = float(abs(z.real)), float(abs(z.imag))
        x, y = max(x, y), min(x, y)
        size = math.hypot(x, y)
        if np.isinf(size) and not np.isinf(z):
            raise OverflowError("the absolute value is too large to be compiled")
        real = 0.5 * np.log1p((x - 1.0) * (x + 1.0) + y * y) if 0.7 < size < 1.4 else np.log(size)
        return kind(complex(real / base, math.atan2(z.imag, z.real) / base))

    return log_over


LOG2, LOG10 = math.log(2.0), math.log(10.0)
elementwise(holomorphic.complex_log, lambda z: log_over(z, 1.0))
elementwise(holomorphic.complex_log2, lambda z: log_over(z, LOG2))
elementwise(holomorphic.complex_log10, lambda z: log_over(z, LOG10))
elementwise(holomorphic.OF_PYTHON[cmath.log], lambda z: finite(log_over(z, 1.0)))
elementwise(holomorphic.OF_PYTHON[cmath.log10], lambda z: finite(log_over(z, LOG10)))


def _power(z: Any, n: Any) -> Any: ...


@overload(_power)
def _power_overload(z: Any, n: Any) -> Any:
    kind = z

    def power(z, n):  # type: ignore[no-untyped-def]
        if n < 0 and z == 0:
            raise ZeroDivisionError("zero to a negative power")
        result, factor, left = kind(1.0), z, abs(n)
        while left:
            if left % 2:
                result *= factor
            left //= 2
            if left:
                factor *= factor
        if not np.isfinite(result) and np.isfinite(z):
            raise OverflowError("the power is too large to be compiled")
        return result if n >= 0 else kind(np.divide(1.0, result))

    return power


@register_jitable
def _divide(a, b):  # type: ignore[no-untyped-def]
    if b == 0:
        raise ZeroDivisionError("NumPy knows which infinity this is")
    return np.divide(a, b)


elementwise(holomorphic.complex_power, lambda z, n: _power(z, n))
elementwise(holomorphic.complex_divide, lambda a, b: _divide(a, b))
elementwise(holomorphic.complex_abs, guarded(np.abs))

# Absolute values, angles and parts


@overload(polar.real_part)
def _real_part(z: Any) -> Any:
    return (lambda z: np.real(z).copy()) if isinstance(z, Array) else lambda z: z.real


def _direction(z: Any, y: Any) -> Any: ...


@overload(_direction)
def _direction_overload(z: Any, y: Any) -> Any:
    kind = z if isinstance(z, Complex) else None
    return kind and (lambda z, y: kind(complex(z.real / y, z.imag / y)) if y != 0 else kind(0.0))


def turned(z):  # type: ignore[no-untyped-def]
    return direction(z, z.real**2 + z.imag**2)


turned, direction = register_jitable(turned), register_jitable(lambda z, y: _direction(z, y))
register_jitable(polar.scale)
elementwise(polar.abs_adjoint, lambda dy, z, y: dy * direction(z, y))
elementwise(polar.abs_tangent, lambda dz, z, y: (np.conj(direction(z, y)) * dz).real)
elementwise(polar.direction, lambda z, y: direction(z, y))
elementwise(polar.turned, lambda z: turned(z))


@overload(polar.abs_adjoint_tangent)
def _abs_adjoint_tangent(t: Any, dz: Any, d_abs: Any, dy: Any, z: Any, y: Any) -> Any:
    return lambda t, dz, d_abs, dy, z, y: (
        t * polar.direction(z, y) + dy * polar.direction(dz - polar.direction(z, y) * d_abs, y)
    )


@overload(polar.angle_adjoint)
def _angle_adjoint(dy: Any, z: Any, deg: Any = False) -> Any:
    return lambda dy, z, deg=False: polar.scale(deg) * dy * 1j * polar.turned(z)


@overload(polar.angle_tangent)
def _angle_tangent(dz: Any, z: Any, deg: Any = False) -> Any:
    return lambda dz, z, deg=False: polar.scale(deg) * np.real(np.conj(1j * polar.turned(z)) * dz)
