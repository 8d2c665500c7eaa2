"""The helpers of ``arrays`` for code compiled by Numba: importing this module makes them callable there.

What depends on an axis works on rows: a matrix whose first axis runs over the entries that belong together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types, vectorize
from numba.core.types import Array, BaseTuple, Boolean, Integer, SliceType
from numba.cpython.unsafe.tuple import tuple_setitem
from numba.extending import overload as numba_overload
from numba.extending import register_jitable
from numba.np.unsafe.ndarray import to_fixed_tuple

from zygote_nb.runtime import arrays


def overload(helper: Callable[..., Any]) -> Callable[..., Any]:
    """Numba's ``overload``, without its demand that implementations repeat the annotations."""
    register: Callable[..., Any] = numba_overload(helper, strict=False)
    return register


def is_none(t: Any) -> bool:
    """Whether an argument is None, or left out with default None."""
    return t is None or isinstance(t, types.NoneType) or (isinstance(t, types.Omitted) and t.value is None)


def is_int(t: Any) -> bool:
    return isinstance(t, (int, Integer)) or (isinstance(t, types.Omitted) and isinstance(t.value, int))


def inexact(dtype: Any) -> Any:
    """The dtype of cotangents of values of this dtype."""
    return dtype if isinstance(dtype, (types.Float, types.Complex)) else types.float64


def accumulator(dtype: Any) -> Any:
    """Where sums of values of this dtype are formed."""
    return types.complex128 if isinstance(dtype, types.Complex) else types.float64


# Numbers

for _plain in (arrays._digamma_above_zero, arrays._trigamma_above_zero, arrays.digamma, arrays.trigamma, arrays.cofactors):
    register_jitable(_plain)


@overload(arrays.literal)
def _literal(value: Any) -> Any:
    return lambda value: False


def elementwise(helper: Callable[..., Any], scalar: Callable[..., Any]) -> None:
    """Compile a helper of numbers, and of arrays that broadcast, from what it does to numbers."""
    of_numbers, of_arrays = register_jitable(scalar), vectorize(scalar)
    count = scalar.__code__.co_argcount

    def two(a: Any, b: Any) -> Any:
        if isinstance(a, Array) or isinstance(b, Array):
            return lambda a, b: of_arrays(a, b)
        return lambda a, b: of_numbers(a, b)

    def three(a: Any, b: Any, c: Any) -> Any:
        if isinstance(a, Array) or isinstance(b, Array) or isinstance(c, Array):
            return lambda a, b, c: of_arrays(a, b, c)
        return lambda a, b, c: of_numbers(a, b, c)

    overload(helper)(two if count == 2 else three)


def _quotient(a, b):  # type: ignore[no-untyped-def]
    return a if a == 0 else np.divide(a, b)


def _inexact(x: Any) -> Any: ...


@overload(_inexact)
def _inexact_overload(x: Any) -> Any:
    """Integers as floats: their powers overflow."""
    return (lambda x: float(x)) if isinstance(x, Integer) else (lambda x: x)


def _power_partial_base(x, p):  # type: ignore[no-untyped-def]
    if p == 0:
        return 0 * _inexact(x)
    if x == 0 and p < 1:
        return p * np.inf
    return p * np.power(_inexact(x), p - 1)


def _power_partial_exponent(y, x, p):  # type: ignore[no-untyped-def]
    if x == 0:
        return 0.0 if p > 0 else np.nan
    return y * np.log(abs(x))


def _above(a, b):  # type: ignore[no-untyped-def]
    return 1.0 if a > b or b != b else 0.5 if a == b else 0.0


def _below(a, b):  # type: ignore[no-untyped-def]
    return 1.0 if a < b or b != b else 0.5 if a == b else 0.0


def _sinc_partial(y, x):  # type: ignore[no-untyped-def]
    u = np.pi * x
    if abs(u) < 0.05:
        return -np.pi * u * (1 / 3 - u * u * (1 / 30 - u * u / 840))
    return (np.cos(u) - y) / x


elementwise(arrays.quotient, _quotient)
elementwise(arrays.power_partial_base, _power_partial_base)
elementwise(arrays.power_partial_exponent, _power_partial_exponent)
elementwise(arrays.above, _above)
elementwise(arrays.below, _below)
elementwise(arrays.sinc_partial, _sinc_partial)


# Shapes


