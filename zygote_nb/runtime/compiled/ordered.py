"""Sorting and interpolation of vectors, as loops. What they don't do themselves they leave to the interpreter."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core.types import Array

from zygote_nb.runtime import forms
from zygote_nb.runtime.compiled.registration import inside, overload

SHORT = 48
"""Up to this length entries are put in order one after the other."""


@inside(boundscheck=False)
def in_order(x):  # type: ignore[no-untyped-def]
    """The places of the entries in their order; ties keep theirs."""
    n = x.shape[0]
    for k in range(n):
        if np.isnan(x[k]):
            raise ValueError("left to the interpreter")
    if n > SHORT:
        return np.argsort(x, kind="mergesort")
    order = np.empty(n, np.int64)
    for k in range(n):
        j = k
        while j > 0 and x[order[j - 1]] > x[k]:
            order[j] = order[j - 1]
            j -= 1
        order[j] = k
    return order


@overload(forms.sort)
def _sort(x: Any) -> Any:
    def sort(x):  # type: ignore[no-untyped-def]
        order = in_order(x)
        out = np.empty(x.shape[0])
        for k in range(x.shape[0]):
            out[k] = x[order[k]]
        return out

    return sort


@overload(forms.sort_back)
def _sort_back(dy: Any, x: Any) -> Any:
    def sort_back(dy, x):  # type: ignore[no-untyped-def]
        order = in_order(x)
        out = np.empty(x.shape[0])
        for k in range(x.shape[0]):
            out[order[k]] = dy[k]
        return out

    return sort_back


@inside(boundscheck=False)
def knot_before(at, xp):  # type: ignore[no-untyped-def]
    """The last knot that is not behind a point, of those that another one follows."""
    low, high = 0, xp.shape[0]
    while low < high:
        middle = (low + high) // 2
        if at < xp[middle]:
            high = middle
        else:
            low = middle + 1
    return min(max(low - 1, 0), xp.shape[0] - 2)


@inside(boundscheck=False)
def require_pieces(xp, fp):  # type: ignore[no-untyped-def]
    if xp.shape[0] != fp.shape[0] or xp.shape[0] < 2:
        raise ValueError("left to the interpreter")
    for k in range(xp.shape[0] - 1):
        # Where knots don't increase, what NumPy gives depends on how it searches.
        if not xp[k] <= xp[k + 1]:
            raise ValueError("left to the interpreter")


@inside(boundscheck=False)
def value_at(at, xp, fp):  # type: ignore[no-untyped-def]
    if at != at:
        return at
    last = xp.shape[0] - 1
    if at < xp[0]:
        return fp[0]
    if at >= xp[last]:
        return fp[last]
    i = knot_before(at, xp)
    if xp[i] == at:
        return fp[i]
    found = (fp[i + 1] - fp[i]) / (xp[i + 1] - xp[i]) * (at - xp[i]) + fp[i]
    if found != found:
        raise ValueError("left to the interpreter")
    return found


@overload(forms.interp)
def _interp(x: Any, xp: Any, fp: Any) -> Any:
    def number(x, xp, fp):  # type: ignore[no-untyped-def]
        require_pieces(xp, fp)
        return value_at(x, xp, fp)

    def vector(x, xp, fp):  # type: ignore[no-untyped-def]
        require_pieces(xp, fp)
        out = np.empty(x.shape[0])
        for k in range(x.shape[0]):
            out[k] = value_at(x[k], xp, fp)
        return out

    return vector if isinstance(x, Array) else number


@inside(boundscheck=False)
def slope_at(at, xp, fp):  # type: ignore[no-untyped-def]
    if at >= xp[0] and at <= xp[-1]:
        i = knot_before(at, xp)
        return (fp[i + 1] - fp[i]) / (xp[i + 1] - xp[i])
    return 0.0


@overload(forms.interp_back)
def _interp_back(dy: Any, x: Any, xp: Any, fp: Any) -> Any:
    def number(dy, x, xp, fp):  # type: ignore[no-untyped-def]
        return dy * slope_at(x, xp, fp)

    def vector(dy, x, xp, fp):  # type: ignore[no-untyped-def]
        out = np.empty(x.shape[0])
        for k in range(x.shape[0]):
            out[k] = dy[k] * slope_at(x[k], xp, fp)
        return out

    return vector if isinstance(x, Array) else number


@inside(boundscheck=False)
def add_to_values(out, dy, at, xp):  # type: ignore[no-untyped-def]
    if at != at:
        raise ValueError("left to the interpreter")
    if at < xp[0]:
        out[0] += dy
    elif at > xp[-1]:
        out[-1] += dy
    else:
        i = knot_before(at, xp)
        part = (at - xp[i]) / (xp[i + 1] - xp[i])
        out[i] += dy * (1.0 - part)
        out[i + 1] += dy * part


@overload(forms.interp_values_back)
def _interp_values_back(dy: Any, x: Any, xp: Any, fp: Any) -> Any:
    def number(dy, x, xp, fp):  # type: ignore[no-untyped-def]
        out = np.zeros(fp.shape[0])
        add_to_values(out, dy, x, xp)
        return out

    def vector(dy, x, xp, fp):  # type: ignore[no-untyped-def]
        out = np.zeros(fp.shape[0])
        for k in range(x.shape[0]):
            add_to_values(out, dy[k], x[k], xp)
        return out

    return vector if isinstance(x, Array) else number


@inside(boundscheck=False)
def add_to_knots(out, dy, at, xp, fp):  # type: ignore[no-untyped-def]
    if at != at:
        raise ValueError("left to the interpreter")
    if at >= xp[0] and at <= xp[-1]:
        i = knot_before(at, xp)
        step = xp[i + 1] - xp[i]
        part, g = (at - xp[i]) / step, -dy * ((fp[i + 1] - fp[i]) / step)
        out[i] += g * (1.0 - part)
        out[i + 1] += g * part


@overload(forms.interp_knots_back)
def _interp_knots_back(dy: Any, x: Any, xp: Any, fp: Any) -> Any:
    def number(dy, x, xp, fp):  # type: ignore[no-untyped-def]
        out = np.zeros(xp.shape[0])
        add_to_knots(out, dy, x, xp, fp)
        return out

    def vector(dy, x, xp, fp):  # type: ignore[no-untyped-def]
        out = np.zeros(xp.shape[0])
        for k in range(x.shape[0]):
            add_to_knots(out, dy[k], x[k], xp, fp)
        return out

    return vector if isinstance(x, Array) else number
