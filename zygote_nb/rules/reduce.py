"""Sums, products, extrema and moments over axes, with every keyword of NumPy's.

A cotangent that broadcasts to the argument is left small.
"""

import math

import numpy as np

from zygote_nb.ir.callables import Method
from zygote_nb.rules.registry import alias, linear_rule, pullback_rule, pushforward_rule
from zygote_nb.runtime.arrays import (
    count,
    cumprod_adjoint,
    cumsum_adjoint,
    deviations,
    diff_adjoint,
    products_of_others,
    quotient,
    shares,
    unbroadcast,
)
from zygote_nb.runtime.matrices import moved_by
from zygote_nb.runtime.reductions import (
    cumprod_tangent,
    cumulative_prod_adjoint,
    cumulative_prod_tangent,
    cumulative_sum_adjoint,
    diff_appended_adjoint,
    diff_joined_adjoint,
    diff_prepended_adjoint,
    ediff1d_adjoint,
    masked_count,
    masked_deviations,
    masked_shares,
    share_of_initial,
    slope_of_max,
    slope_of_prod,
    slope_of_std,
    slope_of_var,
    with_axes,
)
from zygote_nb.runtime.shaped import ITSELF_WHERE


@linear_rule(np.sum)
def sum_pullback(dy, y, x, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None):
    g = dy if axis is None or keepdims else np.expand_dims(dy, axis)
    return g if where is None else np.where(where, g, 0.0), None, None, None, None, np.sum(dy)


@linear_rule(np.mean)
def mean_pullback(dy, y, x, axis=None, dtype=None, out=None, keepdims=False, *, where=None):
    if np.ndim(x) == 0:
        return dy
    if where is not None:
        return np.where(where, with_axes(dy, axis, keepdims, x.ndim) / masked_count(x, axis, where), 0.0)
    if axis is None:
        return dy / x.size
    n = count(x, axis) if isinstance(axis, tuple) else x.shape[axis]
    if keepdims:
        return dy / n
    return np.expand_dims(dy / n, axis)


@pullback_rule(np.prod)
def prod_pullback(dy, y, x, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None):
    if where is not None:
        g = with_axes(dy, axis, keepdims, x.ndim) * products_of_others(np.where(where, x, 1.0), axis)
        return (
            np.where(where, g if initial is None else g * initial, 0.0),
            None, None, None, None,
            np.sum(dy * np.prod(x, axis=axis, keepdims=keepdims, where=where)),
        )  # fmt: skip
    g = dy if axis is None or keepdims else np.expand_dims(dy, axis)
    if initial is None:
        return g * products_of_others(x, axis)
    return (
        g * products_of_others(x, axis) * initial,
        None, None, None, None,
        np.sum(dy * np.prod(x, axis=axis, keepdims=keepdims)),
    )  # fmt: skip


@pullback_rule(np.var)
def var_pullback(
    dy, y, x, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=None, mean=None, correction=None
):
    less = ddof if correction is None else correction
    if mean is not None:
        g = with_axes(dy, axis, keepdims, np.ndim(x)) * slope_of_var(x, axis, less, where, mean)
        return g, None, None, None, None, None, None, -unbroadcast(g, mean)
    if where is not None:
        g = 2.0 * with_axes(dy, axis, keepdims, x.ndim) / (masked_count(x, axis, where) - less)
        return g * masked_deviations(x, axis, where)
    n = np.size(x) if axis is None else count(x, axis) if isinstance(axis, tuple) else x.shape[axis]
    free = n - less if less != 0 else n
    if axis is None:
        return 2.0 * dy / free * deviations(x)
    if keepdims:
        return 2.0 * dy / free * deviations(x, axis)
    return np.expand_dims(2.0 * dy / free, axis) * deviations(x, axis)


