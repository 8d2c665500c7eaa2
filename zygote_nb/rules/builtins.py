"""Python's built-in functions of numbers."""

import math

import numpy as np

from zygote_nb.rules.linearity import linear
from zygote_nb.rules.registry import frule, non_differentiable, rrule, scalar_rule

scalar_rule(abs, lambda y, x: np.sign(x))
# The first of equal arguments is taken, as Python does; so is the first if either is NaN.
scalar_rule(max, lambda y, a, b: (not b > a, b > a))
scalar_rule(min, lambda y, a, b: (not b < a, b < a))

for _constant in (
    round, int, bool, len, any, all, isinstance, issubclass, type, callable, hasattr, id, hash, repr, str, range,
):  # fmt: skip
    non_differentiable(_constant)


@rrule(float)
def float_rule(x):
    def float_pullback(dy):
        return dy

    return float(x), float_pullback


@rrule(sum)
def sum_rule(x):
    def sum_pullback(dy):
        return dy

    return sum(x), sum_pullback


@rrule(divmod)
def divmod_rule(a, b):
    def divmod_pullback(dy):
        return dy[1], -(a // b) * dy[1]

    return divmod(a, b), divmod_pullback


@frule(divmod)
def divmod_forward(tangents, a, b):
    da, db = tangents
    return divmod(a, b), (0.0, da - (a // b) * db)


@rrule(math.modf)
def modf_rule(x):
    def modf_pullback(dy):
        return dy[0]

    return math.modf(x), modf_pullback


@frule(math.modf)
def modf_forward(tangents, x):
    return math.modf(x), (tangents[0], 0.0)


linear(float)
linear(sum, 0, 1)