@overload(arrays.unbroadcast)
def _unbroadcast(g: Any, like: Any) -> Any:
    if not isinstance(g, Array) or (isinstance(like, Array) and like.ndim > g.ndim):
        return lambda g, like: g
    if not isinstance(like, Array):
        return lambda g, like: _total(g)
    if g.ndim == like.ndim:
        return lambda g, like: g if g.shape == like.shape else _folded(g, like)
    return lambda g, like: _folded(g, like)


def _total(g: Any) -> Any: ...


@overload(_total)
def _total_overload(g: Any) -> Any:
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
    return folded if like.ndim else lambda g, like: np.full((), _total(g))


@overload(arrays.tile_adjoint)
def _tile_adjoint(dy: Any, x: Any, reps: Any) -> Any:
    if not isinstance(x, Array):
        return lambda dy, x, reps: _total(dy)
    return lambda dy, x, reps: _folded(dy, x)


@overload(arrays.expand)
def _expand(g: Any, like: Any) -> Any:
    if not isinstance(like, Array):
        return lambda g, like: g
    kind = inexact(like.dtype)

    def expand(g, like):  # type: ignore[no-untyped-def]
        out = np.empty(like.shape, kind)
        out[...] = g
        return out

    return expand


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


@overload(arrays.inverse_permutation)
def _inverse_permutation(axes: Any) -> Any:
    n = len(axes)

    def inverse_permutation(axes):  # type: ignore[no-untyped-def]
        inverse = np.empty(n, np.int64)
        for i in range(n):
            inverse[axes[i] % n] = i
        return to_fixed_tuple(inverse, n)

    return inverse_permutation


# Rows


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
def _row_deviations(a):  # type: ignore[no-untyped-def]
    n, m = a.shape
    out = np.empty((n, m), a.dtype)
    for j in range(m):
        mean = _total(a[:, j]) / n
        for i in range(n):
            out[i, j] = a[i, j] - mean
        rest = _total(out[:, j]) / n
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
        return lambda dy, x, repeats, axis=None: _total(dy)
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


# Joining: one line for each array, written out, as the arrays may differ in rank


@overload(arrays.split_like)
def _split_like(dy: Any, arrays: Any, axis: Any = 0) -> Any:
    if not isinstance(arrays, BaseTuple):
        return None
    if is_none(axis):
        lines = ["g, k = np.ascontiguousarray(dy).reshape(dy.size), 0"]
    else:
        lines = ["k = axis % dy.ndim", "g = np.swapaxes(dy, 0, k)"]
    lines += ["others = g.size // max(g.shape[0], 1)", "end = 0"]
    for i, entry in enumerate(arrays):
        size = f"arrays[{i}].size" if isinstance(entry, Array) else "1"
        lines += ["start = end", f"end += {size} // max(others, 1)"]
        lines += [f"p{i} = reshape_like(np.swapaxes(g[start:end], 0, k), arrays[{i}])"]
    if is_none(axis):
        lines = [line.replace("np.swapaxes(g[start:end], 0, k)", "g[start:end]") for line in lines]
    return _written("split_like", "dy, arrays, axis=0", lines, [f"p{i}" for i in range(len(arrays))])


@overload(arrays.unstack)
def _unstack(dy: Any, arrays: Any, axis: Any = 0) -> Any:
    if not isinstance(arrays, BaseTuple):
        return None
    first = "dy = np.moveaxis(dy, axis, 0)" if dy.ndim > 1 else "pass"
    return _written("unstack", "dy, arrays, axis=0", [first], [_entries(f"dy[{i}]", a) for i, a in enumerate(arrays)])


@overload(arrays.entries_like)
def _entries_like(dy: Any, x: Any) -> Any:
    if isinstance(x, BaseTuple):
        return _written("entries_like", "dy, x", [], [_entries(f"dy[{i}]", item) for i, item in enumerate(x)])
    return lambda dy, x: dy


def _entries(place: str, entry: Any) -> str:
    """Source of the cotangents of an entry, which may be a tuple of entries."""
    if not isinstance(entry, BaseTuple):
        return place
    return "(" + "".join(f"{_entries(f'{place}[{i}]', item)}, " for i, item in enumerate(entry)) + ")"


