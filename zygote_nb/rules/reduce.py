"""Sums, products, extrema and moments over axes.

A cotangent that broadcasts to the argument is left small.
"""

import math

import numpy as np

from zygote_nb.ir.core import Method
from zygote_nb.rules.registry import alias, frule, linear, rrule
from zygote_nb.runtime.arrays import (
    count,
    cumprod_adjoint,
    cumsum_adjoint,
    deviations,
    diff_adjoint,
    products_of_others,
    quotient,
    shares,
)
from zygote_nb.runtime.tangents import cumprod_tangent


@rrule(np.sum)
def sum_rule(x, axis=None, *, keepdims=False):
    def sum_pullback(dy):
        if axis is None or keepdims:
            return dy
        return np.expand_dims(dy, axis)

    return np.sum(x, axis=axis, keepdims=keepdims), sum_pullback


@rrule(np.mean)
def mean_rule(x, axis=None, *, keepdims=False):
    def mean_pullback(dy):
        if np.ndim(x) == 0:
            return dy
        if axis is None:
            return dy / x.size
        n = count(x, axis) if isinstance(axis, tuple) else x.shape[axis]
        if keepdims:
            return dy / n
        return np.expand_dims(dy / n, axis)

    return np.mean(x, axis=axis, keepdims=keepdims), mean_pullback


@rrule(np.prod)
def prod_rule(x, axis=None, *, keepdims=False):
    def prod_pullback(dy):
        if axis is None:
            return dy * products_of_others(x)
        if keepdims:
            return dy * products_of_others(x, axis)
        return np.expand_dims(dy, axis) * products_of_others(x, axis)

    return np.prod(x, axis=axis, keepdims=keepdims), prod_pullback


@frule(np.prod)
def prod_forward(tangents, x, axis=None, *, keepdims=False):
    dy = np.sum(tangents[0] * products_of_others(x, axis), axis=axis, keepdims=keepdims)
    return np.prod(x, axis=axis, keepdims=keepdims), dy


@rrule(np.var)
def var_rule(x, axis=None, *, ddof=0, keepdims=False):
    def var_pullback(dy):
        n = x.size if axis is None else count(x, axis) if isinstance(axis, tuple) else x.shape[axis]
        free = n - ddof if ddof != 0 else n
        if axis is None:
            return 2.0 * dy / free * deviations(x)
        if keepdims:
            return 2.0 * dy / free * deviations(x, axis)
        return np.expand_dims(2.0 * dy / free, axis) * deviations(x, axis)

    return np.var(x, axis=axis, ddof=ddof, keepdims=keepdims), var_pullback


@frule(np.var)
def var_forward(tangents, x, axis=None, *, ddof=0, keepdims=False):
    n = x.size if axis is None else count(x, axis) if isinstance(axis, tuple) else x.shape[axis]
    free = n - ddof if ddof != 0 else n
    dy = 2.0 * np.sum(tangents[0] * deviations(x, axis), axis=axis, keepdims=keepdims) / free
    return np.var(x, axis=axis, ddof=ddof, keepdims=keepdims), dy


@rrule(np.std)
def std_rule(x, axis=None, *, ddof=0, keepdims=False):
    y = np.std(x, axis=axis, ddof=ddof, keepdims=keepdims)

    def std_pullback(dy):
        n = x.size if axis is None else count(x, axis) if isinstance(axis, tuple) else x.shape[axis]
        free = n - ddof if ddof != 0 else n
        if axis is None:
            return quotient(dy * deviations(x), free * y)
        if keepdims:
            return quotient(dy * deviations(x, axis), free * y)
        return quotient(np.expand_dims(dy, axis) * deviations(x, axis), np.expand_dims(free * y, axis))

    return y, std_pullback


@frule(np.std)
def std_forward(tangents, x, axis=None, *, ddof=0, keepdims=False):
    y = np.std(x, axis=axis, ddof=ddof, keepdims=keepdims)
    n = x.size if axis is None else count(x, axis) if isinstance(axis, tuple) else x.shape[axis]
    free = n - ddof if ddof != 0 else n
    return y, quotient(np.sum(tangents[0] * deviations(x, axis), axis=axis, keepdims=keepdims), free * y)


@rrule(np.max)
def max_rule(x, axis=None, *, keepdims=False):
    y = np.max(x, axis=axis, keepdims=keepdims)

    def max_pullback(dy):
        if axis is None:
            return dy * shares(x, y)
        if keepdims:
            return dy * shares(x, y, axis)
        return np.expand_dims(dy, axis) * shares(x, np.expand_dims(y, axis), axis)

    return y, max_pullback


