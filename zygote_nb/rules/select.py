"""Selecting, inserting and ordering entries; ``x[i]`` itself is differentiated by the reverse transformation."""

import numpy as np

from zygote_nb.ir.callables import Method
from zygote_nb.rules.registry import alias, linear_rule, pullback_rule, pushforward_rule, scalar_rule
from zygote_nb.runtime.arrays import split_like, take_adjoint, unbroadcast
from zygote_nb.runtime.rearranging import (
    choose_adjoint,
    compress_adjoint,
    delete_adjoint,
    extract_adjoint,
    found_adjoint,
    insert_adjoint,
    insert_values_adjoint,
    partition_adjoint,
    select_adjoint,
    select_default_adjoint,
    sort_adjoint,
    take_along_axis_adjoint,
    take_mode_adjoint,
    unique_rows_adjoint,
)
from zygote_nb.runtime.tangents import found_tangent, partition_tangent, sort_tangent, unique_rows_tangent


@linear_rule(np.where)
def where_pullback(dy, out, condition, x, y):
    return None, unbroadcast(np.where(condition, dy, 0.0), x), unbroadcast(np.where(condition, 0.0, dy), y)


scalar_rule(np.clip, lambda y, x, a_min=None, a_max=None, out=None, *, min=None, max=None: (
    x <= a_max if a_min is None and min is None and a_max is not None
    else a_min <= x if a_max is None and max is None and a_min is not None
    else (a_min <= x) & (x <= a_max) if a_min is not None and a_max is not None
    else x <= max if min is None and max is not None
    else min <= x if max is None and min is not None
    else (min <= x) & (x <= max) if max is not None
    else 1,
    None if a_min is None else x < a_min,
    None if a_max is None else x > a_max,
    None,
    None if min is None else x < min,
    None if max is None else x > max,
))  # fmt: skip

# Taking


@linear_rule(np.take)
def take_pullback(dy, y, x, indices, axis=None, out=None, mode="raise"):
    if mode == "raise":
        return take_adjoint(dy, x, indices, axis)
    return take_mode_adjoint(dy, x, indices, axis, mode)


linear_rule(np.take_along_axis, lambda dy, y, arr, indices, axis=-1: take_along_axis_adjoint(dy, arr, indices, axis))
linear_rule(np.compress, lambda dy, y, condition, a, axis=None, out=None: (
    None, compress_adjoint(dy, a, condition, axis)
))  # fmt: skip
linear_rule(Method("compress"), lambda dy, y, a, condition, axis=None: compress_adjoint(dy, a, condition, axis))
linear_rule(np.extract, lambda dy, y, condition, arr: (None, extract_adjoint(dy, arr, condition)))
linear_rule(np.choose, lambda dy, y, a, choices, out=None, mode="raise": (None, choose_adjoint(dy, a, choices, mode)))
linear_rule(np.select, lambda dy, y, condlist, choicelist, default=0: (
    None, select_adjoint(dy, condlist, choicelist), select_default_adjoint(dy, condlist, default)
))  # fmt: skip

# Putting in and leaving out

linear_rule(np.append, lambda dy, y, arr, values, axis=None: (
    split_like(dy, (arr, values), axis)[0], split_like(dy, (arr, values), axis)[1]
))  # fmt: skip
linear_rule(np.delete, lambda dy, y, arr, obj, axis=None: delete_adjoint(dy, arr, obj, axis))
linear_rule(np.insert, lambda dy, y, arr, obj, values, axis=None: (
    insert_adjoint(dy, arr, obj, axis), None, insert_values_adjoint(dy, arr, obj, values, axis)
))  # fmt: skip

# Order

pullback_rule(np.sort, lambda dy, y, a, axis=-1, kind=None, order=None, *, stable=None: sort_adjoint(dy, a, axis))
pullback_rule(np.partition, lambda dy, y, a, kth, axis=-1, kind="introselect", order=None: (
    partition_adjoint(dy, a, y, axis)
))  # fmt: skip
pushforward_rule(np.sort, lambda t, y, a, axis=-1, kind=None, order=None, *, stable=None: sort_tangent(t[0], a, axis))
pushforward_rule(np.partition, lambda t, y, a, kth, axis=-1, kind="introselect", order=None: (
    partition_tangent(t[0], a, y, axis)
))  # fmt: skip


@pullback_rule(np.unique)
def unique_pullback(
    dy, y, ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True, sorted=True
):
    several = return_index or return_inverse or return_counts
    g, values = (dy[0], y[0]) if several else (dy, y)
    if axis is None:
        return found_adjoint(g, values, ar)
    return unique_rows_adjoint(g, ar, axis, equal_nan)


@pushforward_rule(np.unique)
def unique_pushforward(
    t, y, ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True, sorted=True
):
    values = y[0] if return_index or return_inverse or return_counts else y
    dy = found_tangent(t[0], values, ar) if axis is None else unique_rows_tangent(t[0], ar, axis, equal_nan)
    if return_index and return_inverse and return_counts:
        return dy, 0.0, 0.0, 0.0
    if (return_index and return_inverse) or (return_index and return_counts) or (return_inverse and return_counts):
        return dy, 0.0, 0.0
    return (dy, 0.0) if return_index or return_inverse or return_counts else dy


pushforward_rule(np.unique_values, lambda t, y, x: found_tangent(t[0], y, x))
pushforward_rule(np.unique_all, lambda t, y, x: (found_tangent(t[0], y[0], x), 0.0, 0.0, 0.0))
pushforward_rule(np.unique_counts, lambda t, y, x: (found_tangent(t[0], y[0], x), 0.0))
pushforward_rule(np.unique_inverse, lambda t, y, x: (found_tangent(t[0], y[0], x), 0.0))
pullback_rule(np.unique_values, lambda dy, y, x: found_adjoint(dy, y, x))
for _several in (np.unique_all, np.unique_counts, np.unique_inverse):
    pullback_rule(_several, lambda dy, y, x: found_adjoint(dy[0], y[0], x))
pullback_rule(np.union1d, lambda dy, y, a, b: (found_adjoint(dy, y, a), found_adjoint(dy, y, b, a)))
pullback_rule(np.setdiff1d, lambda dy, y, a, b, assume_unique=False: (found_adjoint(dy, y, a), None))
pullback_rule(np.setxor1d, lambda dy, y, a, b, assume_unique=False: (
    found_adjoint(dy, y, a), found_adjoint(dy, y, b, a)
))  # fmt: skip
pullback_rule(np.intersect1d, lambda dy, y, a, b, assume_unique=False, return_indices=False: (
    found_adjoint(dy[0], y[0], a) if return_indices else found_adjoint(dy, y, a), None
))  # fmt: skip

pushforward_rule(np.union1d, lambda t, y, a, b: found_tangent(t[0], y, a) + found_tangent(t[1], y, b, a))
pushforward_rule(np.setdiff1d, lambda t, y, a, b, assume_unique=False: found_tangent(t[0], y, a))
pushforward_rule(np.setxor1d, lambda t, y, a, b, assume_unique=False: (
    found_tangent(t[0], y, a) + found_tangent(t[1], y, b, a)
))  # fmt: skip
pushforward_rule(np.intersect1d, lambda t, y, a, b, assume_unique=False, return_indices=False: (
    (found_tangent(t[0], y[0], a), 0.0, 0.0) if return_indices else found_tangent(t[0], y, a)
))  # fmt: skip

for _name in ("clip", "take", "choose"):
    alias(Method(_name), getattr(np, _name))
