"""Slopes of special functions whose formulas need care near a point. Loads SciPy, as do the programs that need it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from zygote_nb.runtime.shaped import shaped_like


@shaped_like(0)
def erfcx_slope(y: Any, x: Any) -> Any:
    """Of the scaled complementary error function: by its asymptotic series where ``2 x y`` is almost constant."""
    large = x > 12.0
    z = np.where(large, x, 12.0)
    far = -_double_factorials(-1.0 / (2.0 * z * z)) / (math.sqrt(math.pi) * z * z)
    return np.where(large, far, 2.0 * x * y - 2.0 / math.sqrt(math.pi))[()]


@shaped_like(0)
def dawsn_slope(y: Any, x: Any) -> Any:
    """Of Dawson's integral, likewise."""
    large = np.abs(x) > 12.0
    z = np.where(large, x, 12.0)
    return np.where(large, -_double_factorials(1.0 / (2.0 * z * z)) / (2.0 * z * z), 1.0 - 2.0 * x * y)[()]


def _double_factorials(t: Any) -> Any:
    """1 + 3 t + 15 t**2 + ..., to where the terms begin to grow."""
    term = total = np.ones_like(t)
    for k in range(1, 30):
        term = term * (2 * k + 1) * t
        total = total + term
    return total


@shaped_like(0)
def rgamma_slope(y: Any, x: Any) -> Any:
    """Of the reciprocal of the gamma function: finite at its zeros, where digamma is not."""
    pole = (x <= 0) & (x == np.floor(x))
    n = np.where(pole, -x, 0.0)
    at_pole = np.where(n % 2 == 0, 1.0, -1.0) * special.gamma(n + 1.0)
    return np.where(pole, at_pole, -y * special.psi(np.where(pole, 1.0, x)))[()]


@shaped_like(0)
def exprel_slope(y: Any, x: Any) -> Any:
    """Of ``(exp(x) - 1) / x``: by its series near 0."""
    small = np.abs(x) < 0.3
    safe = np.where(small, 1.0, x)
    series = sum(x**k / (math.factorial(k) * (k + 2)) for k in range(13))
    return np.where(small, series, np.exp(safe) / safe - y / safe)[()]


@shaped_like(0)
def entropy_slope(x: Any) -> Any:
    """Of ``-x log(x)``; 0 where the function is minus infinity."""
    return np.where(x < 0, 0.0, -np.log(np.where(x < 0, 1.0, x)) - 1.0)[()]


@shaped_like(0)
def boxcox_slope(y: Any, log_x: Any, p: Any) -> Any:
    """Of ``(x**p - 1) / p`` by ``p``: by its series where the power is near one."""
    t = p * log_x
    small = np.abs(t) < 0.3
    safe = np.where(small, 1.0, p)
    series = log_x * log_x * sum(t**k / (math.factorial(k) * (k + 2)) for k in range(13))
    return np.where(small, series, ((p * y + 1.0) * log_x - y) / safe)[()]


@shaped_like(0)
def inverse_boxcox_slope(x: Any, y: Any, p: Any) -> Any:
    """Of ``(p y + 1)**(1 / p)`` by ``p``: by its series where ``p y`` is small."""
    t = p * y
    small = np.abs(t) < 0.05
    safe_p, safe_t = np.where(small, 1.0, p), np.where(small, 1.0, t)
    far = y / (safe_p * (1.0 + safe_t)) - np.log1p(safe_t) / (safe_p * safe_p)
    series = -y * y * sum((-t) ** k * (k + 1) / (k + 2) for k in range(16))
    return x * np.where(small, series, far)[()]


@shaped_like(0)
def ellipk_slope(y: Any, m: Any, one_minus_m: Any) -> Any:
    """Of the complete elliptic integral of the first kind: pi/8 at 0."""
    small = np.abs(m) < 1e-2
    safe = np.where(small, 0.5, m)
    series, factor = np.zeros_like(m * 1.0), 1.0
    for k in range(1, 9):
        factor *= ((2 * k - 1) / (2 * k)) ** 2
        series = series + factor * k * m ** (k - 1)
    far = (special.ellipe(safe) / np.where(small, 0.5, one_minus_m) - y) / (2.0 * safe)
    return np.where(small, 0.5 * math.pi * series, far)[()]


@shaped_like(0)
def ellipkinc_slope(y: Any, phi: Any, m: Any) -> Any:
    """Of the incomplete elliptic integral of the first kind by its parameter."""
    small = np.abs(m) < 1e-2
    safe = np.where(small, 0.5, m)
    root = np.sqrt(1.0 - safe * np.sin(phi) ** 2)
    e = special.ellipeinc(phi, safe)
    far = e / (2 * safe * (1 - safe)) - y / (2 * safe) - np.sin(2 * phi) / (4 * (1 - safe) * root)
    return np.where(small, _by_powers(phi, m, 1), far)[()]


