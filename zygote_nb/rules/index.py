"""Selecting entries; ``x[i]`` itself is differentiated by the reverse transformation."""

import numpy as np

from zygote_nb.ir.core import Method
from zygote_nb.rules.registry import alias, linear, rrule, scalar_rule
from zygote_nb.runtime.arrays import take_adjoint, unbroadcast


@rrule(np.where)
def where_rule(condition, x, y):
    def where_pullback(dy):
        return None, unbroadcast(np.where(condition, dy, 0.0), x), unbroadcast(np.where(condition, 0.0, dy), y)

    return np.where(condition, x, y), where_pullback


linear(np.where, 1, 2)


scalar_rule(np.clip, lambda y, x, a_min=None, a_max=None: (
    x <= a_max if a_min is None else a_min <= x if a_max is None else (a_min <= x) & (x <= a_max),
    None if a_min is None else x < a_min,
    None if a_max is None else x > a_max,
))  # fmt: skip


@rrule(np.take)
def take_rule(x, indices, axis=None):
    def take_pullback(dy):
        return take_adjoint(dy, x, indices, axis), None

    return np.take(x, indices, axis), take_pullback


linear(np.take)


alias(Method("clip"), np.clip)
alias(Method("take"), np.take)