def _written(name: str, signature: str, lines: list[str], results: list[str]) -> Any:
    """A function written out, that returns a tuple."""
    space = {"np": np, "reshape_like": arrays.reshape_like}
    exec("\n    ".join([f"def {name}({signature}):", *lines, f"return ({', '.join(results)},)"]), space)
    return space[name]


# Scattering


@overload(arrays.add_at)
def _add_at(buffer: Any, index: Any, g: Any) -> Any:
    entries = tuple(index) if isinstance(index, BaseTuple) else (index,)
    lists = [entry for entry in entries if isinstance(entry, Array)]
    if not lists:

        def add_at(buffer, index, g):  # type: ignore[no-untyped-def]
            buffer[index] += g

        return add_at
    if len(entries) == 1:
        return _add_at_mask(buffer, lists[0], g) if isinstance(lists[0].dtype, Boolean) else _add_at_list(buffer, lists[0], g)
    if any(isinstance(entry.dtype, Boolean) or entry.ndim != 1 for entry in lists):
        return None
    return _add_at_product(buffer, entries, g)


def _add_at_list(buffer: Any, index: Any, g: Any) -> Any:
    """``buffer[i]`` for each i of an integer array of any rank."""
    if not isinstance(g, Array):

        def scatter_number(buffer, index, g):  # type: ignore[no-untyped-def]
            for i in index.flat:
                buffer[i] += g

        return scatter_number
    if g.ndim == index.ndim + buffer.ndim - 1:
        n = index.ndim

        def scatter(buffer, index, g):  # type: ignore[no-untyped-def]
            for place in np.ndindex(index.shape):
                buffer[index[place]] += g[place]

        return scatter if n != 1 or buffer.ndim != 1 else _scatter_vector
    extra = buffer.ndim - 1

    def scatter_broadcast(buffer, index, g):  # type: ignore[no-untyped-def]
        whole = np.broadcast_to(g, index.shape + buffer.shape[1:])
        for place in np.ndindex(index.shape):
            buffer[index[place]] += whole[place]

    return scatter_broadcast if extra >= 0 else None


def _scatter_vector(buffer, index, g):  # type: ignore[no-untyped-def]
    for k in range(index.shape[0]):
        buffer[index[k]] += g[k]


def _add_at_mask(buffer: Any, mask: Any, g: Any) -> Any:
    """Where a mask of the leading axes is true."""
    n = mask.ndim
    if not isinstance(g, Array) or g.ndim < buffer.ndim - n + 1:

        def masked_number(buffer, index, g):  # type: ignore[no-untyped-def]
            for place in np.ndindex(index.shape):
                if index[place]:
                    buffer[place] += g

        return masked_number

    def masked(buffer, index, g):  # type: ignore[no-untyped-def]
        k = 0
        for place in np.ndindex(index.shape):
            if index[place]:
                buffer[place] += g[k]
                k += 1

    return masked


def _add_at_product(buffer: Any, entries: tuple[Any, ...], g: Any) -> Any:
    """Vectors of integers of one length, among numbers and slices: one element of the vectors after the other."""
    first = next(i for i, entry in enumerate(entries) if isinstance(entry, Array))
    adjacent = _adjacent(entries)
    slices = any(isinstance(entry, SliceType) for entry in entries) or len(entries) < buffer.ndim
    if any(not isinstance(entry, (Array, Integer, SliceType)) for entry in entries):
        return None
    place = ", ".join(f"index[{i}][k]" if isinstance(e, Array) else f"index[{i}]" for i, e in enumerate(entries))
    if not isinstance(g, Array):
        value = "g"
    elif not slices:
        value = "g[k]"
    else:
        before = sum(isinstance(entry, SliceType) for entry in entries[:first]) if adjacent else 0
        value = "g[" + ":, " * before + "k]"
        if g.ndim != buffer.ndim - sum(isinstance(e, (Array, Integer)) for e in entries) + 1:
            return None
    lines = [f"for k in range(index[{first}].shape[0]):", f"    buffer[{place}] += {value}"]
    space: dict[str, Any] = {}
    exec("\n    ".join(["def add_at(buffer, index, g):", *lines]), space)
    return space["add_at"]


def _adjacent(entries: tuple[Any, ...]) -> bool:
    """Whether numbers and vectors of the index stand side by side: then the axis of the vectors stays in place."""
    places = [i for i, entry in enumerate(entries) if isinstance(entry, (Array, Integer))]
    return places == list(range(places[0], places[-1] + 1))

