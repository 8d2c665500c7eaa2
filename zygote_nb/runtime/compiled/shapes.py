"""Helpers that sum, expand and reshape."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core.types import Array, Complex, complex64, complex128, float32
from numba.cpython.unsafe.tuple import tuple_setitem
from numba.np.unsafe.ndarray import to_fixed_tuple

from zygote_nb.runtime import arrays
from zygote_nb.runtime.compiled.registration import accumulator, inexact, is_int, is_none, overload


@overload(arrays.unbroadcast)
def _unbroadcast(g: Any, like: Any) -> Any:
    if not isinstance(g, Array) or (isinstance(like, Array) and like.ndim > g.ndim):
        return lambda g, like: g
    if not isinstance(like, Array):
        return lambda g, like: total(g)
    if g.ndim == like.ndim:
        return lambda g, like: g if g.shape == like.shape else _folded(g, like)
    return lambda g, like: _folded(g, like)


def total(g: Any) -> Any: ...


@overload(total)
def total_overload(g: Any) -> Any:
    """The sum of all entries, in blocks, so that rounding grows with the square root of the length."""
    kind, zero = g.dtype, accumulator(g.dtype)(0)

    def total(g):  # type: ignore[no-untyped-def]
        whole, block, n = zero, zero, 0
        for value in g.flat:
            block += value
            n += 1
            if n == 256:
                whole += block
                block = zero
                n = 0
        return kind(whole + block)

    return total


def _folded(g: Any, like: Any) -> Any: ...


@overload(_folded)
def _folded_overload(g: Any, like: Any) -> Any:
    """Sum ``g`` to the shape of ``like``, whose axes it repeats once or several times."""
    kind, wide = g.dtype, accumulator(g.dtype)
    extra, ndim = (1,) * (g.ndim - like.ndim), g.ndim

    def columns(g, like):  # type: ignore[no-untyped-def]
        out = np.zeros(like.shape, wide)
        for i in range(g.shape[0]):
            for j in range(g.shape[1]):
                out[j] += g[i, j]
        return out.astype(kind)

    def folded(g, like):  # type: ignore[no-untyped-def]
        out = np.zeros(like.shape, wide)
        shape = extra + like.shape
        padded = out.reshape(shape)
        for place in np.ndindex(g.shape):
            target = place
            for k in range(ndim):
                target = tuple_setitem(target, k, place[k] % shape[k])
            padded[target] += g[place]
        return out.astype(kind)

    def one_axis(g, like):  # type: ignore[no-untyped-def]
        out = np.zeros(like.shape, wide)
        n = like.shape[0]
        for i in range(g.shape[0]):
            out[i % n] += g[i]
        return out.astype(kind)

    if (g.ndim, like.ndim) == (1, 1):
        return one_axis
    return folded if like.ndim else lambda g, like: np.full((), total(g))


@overload(arrays.together)
def _together(a: Any, b: Any) -> Any:
    axes = tuple(range(1, min(a.ndim, b.ndim) + 1))

    def together(a, b):  # type: ignore[no-untyped-def]
        for k in axes:
            n, m = a.shape[-k], b.shape[-k]
            if n != m and n != 1 and m != 1:
                raise ValueError("operands could not be broadcast together")
        return True

    return together if axes else lambda a, b: True


@overload(arrays.tile_adjoint)
def _tile_adjoint(dy: Any, x: Any, reps: Any) -> Any:
    if not isinstance(x, Array):
        return lambda dy, x, reps: total(dy)
    return lambda dy, x, reps: _folded(dy, x)


@overload(arrays.expand)
def _expand(g: Any, like: Any) -> Any:
    if not isinstance(like, Array):
        return lambda g, like: g
    kind = inexact(like.dtype)
    if isinstance(getattr(g, "dtype", g), Complex) and not isinstance(kind, Complex):
        kind = complex64 if kind == float32 else complex128
    if not isinstance(g, Array):

        def filled(g, like):  # type: ignore[no-untyped-def]
            out = np.empty(like.shape, kind)
            out[...] = g
            return out

        return filled

    def expand(g, like):  # type: ignore[no-untyped-def]
        out = np.empty(like.shape, kind)
        out[...] = _padded(g, like)
        return out

    return expand


def _padded(g: Any, like: Any) -> Any: ...


@overload(_padded)
def _padded_overload(g: Any, like: Any) -> Any:
    """``g`` with as many axes as ``like``."""
    if g.ndim == like.ndim:
        return lambda g, like: g
    ones = (1,) * (like.ndim - g.ndim)
    return lambda g, like: np.ascontiguousarray(g).reshape(ones + g.shape)


@overload(arrays.reshape_like)
def _reshape_like(g: Any, like: Any) -> Any:
    if not isinstance(like, Array):
        return (lambda g, like: g.flat[0]) if isinstance(g, Array) else (lambda g, like: g)
    if not isinstance(g, Array):
        return lambda g, like: np.full(like.shape, g)
    if g.layout == "C":
        return lambda g, like: g.reshape(like.shape)
    return lambda g, like: np.ascontiguousarray(g).reshape(like.shape)


@overload(arrays.count)
def _count(x: Any, axis: Any) -> Any:
    if is_none(axis):
        return lambda x, axis: x.size
    if is_int(axis):
        return lambda x, axis: x.shape[axis]

    def count(x, axis):  # type: ignore[no-untyped-def]
        n = 1
        for i in axis:
            n *= x.shape[i]
        return n

    return count


@overload(arrays.transpose_back)
def _transpose_back(dy: Any, axes: Any) -> Any:
    n = len(axes)

    def transpose_back(dy, axes):  # type: ignore[no-untyped-def]
        inverse = np.empty(n, np.int64)
        for i in range(n):
            inverse[axes[i] % n] = i
        return np.transpose(dy, to_fixed_tuple(inverse, n))

    return transpose_back
