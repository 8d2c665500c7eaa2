"""Quantiles: a weighted sum of two neighbours in the sorted order."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.runtime.shaped import shaped_like


@shaped_like(1)
def quantile_adjoint(
    dy: Any, x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False, skip_nan: bool = False
) -> Any:
    """The cotangent of ``x`` of ``np.quantile(x, q, axis)``: each entry of the result has two sources."""
    rows, restore = as_rows(x, axis)
    g = _cotangents_by_row(dy, q)
    out = np.zeros(rows.shape, np.result_type(rows, np.float16))
    for row, places, d in zip(rows, out, g, strict=True):
        order = np.argsort(row, kind="stable")
        n = np.count_nonzero(~np.isnan(row)) if skip_nan else len(row)
        if n:
            lower, upper, fraction = neighbours(n, np.ravel(q), method)
            np.add.at(places, order[lower], d * (1 - fraction))
            np.add.at(places, order[upper], d * fraction)
    return restore(out)


@shaped_like(1)
def quantile_moved(
    dy: Any, x: Any, q: Any, dq: Any, axis: Any = None, method: str = "linear", skip_nan: bool = False
) -> Any:
    """How the cotangent of ``x`` changes with ``q``: weight moves from one of the two sources to the other."""
    rows, restore = as_rows(x, axis)
    out = np.zeros(rows.shape, np.result_type(rows, np.float16))
    for row, places, d in zip(rows, out, _cotangents_by_row(dy, q), strict=True):
        order = np.argsort(row, kind="stable")
        n = np.count_nonzero(~np.isnan(row)) if skip_nan else len(row)
        if n > 1:
            lower, _, _ = neighbours(n, np.ravel(q), method)
            lower = np.minimum(lower, n - 2)
            weight = d * speed(n, np.ravel(q), method) * np.ravel(dq)
            np.add.at(places, order[lower + 1], weight)
            np.add.at(places, order[lower], -weight)
    return restore(out)


@shaped_like(2)
def quantile_slope(
    dy: Any, x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False, skip_nan: bool = False
) -> Any:
    """The cotangent of ``q``: how fast the position in the sorted order moves, times the step to the next entry."""
    return quantile_drift(x, dy, x, q, axis, method, keepdims, skip_nan)


@shaped_like(3)
def quantile_drift(
    g: Any, dy: Any, x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False,
    skip_nan: bool = False,
) -> Any:  # fmt: skip
    """``quantile_slope`` with the entries of ``g`` in place of those of ``x``, in the order of ``x``."""
    total = np.zeros(np.size(q))
    entries, _ = as_rows(g, axis)
    for row, order, there, d in _moving(dy, x, q, axis, method, keepdims, skip_nan):
        total += d * (entries[row][order[there + 1]] - entries[row][order[there]])
    return np.reshape(total, np.shape(q)) if np.ndim(q) else total[0]


@shaped_like(2)
def quantile_shift(
    dq: Any, dy: Any, x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False,
    skip_nan: bool = False,
) -> Any:  # fmt: skip
    """How ``quantile_adjoint`` changes as ``q`` does: from the entry below a quantile to the next one."""
    rows, restore = as_rows(x, axis)
    out = np.zeros(rows.shape, np.result_type(rows, np.float16))
    for row, order, there, d in _moving(dy, x, q, axis, method, keepdims, skip_nan):
        np.add.at(out[row], order[there + 1], d * np.ravel(dq))
        np.add.at(out[row], order[there], -d * np.ravel(dq))
    return restore(out)


def _moving(dy: Any, x: Any, q: Any, axis: Any, method: str, keepdims: bool, skip_nan: bool) -> Any:
    """For each group its number and order, the entries below the quantiles, and cotangents times their speeds."""
    rows, _ = as_rows(x, axis)
    for number, (row, d) in enumerate(zip(rows, _cotangents_by_row(dy, q), strict=True)):
        n = np.count_nonzero(~np.isnan(row)) if skip_nan else len(row)
        if n > 1:
            lower, _, _ = neighbours(n, np.ravel(q), method)
            order = np.argsort(row, kind="stable")
            yield number, order, np.minimum(lower, n - 2), d * speed(n, np.ravel(q), method)


def as_rows(x: Any, axis: Any) -> tuple[Any, Any]:
    """The groups that are reduced as rows of a matrix, and the way back."""
    axes = tuple(range(np.ndim(x))) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    last = tuple(range(-len(axes), 0))
    moved = np.moveaxis(x, axes, last)
    rows = np.reshape(moved, (-1, int(np.prod(moved.shape[moved.ndim - len(axes) :]))))
    return rows, lambda out: np.moveaxis(np.reshape(out, moved.shape), last, axes)


def _cotangents_by_row(dy: Any, q: Any) -> Any:
    """A row of cotangents, one for each quantile, for each group."""
    return np.reshape(np.asarray(dy), (np.size(q), -1)).T


def neighbours(n: int, q: Any, method: str) -> tuple[Any, Any, Any]:
    """The two entries of a sorted row between which a quantile lies, and how far it is from the first.

    NumPy's own position: the quantile of 0, 1, 2, ...
    """
    position = np.quantile(np.arange(n, dtype=float), q, method=method)
    lower = np.floor(position).astype(np.intp)
    return lower, np.minimum(lower + 1, n - 1), position - lower


def speed(n: int, q: Any, method: str) -> Any:
    """How fast the position moves with ``q``; zero where it does not, or has come to an end."""
    stretch = {
        "linear": n - 1, "interpolated_inverted_cdf": n, "hazen": n, "weibull": n + 1, "median_unbiased": n + 1 / 3,
        "normal_unbiased": n + 1 / 4,
    }.get(method, 0)  # fmt: skip
    position = np.quantile(np.arange(n, dtype=float), q, method=method)
    inside = (position > 0) & (position < n - 1) | (method == "linear")
    return np.where(inside, stretch, 0)