@pullback_rule(np.std)
def std_pullback(
    dy, y, x, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=None, mean=None, correction=None
):
    less = ddof if correction is None else correction
    if mean is not None:
        g = with_axes(dy, axis, keepdims, np.ndim(x)) * slope_of_std(x, y, axis, less, where, keepdims, mean)
        return g, None, None, None, None, None, None, -unbroadcast(g, mean)
    if where is not None:
        free = masked_count(x, axis, where) - less
        return quotient(
            with_axes(dy, axis, keepdims, x.ndim) * masked_deviations(x, axis, where),
            free * with_axes(y, axis, keepdims, x.ndim),
        )
    n = np.size(x) if axis is None else count(x, axis) if isinstance(axis, tuple) else x.shape[axis]
    free = n - less if less != 0 else n
    if axis is None:
        return quotient(dy * deviations(x), free * y)
    if keepdims:
        return quotient(dy * deviations(x, axis), free * y)
    return quotient(np.expand_dims(dy, axis) * deviations(x, axis), np.expand_dims(free * y, axis))


pushforward_rule(np.prod, lambda t, y, x, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None: (
    np.sum(t[0] * slope_of_prod(x, axis, initial, where), axis=axis, keepdims=keepdims) if initial is None else
    np.sum(t[0] * slope_of_prod(x, axis, initial, where), axis=axis, keepdims=keepdims)
    + t[5] * np.prod(x, axis=axis, keepdims=keepdims, where=True if where is None else where)
))  # fmt: skip


@pushforward_rule(np.var)
def var_pushforward(
    t, y, x, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=None, mean=None, correction=None
):
    less = ddof if correction is None else correction
    moved = t[0] if mean is None else t[0] - t[7]
    return np.sum(moved_by(moved, slope_of_var(x, axis, less, where, mean)), axis=axis, keepdims=keepdims)


@pushforward_rule(np.std)
def std_pushforward(
    t, y, x, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=None, mean=None, correction=None
):
    less = ddof if correction is None else correction
    moved = t[0] if mean is None else t[0] - t[7]
    slopes = slope_of_std(x, y, axis, less, where, keepdims, mean)
    return np.sum(moved_by(moved, slopes), axis=axis, keepdims=keepdims)


# Largest and smallest entries


@pullback_rule(np.max)
def max_pullback(dy, y, x, axis=None, out=None, keepdims=False, initial=None, where=None):
    if where is not None or initial is not None:
        mask = True if where is None else where
        g, top = with_axes(dy, axis, keepdims, x.ndim), with_axes(y, axis, keepdims, x.ndim)
        return (
            g * masked_shares(x, top, axis, mask, initial),
            None, None, None,
            None if initial is None else np.sum(g * share_of_initial(x, top, axis, mask, initial)),
        )  # fmt: skip
    if axis is None:
        return dy * shares(x, y)
    if keepdims:
        return dy * shares(x, y, axis)
    return np.expand_dims(dy, axis) * shares(x, np.expand_dims(y, axis), axis)


@pullback_rule(np.min)
def min_pullback(dy, y, x, axis=None, out=None, keepdims=False, initial=None, where=None):
    if where is not None or initial is not None:
        mask = True if where is None else where
        g, bottom = with_axes(dy, axis, keepdims, x.ndim), with_axes(y, axis, keepdims, x.ndim)
        return (
            g * masked_shares(x, bottom, axis, mask, initial),
            None, None, None,
            None if initial is None else np.sum(g * share_of_initial(x, bottom, axis, mask, initial)),
        )  # fmt: skip
    if axis is None:
        return dy * shares(x, y)
    if keepdims:
        return dy * shares(x, y, axis)
    return np.expand_dims(dy, axis) * shares(x, np.expand_dims(y, axis), axis)


for _extremum in (np.max, np.min):
    pushforward_rule(_extremum, lambda t, y, x, axis=None, out=None, keepdims=False, initial=None, where=None: (
        np.sum(t[0] * slope_of_max(x, y, axis, keepdims, initial, where), axis=axis, keepdims=keepdims)
        if initial is None else
        np.sum(t[0] * slope_of_max(x, y, axis, keepdims, initial, where), axis=axis, keepdims=keepdims)
        + t[4] * np.reshape(share_of_initial(
            x, with_axes(y, axis, keepdims, x.ndim), axis, True if where is None else where, initial
        ), np.shape(y))
    ))  # fmt: skip


