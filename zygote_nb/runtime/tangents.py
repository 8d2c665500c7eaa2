"""Tangents of functions that are not linear, ``dx`` being the tangent of ``x``."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.runtime.arrays import shares
from zygote_nb.runtime.grids import knots_of, piece
from zygote_nb.runtime.matrices import hermitian
from zygote_nb.runtime.observations import centred_observations, joined_observations, slopes_of_freedom
from zygote_nb.runtime.quantiles import as_rows, neighbours, speed
from zygote_nb.runtime.rearranging import first_occurrence
from zygote_nb.runtime.reductions import weights_on_axes, with_axes
from zygote_nb.runtime.shaped import shaped_like


def cofactors_tangent(da: Any, a: Any) -> Any:
    """The tangent of conjugate cofactors: in the basis of singular vectors, where ``a`` is diagonal."""
    u, s, vh = np.linalg.svd(a)
    e = np.conj(hermitian(u) @ da @ hermitian(vh))
    off = ~np.eye(len(s), dtype=bool)
    rest = np.ones((len(s), len(s)))
    for i in range(len(s)):
        for j in range(i):
            rest[i, j] = rest[j, i] = np.prod(np.delete(s, (i, j)))
    change = np.where(off, -e.T * rest, np.diag((np.where(off, rest, 0.0)) @ np.diag(e)))
    return np.conj(np.linalg.det(u) * np.linalg.det(vh)) * u @ change @ vh


def cofactors_of_stack_tangent(da: Any, a: Any) -> Any:
    """One matrix after the other."""
    n = np.shape(a)[-1]
    pairs = zip(np.reshape(da, (-1, n, n)), np.reshape(a, (-1, n, n)), strict=True)
    return np.reshape(np.array([cofactors_tangent(d, m) for d, m in pairs]), np.shape(a))


# Order: gathered where the adjoint scatters


def sort_tangent(dx: Any, x: Any, axis: Any = -1) -> Any:
    """Each tangent goes where its entry goes."""
    if axis is None:
        return sort_tangent(np.ravel(dx), np.ravel(x), 0)
    return np.take_along_axis(dx, np.argsort(x, axis=axis, kind="stable"), axis)


@shaped_like(2)
def partition_tangent(dx: Any, x: Any, y: Any, axis: Any = -1) -> Any:
    """As ``sort_tangent``, for a result that is only partly in order."""
    out = np.empty(np.shape(y), np.result_type(dx))
    at = 0 if axis is None else axis
    np.put_along_axis(out, np.argsort(y, axis=at, kind="stable"), sort_tangent(dx, x, axis), at)
    return out


@shaped_like(1)
def found_tangent(dx: Any, y: Any, x: Any, before: Any = None) -> Any:
    """The tangents of the values ``y`` at their first occurrence in ``x``; 0 for those that ``before`` has too."""
    first, there = first_occurrence(y, x, before)
    return np.reshape(np.where(there, np.ravel(dx)[first] if np.size(x) else 0.0, 0.0), np.shape(y))


def unique_rows_tangent(dx: Any, x: Any, axis: int, equal_nan: bool) -> Any:
    """As ``found_tangent``, for slices along an axis."""
    _, first = np.unique(x, return_index=True, axis=axis, equal_nan=equal_nan)
    return np.take(dx, first, axis)


# Moments


@shaped_like(2)
def average_tangent(da: Any, dw: Any, y: Any, a: Any, weights: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The tangent of a weighted average."""
    w = weights_on_axes(a, weights, axis)
    d = da * w + weights_on_axes(a, dw, axis) * (a - with_axes(y, axis, keepdims, np.ndim(a)))
    total = np.sum(np.broadcast_to(w, np.shape(a)), axis=axis, keepdims=keepdims)
    return np.sum(d, axis=axis, keepdims=keepdims) / total


