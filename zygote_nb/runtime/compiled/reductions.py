"""NumPy's reductions over axes, for Numba, which knows most of them for whole arrays only.

A kernel reduces the columns of a matrix whose first axis runs over the entries that belong together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba.core import types
from numba.core.types import Array, BaseTuple
from numba.extending import overload, register_jitable
from numba.np.unsafe.ndarray import to_fixed_tuple

from zygote_nb.runtime.compiled.registration import inexact, is_int, is_none
from zygote_nb.runtime.compiled.registration import overload as overload_helper
from zygote_nb.runtime.compiled.rows import _axes, _rows
from zygote_nb.runtime.compiled.shapes import total

Kernel = Callable[..., Any]


def _reduced_shape(x: Any, axis: Any) -> Any: ...


@overload_helper(_reduced_shape)
def _reduced_shape_overload(x: Any, axis: Any) -> Any:
    """The axes that are left."""
    k, left = len(axis), x.ndim - len(axis)

    def reduced_shape(x, axis):  # type: ignore[no-untyped-def]
        order = _axes(x, axis)
        shape = np.empty(left, np.int64)
        for i in range(left):
            shape[i] = x.shape[order[k + i]]
        return to_fixed_tuple(shape, left)

    return reduced_shape


def _kept_shape(x: Any, axis: Any) -> Any: ...


@overload_helper(_kept_shape)
def _kept_shape_overload(x: Any, axis: Any) -> Any:
    """All axes, those of the reduction of length one."""
    n = x.ndim

    def kept_shape(x, axis):  # type: ignore[no-untyped-def]
        shape = np.array(x.shape)
        for i in axis:
            shape[i] = 1
        return to_fixed_tuple(shape, n)

    return kept_shape


def _is_true(flag: Any) -> bool:
    return bool(getattr(flag, "literal_value", getattr(flag, "value", flag)))


def reduced(x: Any, axis: Any, keepdims: Any, kernel: Kernel, extra: tuple[Any, ...] = ()) -> Callable[..., Any] | None:
    """``impl(x, axis, ddof)`` for the types of the arguments, or None if they are not covered."""
    if not isinstance(x, Array):
        return None
    if is_none(axis):
        if _is_true(keepdims):
            ones = (1,) * x.ndim
            return register_jitable(lambda x, axis, ddof: kernel(_rows(x, None), ddof).reshape(ones))
        return register_jitable(lambda x, axis, ddof: kernel(_rows(x, None), ddof)[0])
    if is_int(axis):
        if x.ndim == 1 and not _is_true(keepdims):
            return register_jitable(lambda x, axis, ddof: kernel(_rows(x, None), ddof)[0])
        if _is_true(keepdims):
            return register_jitable(
                lambda x, axis, ddof: kernel(_rows(x, (axis,)), ddof).reshape(_kept_shape(x, (axis,)))
            )
        return register_jitable(
            lambda x, axis, ddof: kernel(_rows(x, (axis,)), ddof).reshape(_reduced_shape(x, (axis,)))
        )
    if not isinstance(axis, BaseTuple):
        return None
    if _is_true(keepdims):
        return register_jitable(lambda x, axis, ddof: kernel(_rows(x, axis), ddof).reshape(_kept_shape(x, axis)))
    if len(axis) == x.ndim:
        return register_jitable(lambda x, axis, ddof: kernel(_rows(x, axis), ddof)[0])
    return register_jitable(lambda x, axis, ddof: kernel(_rows(x, axis), ddof).reshape(_reduced_shape(x, axis)))


def _inexact_zeros(a: Any) -> Any: ...


@overload_helper(_inexact_zeros)
def _inexact_zeros_overload(a: Any) -> Any:
    kind = inexact(a.dtype)
    return lambda a: np.zeros(a.shape[1], kind)


def _whole_zeros(a: Any) -> Any: ...


@overload_helper(_whole_zeros)
def _whole_zeros_overload(a: Any) -> Any:
    """Sums and products of small integers are formed in 64 bits."""
    kind = a.dtype if isinstance(a.dtype, (types.Float, types.Complex)) else types.int64
    return lambda a: np.zeros(a.shape[1], kind)


@register_jitable
def _sum(a, ddof):  # type: ignore[no-untyped-def]
    out = _whole_zeros(a)
    for j in range(a.shape[1]):
        out[j] = total(a[:, j])
    return out


@register_jitable
def _mean(a, ddof):  # type: ignore[no-untyped-def]
    out = _inexact_zeros(a)
    for j in range(a.shape[1]):
        out[j] = total(a[:, j] * 1.0) / a.shape[0]
    return out


@register_jitable
def _prod(a, ddof):  # type: ignore[no-untyped-def]
    out = _whole_zeros(a) + 1
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[j] *= a[i, j]
    return out


@register_jitable
def _var(a, ddof):  # type: ignore[no-untyped-def]
    out = _inexact_zeros(a)
    for j in range(a.shape[1]):
        centred = a[:, j] - total(a[:, j] * 1.0) / a.shape[0]
        out[j] = total(centred * centred) / max(a.shape[0] - ddof, 0)
    return out


@register_jitable
def _std(a, ddof):  # type: ignore[no-untyped-def]
    out = _var(a, ddof)
    for j in range(out.size):
        out[j] = np.sqrt(out[j])
    return out


@register_jitable
def _max(a, ddof):  # type: ignore[no-untyped-def]
    if a.shape[0] == 0:
        raise ValueError("zero-size array to reduction operation maximum which has no identity")
    out = a[0].copy()
    for i in range(1, a.shape[0]):
        for j in range(a.shape[1]):
            if a[i, j] > out[j] or a[i, j] != a[i, j]:
                out[j] = a[i, j]
    return out


@register_jitable
def _min(a, ddof):  # type: ignore[no-untyped-def]
    if a.shape[0] == 0:
        raise ValueError("zero-size array to reduction operation minimum which has no identity")
    out = a[0].copy()
    for i in range(1, a.shape[0]):
        for j in range(a.shape[1]):
            if a[i, j] < out[j] or a[i, j] != a[i, j]:
                out[j] = a[i, j]
    return out


@register_jitable
def _ptp(a, ddof):  # type: ignore[no-untyped-def]
    return _max(a, ddof) - _min(a, ddof)


@register_jitable
def _any(a, ddof):  # type: ignore[no-untyped-def]
    out = np.zeros(a.shape[1], np.bool_)
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[j] = out[j] or a[i, j] != 0
    return out


@register_jitable
def _all(a, ddof):  # type: ignore[no-untyped-def]
    out = np.ones(a.shape[1], np.bool_)
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[j] = out[j] and a[i, j] != 0
    return out


def register(fn: Any, kernel: Kernel) -> None:
    def typed(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False) -> Any:
        if not (is_none(dtype) and is_none(out)):
            return None
        impl = reduced(a, axis, keepdims, kernel)
        return impl and (lambda a, axis=None, dtype=None, out=None, keepdims=False: impl(a, axis, 0))

    overload(fn, strict=False, prefer_literal=True)(typed)


def register_moment(fn: Any, kernel: Kernel) -> None:
    def typed(
        a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: Any = False
    ) -> Any:
        if not (is_none(dtype) and is_none(out)):
            return None
        impl = reduced(a, axis, keepdims, kernel)
        return impl and (lambda a, axis=None, dtype=None, out=None, ddof=0, keepdims=False: impl(a, axis, ddof))

    overload(fn, strict=False, prefer_literal=True)(typed)


for _fn, _kernel in ((np.sum, _sum), (np.mean, _mean), (np.prod, _prod), (np.max, _max), (np.min, _min),
                     (np.amax, _max), (np.amin, _min), (np.ptp, _ptp), (np.any, _any), (np.all, _all)):  # fmt: skip
    register(_fn, _kernel)
register_moment(np.var, _var)
register_moment(np.std, _std)
