"""New arrays: differentiable in the values that fill them."""

import numpy as np

from zygote_nb.rules.registry import frule, linear, non_differentiable, rrule
from zygote_nb.runtime.arrays import unbroadcast

for _constant in (
    np.zeros, np.ones, np.empty, np.zeros_like, np.ones_like, np.empty_like, np.eye, np.identity, np.tri,
):  # fmt: skip
    non_differentiable(_constant)


@rrule(np.full)
def full_rule(shape, fill_value, dtype=None):
    def full_pullback(dy):
        return None, unbroadcast(dy, fill_value)

    return np.full(shape, fill_value, dtype), full_pullback


linear(np.full, 1)


@rrule(np.full_like)
def full_like_rule(a, fill_value, dtype=None):
    def full_like_pullback(dy):
        return None, unbroadcast(dy, fill_value)

    return np.full_like(a, fill_value, dtype), full_like_pullback


linear(np.full_like, 1)


@rrule(np.linspace)
def linspace_rule(start, stop, num=50, endpoint=True):
    def linspace_pullback(dy):
        if np.ndim(start) > 0 or np.ndim(stop) > 0:
            raise ValueError("np.linspace between arrays has no derivative rule")
        t = np.linspace(0.0, 1.0, num, endpoint)
        return np.sum(dy * (1.0 - t)), np.sum(dy * t), None

    return np.linspace(start, stop, num, endpoint), linspace_pullback


linear(np.linspace, 0, 1)


@rrule(np.arange)
def arange_rule(start, stop=None, step=None):
    def arange_pullback(dy):
        if stop is None:
            return None
        if step is None:
            return np.sum(dy), None
        return np.sum(dy), None, np.sum(dy * np.arange(dy.size))

    return np.arange(start, stop, step), arange_pullback


@frule(np.arange)
def arange_forward(tangents, start, stop=None, step=None):
    y = np.arange(start, stop, step)
    if stop is None:
        return y, np.zeros(y.shape)
    if step is None:
        return y, tangents[0] * np.ones(y.shape)
    return y, tangents[0] * np.ones(y.shape) + tangents[2] * np.arange(y.size)