def weight_sum_tangent(dw: Any, a: Any, weights: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The tangent of the sum of weights that ``np.average`` returns as well."""
    return np.sum(np.broadcast_to(weights_on_axes(a, dw, axis), np.shape(a)), axis=axis, keepdims=keepdims)


@shaped_like(2)
def cov_tangent(
    dm: Any, d_other: Any, y: Any, m: Any, other: Any, rowvar: bool = True, bias: bool = False, ddof: Any = None,
    fweights: Any = None, aweights: Any = None,
) -> Any:  # fmt: skip
    """The tangent of a covariance matrix."""
    centred, w, free = centred_observations(m, other, rowvar, bias, ddof, fweights, aweights)
    half = joined_observations(dm, d_other, rowvar) @ hermitian(centred * w) / free
    return np.reshape(half + hermitian(half), np.shape(y))


@shaped_like(1)
def cov_weights_tangent(
    da: Any, y: Any, m: Any, other: Any, rowvar: bool, bias: bool, ddof: Any, fweights: Any, aweights: Any
) -> Any:
    """The tangent of a covariance matrix whose ``aweights`` move."""
    centred, w, free = centred_observations(m, other, rowvar, bias, ddof, fweights, aweights)
    counts = np.ones(len(w)) if fweights is None else fweights
    moved = np.sum(slopes_of_freedom(w, bias, ddof, counts, aweights) * da)
    return np.reshape((centred * counts * da) @ centred.T / free, np.shape(y)) - y * moved / free


@shaped_like(2)
def corrcoef_tangent(dx: Any, d_other: Any, y: Any, x: Any, other: Any, rowvar: bool = True) -> Any:
    """The tangent of a matrix of correlations."""
    c = np.atleast_2d(np.cov(x, other, rowvar))
    dc = cov_tangent(dx, d_other, c, x, other, rowvar)
    s = np.sqrt(np.real(np.diagonal(c)))
    ratio = np.real(np.diagonal(dc)) / (2 * s * s)
    return np.reshape(dc / np.outer(s, s) - c / np.outer(s, s) * (ratio[:, None] + ratio), np.shape(y))


# Quantiles


@shaped_like(2)
def quantile_tangent(
    dx: Any, dq: Any, y: Any, x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False,
    skip_nan: bool = False,
) -> Any:  # fmt: skip
    """The tangent of a quantile: of the two entries between which it lies, and of the place where it does."""
    rows, _ = as_rows(x, axis)
    moved, _ = as_rows(dx, axis)
    out = np.zeros((len(rows), np.size(q)))
    for row, d, place in zip(rows, moved, out, strict=True):
        order = np.argsort(row, kind="stable")
        n = np.count_nonzero(~np.isnan(row)) if skip_nan else len(row)
        if n:
            lower, upper, fraction = neighbours(n, np.ravel(q), method)
            place += d[order[lower]] * (1 - fraction) + d[order[upper]] * fraction
        if n > 1:
            below = np.minimum(lower, n - 2)
            step = row[order[below + 1]] - row[order[below]]
            place += np.ravel(dq) * speed(n, np.ravel(q), method) * step
    return np.reshape(out.T, np.shape(y)) if np.ndim(y) else out[0, 0]


# On a grid


@shaped_like(2)
def gradient_tangent(
    df: Any, d_spacing: Any, y: Any, f: Any, spacing: tuple[Any, ...], axes: tuple[int, ...], edge_order: int = 1
) -> Any:
    """The tangent of ``np.gradient(f, *spacing, axis=axes)``."""
    count = len(axes)
    d_spacing = d_spacing if isinstance(d_spacing, (tuple, list)) else (0.0,) * len(spacing)
    steps = spacing * count if len(spacing) == 1 else spacing or (1.0,) * count
    moved = tuple(d_spacing) * count if len(spacing) == 1 else tuple(d_spacing) or (0.0,) * count
    made = []
    for k, h, dh in zip(axes, steps, moved, strict=True):
        n = np.shape(f)[k]
        lengths = np.diff(h) if np.ndim(h) else np.full(n - 1, float(h))
        change = np.diff(dh) if np.ndim(dh) else np.full(n - 1, float(dh))
        made.append(_slopes_tangent(df, f, k, lengths, change, edge_order))
    return made if isinstance(y, (tuple, list)) else made[0]


def _slopes_tangent(df: Any, f: Any, axis: int, steps: Any, d_steps: Any, edge_order: int) -> Any:
    values, moved = np.moveaxis(f, axis, 0), np.moveaxis(df, axis, 0)
    h, dh = (np.reshape(s, (-1,) + (1,) * (values.ndim - 1)) for s in (steps, d_steps))
    s = np.diff(values, axis=0) / h
    ds = (np.diff(moved, axis=0) - s * dh) / h
    w = h[:-1] / (h[:-1] + h[1:])
    dw = (dh[:-1] - w * (dh[:-1] + dh[1:])) / (h[:-1] + h[1:])
    out = np.empty(values.shape, np.result_type(s, ds))
    out[1:-1] = dw * (s[1:] - s[:-1]) + w * ds[1:] + (1 - w) * ds[:-1]
    out[0], out[-1] = ds[0], ds[-1]
    if edge_order == 2:
        out[0] += dw[0] * (s[0] - s[1]) + w[0] * (ds[0] - ds[1])
        out[-1] += (1 - w[-1]) * (ds[-1] - ds[-2]) - dw[-1] * (s[-1] - s[-2])
    return np.moveaxis(out, 0, axis)


@shaped_like(1)
def interp_tangent(t: Any, y: Any, x: Any, xp: Any, fp: Any, left: Any, right: Any, period: Any) -> Any:
    """The tangent of an interpolated value; ``t`` are those of all arguments."""
    at, knots, values, source = knots_of(x, xp, fp, period)
    i, fraction, slope = piece(at, knots, values)
    dx, dxp, dfp = t[0], t[1], t[2]
    inside = (dx - (1 - fraction) * dxp[source[i]] - fraction * dxp[source[i + 1]]) * slope
    inside = inside + (1 - fraction) * dfp[source[i]] + fraction * dfp[source[i + 1]]
    below, above = at < knots[0], at > knots[-1]
    first = dfp[0] if left is None else t[3]
    last = dfp[-1] if right is None else t[4]
    return np.where(below, first, np.where(above, last, inside))[()]


def histogram2d_tangent(
    dx: Any, dy: Any, dw: Any, out: Any, x: Any, y: Any, bins: Any, given: Any
) -> tuple[Any, Any, Any]:
    """The tangents of the counts, which follow the weights, and of both edges, which follow the extrema."""
    counts = np.zeros(np.shape(out[0])) if dw is None else np.histogram2d(x, y, out[1:], weights=dw)[0]
    of_x, of_y = (
        np.zeros(bins + 1) if given is not None else np.linspace(*(np.sum(d * shares(a, f(a))) for f in ENDS), bins + 1)
        for a, d in ((x, dx), (y, dy))
    )
    return counts, of_x, of_y


ENDS = (np.min, np.max)


@shaped_like(4, 5)
def histogram_tangent(
    da: Any, d_bins: Any, d_range: Any, dw: Any, hist: Any, edges: Any, a: Any, weights: Any, bins: Any, density: Any
) -> tuple[Any, Any]:
    """The tangents of the counts, which follow the weights, and of the edges, which follow the extrema."""
    d_hist = np.zeros(np.shape(hist))
    if weights is not None:
        d_hist, _ = np.histogram(a, edges, weights=dw)
        if density:
            total = np.sum(np.histogram(a, edges, weights=weights)[0])
            d_hist = d_hist / (total * np.diff(edges)) - hist * np.sum(d_hist) / total
    d_edges = edges_tangent(da, d_bins, d_range, edges, a, bins)
    if density:
        d_hist = d_hist - hist * np.diff(d_edges) / np.diff(edges)
    return d_hist, d_edges


@shaped_like(3)
def edges_tangent(da: Any, d_bins: Any, d_range: Any, edges: Any, a: Any, bins: Any) -> Any:
    """The tangents of the edges: those of equal bins lie between the extrema, or the ends of the range."""
    if not isinstance(bins, (int, np.integer)):
        return np.zeros(len(edges)) + d_bins
    ends = [np.sum(da * shares(a, fn(a))) for fn in ENDS] if d_range is None else d_range
    return np.linspace(ends[0], ends[1], len(edges))
