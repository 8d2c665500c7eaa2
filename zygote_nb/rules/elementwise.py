"""Elementwise functions of ``numpy`` and ``math``: partial derivatives, from the result ``y`` where that is cheaper.

Functions whose derivative is infinite at an end of their domain have a reverse rule: there a zero cotangent gives zero.
Rounding and predicates are in ``nondiff``.
"""

import math

import numpy as np

from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.rules.registry import alias, pullback_rule, pushforward_rule, rrule, scalar_rule
from zygote_nb.runtime.arrays import above, below, digamma, quotient, sinc_partial, unbroadcast
from zygote_nb.runtime.bessel import bessel_i1, kaiser_slope

# Exponentials and logarithms
scalar_rule(np.exp, lambda y, x: y)
scalar_rule(np.exp2, lambda y, x: y * math.log(2.0))
scalar_rule(np.expm1, lambda y, x: np.exp(x))
scalar_rule(np.log, lambda y, x: 1.0 / x)
scalar_rule(np.log2, lambda y, x: 1.0 / (x * math.log(2.0)))
scalar_rule(np.log10, lambda y, x: 1.0 / (x * math.log(10.0)))
scalar_rule(np.log1p, lambda y, x: 1.0 / (1.0 + x))
scalar_rule(np.logaddexp, lambda y, a, b: (1.0 / (1.0 + np.exp(b - a)), 1.0 / (1.0 + np.exp(a - b))))
scalar_rule(np.logaddexp2, lambda y, a, b: (1.0 / (1.0 + np.exp2(b - a)), 1.0 / (1.0 + np.exp2(a - b))))
scalar_rule(math.exp, lambda y, x: y)
scalar_rule(math.exp2, lambda y, x: y * math.log(2.0))
scalar_rule(math.expm1, lambda y, x: math.exp(x))
scalar_rule(math.log2, lambda y, x: 1.0 / (x * math.log(2.0)))
scalar_rule(math.log10, lambda y, x: 1.0 / (x * math.log(10.0)))
scalar_rule(math.log1p, lambda y, x: 1.0 / (1.0 + x))
scalar_rule(math.log, lambda y, x, base=None: (
    1.0 / x if base is None else 1.0 / (x * math.log(base)),
    None if base is None else -y / (base * math.log(base)),
))  # fmt: skip

# Trigonometric functions
scalar_rule(np.sin, lambda y, x: np.cos(x))
scalar_rule(np.cos, lambda y, x: -np.sin(x))
scalar_rule(np.tan, lambda y, x: 1.0 + y * y)
scalar_rule(np.arctan, lambda y, x: 1.0 / (1.0 + x * x))
scalar_rule(np.arctan2, lambda y, a, b: (quotient(b, a * a + b * b), quotient(-a, a * a + b * b)))
scalar_rule(np.hypot, lambda y, a, b: (quotient(a, y), quotient(b, y)))
scalar_rule(np.sinc, lambda y, x: sinc_partial(x))
scalar_rule(np.deg2rad, lambda y, x: math.pi / 180.0)
scalar_rule(np.radians, lambda y, x: math.pi / 180.0)
scalar_rule(np.rad2deg, lambda y, x: 180.0 / math.pi)
scalar_rule(np.degrees, lambda y, x: 180.0 / math.pi)
scalar_rule(math.sin, lambda y, x: math.cos(x))
scalar_rule(math.cos, lambda y, x: -math.sin(x))
scalar_rule(math.tan, lambda y, x: 1.0 + y * y)
scalar_rule(math.atan, lambda y, x: 1.0 / (1.0 + x * x))
scalar_rule(math.atan2, lambda y, a, b: (quotient(b, a * a + b * b), quotient(-a, a * a + b * b)))
scalar_rule(math.hypot, lambda y, *sides: (
    (quotient(sides[0], y), quotient(sides[1], y)) if len(sides) == 2 else [quotient(a, y) for a in sides]
))  # fmt: skip
if hasattr(math, "fma"):  # since Python 3.13
    scalar_rule(math.fma, lambda y, a, b, c: (b, a, 1.0))
scalar_rule(math.radians, lambda y, x: math.pi / 180.0)
scalar_rule(math.degrees, lambda y, x: 180.0 / math.pi)

