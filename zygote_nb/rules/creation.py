"""New arrays: differentiable in the values that fill them."""

import numpy as np

from zygote_nb.rules.registry import linear_rule, non_differentiable, pullback_rule, pushforward_rule
from zygote_nb.runtime.arrays import unbroadcast
from zygote_nb.runtime.spacing import along, fractions, intervals, spread, vander_adjoint, vander_tangent

for _constant in (
    np.zeros, np.ones, np.empty, np.zeros_like, np.ones_like, np.empty_like, np.eye, np.identity, np.tri,
):  # fmt: skip
    non_differentiable(_constant)

linear_rule(np.full, lambda dy, y, shape, fill_value, dtype=None, order="C", *, device=None, like=None: (
    None, unbroadcast(dy, fill_value)
))  # fmt: skip
linear_rule(np.full_like, lambda dy, y, a, fill_value, dtype=None, order="K", subok=True, shape=None, *, device=None: (
    None, unbroadcast(dy, fill_value)
))  # fmt: skip

# Points at equal distances: the weights of the ends are the same in every row


@linear_rule(np.linspace)
def linspace_pullback(dy, y, start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None):
    g = dy[0] if retstep else dy
    t = np.linspace(0.0, 1.0, num, endpoint)
    if np.ndim(start) > 0 or np.ndim(stop) > 0 or retstep:
        step = dy[1] / intervals(num, endpoint) if retstep else 0.0
        return spread(g, 1.0 - t, axis, start) - unbroadcast(step, start), spread(g, t, axis, stop) + unbroadcast(
            step, stop
        )
    return np.sum(g * (1.0 - t)), np.sum(g * t)


@pullback_rule(np.logspace)
def logspace_pullback(dy, y, start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    t, g = fractions(num, endpoint, y, axis), dy * y
    exponent = along(start, axis, y) * (1.0 - t) + along(stop, axis, y) * t
    scaled = g * np.log(along(base, axis, y))
    return (
        unbroadcast(np.sum(scaled * (1.0 - t), axis=axis), start),
        unbroadcast(np.sum(scaled * t, axis=axis), stop),
        None,
        None,
        unbroadcast(np.sum(g * exponent / along(base, axis, y), axis=axis), base),
    )


@pushforward_rule(np.logspace)
def logspace_pushforward(tangents, y, start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    t, below = fractions(num, endpoint, y, axis), along(base, axis, y)
    exponent = along(start, axis, y) * (1.0 - t) + along(stop, axis, y) * t
    change = along(tangents[0], axis, y) * (1.0 - t) + along(tangents[1], axis, y) * t
    return y * (change * np.log(below) + exponent * along(tangents[4], axis, y) / below)


@pullback_rule(np.geomspace)
def geomspace_pullback(dy, y, start, stop, num=50, endpoint=True, dtype=None, axis=0):
    t, g = fractions(num, endpoint, y, axis), dy * y
    return (
        unbroadcast(np.sum(g * (1.0 - t), axis=axis) / start, start),
        unbroadcast(np.sum(g * t, axis=axis) / stop, stop),
    )


@pushforward_rule(np.geomspace)
def geomspace_pushforward(tangents, y, start, stop, num=50, endpoint=True, dtype=None, axis=0):
    t = fractions(num, endpoint, y, axis)
    change = along(tangents[0] / start, axis, y) * (1.0 - t) + along(tangents[1] / stop, axis, y) * t
    return y * change


# A sequence has as many entries as fit before its end, which carries no derivative


@pullback_rule(np.arange)
def arange_pullback(dy, y, start, stop=None, step=None, dtype=None, *, device=None, like=None):
    if stop is None:
        return None
    if step is None:
        return np.sum(dy), None
    return np.sum(dy), None, np.sum(dy * np.arange(dy.size))


@pushforward_rule(np.arange)
def arange_pushforward(t, y, start, stop=None, step=None, dtype=None, *, device=None, like=None):
    if stop is None:
        return np.zeros(y.shape)
    if step is None:
        return t[0] * np.ones(y.shape)
    return t[0] * np.ones(y.shape) + t[2] * np.arange(y.size)


pullback_rule(np.vander, lambda dy, y, x, N=None, increasing=False: vander_adjoint(dy, x, y, increasing))
pushforward_rule(np.vander, lambda t, y, x, N=None, increasing=False: vander_tangent(t[0], x, y, increasing))
