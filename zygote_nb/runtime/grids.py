"""Adjoints of what is computed on a grid: differences, areas, interpolation, histograms."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.runtime.arrays import diff_adjoint, shares, unbroadcast
from zygote_nb.runtime.shaped import folded, shaped_like

# np.gradient


@folded
def axes_of(ndim: int, axis: Any) -> tuple[int, ...]:
    """The axes along which ``np.gradient`` goes."""
    return tuple(range(ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)


@shaped_like(1)
def gradient_adjoint(dy: Any, f: Any, spacing: tuple[Any, ...], axes: tuple[int, ...], edge_order: int = 1) -> Any:
    """The cotangent of ``f`` of ``np.gradient(f, *spacing, axis=axes)``."""
    total = np.zeros(np.shape(f))
    for i in range(len(axes)):
        g, h = _along(dy, spacing, i)
        d_f, _ = _slopes_adjoint(np.moveaxis(g, axes[i], 0), np.moveaxis(f, axes[i], 0), h, edge_order)
        total = total + np.moveaxis(d_f, 0, axes[i])
    return total


@shaped_like(-1)
def gradient_spacing_adjoint(
    dy: Any, f: Any, spacing: tuple[Any, ...], axes: tuple[int, ...], edge_order: int, position: int, like: Any
) -> Any:
    """The cotangent of a spacing: a step, or the coordinates along an axis."""
    total = np.zeros(np.shape(like))
    for i in range(len(axes)):
        if i == position or len(spacing) == 1:
            g, h = _along(dy, spacing, i)
            _, d_steps = _slopes_adjoint(np.moveaxis(g, axes[i], 0), np.moveaxis(f, axes[i], 0), h, edge_order)
            total = total + (np.sum(d_steps) if np.ndim(like) == 0 else diff_adjoint(d_steps, like, 1, 0))
    return total if np.ndim(like) else float(np.real(total))


def _along(dy: Any, spacing: tuple[Any, ...], i: int) -> tuple[Any, Any]:
    """Cotangent and spacing of one of the derivatives."""
    h = spacing[i if len(spacing) > 1 else 0] if spacing else 1.0
    return (dy[i] if isinstance(dy, (tuple, list)) else dy), h


def _lengths(h: Any, n: int) -> Any:
    """The distances of ``n`` points along an axis, from one step or from their coordinates."""
    return np.diff(h) if np.ndim(h) else np.full(n - 1, 1.0 * h)


def _slopes_adjoint(g: Any, values: Any, spacing: Any, edge_order: int) -> tuple[Any, Any]:
    """Cotangents of values along the first axis, and of the steps.

    The slope at an inner point is the weighted mean of those beside it.
    """
    h = np.reshape(_lengths(spacing, len(values)), (-1,) + (1,) * (values.ndim - 1))
    s = np.diff(values, axis=0) / h
    w = h[:-1] / (h[:-1] + h[1:])
    kind = np.result_type(g, s)
    d_s, d_w = np.zeros(s.shape, kind), np.zeros((len(s) - 1, *s.shape[1:]), kind)
    d_s[1:] += w * g[1:-1]
    d_s[:-1] += (1 - w) * g[1:-1]
    d_w += g[1:-1] * (s[1:] - s[:-1])
    d_s[0] += g[0]
    d_s[-1] += g[-1]
    if edge_order == 2:
        d_s[0] += w[0] * g[0]
        d_s[1] -= w[0] * g[0]
        d_w[0] += g[0] * (s[0] - s[1])
        d_s[-1] += (1 - w[-1]) * g[-1]
        d_s[-2] -= (1 - w[-1]) * g[-1]
        d_w[-1] -= g[-1] * (s[-1] - s[-2])
    d_h = -d_s * s / h
    d_h[:-1] += d_w * (1 - w) / (h[:-1] + h[1:])
    d_h[1:] -= d_w * w / (h[:-1] + h[1:])
    return diff_adjoint(d_s / h, values, 1, 0), np.sum(d_h, axis=tuple(range(1, d_h.ndim)))


# np.trapezoid


@shaped_like(1)
def trapezoid_adjoint(dy: Any, y: Any, x: Any, dx: Any, axis: int) -> Any:
    """The cotangent of the heights."""
    half = 0.5 * np.expand_dims(dy, axis) * _steps(y, x, dx, axis)
    g = np.zeros(np.shape(y), np.result_type(half))
    moved = np.moveaxis(g, axis, -1)
    moved[..., 1:] += np.moveaxis(half, axis, -1)
    moved[..., :-1] += np.moveaxis(half, axis, -1)
    return g


@shaped_like(2)
def trapezoid_points_adjoint(dy: Any, y: Any, x: Any, axis: int) -> Any:
    """The cotangent of the points, which may be those of every row."""
    g = np.moveaxis(np.expand_dims(dy, axis) * _mean_heights(y, axis), axis, -1)
    ends = np.zeros((*g.shape[:-1], 1))
    spread = np.moveaxis(-np.diff(np.concatenate((ends, g, ends), axis=-1), axis=-1), -1, axis)
    if np.ndim(x) == 1:
        return np.sum(np.moveaxis(spread, axis, -1), axis=tuple(range(np.ndim(y) - 1)))
    return unbroadcast(spread, x)


@shaped_like(2)
def trapezoid_step_adjoint(dy: Any, y: Any, dx: Any, axis: int) -> Any:
    """The cotangent of the step."""
    return unbroadcast(np.expand_dims(dy, axis) * _mean_heights(y, axis), dx)


def _steps(y: Any, x: Any, dx: Any, axis: int) -> Any:
    if x is None:
        return np.broadcast_to(dx, np.shape(_mean_heights(y, axis)))
    if np.ndim(x) == 1:
        shape = [1] * np.ndim(y)
        shape[axis] = np.shape(x)[0] - 1
        return np.reshape(np.diff(x), shape)
    return np.diff(x, axis=axis)


def _mean_heights(y: Any, axis: int) -> Any:
    moved = np.moveaxis(y, axis, -1)
    return np.moveaxis(0.5 * (moved[..., 1:] + moved[..., :-1]), -1, axis)


# np.interp


@shaped_like(1)
def interp_adjoint(dy: Any, x: Any, xp: Any, fp: Any, left: Any, right: Any, period: Any) -> Any:
    """The cotangent of the points: the slope of the piece that each lies in, at a knot the one to its right."""
    at, xp, fp, _ = knots_of(x, xp, fp, period)
    slope = piece(at, xp, fp)[2]
    inside = (at >= xp[0]) & (at <= xp[-1])
    return dy * np.where(inside, slope, 0.0)


@shaped_like(3)
def interp_values_adjoint(dy: Any, x: Any, xp: Any, fp: Any, left: Any, right: Any, period: Any) -> Any:
    """The cotangent of the values at the knots."""
    at, knots, values, source = knots_of(x, xp, fp, period)
    i, t, _ = piece(at, knots, values)
    below, above = at < knots[0], at > knots[-1]
    inside = ~below & ~above
    g = np.zeros(np.shape(fp), np.result_type(dy))
    np.add.at(g, source[i], np.where(inside, dy * (1 - t), 0.0))
    np.add.at(g, source[i + 1], np.where(inside, dy * t, 0.0))
    g[0] += np.sum(np.where(below, dy, 0.0)) if left is None else 0.0
    g[-1] += np.sum(np.where(above, dy, 0.0)) if right is None else 0.0
    return g


@shaped_like(2)
def interp_knots_adjoint(dy: Any, x: Any, xp: Any, fp: Any, left: Any, right: Any, period: Any) -> Any:
    """The cotangent of the knots."""
    at, knots, values, source = knots_of(x, xp, fp, period)
    i, t, slope = piece(at, knots, values)
    g = np.where((at >= knots[0]) & (at <= knots[-1]), -dy * slope, 0.0)
    d_xp = np.zeros(np.shape(xp), np.result_type(g))
    np.add.at(d_xp, source[i], g * (1 - t))
    np.add.at(d_xp, source[i + 1], g * t)
    return d_xp


def interp_side_adjoint(dy: Any, x: Any, xp: Any, right: bool) -> Any:
    """The cotangent of the value that is taken left, or right, of all knots."""
    return np.sum(np.where(np.greater(x, xp[-1]) if right else np.less(x, xp[0]), dy, 0.0))


def knots_of(x: Any, xp: Any, fp: Any, period: Any) -> tuple[Any, Any, Any, Any]:
    """Points, knots and values, and which of the given knots each is; a period puts one more on either side."""
    x, xp, fp = np.asarray(x), np.asarray(xp), np.asarray(fp)
    if period is None:
        return x, xp, fp, np.arange(len(xp))
    order = np.argsort(xp % period)
    source = np.concatenate((order[-1:], order, order[:1]))
    knots = (xp % period)[source]
    knots[0] -= period
    knots[-1] += period
    return x % period, knots, fp[source], source


def piece(x: Any, xp: Any, fp: Any) -> tuple[Any, Any, Any]:
    """For each point the knot to its left, how far it is on the way to the next, and the slope."""
    i = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, max(len(xp) - 2, 0))
    step = xp[i + 1] - xp[i]
    return i, (x - xp[i]) / step, (fp[i + 1] - fp[i]) / step


# Histograms: differentiable in the weights


@shaped_like(1)
def bincount_adjoint(dy: Any, weights: Any, x: Any) -> Any:
    """Each weight has the cotangent of the bin that it went to."""
    return dy[x]


@shaped_like(3, takes_none=True)
def histogram_adjoint(dy: Any, edges: Any, hist: Any, weights: Any, a: Any, density: bool) -> Any:
    """The cotangent of the weights of ``np.histogram``."""
    g = np.zeros(np.shape(hist)) if dy is None else dy
    if density:
        width = np.diff(edges)
        total = np.sum(np.where(_inside(a, edges), weights, 0.0))
        g = g / (width * total) - np.sum(g * hist) / total
    return np.where(_inside(a, edges), g[np.clip(_bin_of(a, edges), 0, len(edges) - 2)], 0.0)


@shaped_like(2, takes_none=True)
def edges_adjoint(d_hist: Any, d_edges: Any, edges: Any, hist: Any, density: bool) -> Any:
    """The cotangent of all edges: a density is divided by the widths between them."""
    if not density or d_hist is None:
        return np.zeros(np.shape(edges)) if d_edges is None else d_edges
    moved = np.diff(np.concatenate(([0.0], d_hist * hist / np.diff(edges), [0.0])))
    return moved if d_edges is None else d_edges + moved


def range_adjoint(d_edges: Any, end: int) -> Any:
    """The cotangent of one end of the range between which equal bins lie."""
    t = np.linspace(0.0, 1.0, np.size(d_edges))
    return np.sum(d_edges * (t if end else 1 - t))


@shaped_like(1)
def histogram2d_adjoint(dy: Any, weights: Any, x: Any, y: Any, of_x: Any, of_y: Any) -> Any:
    """The cotangent of the weights of ``np.histogram2d``."""
    i, j = (np.clip(_bin_of(a, edges), 0, len(edges) - 2) for a, edges in ((x, of_x), (y, of_y)))
    return np.where(_inside(x, of_x) & _inside(y, of_y), dy[i, j], 0.0)


def _bin_of(a: Any, edges: Any) -> Any:
    """The bin of each entry; the last one includes its right edge."""
    found = np.searchsorted(edges, a, side="right") - 1
    return np.where(a == edges[-1], len(edges) - 2, found)


def _inside(a: Any, edges: Any) -> Any:
    return (a >= edges[0]) & (a <= edges[-1])


@shaped_like(1, takes_none=True)
def bin_edges_adjoint(dy: Any, a: Any, bins: Any, given: Any) -> Any:
    """The cotangent of the data through the edges: those of equal bins lie between the extrema."""
    if dy is None or given is not None or not isinstance(bins, (int, np.integer)):
        return np.zeros(np.shape(a))
    t = np.linspace(0.0, 1.0, len(dy))
    return np.sum(dy * (1 - t)) * shares(a, np.min(a)) + np.sum(dy * t) * shares(a, np.max(a))
