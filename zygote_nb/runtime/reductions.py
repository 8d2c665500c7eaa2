"""Adjoints of reductions: over a mask, of averages, of differences, and running ones.

``where`` is a mask that broadcasts to ``x``; results keep the axes that were reduced.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.runtime.arrays import (
    count,
    cumprod_adjoint,
    cumsum_adjoint,
    deviations,
    diff_adjoint,
    products_of_others,
    quotient,
    unbroadcast,
)
from zygote_nb.runtime.shaped import may_hand_back, shaped_like


@may_hand_back
def with_axes(dy: Any, axis: Any, keepdims: bool, rank: int) -> Any:
    """The cotangent of a reduction with the axes that it lost, as axes of length one."""
    if keepdims or axis is None:
        return np.reshape(dy, (1,) * rank) if axis is None else dy
    return np.expand_dims(dy, axis)


# Over a mask


def not_nan(x: Any, where: Any) -> Any:
    """The mask of the entries that are numbers."""
    return ~np.isnan(x) & where


def masked_count(x: Any, axis: Any, where: Any) -> Any:
    """How many entries of each group the mask lets through."""
    return np.sum(np.broadcast_to(where, np.shape(x)), axis=axis, keepdims=True)


@shaped_like(0)
def masked_deviations(x: Any, axis: Any, where: Any) -> Any:
    """Entries minus their mean, centred twice as in ``deviations``; zero outside of the mask."""
    n = masked_count(x, axis, where)
    centred = np.where(where, x, 0.0)
    for _ in range(2):
        centred = np.where(where, centred - np.sum(centred, axis=axis, keepdims=True) / np.maximum(n, 1), 0.0)
    return centred


@shaped_like(0)
def masked_shares(x: Any, y: Any, axis: Any, where: Any, initial: Any = None) -> Any:
    """As ``shares``, among the entries in the mask and ``initial``."""
    taken = ((x == y) | ((x != x) & (y != y))) & where
    total = np.sum(taken, axis=axis, keepdims=True)
    if initial is not None:
        total = total + (initial == y)
    return taken / np.maximum(total, 1)


def share_of_initial(x: Any, y: Any, axis: Any, where: Any, initial: Any) -> Any:
    """The share of ``initial`` itself, in the shape of ``y``."""
    taken = ((x == y) | ((x != x) & (y != y))) & where
    return (initial == y) / np.maximum(np.sum(taken, axis=axis, keepdims=True) + (initial == y), 1)


# Partial derivatives of a reduction by each entry


@shaped_like(0)
def slope_of_prod(x: Any, axis: Any, initial: Any, where: Any) -> Any:
    """The product of the others."""
    others = products_of_others(x if where is None else np.where(where, x, 1.0), axis)
    others = others if initial is None else others * initial
    return others if where is None else np.where(where, others, 0.0)


@shaped_like(0)
def slope_of_var(x: Any, axis: Any, less: Any, where: Any, mean: Any = None) -> Any:
    """Twice the deviation from the mean, which may be a given one, by the degrees of freedom."""
    if mean is not None:
        mask = True if where is None else where
        return np.where(mask, 2.0 * (x - mean), 0.0) / (masked_count(x, axis, mask) - less)
    if where is None:
        return 2.0 * deviations(x, axis) / (count(x, axis) - less)
    return 2.0 * masked_deviations(x, axis, where) / (masked_count(x, axis, where) - less)


@shaped_like(0)
def slope_of_std(x: Any, y: Any, axis: Any, less: Any, where: Any, keepdims: bool, mean: Any = None) -> Any:
    """The deviation from the mean by the standard deviation; 0 where all are equal."""
    return quotient(slope_of_var(x, axis, less, where, mean), 2.0 * with_axes(y, axis, keepdims, np.ndim(x)))


@shaped_like(0)
def slope_of_max(x: Any, y: Any, axis: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    """The share that each entry has in the extremum ``y``."""
    return masked_shares(x, with_axes(y, axis, keepdims, np.ndim(x)), axis, True if where is None else where, initial)


# Averages


@shaped_like(1)
def average_adjoint(dy: Any, a: Any, weights: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The cotangent of ``a`` of a weighted average."""
    w = weights_on_axes(a, weights, axis)
    return with_axes(dy, axis, keepdims, np.ndim(a)) * w / np.sum(w, axis=axis, keepdims=True)


