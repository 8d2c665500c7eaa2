"""Helpers that work along an axis.

They see rows: a matrix whose first axis runs over the entries that belong together.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core.types import Array, BaseTuple, Integer
from numba.cpython.unsafe.tuple import tuple_setitem
from numba.extending import register_jitable
from numba.np.unsafe.ndarray import to_fixed_tuple

from zygote_nb.runtime import arrays
from zygote_nb.runtime.compiled.registration import inexact, is_int, is_none, overload
from zygote_nb.runtime.compiled.shapes import total


def _axes(x: Any, axis: Any) -> Any: ...


@overload(_axes)
def _axes_overload(x: Any, axis: Any) -> Any:
    """All axes, those of the reduction first."""
    n = x.ndim

    def axes(x, axis):  # type: ignore[no-untyped-def]
        order = np.empty(n, np.int64)
        taken = np.zeros(n, np.bool_)
        k = 0
        for i in axis:
            order[k] = i % n
            taken[i % n] = True
            k += 1
        for i in range(n):
            if not taken[i]:
                order[k] = i
                k += 1
        return to_fixed_tuple(order, n)

    return axes


def _rows(x: Any, axis: Any) -> Any: ...


@overload(_rows)
def _rows_overload(x: Any, axis: Any) -> Any:
    if is_none(axis):
        return lambda x, axis: np.ascontiguousarray(x).reshape((x.size, 1))
    if is_int(axis):
        return lambda x, axis: _rows(x, (axis,))

    def rows(x, axis):  # type: ignore[no-untyped-def]
        order = _axes(x, axis)
        n = m = 1
        for i in range(x.ndim):
            if i < len(axis):
                n *= x.shape[order[i]]
            else:
                m *= x.shape[order[i]]
        return np.ascontiguousarray(np.transpose(x, order)).reshape((n, m))

    return rows


def _from_rows(rows: Any, x: Any, axis: Any) -> Any: ...


@overload(_from_rows)
def _from_rows_overload(rows: Any, x: Any, axis: Any) -> Any:
    """Undo ``_rows`` for a result of the shape of ``x``."""
    if is_none(axis):
        return lambda rows, x, axis: rows.reshape(x.shape)
    if is_int(axis):
        return lambda rows, x, axis: _from_rows(rows, x, (axis,))
    n = x.ndim

    def from_rows(rows, x, axis):  # type: ignore[no-untyped-def]
        order = _axes(x, axis)
        shape, inverse = order, order
        for i in range(n):
            shape = tuple_setitem(shape, i, x.shape[order[i]])
            inverse = tuple_setitem(inverse, order[i], i)
        return np.ascontiguousarray(np.transpose(rows.reshape(shape), inverse))

    return from_rows


@register_jitable
def _row_products_of_others(a):  # type: ignore[no-untyped-def]
    n, m = a.shape
    out = np.ones((n, m), a.dtype)
    for j in range(m):
        for i in range(1, n):
            out[i, j] = out[i - 1, j] * a[i - 1, j]
        after = out.dtype.type(1)
        for i in range(n - 1, -1, -1):
            out[i, j] *= after
            after *= a[i, j]
    return out


@register_jitable
def _row_products_of_others_adjoint(g, a):  # type: ignore[no-untyped-def]
    n, m = a.shape
    out = np.zeros((n, m), g.dtype)
    for j in range(m):
        value, change = np.ones(n), np.zeros(n)
        for i in range(1, n):
            value[i] = value[i - 1] * a[i - 1, j]
            change[i] = change[i - 1] * a[i - 1, j] + value[i - 1] * g[i - 1, j]
        after, change_after = 1.0, 0.0
        for i in range(n - 1, -1, -1):
            out[i, j] = value[i] * change_after + change[i] * after
            change_after = change_after * a[i, j] + after * g[i, j]
            after *= a[i, j]
    return out


@register_jitable
def _row_deviations(a):  # type: ignore[no-untyped-def]
    n, m = a.shape
    out = np.empty((n, m), a.dtype)
    for j in range(m):
        mean = total(a[:, j]) / n
        for i in range(n):
            out[i, j] = a[i, j] - mean
        rest = total(out[:, j]) / n
        for i in range(n):
            out[i, j] -= rest
    return out


@register_jitable
def _row_shares(a, y):  # type: ignore[no-untyped-def]
    n, m = a.shape
    out = np.empty((n, m))
    for j in range(m):
        extremum, equal = y[0, j], 0
        for i in range(n):
            if a[i, j] == extremum or (a[i, j] != a[i, j] and extremum != extremum):
                out[i, j] = 1.0
                equal += 1
            else:
                out[i, j] = 0.0
        for i in range(n):
            out[i, j] /= equal
    return out


@register_jitable
def _row_cumsum_adjoint(g):  # type: ignore[no-untyped-def]
    n, m = g.shape
    out = g.copy()
    for j in range(m):
        for i in range(n - 2, -1, -1):
            out[i, j] += out[i + 1, j]
    return out


@register_jitable
def _row_cumprod_adjoint(g, a):  # type: ignore[no-untyped-def]
    n, m = a.shape
    out = np.ones((n, m), g.dtype)
    for j in range(m):
        for i in range(1, n):
            out[i, j] = out[i - 1, j] * a[i - 1, j]
        after = g.dtype.type(0)
        for i in range(n - 1, -1, -1):
            after = g[i, j] + (after * a[i + 1, j] if i + 1 < n else 0)
            out[i, j] *= after
    return out


@register_jitable
def _row_diff_adjoint(g, order):  # type: ignore[no-untyped-def]
    for _ in range(order):
        n, m = g.shape
        longer = np.zeros((n + 1, m), g.dtype)
        for i in range(n):
            for j in range(m):
                longer[i, j] -= g[i, j]
                longer[i + 1, j] += g[i, j]
        g = longer
    return g


@register_jitable
def _row_take_adjoint(g, indices, n):  # type: ignore[no-untyped-def]
    out = np.zeros((n, g.shape[1]), g.dtype)
    for k in range(g.shape[0]):
        for j in range(g.shape[1]):
            out[indices[k], j] += g[k, j]
    return out


@register_jitable
def _row_roll(g, shift):  # type: ignore[no-untyped-def]
    n, m = g.shape
    out = np.empty_like(g)
    for i in range(n):
        for j in range(m):
            out[(i + shift) % n, j] = g[i, j]
    return out


@overload(arrays.products_of_others)
def _products_of_others(x: Any, axis: Any = None) -> Any:
    def products_of_others(x, axis=None):  # type: ignore[no-untyped-def]
        return _from_rows(_row_products_of_others(_rows(x * 1.0, axis)), x, axis)

    def of_floats(x, axis=None):  # type: ignore[no-untyped-def]
        return _from_rows(_row_products_of_others(_rows(x, axis)), x, axis)

    return of_floats if inexact(x.dtype) is x.dtype else products_of_others


@overload(arrays.products_of_others_adjoint)
def _products_of_others_adjoint(dy: Any, x: Any, axis: Any = None) -> Any:
    return lambda dy, x, axis=None: _from_rows(
        _row_products_of_others_adjoint(_rows(dy, axis), _rows(x, axis)), x, axis
    )


@overload(arrays.deviations)
def _deviations(x: Any, axis: Any = None) -> Any:
    def deviations(x, axis=None):  # type: ignore[no-untyped-def]
        return _from_rows(_row_deviations(_rows(x * 1.0, axis)), x, axis)

    def of_floats(x, axis=None):  # type: ignore[no-untyped-def]
        return _from_rows(_row_deviations(_rows(x, axis)), x, axis)

    return of_floats if inexact(x.dtype) is x.dtype else deviations


@overload(arrays.shares)
def _shares(x: Any, y: Any, axis: Any = None) -> Any:
    if not isinstance(x, Array):
        return lambda x, y, axis=None: 1.0
    if isinstance(y, Array):
        return lambda x, y, axis=None: _from_rows(_row_shares(_rows(x, axis), _rows(y, axis)), x, axis)
    return lambda x, y, axis=None: _from_rows(_row_shares(_rows(x, axis), np.full((1, 1), y)), x, axis)


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
            return lambda dy, x, indices, axis=None: _from_rows(
                _row_take_adjoint(np.full((1, 1), dy), (indices,), x.size), x, None
            )
        return lambda dy, x, indices, axis=None: _from_rows(
            _row_take_adjoint(np.ascontiguousarray(dy).reshape((1, dy.size)), (indices,), x.shape[axis]), x, axis
        )
    if not isinstance(indices, Array):
        return None
    if is_none(axis):
        return lambda dy, x, indices, axis=None: _from_rows(
            _row_take_adjoint(_rows(dy, None), np.ascontiguousarray(indices).reshape(indices.size), x.size), x, None
        )
    if indices.ndim != 1:
        return None
    return lambda dy, x, indices, axis=None: _from_rows(
        _row_take_adjoint(_rows(dy, axis), indices, x.shape[axis]), x, axis
    )


@overload(arrays.repeat_adjoint)
def _repeat_adjoint(dy: Any, x: Any, repeats: Any, axis: Any = None) -> Any:
    if not isinstance(x, Array):
        return lambda dy, x, repeats, axis=None: total(dy)
    if is_none(axis):
        return lambda dy, x, repeats, axis=None: _from_rows(
            _row_take_adjoint(_rows(dy, None), np.repeat(np.arange(x.size), repeats), x.size), x, None
        )
    return lambda dy, x, repeats, axis=None: _from_rows(
        _row_take_adjoint(_rows(dy, axis), np.repeat(np.arange(x.shape[axis]), repeats), x.shape[axis]), x, axis
    )


@overload(arrays.roll_back)
def _roll_back(dy: Any, shift: Any, axis: Any = None) -> Any:
    if not is_int(shift) or isinstance(axis, BaseTuple):
        return None
    return lambda dy, shift, axis=None: _from_rows(_row_roll(_rows(dy, axis), -shift), dy, axis)


@overload(arrays.diagonal_adjoint)
def _diagonal_adjoint(dy: Any, x: Any, k: Any = 0) -> Any:
    def diagonal_adjoint(dy, x, k=0):  # type: ignore[no-untyped-def]
        d_x = np.zeros(x.shape, dy.dtype)
        for i in range(dy.shape[0]):
            d_x[i + max(-k, 0), i + max(k, 0)] = dy[i]
        return d_x

    return diagonal_adjoint