@frule(np.max)
def max_forward(tangents, x, axis=None, *, keepdims=False):
    y = np.max(x, axis=axis, keepdims=keepdims)
    if axis is None or keepdims:
        return y, np.sum(tangents[0] * shares(x, y, axis), axis=axis, keepdims=keepdims)
    return y, np.sum(tangents[0] * shares(x, np.expand_dims(y, axis), axis), axis=axis)


@rrule(np.min)
def min_rule(x, axis=None, *, keepdims=False):
    y = np.min(x, axis=axis, keepdims=keepdims)

    def min_pullback(dy):
        if axis is None:
            return dy * shares(x, y)
        if keepdims:
            return dy * shares(x, y, axis)
        return np.expand_dims(dy, axis) * shares(x, np.expand_dims(y, axis), axis)

    return y, min_pullback


@frule(np.min)
def min_forward(tangents, x, axis=None, *, keepdims=False):
    y = np.min(x, axis=axis, keepdims=keepdims)
    if axis is None or keepdims:
        return y, np.sum(tangents[0] * shares(x, y, axis), axis=axis, keepdims=keepdims)
    return y, np.sum(tangents[0] * shares(x, np.expand_dims(y, axis), axis), axis=axis)


@rrule(np.ptp)
def ptp_rule(x, axis=None, *, keepdims=False):
    def ptp_pullback(dy):
        if axis is None:
            return dy * (shares(x, np.max(x)) - shares(x, np.min(x)))
        highest, lowest = np.max(x, axis=axis, keepdims=True), np.min(x, axis=axis, keepdims=True)
        if keepdims:
            return dy * (shares(x, highest, axis) - shares(x, lowest, axis))
        return np.expand_dims(dy, axis) * (shares(x, highest, axis) - shares(x, lowest, axis))

    return np.ptp(x, axis=axis, keepdims=keepdims), ptp_pullback


@frule(np.ptp)
def ptp_forward(tangents, x, axis=None, *, keepdims=False):
    highest, lowest = np.max(x, axis=axis, keepdims=True), np.min(x, axis=axis, keepdims=True)
    weights = shares(x, highest, axis) - shares(x, lowest, axis)
    return np.ptp(x, axis=axis, keepdims=keepdims), np.sum(tangents[0] * weights, axis=axis, keepdims=keepdims)


@rrule(np.cumsum)
def cumsum_rule(x, axis=None):
    def cumsum_pullback(dy):
        if x.ndim == 1:
            return np.cumsum(dy[::-1])[::-1]
        return cumsum_adjoint(dy, x, axis)

    return np.cumsum(x, axis=axis), cumsum_pullback


@rrule(np.cumprod)
def cumprod_rule(x, axis=None):
    def cumprod_pullback(dy):
        return cumprod_adjoint(dy, x, axis)

    return np.cumprod(x, axis=axis), cumprod_pullback


@frule(np.cumprod)
def cumprod_forward(tangents, x, axis=None):
    return np.cumprod(x, axis=axis), cumprod_tangent(tangents[0], x, axis)


@rrule(np.diff)
def diff_rule(x, n=1, axis=-1):
    def diff_pullback(dy):
        return diff_adjoint(dy, x, n, axis)

    return np.diff(x, n=n, axis=axis), diff_pullback


@rrule(math.fsum)
def fsum_rule(x):
    def fsum_pullback(dy):
        return dy

    return math.fsum(x), fsum_pullback


@rrule(math.prod)
def math_prod_rule(x):
    def math_prod_pullback(dy):
        return dy * products_of_others(x)

    return math.prod(x), math_prod_pullback


@frule(math.prod)
def math_prod_forward(tangents, x):
    return math.prod(x), np.sum(tangents[0] * products_of_others(x))


@rrule(math.dist)
def dist_rule(p, q):
    y = math.dist(p, q)

    def dist_pullback(dy):
        return quotient(dy * (p - q), y), quotient(dy * (q - p), y)

    return y, dist_pullback


@frule(math.dist)
def dist_forward(tangents, p, q):
    y = math.dist(p, q)
    return y, quotient(np.sum((tangents[0] - tangents[1]) * (p - q)), y)


for _fn in (np.sum, np.mean, np.cumsum, np.diff, math.fsum):
    linear(_fn)
alias(np.amax, np.max)
alias(np.amin, np.min)
for _name in ("sum", "mean", "prod", "var", "std", "max", "min", "cumsum", "cumprod"):
    alias(Method(_name), getattr(np, _name))
