"""NumPy and math functions, or uses of them, that Numba lacks. What is a view in NumPy is one here."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import vectorize
from numba.core import types
from numba.core.types import Array, BaseTuple, Number
from numba.cpython.unsafe.tuple import tuple_setitem
from numba.extending import overload as numba_overload
from numba.np.unsafe.ndarray import to_fixed_tuple
from numpy.lib.stride_tricks import as_strided

from zygote_nb.runtime.compiled.registration import inexact, is_int, is_none, overload
from zygote_nb.runtime.compiled.rows import _row_roll, _rows

# Elementwise


@vectorize
def _heaviside(x, half):  # type: ignore[no-untyped-def]
    return np.nan if x != x else 0.0 if x < 0 else 1.0 if x > 0 else half


@overload(np.heaviside)
def _heaviside_overload(x: Any, half: Any) -> Any:
    return lambda x, half: _heaviside(x, half)


@overload(abs)
def _abs(x: Any) -> Any:
    return (lambda x: np.abs(x)) if isinstance(x, Array) else None


@overload(np.clip)
def _clip(a: Any, a_min: Any = None, a_max: Any = None) -> Any:
    if not isinstance(a, Number) or isinstance(a_min, Array) or isinstance(a_max, Array):
        return None
    if is_none(a_min):
        return lambda a, a_min=None, a_max=None: np.minimum(a, a_max)
    if is_none(a_max):
        return lambda a, a_min=None, a_max=None: np.maximum(a, a_min)
    return lambda a, a_min=None, a_max=None: np.minimum(np.maximum(a, a_min), a_max)


@overload(np.real_if_close)
def _real_if_close(a: Any) -> Any:
    return None if isinstance(getattr(a, "dtype", a), types.Complex) else lambda a: a


@overload(np.ndim)
def _ndim(a: Any) -> Any:
    ndim = a.ndim if isinstance(a, Array) else 0
    return lambda a: ndim


@overload(math.cbrt)
def _cbrt(x: Any) -> Any:
    return lambda x: np.cbrt(x)


@overload(math.prod)
def _math_prod(x: Any) -> Any:
    return (lambda x: np.prod(x)) if isinstance(x, Array) else None


@overload(math.remainder)
def _remainder(x: Any, y: Any) -> Any:
    def remainder(x, y):  # type: ignore[no-untyped-def]
        if y == 0 or np.isinf(x):
            raise ValueError("math domain error")
        if np.isinf(y):
            return x
        rest = np.fmod(x, y)
        if 2.0 * abs(rest) > abs(y) or (2.0 * abs(rest) == abs(y) and round((x - rest) / y) % 2):
            rest -= math.copysign(y, rest)
        return rest

    return remainder


# Products


@overload(np.inner)
def _inner(a: Any, b: Any) -> Any:
    if not isinstance(a, Array) or not isinstance(b, Array):
        return lambda a, b: a * b
    match a.ndim, b.ndim:
        case (1, 1) | (2, 1):
            return lambda a, b: np.dot(a, b)
        case 1, 2:
            return lambda a, b: np.dot(b, a)
        case 2, 2:
            return lambda a, b: np.dot(a, b.T)
    return None


@overload(np.dot)
def _dot(a: Any, b: Any) -> Any:
    return None if isinstance(a, Array) and isinstance(b, Array) else lambda a, b: a * b


@overload(np.vdot)
def _vdot(a: Any, b: Any) -> Any:
    if not isinstance(a, Array) or not isinstance(b, Array) or max(a.ndim, b.ndim) < 2:
        return None
    return lambda a, b: np.dot(np.ascontiguousarray(a).reshape(a.size), np.ascontiguousarray(b).reshape(b.size))


@overload(np.linalg.norm)
def _norm(x: Any, ord: Any = None, axis: Any = None) -> Any:
    if not is_none(ord) or is_none(axis):
        return None
    return lambda x, ord=None, axis=None: np.sqrt(np.sum(x * x, axis=axis))


@overload(np.diagonal)
def _diagonal(a: Any, offset: Any = 0) -> Any:
    if a.ndim != 2:
        return None

    def diagonal(a, offset=0):  # type: ignore[no-untyped-def]
        corner = a[max(-offset, 0) :, max(offset, 0) :]
        return as_strided(corner, (min(corner.shape),), (a.strides[0] + a.strides[1],))

    return diagonal


# Shapes


@overload(np.flip)
def _flip(m: Any, axis: Any = None) -> Any:
    if not is_int(axis):
        return None
    n = m.ndim
    return lambda m, axis=None: m[tuple_setitem(straight(m), axis % n, slice(None, None, -1))]


def straight(m: Any) -> Any: ...


@overload(straight)
def straight_overload(m: Any) -> Any:
    """The index that takes everything, as slices with a step."""
    return _written("m", "return (" + "slice(None, None, 1), " * m.ndim + ")")


def _written(signature: str, *lines: str) -> Any:
    space: dict[str, Any] = {"__name__": __name__, "np": np}
    exec("\n    ".join([f"def f({signature}):", *lines]), space)
    return space["f"]


@overload(np.expand_dims)
def _expand_dims(a: Any, axis: Any) -> Any:
    if not isinstance(axis, BaseTuple):
        return None
    rank, count = a.ndim + len(axis), len(axis)
    steps = [f"a{i + 1} = np.expand_dims(a{i}, places[{i}])" for i in range(count)]
    return _written("a, axis", f"places = np.sort(np.array(axis) % {rank})", "a0 = a", *steps, f"return a{count}")


@overload(np.squeeze)
def _squeeze(a: Any, axis: Any = None) -> Any:
    view = is_int(axis) and a.ndim > 1
    return (lambda a, axis=None: np.moveaxis(a, axis, 0)[0]) if view else None


@overload(np.matrix_transpose)
def _matrix_transpose(x: Any) -> Any:
    return lambda x: np.swapaxes(x, -2, -1)


@overload(np.atleast_1d)
def _atleast_1d(x: Any) -> Any:
    return None if isinstance(x, Array) else lambda x: np.full(1, x)


@overload(np.array)
def _array(x: Any) -> Any:
    return (lambda x: x.copy()) if isinstance(x, Array) else None


@overload(np.roll)
def _roll(a: Any, shift: Any, axis: Any = None) -> Any:
    if not is_int(axis):
        return None
    return lambda a, shift, axis=None: _row_roll(_rows(a, axis), shift).reshape(a.shape)


@overload(np.rot90)
def _rot90(m: Any, k: Any, axes: Any) -> Any:
    return (lambda m, k, axes: np.rot90(m, k)) if m.ndim == 2 else None


@overload(np.repeat)
def _repeat(a: Any, repeats: Any, axis: Any = None) -> Any:
    if is_none(axis) or not isinstance(a, Array):
        return None
    return lambda a, repeats, axis=None: _taken(a, np.repeat(np.arange(a.shape[axis]), repeats), axis)


def _taken(a: Any, index: Any, axis: Any) -> Any: ...


@overload(_taken)
def _taken_overload(a: Any, index: Any, axis: Any) -> Any:
    return lambda a, index, axis: np.ascontiguousarray(np.swapaxes(np.swapaxes(a, 0, axis)[index], 0, axis))


@overload(np.tile)
def _tile(A: Any, reps: Any) -> Any:
    if not isinstance(A, Array) or not (is_int(reps) or isinstance(reps, BaseTuple)):
        return None
    count = len(reps) if isinstance(reps, BaseTuple) else 1
    rank = max(A.ndim, count)
    ones, padding = (1,) * (rank - A.ndim), (1,) * (rank - count)
    if is_int(reps):
        return lambda A, reps: _tiled(A, ones + A.shape, (*padding, reps))
    return lambda A, reps: _tiled(A, ones + A.shape, padding + reps)


def _tiled(a: Any, shape: Any, counts: Any) -> Any: ...


@overload(_tiled)
def _tiled_overload(a: Any, shape: Any, counts: Any) -> Any:
    rank = len(shape)

    def tiled(a, shape, counts):  # type: ignore[no-untyped-def]
        lengths = np.empty(rank, np.int64)
        for k in range(rank):
            lengths[k] = shape[k] * counts[k]
        source = np.ascontiguousarray(a).reshape(shape)
        out = np.empty(to_fixed_tuple(lengths, rank), a.dtype)
        for place in np.ndindex(out.shape):
            origin = place
            for k in range(rank):
                origin = tuple_setitem(origin, k, place[k] % shape[k])
            out[place] = source[origin]
        return out

    return tiled


@overload(np.diff)
def _diff(a: Any, n: Any = 1, axis: Any = -1) -> Any:
    def diff(a, n=1, axis=-1):  # type: ignore[no-untyped-def]
        rows = np.ascontiguousarray(np.swapaxes(a, 0, axis))
        for _ in range(n):
            rows = rows[1:] - rows[:-1] if rows.shape[0] else rows
        return np.ascontiguousarray(np.swapaxes(rows, 0, axis))

    return diff


@overload(np.cumprod)
def _cumprod(a: Any, axis: Any = None) -> Any:
    if not is_int(axis):
        return None
    kind = a.dtype if inexact(a.dtype) is a.dtype else types.int64

    def cumprod(a, axis=None):  # type: ignore[no-untyped-def]
        rows = np.ascontiguousarray(np.swapaxes(a, 0, axis)).astype(kind)
        for i in range(1, rows.shape[0]):
            rows[i] *= rows[i - 1]
        return np.ascontiguousarray(np.swapaxes(rows, 0, axis))

    return cumprod


def _linspace(start: Any, stop: Any, num: Any = 50, endpoint: Any = True) -> Any:
    if not isinstance(endpoint, (types.BooleanLiteral, types.Boolean)):
        return None

    def linspace(start, stop, num=50, endpoint=True):  # type: ignore[no-untyped-def]
        steps = num - 1 if endpoint else num
        out = np.empty(num, np.float64)
        for i in range(num):
            out[i] = start + i * ((stop - start) / max(steps, 1))
        if endpoint and num > 1:
            out[num - 1] = stop
        return out

    return linspace


numba_overload(np.linspace, strict=False)(_linspace)
