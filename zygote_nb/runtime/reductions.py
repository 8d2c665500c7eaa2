"""Adjoints of reductions: over a mask, of quantiles and averages, of differences and moments.

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
from zygote_nb.runtime.shaped import shaped_like
from zygote_nb.runtime.tangents import cumprod_tangent


def kept(dy: Any, axis: Any, keepdims: bool, rank: int) -> Any:
    """The cotangent of a reduction with the axes that it lost, as axes of length one."""
    if keepdims or axis is None:
        return np.reshape(dy, (1,) * rank) if axis is None else dy
    return np.expand_dims(dy, axis)


# Over a mask


def present(x: Any, where: Any) -> Any:
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
def slope_of_var(x: Any, axis: Any, less: Any, where: Any) -> Any:
    """Twice the deviation from the mean, by the degrees of freedom."""
    if where is None:
        return 2.0 * deviations(x, axis) / (count(x, axis) - less)
    return 2.0 * masked_deviations(x, axis, where) / (masked_count(x, axis, where) - less)


@shaped_like(0)
def slope_of_std(x: Any, y: Any, axis: Any, less: Any, where: Any, keepdims: bool) -> Any:
    """The deviation from the mean by the standard deviation; 0 where all are equal."""
    return quotient(slope_of_var(x, axis, less, where), 2.0 * kept(y, axis, keepdims, np.ndim(x)))


@shaped_like(0)
def slope_of_max(x: Any, y: Any, axis: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    """The share that each entry has in the extremum ``y``."""
    return masked_shares(x, kept(y, axis, keepdims, np.ndim(x)), axis, True if where is None else where, initial)


# Quantiles: a weighted sum of two neighbours in the sorted order


@shaped_like(1)
def quantile_adjoint(
    dy: Any, x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False, skip_nan: bool = False
) -> Any:
    """The cotangent of ``x`` of ``np.quantile(x, q, axis)``: each entry of the result has two sources."""
    rows, restore = _as_rows(x, axis)
    g = _cotangents_by_row(dy, q, np.ndim(x), axis, keepdims)
    out = np.zeros(rows.shape, np.result_type(rows, np.float16))
    for row, places, d in zip(rows, out, g, strict=True):
        order = np.argsort(row, kind="stable")
        n = np.count_nonzero(~np.isnan(row)) if skip_nan else len(row)
        if n:
            lower, upper, fraction = _neighbours(n, np.ravel(q), method)
            np.add.at(places, order[lower], d * (1 - fraction))
            np.add.at(places, order[upper], d * fraction)
    return restore(out)


@shaped_like(2)
def quantile_slope(
    dy: Any, x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False, skip_nan: bool = False
) -> Any:
    """The cotangent of ``q``: how fast the position in the sorted order moves, times the step to the next entry."""
    rows, _ = _as_rows(x, axis)
    total = np.zeros(np.size(q))
    for row, d in zip(rows, _cotangents_by_row(dy, q, np.ndim(x), axis, keepdims), strict=True):
        row = np.sort(row)
        n = np.count_nonzero(~np.isnan(row)) if skip_nan else len(row)
        if n > 1:
            lower, _, _ = _neighbours(n, np.ravel(q), method)
            lower = np.minimum(lower, n - 2)
            total += d * _speed(n, np.ravel(q), method) * (row[lower + 1] - row[lower])
    return np.reshape(total, np.shape(q)) if np.ndim(q) else total[0]


def _as_rows(x: Any, axis: Any) -> tuple[Any, Any]:
    """The groups that are reduced as rows of a matrix, and the way back."""
    axes = tuple(range(np.ndim(x))) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    last = tuple(range(-len(axes), 0))
    moved = np.moveaxis(x, axes, last)
    rows = np.reshape(moved, (-1, int(np.prod(moved.shape[moved.ndim - len(axes) :]))))
    return rows, lambda out: np.moveaxis(np.reshape(out, moved.shape), last, axes)


def _cotangents_by_row(dy: Any, q: Any, rank: int, axis: Any, keepdims: bool) -> Any:
    """A row of cotangents, one for each quantile, for each group."""
    return np.reshape(dy, (np.size(q), -1)).T


def _neighbours(n: int, q: Any, method: str) -> tuple[Any, Any, Any]:
    """The two entries of a sorted row between which a quantile lies, and how far it is from the first.

    NumPy's own position: the quantile of 0, 1, 2, ...
    """
    position = np.quantile(np.arange(n, dtype=float), q, method=method)
    lower = np.floor(position).astype(np.intp)
    return lower, np.minimum(lower + 1, n - 1), position - lower


def _speed(n: int, q: Any, method: str) -> Any:
    """How fast the position moves with ``q``; zero where it does not, or has come to an end."""
    stretch = {
        "linear": n - 1, "interpolated_inverted_cdf": n, "hazen": n, "weibull": n + 1, "median_unbiased": n + 1 / 3,
        "normal_unbiased": n + 1 / 4,
    }.get(method, 0)  # fmt: skip
    position = np.quantile(np.arange(n, dtype=float), q, method=method)
    inside = (position > 0) & (position < n - 1) | (method == "linear")
    return np.where(inside, stretch, 0)


# Averages and moments


@shaped_like(1)
def average_adjoint(dy: Any, a: Any, weights: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The cotangent of ``a`` of a weighted average."""
    w = _weights_on_axes(a, weights, axis)
    return kept(dy, axis, keepdims, np.ndim(a)) * w / np.sum(w, axis=axis, keepdims=True)