@pullback_rule(np.ptp)
def ptp_pullback(dy, y, x, axis=None, out=None, keepdims=False):
    if axis is None:
        return dy * (shares(x, np.max(x)) - shares(x, np.min(x)))
    highest, lowest = np.max(x, axis=axis, keepdims=True), np.min(x, axis=axis, keepdims=True)
    if keepdims:
        return dy * (shares(x, highest, axis) - shares(x, lowest, axis))
    return np.expand_dims(dy, axis) * (shares(x, highest, axis) - shares(x, lowest, axis))


@pushforward_rule(np.ptp)
def ptp_pushforward(t, y, x, axis=None, out=None, keepdims=False):
    highest, lowest = np.max(x, axis=axis, keepdims=True), np.min(x, axis=axis, keepdims=True)
    weights = shares(x, highest, axis) - shares(x, lowest, axis)
    return np.sum(t[0] * weights, axis=axis, keepdims=keepdims)


# Running sums, products and differences


@linear_rule(np.cumsum)
def cumsum_pullback(dy, y, x, axis=None, dtype=None, out=None):
    if np.ndim(x) == 1:
        return np.cumsum(dy[::-1])[::-1]
    return cumsum_adjoint(dy, x, axis)


pullback_rule(np.cumprod, lambda dy, y, x, axis=None, dtype=None, out=None: cumprod_adjoint(dy, x, axis))
pushforward_rule(np.cumprod, lambda t, y, x, axis=None, dtype=None, out=None: cumprod_tangent(t[0], x, axis))
if hasattr(np, "cumulative_sum"):
    linear_rule(np.cumulative_sum, lambda dy, y, x, *, axis=None, dtype=None, include_initial=False: (
        cumulative_sum_adjoint(dy, x, axis, include_initial)
    ))  # fmt: skip
    pullback_rule(np.cumulative_prod, lambda dy, y, x, *, axis=None, dtype=None, include_initial=False: (
        cumulative_prod_adjoint(dy, x, axis, include_initial)
    ))  # fmt: skip
    pushforward_rule(np.cumulative_prod, lambda t, y, x, *, axis=None, dtype=None, include_initial=False: (
        cumulative_prod_tangent(t[0], x, axis, include_initial)
    ))  # fmt: skip


ITSELF_WHERE[np.diff] = "n", 1, 0


@linear_rule(np.diff)
def diff_pullback(dy, y, a, n=1, axis=-1, prepend=None, append=None):
    if prepend is None and append is None:
        return diff_adjoint(dy, a, n, axis)
    return (
        diff_joined_adjoint(dy, a, n, axis, prepend, append),
        None,
        None,
        None if prepend is None else diff_prepended_adjoint(dy, a, n, axis, prepend, append),
        None if append is None else diff_appended_adjoint(dy, a, n, axis, prepend, append),
    )


@linear_rule(np.ediff1d)
def ediff1d_pullback(dy, y, ary, to_end=None, to_begin=None):
    return (
        ediff1d_adjoint(dy, ary, to_end, to_begin),
        None if to_end is None else np.reshape(dy[len(dy) - np.size(to_end) :], np.shape(to_end)),
        None if to_begin is None else np.reshape(dy[: np.size(to_begin)], np.shape(to_begin)),
    )


# Of Python sequences

linear_rule(math.fsum, lambda dy, y, x: dy)
pullback_rule(math.prod, lambda dy, y, x, *, start=1: (
    dy * products_of_others(x) * start, dy * math.prod(x)
))  # fmt: skip
pullback_rule(math.dist, lambda dy, y, p, q: (quotient(dy * (p - q), y), quotient(dy * (q - p), y)))
if hasattr(math, "sumprod"):  # since Python 3.12
    pullback_rule(math.sumprod, lambda dy, y, p, q: (dy * q, dy * p))
    pushforward_rule(math.sumprod, lambda t, y, p, q: np.sum(t[0] * q + p * t[1]))
pushforward_rule(math.prod, lambda t, y, x, *, start=1: (
    np.sum(t[0] * products_of_others(x)) * start + t[1] * math.prod(x)
))  # fmt: skip
pushforward_rule(math.dist, lambda t, y, p, q: quotient(np.sum((t[0] - t[1]) * (p - q)), y))

alias(np.amax, np.max)
alias(np.amin, np.min)
for _name in ("sum", "mean", "prod", "var", "std", "max", "min", "cumsum", "cumprod"):
    alias(Method(_name), getattr(np, _name))