# Hyperbolic functions
scalar_rule(np.sinh, lambda y, x: np.cosh(x))
scalar_rule(np.cosh, lambda y, x: np.sinh(x))
scalar_rule(np.tanh, lambda y, x: 1.0 - y * y)
scalar_rule(np.arcsinh, lambda y, x: 1.0 / np.sqrt(1.0 + x * x) if np.iscomplexobj(x) else 1.0 / np.hypot(x, 1.0))
scalar_rule(np.arctanh, lambda y, x: 1.0 / ((1.0 - x) * (1.0 + x)))
scalar_rule(math.sinh, lambda y, x: math.cosh(x))
scalar_rule(math.cosh, lambda y, x: math.sinh(x))
scalar_rule(math.tanh, lambda y, x: 1.0 - y * y)
scalar_rule(math.asinh, lambda y, x: 1.0 / math.hypot(x, 1.0))
scalar_rule(math.atanh, lambda y, x: 1.0 / ((1.0 - x) * (1.0 + x)))

# Arithmetic
scalar_rule(np.positive, lambda y, x: 1)
scalar_rule(np.negative, lambda y, x: -1)
scalar_rule(np.add, lambda y, a, b: (1, 1))
scalar_rule(np.subtract, lambda y, a, b: (1, -1))
scalar_rule(np.multiply, lambda y, a, b: (b, a))
scalar_rule(np.divide, lambda y, a, b: (1.0 / b, -y / b))
scalar_rule(np.remainder, lambda y, a, b: (1, -(a // b)))
scalar_rule(np.fmod, lambda y, a, b: (1, -np.trunc(a / b)))
scalar_rule(np.square, lambda y, x: 2.0 * x)
scalar_rule(np.reciprocal, lambda y, x: -y * y)
scalar_rule(np.ldexp, lambda y, x, n: (np.ldexp(1.0, n), None))
scalar_rule(math.fmod, lambda y, a, b: (1, -math.trunc(a / b)))
scalar_rule(math.remainder, lambda y, a, b: (1, (y - a) / b))
scalar_rule(math.ldexp, lambda y, x, n: (math.ldexp(1.0, n), None))

# Absolute values, maxima, bounds
scalar_rule(np.absolute, lambda y, x: np.sign(x))
scalar_rule(np.fabs, lambda y, x: np.sign(x))
scalar_rule(math.fabs, lambda y, x: np.sign(x))
scalar_rule(np.copysign, lambda y, x, s: (np.sign(x) * np.copysign(1.0, s), 0))
scalar_rule(math.copysign, lambda y, x, s: (np.sign(x) * math.copysign(1.0, s), 0))
scalar_rule(np.maximum, lambda y, a, b: (above(a, b), above(b, a)))
scalar_rule(np.minimum, lambda y, a, b: (below(a, b), below(b, a)))
scalar_rule(np.fmax, lambda y, a, b: (above(a, b), above(b, a)))
scalar_rule(np.fmin, lambda y, a, b: (below(a, b), below(b, a)))
scalar_rule(np.nextafter, lambda y, a, b: (1, 0))
scalar_rule(math.nextafter, lambda y, a, b, *, steps=None: (1, 0))
scalar_rule(np.heaviside, lambda y, x, half: (0, x == 0))


def nan_to_num_partials(y, x, copy=True, nan=0.0, posinf=None, neginf=None):
    if copy is not True:
        raise NotImplementedError("without a copy it writes to its argument; leave `copy` out")
    return np.isfinite(x), None, np.isnan(x), np.isposinf(x), np.isneginf(x)


scalar_rule(np.nan_to_num, nan_to_num_partials)


# Parts of real numbers
scalar_rule(np.conjugate, lambda y, x: 1)
scalar_rule(np.real, lambda y, x: 1)
scalar_rule(np.imag, lambda y, x: 0)
scalar_rule(np.angle, lambda y, x, deg=False: 0)
scalar_rule(np.real_if_close, lambda y, x: 1)
alias(Attribute("real"), np.real)
alias(Attribute("imag"), np.imag)
alias(Method("conj"), np.conjugate)
alias(Method("conjugate"), np.conjugate)

# Error and gamma functions
scalar_rule(math.erf, lambda y, x: 2.0 / math.sqrt(math.pi) * math.exp(-x * x))
scalar_rule(math.erfc, lambda y, x: -2.0 / math.sqrt(math.pi) * math.exp(-x * x))
scalar_rule(math.gamma, lambda y, x: y * digamma(x))
scalar_rule(math.lgamma, lambda y, x: digamma(x))


# Bessel function and window
scalar_rule(np.i0, lambda y, x: bessel_i1(x))
pullback_rule(np.kaiser, lambda dy, y, M, beta: (None, np.sum(dy * kaiser_slope(y, M, beta))))
pushforward_rule(np.kaiser, lambda t, y, M, beta: t[1] * kaiser_slope(y, M, beta))

# Two results
pullback_rule(np.modf, lambda dy, y, x: dy[0])
pushforward_rule(np.modf, lambda t, y, x: (+t[0], np.zeros_like(y[1])))
pullback_rule(np.frexp, lambda dy, y, x: dy[0] * np.ldexp(1.0, -y[1]))
pushforward_rule(np.frexp, lambda t, y, x: (t[0] * np.ldexp(1.0, -y[1]), 0.0))
pullback_rule(math.frexp, lambda dy, y, x: dy[0] * math.ldexp(1.0, -y[1]))
pushforward_rule(math.frexp, lambda t, y, x: (t[0] * math.ldexp(1.0, -y[1]), 0.0))
pullback_rule(np.divmod, lambda dy, y, a, b: (unbroadcast(dy[1], a), unbroadcast(-y[0] * dy[1], b)))
pushforward_rule(np.divmod, lambda t, y, a, b: (np.zeros_like(y[0]), t[0] - y[0] * t[1]))

# Infinite at an end of the domain


@rrule(np.sqrt)
def sqrt_rule(x):
    y = np.sqrt(x)

    def sqrt_pullback(dy):
        return quotient(0.5 * dy, y)

    return y, sqrt_pullback


@rrule(math.sqrt)
def math_sqrt_rule(x):
    y = math.sqrt(x)

    def math_sqrt_pullback(dy):
        return quotient(0.5 * dy, y)

    return y, math_sqrt_pullback


@rrule(np.cbrt)
def cbrt_rule(x):
    y = np.cbrt(x)

    def cbrt_pullback(dy):
        return quotient(dy, 3.0 * y * y)

    return y, cbrt_pullback


@rrule(math.cbrt)
def math_cbrt_rule(x):
    y = math.cbrt(x)

    def math_cbrt_pullback(dy):
        return quotient(dy, 3.0 * y * y)

    return y, math_cbrt_pullback


@rrule(np.arcsin)
def arcsin_rule(x):
    def arcsin_pullback(dy):
        return quotient(dy, np.sqrt((1.0 - x) * (1.0 + x)))

    return np.arcsin(x), arcsin_pullback


@rrule(math.asin)
def asin_rule(x):
    def asin_pullback(dy):
        return quotient(dy, math.sqrt((1.0 - x) * (1.0 + x)))

    return math.asin(x), asin_pullback


@rrule(np.arccos)
def arccos_rule(x):
    def arccos_pullback(dy):
        return quotient(-dy, np.sqrt((1.0 - x) * (1.0 + x)))

    return np.arccos(x), arccos_pullback


@rrule(math.acos)
def acos_rule(x):
    def acos_pullback(dy):
        return quotient(-dy, math.sqrt((1.0 - x) * (1.0 + x)))

    return math.acos(x), acos_pullback


@rrule(np.arccosh)
def arccosh_rule(x):
    def arccosh_pullback(dy):
        if np.iscomplexobj(x):
            return quotient(dy, np.sqrt(x - 1.0) * np.sqrt(x + 1.0))
        return quotient(dy, np.sqrt((x - 1.0) * (x + 1.0)))

    return np.arccosh(x), arccosh_pullback


@rrule(math.acosh)
def acosh_rule(x):
    def acosh_pullback(dy):
        return quotient(dy, math.sqrt((x - 1.0) * (x + 1.0)))

    return math.acosh(x), acosh_pullback