@shaped_like(3)
def average_weights_adjoint(dy: Any, y: Any, a: Any, weights: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The cotangent of the weights of a weighted average."""
    w = _weights_on_axes(a, weights, axis)
    rank = np.ndim(a)
    g = kept(dy, axis, keepdims, rank) * (a - kept(y, axis, keepdims, rank)) / np.sum(w, axis=axis, keepdims=True)
    return _of_weights(g, weights, axis)


@shaped_like(1)
def weight_sum_adjoint(dy: Any, weights: Any, a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The cotangent of the weights, of the sum of weights that ``np.average`` returns as well."""
    return _of_weights(np.broadcast_to(kept(dy, axis, keepdims, np.ndim(a)), np.shape(a)), weights, axis)


def _weights_on_axes(a: Any, weights: Any, axis: Any) -> Any:
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


@shaped_like(1)
def cov_adjoint(
    dy: Any, m: Any, y: Any, rowvar: bool = True, bias: bool = False, ddof: Any = None, fweights: Any = None,
    aweights: Any = None,
) -> Any:  # fmt: skip
    """The cotangent of the first argument of ``np.cov``."""
    return _of_observations(_cov_adjoint(dy, m, y, rowvar, bias, ddof, fweights, aweights)[0], m, rowvar)


@shaped_like(2)
def cov_adjoint_other(
    dy: Any, m: Any, y: Any, rowvar: bool = True, bias: bool = False, ddof: Any = None, fweights: Any = None,
    aweights: Any = None,
) -> Any:  # fmt: skip
    """The cotangent of the second argument of ``np.cov``."""
    return _of_observations(_cov_adjoint(dy, m, y, rowvar, bias, ddof, fweights, aweights)[1], y, rowvar)


def _observations(m: Any, rowvar: bool) -> Any:
    x = np.atleast_2d(m)
    return x.T if not rowvar and np.ndim(m) != 1 else x


def _of_observations(g: Any, m: Any, rowvar: bool) -> Any:
    return np.reshape(g.T if not rowvar and np.ndim(m) != 1 else g, np.shape(m))


def _cov_adjoint(
    dy: Any, m: Any, y: Any, rowvar: bool, bias: bool, ddof: Any, fweights: Any, aweights: Any
) -> tuple[Any, Any]:
    """Twice the symmetric part of the cotangent times the centred observations, by their weights."""
    first = _observations(m, rowvar)
    x = first if y is None else np.concatenate((first, _observations(y, rowvar)))
    w = np.ones(x.shape[1])
    for given in (fweights, aweights):
        w = w if given is None else w * given
    ddof = (0 if bias else 1) if ddof is None else ddof
    less = np.sum(w * aweights) / np.sum(w) if aweights is not None else 1.0
    centred = x - (x @ w / np.sum(w))[:, None]
    g = np.reshape(dy, (len(x), len(x)))
    d_x = (g + g.T) @ centred * w / (np.sum(w) - ddof * less)
    return d_x[: len(first)], d_x[len(first) :]


@shaped_like(1)
def corrcoef_adjoint(dy: Any, x: Any, y: Any, rowvar: bool = True) -> Any:
    """The cotangent of the first argument of ``np.corrcoef``."""
    return cov_adjoint(_of_covariance(dy, x, y, rowvar), x, y, rowvar)


@shaped_like(2)
def corrcoef_adjoint_other(dy: Any, x: Any, y: Any, rowvar: bool = True) -> Any:
    """The cotangent of the second argument of ``np.corrcoef``."""
    return cov_adjoint_other(_of_covariance(dy, x, y, rowvar), x, y, rowvar)


def _of_covariance(dy: Any, x: Any, y: Any, rowvar: bool) -> Any:
    """The cotangent of the covariance matrix, of which the correlations are quotients."""
    c = np.atleast_2d(np.cov(x, y, rowvar))
    s = np.sqrt(np.diagonal(c))
    r = c / np.outer(s, s)
    g = np.reshape(dy, c.shape)
    d_s = -np.sum((g + g.T) * r, axis=1) / s
    return g / np.outer(s, s) + np.diag(quotient(d_s, 2 * s))


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


def cumulative_prod_tangent(dx: Any, x: Any, axis: Any, include_initial: bool) -> Any:
    """As ``cumprod_tangent``; with ``include_initial`` the result begins with a constant."""
    axis = 0 if axis is None else axis
    t = cumprod_tangent(dx, x, axis)
    return np.insert(t, 0, 0.0, axis=axis) if include_initial else t


def _without_first(dy: Any, axis: int) -> Any:
    return np.moveaxis(np.moveaxis(dy, axis, 0)[1:], 0, axis)