@shaped_like(3)
def average_weights_adjoint(dy: Any, y: Any, a: Any, weights: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The cotangent of the weights of a weighted average."""
    w = weights_on_axes(a, weights, axis)
    rank = np.ndim(a)
    g = (
        with_axes(dy, axis, keepdims, rank)
        * (a - with_axes(y, axis, keepdims, rank))
        / np.sum(w, axis=axis, keepdims=True)
    )
    return _of_weights(g, weights, axis)


@shaped_like(1)
def weight_sum_adjoint(dy: Any, weights: Any, a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The cotangent of the weights, of the sum of weights that ``np.average`` returns as well."""
    return _of_weights(np.broadcast_to(with_axes(dy, axis, keepdims, np.ndim(a)), np.shape(a)), weights, axis)


def weights_on_axes(a: Any, weights: Any, axis: Any) -> Any:
    """Weights in a shape that broadcasts to ``a``."""
    if np.shape(weights) == np.shape(a):
        return weights
    axes = axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(k % np.ndim(a) for k in axes)
    order = np.argsort(axes)
    shape = [np.shape(a)[k] if k in axes else 1 for k in range(np.ndim(a))]
    return np.reshape(np.transpose(weights, order), shape)


def _of_weights(g: Any, weights: Any, axis: Any) -> Any:
    """Sum over the axes of ``a`` that the weights do not have."""
    if np.shape(weights) == np.shape(g):
        return g
    axes = tuple(k % np.ndim(g) for k in (axis if isinstance(axis, tuple) else (axis,)))
    summed = np.sum(g, axis=tuple(k for k in range(np.ndim(g)) if k not in axes))
    return np.transpose(summed, np.argsort(np.argsort(axes)))


# Differences along an axis


@shaped_like(1)
def diff_joined_adjoint(dy: Any, a: Any, n: int, axis: int, prepend: Any, append: Any) -> Any:
    """The cotangent of the array of ``np.diff`` with ends put before and after it."""
    return _diff_parts(dy, a, n, axis, prepend, append)[1]


@shaped_like(4)
def diff_prepended_adjoint(dy: Any, a: Any, n: int, axis: int, prepend: Any, append: Any) -> Any:
    """The cotangent of what was put before."""
    return unbroadcast(_diff_parts(dy, a, n, axis, prepend, append)[0], prepend)


@shaped_like(5)
def diff_appended_adjoint(dy: Any, a: Any, n: int, axis: int, prepend: Any, append: Any) -> Any:
    """The cotangent of what was put behind."""
    return unbroadcast(_diff_parts(dy, a, n, axis, prepend, append)[2], append)


def _diff_parts(dy: Any, a: Any, n: int, axis: int, prepend: Any, append: Any) -> list[Any]:
    def ends(value: Any) -> int:
        return 0 if value is None else 1 if np.ndim(value) == 0 else np.shape(value)[axis]

    lengths = ends(prepend), np.shape(a)[axis], ends(append)
    shape = list(np.shape(a))
    shape[axis] = sum(lengths)
    whole = diff_adjoint(dy, np.empty(shape), n, axis)
    return np.split(whole, np.cumsum(lengths)[:2], axis)


@shaped_like(1)
def ediff1d_adjoint(dy: Any, a: Any, to_end: Any, to_begin: Any) -> Any:
    """The cotangent of the array of ``np.ediff1d``."""
    start = 0 if to_begin is None else np.size(to_begin)
    stop = len(dy) - (0 if to_end is None else np.size(to_end))
    return np.reshape(diff_adjoint(dy[start:stop], np.ravel(a), 1, 0), np.shape(a))


@shaped_like(1)
def cumulative_sum_adjoint(dy: Any, x: Any, axis: Any, include_initial: bool) -> Any:
    """As ``cumsum_adjoint``; with ``include_initial`` the result begins with a constant."""
    axis = 0 if axis is None else axis
    return cumsum_adjoint(_without_first(dy, axis) if include_initial else dy, x, axis)


@shaped_like(1)
def cumulative_prod_adjoint(dy: Any, x: Any, axis: Any, include_initial: bool) -> Any:
    """As ``cumprod_adjoint``; with ``include_initial`` the result begins with a constant."""
    axis = 0 if axis is None else axis
    return cumprod_adjoint(_without_first(dy, axis) if include_initial else dy, x, axis)


def cumprod_tangent(dx: Any, x: Any, axis: Any = None) -> Any:
    """The tangent of ``np.cumprod(x, axis)``, by the recurrence of the products."""
    if axis is None:
        return cumprod_tangent(np.ravel(dx), np.ravel(x), 0)
    a, t = np.moveaxis(x, axis, 0), np.moveaxis(dx, axis, 0)
    change = np.zeros(a.shape, np.result_type(a, t))
    value = np.ones(a.shape[1:], change.dtype)
    for i in range(len(a)):
        change[i] = (change[i - 1] if i else 0.0) * a[i] + value * t[i]
        value = value * a[i]
    return np.moveaxis(change, 0, axis)


def cumulative_prod_tangent(dx: Any, x: Any, axis: Any, include_initial: bool) -> Any:
    """As ``cumprod_tangent``; with ``include_initial`` the result begins with a constant."""
    axis = 0 if axis is None else axis
    t = cumprod_tangent(dx, x, axis)
    return np.insert(t, 0, 0.0, axis=axis) if include_initial else t


def _without_first(dy: Any, axis: int) -> Any:
    return np.moveaxis(np.moveaxis(dy, axis, 0)[1:], 0, axis)
