"""NumPy's reductions over axes, for Numba, which knows most of them for whole arrays only.

A kernel reduces a vector, the entries that belong together, to a number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba.core import types
from numba.core.types import Array, BaseTuple
from numba.cpython.unsafe.tuple import tuple_setitem
from numba.extending import overload, register_jitable

from zygote_nb.runtime.compiled.registration import inexact, is_int, is_none
from zygote_nb.runtime.compiled.registration import overload as overload_helper
from zygote_nb.runtime.compiled.rows import _order, _rows
from zygote_nb.runtime.compiled.shapes import total

Kernel = Callable[..., Any]


@register_jitable
def _sum(column, ddof):  # type: ignore[no-untyped-def]
    return total(column)


@register_jitable
def _mean(column, ddof):  # type: ignore[no-untyped-def]
    return total(column) / column.size


@register_jitable
def _prod(column, ddof):  # type: ignore[no-untyped-def]
    product = column.dtype.type(1)
    for value in column:
        product *= value
    return product


@register_jitable
def _var(column, ddof):  # type: ignore[no-untyped-def]
    centred = column - total(column) / column.size
    return total(centred * centred) / max(column.size - ddof, 0)


@register_jitable
def _std(column, ddof):  # type: ignore[no-untyped-def]
    return np.sqrt(_var(column, ddof))


@register_jitable
def _max(column, ddof):  # type: ignore[no-untyped-def]
    if column.size == 0:
        raise ValueError("zero-size array to reduction operation maximum which has no identity")
    best = column[0]
    for value in column:
        if value > best or value != value:
            best = value
    return best


@register_jitable
def _min(column, ddof):  # type: ignore[no-untyped-def]
    if column.size == 0:
        raise ValueError("zero-size array to reduction operation minimum which has no identity")
    best = column[0]
    for value in column:
        if value < best or value != value:
            best = value
    return best


@register_jitable
def _ptp(column, ddof):  # type: ignore[no-untyped-def]
    return _max(column, ddof) - _min(column, ddof)


@register_jitable
def _any(column, ddof):  # type: ignore[no-untyped-def]
    found = False
    for value in column:
        found = found or value != 0
    return found


@register_jitable
def _all(column, ddof):  # type: ignore[no-untyped-def]
    missing = False
    for value in column:
        missing = missing or value == 0
    return not missing


def reduced(x: Any, axis: Any, keepdims: Any, kernel: Kernel, kind: Any) -> Callable[..., Any] | None:
    """``impl(x, axis, ddof)`` for the types of the arguments, or None if they are not covered."""
    if not isinstance(x, Array) or not (is_none(axis) or is_int(axis) or isinstance(axis, BaseTuple)):
        return None

    @register_jitable
    def columns(x, axis, ddof):  # type: ignore[no-untyped-def]
        rows = _rows(x, axis)
        out = np.empty((rows.shape[0], rows.shape[2]), kind)
        for b in range(out.shape[0]):
            for j in range(out.shape[1]):
                out[b, j] = kernel(rows[b, :, j], ddof)
        return out

    count = x.ndim if is_none(axis) else 1 if is_int(axis) else len(axis)
    if is_true(keepdims):
        return register_jitable(lambda x, axis, ddof: columns(x, axis, ddof).reshape(_kept(x, axis)))
    if count == x.ndim:
        return register_jitable(lambda x, axis, ddof: columns(x, axis, ddof)[0, 0])
    return register_jitable(lambda x, axis, ddof: columns(x, axis, ddof).reshape(_left(x, axis)))


def is_true(flag: Any) -> bool:
    """Whether a flag is known to be true."""
    return bool(getattr(flag, "literal_value", getattr(flag, "value", flag)) is True)


def _kept(x: Any, axis: Any) -> Any: ...


@overload_helper(_kept)
def _kept_overload(x: Any, axis: Any) -> Any:
    """The shape with the reduced axes of length one."""
    if is_none(axis):
        ones = (1,) * x.ndim
        return lambda x, axis: ones
    if is_int(axis):
        return lambda x, axis: tuple_setitem(x.shape, axis % x.ndim, 1)

    def kept(x, axis):  # type: ignore[no-untyped-def]
        shape = x.shape
        for i in axis:
            shape = tuple_setitem(shape, i % x.ndim, 1)
        return shape

    return kept


def _left(x: Any, axis: Any) -> Any: ...


@overload_helper(_left)
def _left_overload(x: Any, axis: Any) -> Any:
    """The shape without the reduced axes."""
    if is_int(axis):

        def left(x, axis):  # type: ignore[no-untyped-def]
            shape = x.shape[1:]
            for i in range(axis % x.ndim):
                shape = tuple_setitem(shape, i, x.shape[i])
            return shape

        return left
    count = len(axis)

    def left_of_several(x, axis):  # type: ignore[no-untyped-def]
        order = _order(x, axis)
        shape = x.shape[count:]
        for i in range(len(shape)):
            shape = tuple_setitem(shape, i, x.shape[order[count + i]])
        return shape

    return left_of_several


def whole(dtype: Any) -> Any:
    """The dtype of sums and products: small integers are taken together in 64 bits."""
    return dtype if isinstance(dtype, (types.Float, types.Complex)) else types.int64


def register(fn: Any, kernel: Kernel, kind_of: Callable[[Any], Any], only_keepdims: bool = False) -> None:
    def typed(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False) -> Any:
        if not (is_none(dtype) and is_none(out)) or (only_keepdims and not is_true(keepdims)):
            return None
        impl = reduced(a, axis, keepdims, kernel, kind_of(a.dtype) if isinstance(a, Array) else None)
        return impl and (lambda a, axis=None, dtype=None, out=None, keepdims=False: impl(a, axis, 0))

    overload(fn, strict=False, prefer_literal=True)(typed)


def register_moment(fn: Any, kernel: Kernel) -> None:
    def typed(
        a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: Any = False
    ) -> Any:
        if not (is_none(dtype) and is_none(out)):
            return None
        impl = reduced(a, axis, keepdims, kernel, inexact(a.dtype) if isinstance(a, Array) else None)
        return impl and (lambda a, axis=None, dtype=None, out=None, ddof=0, keepdims=False: impl(a, axis, ddof))

    overload(fn, strict=False, prefer_literal=True)(typed)


register(np.sum, _sum, whole, only_keepdims=True)
register(np.mean, _mean, inexact)
register(np.prod, _prod, whole)
for _fn, _kernel in ((np.max, _max), (np.amax, _max), (np.min, _min), (np.amin, _min), (np.ptp, _ptp)):
    register(_fn, _kernel, lambda dtype: dtype)
for _fn, _kernel in ((np.any, _any), (np.all, _all)):
    register(_fn, _kernel, lambda dtype: types.boolean)
register_moment(np.var, _var)
register_moment(np.std, _std)
