"""Helpers that work along an axis.

They see an array of three axes: those before the axis in one, the axis, and those after it in one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core.types import Array, BaseTuple, Integer
from numba.cpython.unsafe.tuple import tuple_setitem
from numba.extending import register_jitable

from zygote_nb.runtime import arrays
from zygote_nb.runtime.compiled.registration import inexact, is_int, is_none, overload
from zygote_nb.runtime.compiled.shapes import total

PIECE = 256
"""How many entries are looked through at once for an extremum."""


def _sides(x: Any, axis: Any) -> Any: ...


@overload(_sides)
def _sides_overload(x: Any, axis: Any) -> Any:
    """How many entries there are along the axes before and after."""
    n = x.ndim

    def sides(x, axis):  # type: ignore[no-untyped-def]
        before = after = 1
        for i in range(n):
            if i < axis % n:
                before *= x.shape[i]
            elif i > axis % n:
                after *= x.shape[i]
        return before, after

    return sides


def _order(x: Any, axis: Any) -> Any: ...


@overload(_order)
def _order_overload(x: Any, axis: Any) -> Any:
    """All axes, those of a tuple first."""
    n, count, straight = x.ndim, len(axis), tuple(range(x.ndim))

    def order(x, axis):  # type: ignore[no-untyped-def]
        places, k = straight, 0
        for i in axis:
            places = tuple_setitem(places, k, i % n)
            k += 1
        for i in range(n):
            taken = False
            for j in range(count):
                taken = taken or places[j] == i
            if not taken:
                places = tuple_setitem(places, k, i)
                k += 1
        return places

    return order


def _rows(x: Any, axis: Any) -> Any: ...


@overload(_rows)
def _rows_overload(x: Any, axis: Any) -> Any:
    if is_none(axis):
        return lambda x, axis: np.ascontiguousarray(x).reshape((1, x.size, 1))
    if is_int(axis):

        def rows(x, axis):  # type: ignore[no-untyped-def]
            before, after = _sides(x, axis)
            return np.ascontiguousarray(x).reshape((before, x.shape[axis], after))

        return rows
    count = len(axis)

    def rows_of_several(x, axis):  # type: ignore[no-untyped-def]
        order = _order(x, axis)
        n = m = 1
        for i in range(x.ndim):
            if i < count:
                n *= x.shape[order[i]]
            else:
                m *= x.shape[order[i]]
        return np.ascontiguousarray(np.transpose(x, order)).reshape((1, n, m))

    return rows_of_several


def _from_rows(rows: Any, x: Any, axis: Any) -> Any: ...


@overload(_from_rows)
def _from_rows_overload(rows: Any, x: Any, axis: Any) -> Any:
    """Undo ``_rows`` for a result of the shape of ``x``."""
    if not isinstance(axis, BaseTuple):
        return lambda rows, x, axis: rows.reshape(x.shape)
    n = x.ndim

    def from_rows(rows, x, axis):  # type: ignore[no-untyped-def]
        order = _order(x, axis)
        shape, inverse = order, order
        for i in range(n):
            shape = tuple_setitem(shape, i, x.shape[order[i]])
            inverse = tuple_setitem(inverse, order[i], i)
        return np.ascontiguousarray(np.transpose(rows.reshape(shape), inverse))

    return from_rows


@register_jitable
def _row_products_of_others(x):  # type: ignore[no-untyped-def]
    a = x * 1.0
    out = np.ones_like(a)
    for b in range(a.shape[0]):
        for j in range(a.shape[2]):
            for i in range(1, a.shape[1]):
                out[b, i, j] = out[b, i - 1, j] * a[b, i - 1, j]
            after = 1.0
            for i in range(a.shape[1] - 1, -1, -1):
                out[b, i, j] *= after
                after *= a[b, i, j]
    return out


@register_jitable
def _row_products_of_others_adjoint(g, a):  # type: ignore[no-untyped-def]
    out = np.zeros_like(g)
    n = a.shape[1]
    value, change = np.ones(n), np.zeros(n)
    for b in range(a.shape[0]):
        for j in range(a.shape[2]):
            for i in range(1, n):
                value[i] = value[i - 1] * a[b, i - 1, j]
                change[i] = change[i - 1] * a[b, i - 1, j] + value[i - 1] * g[b, i - 1, j]
            after, change_after = 1.0, 0.0
            for i in range(n - 1, -1, -1):
                out[b, i, j] = value[i] * change_after + change[i] * after
                change_after = change_after * a[b, i, j] + after * g[b, i, j]
                after *= a[b, i, j]
    return out


@register_jitable
def _row_deviations(x):  # type: ignore[no-untyped-def]
    out = x * 1.0
    for b in range(out.shape[0]):
        for j in range(out.shape[2]):
            for _ in range(2):
                mean = total(out[b, :, j]) / out.shape[1]
                for i in range(out.shape[1]):
                    out[b, i, j] -= mean
    return out


@register_jitable
def _row_shares(a, y):  # type: ignore[no-untyped-def]
    out = np.zeros(a.shape)
    for b in range(a.shape[0]):
        for j in range(a.shape[2]):
            extremum, equal = y[b, 0, j], 0
            for i in range(a.shape[1]):
                if a[b, i, j] == extremum or (a[b, i, j] != a[b, i, j] and extremum != extremum):
                    out[b, i, j] = 1.0
                    equal += 1
            for i in range(a.shape[1]):
                out[b, i, j] /= equal
    return out


@register_jitable
def _equal_to(x, y):  # type: ignore[no-untyped-def]
    """How many entries of a vector are equal to its extremum, in a loop that LLVM vectorises."""
    equal = 0
    if y != y:
        for i in range(x.size):
            equal += x[i] != x[i]
    else:
        for i in range(x.size):
            equal += x[i] == y
    return equal


@register_jitable
def _share_of_number(x, y):  # type: ignore[no-untyped-def]
    """Of one extremum of all entries, in loops that LLVM vectorises."""
    return np.divide(1.0, _equal_to(x.ravel(), y))


@register_jitable
def _shares_of_number(x, y):  # type: ignore[no-untyped-def]
    return arrays.shared(x, y, _share_of_number(x, y))


@register_jitable
def _add_shares(d_x, x, y, d_y):  # type: ignore[no-untyped-def]
    """Where the vector is long, adds in the pieces that have an extremum: in all others, it would add zeros."""
    n = x.size
    if d_x.size != n:
        raise ValueError("the lengths differ")
    if n > PIECE and np.isfinite(d_y):
        _add_in_pieces(d_x, x, y, d_y)
        return
    part = np.divide(1.0, _equal_to(x, y))
    for i in range(n):
        d_x[i] += d_y * arrays.shared(x[i], y, part)


@register_jitable
def _add_in_pieces(d_x, x, y, d_y):  # type: ignore[no-untyped-def]
    equal, first, behind = 0, 0, x.size
    for start in range(0, x.size, PIECE):
        here = _equal_to(x[start : start + PIECE], y)
        if here > 0:
            first = first if equal > 0 else start
            equal, behind = equal + here, min(start + PIECE, x.size)
    part = np.divide(1.0, equal)
    own, entries = d_x[first:behind], x[first:behind]
    for i in range(entries.size):
        own[i] += d_y * arrays.shared(entries[i], y, part)


@register_jitable
def _row_cumsum_adjoint(g):  # type: ignore[no-untyped-def]
    out = g.copy()
    for b in range(g.shape[0]):
        for i in range(g.shape[1] - 2, -1, -1):
            for j in range(g.shape[2]):
                out[b, i, j] += out[b, i + 1, j]
    return out


@register_jitable
def _row_cumprod_adjoint(g, a):  # type: ignore[no-untyped-def]
    out = np.ones_like(g)
    n = a.shape[1]
    for b in range(a.shape[0]):
        for j in range(a.shape[2]):
            for i in range(1, n):
                out[b, i, j] = out[b, i - 1, j] * a[b, i - 1, j]
            after = 0.0
            for i in range(n - 1, -1, -1):
                after = g[b, i, j] + (after * a[b, i + 1, j] if i + 1 < n else 0.0)
                out[b, i, j] *= after
    return out


@register_jitable
def _row_diff_adjoint(g, order):  # type: ignore[no-untyped-def]
    for _ in range(order):
        longer = np.zeros((g.shape[0], g.shape[1] + 1, g.shape[2]), g.dtype)
        for b in range(g.shape[0]):
            for i in range(g.shape[1]):
                for j in range(g.shape[2]):
                    longer[b, i, j] -= g[b, i, j]
                    longer[b, i + 1, j] += g[b, i, j]
        g = longer
    return g


@register_jitable
def _row_take_adjoint(g, indices, n):  # type: ignore[no-untyped-def]
    out = np.zeros((g.shape[0], n, g.shape[2]), g.dtype)
    for b in range(g.shape[0]):
        for k in range(g.shape[1]):
            for j in range(g.shape[2]):
                out[b, indices[k], j] += g[b, k, j]
    return out


@register_jitable
def _row_roll(g, shift):  # type: ignore[no-untyped-def]
    out = np.empty_like(g)
    for b in range(g.shape[0]):
        for i in range(g.shape[1]):
            for j in range(g.shape[2]):
                out[b, (i + shift) % g.shape[1], j] = g[b, i, j]
    return out


@overload(arrays.products_of_others)
def _products_of_others(x: Any, axis: Any = None) -> Any:
    return lambda x, axis=None: _from_rows(_row_products_of_others(_rows(x, axis)), x, axis)


@overload(arrays.products_of_others_adjoint)
def _products_of_others_adjoint(dy: Any, x: Any, axis: Any = None) -> Any:
    return lambda dy, x, axis=None: _from_rows(
        _row_products_of_others_adjoint(_rows(dy, axis), _rows(x, axis)), x, axis
    )


@overload(arrays.deviations)
def _deviations(x: Any, axis: Any = None) -> Any:
    return lambda x, axis=None: _from_rows(_row_deviations(_rows(x, axis)), x, axis)


@overload(arrays.share)
def _share(x: Any, y: Any) -> Any:
    return lambda x, y: _share_of_number(x, y)


@overload(arrays.add_shares)
def _add_shares_overload(d_x: Any, x: Any, y: Any, d_y: Any) -> Any:
    return lambda d_x, x, y, d_y: _add_shares(d_x, x, y, d_y)


@overload(arrays.shares)
def _shares(x: Any, y: Any, axis: Any = None) -> Any:
    if not isinstance(x, Array):
        return lambda x, y, axis=None: 1.0
    if isinstance(y, Array):
        return lambda x, y, axis=None: _from_rows(_row_shares(_rows(x, axis), _rows(y, axis)), x, axis)
    return lambda x, y, axis=None: _shares_of_number(x, y)


@overload(arrays.cumsum_adjoint)
def _cumsum_adjoint(dy: Any, x: Any, axis: Any = None) -> Any:
    return lambda dy, x, axis=None: _from_rows(_row_cumsum_adjoint(_rows(dy, axis)), x, axis)


@overload(arrays.cumprod_adjoint)
def _cumprod_adjoint(dy: Any, x: Any, axis: Any = None) -> Any:
    return lambda dy, x, axis=None: _from_rows(_row_cumprod_adjoint(_rows(dy, axis), _rows(x, axis)), x, axis)


@overload(arrays.diff_adjoint)
def _diff_adjoint(dy: Any, x: Any, n: Any = 1, axis: Any = -1) -> Any:
    kind = inexact(dy.dtype)

    def diff_adjoint(dy, x, n=1, axis=-1):  # type: ignore[no-untyped-def]
        if n > x.shape[axis]:
            return np.zeros(x.shape, kind)
        return _from_rows(_row_diff_adjoint(_rows(dy, axis), n), x, axis)

    return diff_adjoint


@overload(arrays.take_adjoint)
def _take_adjoint(dy: Any, x: Any, indices: Any, axis: Any = None) -> Any:
    if isinstance(indices, Integer):
        if not isinstance(dy, Array):
            return lambda dy, x, indices, axis=None: _row_take_adjoint(
                np.full((1, 1, 1), dy), (indices,), x.size
            ).reshape(x.shape)
        return lambda dy, x, indices, axis=None: _taken_back(dy, x, (indices,), 1, axis)
    if not isinstance(indices, Array):
        return None
    if is_none(axis):
        return lambda dy, x, indices, axis=None: _row_take_adjoint(
            _rows(dy, None), np.ascontiguousarray(indices).reshape(indices.size), x.size
        ).reshape(x.shape)
    return lambda dy, x, indices, axis=None: _taken_back(
        dy, x, np.ascontiguousarray(indices).reshape(indices.size), indices.size, axis
    )


@register_jitable
def _taken_back(dy, x, indices, count, axis):  # type: ignore[no-untyped-def]
    before, after = _sides(x, axis)
    g = np.ascontiguousarray(dy).reshape((before, count, after))
    return _row_take_adjoint(g, indices, x.shape[axis]).reshape(x.shape)


@overload(arrays.repeat_adjoint)
def _repeat_adjoint(dy: Any, x: Any, repeats: Any, axis: Any = None) -> Any:
    if not isinstance(x, Array):
        return lambda dy, x, repeats, axis=None: total(dy)
    if is_none(axis):
        return lambda dy, x, repeats, axis=None: _row_take_adjoint(
            _rows(dy, None), np.repeat(np.arange(x.size), repeats), x.size
        ).reshape(x.shape)
    return lambda dy, x, repeats, axis=None: _row_take_adjoint(
        _rows(dy, axis), np.repeat(np.arange(x.shape[axis]), repeats), x.shape[axis]
    ).reshape(x.shape)


@overload(arrays.roll_back)
def _roll_back(dy: Any, shift: Any, axis: Any = None) -> Any:
    if not is_int(shift) or isinstance(axis, BaseTuple):
        return None
    return lambda dy, shift, axis=None: _row_roll(_rows(dy, axis), -shift).reshape(dy.shape)


@overload(arrays.diagonal_adjoint)
def _diagonal_adjoint(dy: Any, x: Any, k: Any = 0) -> Any:
    def diagonal_adjoint(dy, x, k=0):  # type: ignore[no-untyped-def]
        d_x = np.zeros(x.shape, dy.dtype)
        for i in range(dy.shape[0]):
            d_x[i + max(-k, 0), i + max(k, 0)] = dy[i]
        return d_x

    return diagonal_adjoint