@shaped_like(0)
def ellipeinc_slope(y: Any, phi: Any, m: Any) -> Any:
    """Of the incomplete elliptic integral of the second kind by its parameter."""
    small = np.abs(m) < 1e-2
    safe = np.where(small, 0.5, m)
    far = (y - special.ellipkinc(phi, safe)) / (2 * safe)
    return np.where(small, _by_powers(phi, m, -1), far)[()]


def _by_powers(phi: Any, m: Any, sign: int) -> Any:
    """The derivative of the series of ``(1 - m sin**2)**(-sign/2)``, integrated term by term."""
    integral, total, coefficient = phi * 1.0, 0.0, 1.0
    for k in range(1, 9):
        integral = ((2 * k - 1) * integral - np.cos(phi) * np.sin(phi) ** (2 * k - 1)) / (2 * k)
        coefficient *= (2 * k - 1 if sign > 0 else 2 * k - 3) / (2 * k)
        total = total + coefficient * k * m ** (k - 1) * integral
    return total


@shaped_like(0)
def agm_slope(y: Any, a: Any, b: Any) -> Any:
    """Of the arithmetic-geometric mean by its first argument, from its relation to the elliptic integral."""
    s = a + b
    m, rest = ((a - b) / s) ** 2, 4.0 * a * b / s**2
    k = special.ellipkm1(rest)
    slope = ellipk_slope(k, m, rest)
    return y / s - y * slope / k * 4.0 * b * (a - b) / s**3


FAR = 30.0


@shaped_like(0)
def bessel_decline(y: Any, v: Any, x: Any, sign: float) -> Any:
    """Of ``ive`` (sign -1) or ``kve`` (sign 1) far out, where neighbours cancel: by DLMF 10.40, term by term."""
    a = np.maximum(np.abs(x), FAR + v * v)
    term = total = np.ones_like(a)
    sloped = 0.5 * term
    for k in range(1, 26):
        term = term * sign * (4.0 * v * v - (2 * k - 1) ** 2) / (8.0 * k * a)
        total = total + term
        sloped = sloped + (k + 0.5) * term
    return -y * sloped / (total * np.copysign(a, x))


def is_far(v: Any, x: Any) -> Any:
    return np.abs(x) > FAR + v * v


@shaped_like(1)
def softmax_adjoint(dy: Any, y: Any, axis: Any) -> Any:
    """Of ``softmax``: the cotangent minus its mean with the weights ``y``, by ``y``."""
    return y * (dy - np.sum(dy * y, axis=axis, keepdims=True))


@shaped_like(1)
def log_softmax_adjoint(dy: Any, y: Any, axis: Any) -> Any:
    """Of ``log_softmax``."""
    return dy - np.exp(y) * np.sum(dy, axis=axis, keepdims=True)


@shaped_like(1)
def logsumexp_weights(y: Any, a: Any, b: Any, axis: Any, keepdims: bool) -> Any:
    """The share of each entry in the sum of exponentials; ``y`` is its logarithm."""
    top = y if keepdims or axis is None else np.expand_dims(y, axis)
    shares = np.exp(a - top)
    return shares if b is None else shares * b


@shaped_like(2)
def logsumexp_factors(y: Any, a: Any, b: Any, axis: Any, keepdims: bool) -> Any:
    """The derivative by the factors of the exponentials."""
    return np.exp(a - (y if keepdims or axis is None else np.expand_dims(y, axis))) * np.ones_like(b)


@shaped_like(0)
def voigt_slopes(y: Any, x: Any, sigma: Any, gamma: Any, by: int) -> Any:
    """Of the Voigt profile by its argument and its two widths, from the Faddeeva function."""
    z = (x + 1j * gamma) / (sigma * math.sqrt(2.0))
    slope = (2j / math.sqrt(math.pi) - 2.0 * z * special.wofz(z)) / (2.0 * math.sqrt(math.pi) * sigma * sigma)
    if by == 1:
        return -(y + np.real((x + 1j * gamma) * slope)) / sigma
    return np.real(slope) if by == 0 else -np.imag(slope)


@shaped_like(0)
def diric_slope(y: Any, x: Any, n: Any) -> Any:
    """Of the periodic sinc function: 0 where it is one."""
    s = np.sin(0.5 * x)
    near = np.abs(s) < 1e-4
    safe = np.where(near, 1.0, s)
    far = (0.5 * np.cos(0.5 * n * x) - 0.5 * y * np.cos(0.5 * x)) / safe
    reduced = np.arcsin(np.where(near, s, 0.0)) * 2.0
    return np.where(near, y * reduced * (1.0 - n * n) / 12.0, far)[()]
