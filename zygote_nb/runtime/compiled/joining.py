"""Arrays joined and taken apart. Of a tuple, one line for each array is written out, as they may differ in rank."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core.types import Array, BaseTuple
from numba.cpython.unsafe.tuple import tuple_setitem

from zygote_nb.runtime import arrays, forms
from zygote_nb.runtime.arrays import reshape_like
from zygote_nb.runtime.compiled.functions import straight
from zygote_nb.runtime.compiled.lists import is_list_of
from zygote_nb.runtime.compiled.registration import is_none, overload

# Lists of arrays, which are all of one rank


@overload(forms.joined)
def _joined(parts: Any, axis: Any) -> Any:
    def joined(parts, axis):  # type: ignore[no-untyped-def]
        if len(parts) == 0:
            raise ValueError("need at least one array to concatenate")
        first = parts[0]
        k, length = axis % first.ndim, 0
        for part in parts:
            if tuple_setitem(part.shape, k, 0) != tuple_setitem(first.shape, k, 0):
                raise ValueError("all the input array dimensions except for the concatenation axis must match exactly")
            length += part.shape[k]
        out = np.empty(tuple_setitem(first.shape, k, length), first.dtype)
        end = 0
        for part in parts:
            start, end = end, end + part.shape[k]
            out[tuple_setitem(straight(out), k, slice(start, end, 1))] = part
        return out

    return joined


@overload(forms.stacked)
def _stacked(parts: Any, axis: Any) -> Any:
    def stacked(parts, axis):  # type: ignore[no-untyped-def]
        if len(parts) == 0:
            raise ValueError("need at least one array to stack")
        out = np.empty((len(parts), *parts[0].shape), parts[0].dtype)
        for i in range(len(parts)):
            if parts[i].shape != parts[0].shape:
                raise ValueError("all input arrays must have the same shape")
            out[i] = parts[i]
        k = axis % out.ndim
        return out if k == 0 else np.ascontiguousarray(np.moveaxis(out, 0, k))

    return stacked


# Cotangents


def _parts_of_list(dy, arrays, axis=0):  # type: ignore[no-untyped-def]
    k, end = axis % dy.ndim, 0
    others = dy.size // max(dy.shape[k], 1)
    parts = []
    for a in arrays:
        start, end = end, end + a.size // max(others, 1)
        parts.append(reshape_like(dy[tuple_setitem(straight(dy), k, slice(start, end, 1))], a))
    return parts


@overload(arrays.split_like)
def _split_like(dy: Any, arrays: Any, axis: Any = 0) -> Any:
    if is_list_of(arrays, Array) and not is_none(axis):
        return _parts_of_list
    if not isinstance(arrays, BaseTuple):
        return None
    flat = is_none(axis) or dy.ndim == 1
    lines = ["g = np.ascontiguousarray(dy).reshape(dy.size)" if is_none(axis) else "g = dy", "end = 0"]
    lines += [] if flat else ["k = axis % dy.ndim", "others = dy.size // max(dy.shape[k], 1)"]
    for i, entry in enumerate(arrays):
        size = f"arrays[{i}].size" if isinstance(entry, Array) else "1"
        part = "g[start:end]" if flat else "g[tuple_setitem(straight(g), k, slice(start, end, 1))]"
        same_rank = isinstance(entry, Array) and entry.ndim == (1 if flat else dy.ndim)
        lines += ["start = end", f"end += {size}" if flat else f"end += {size} // max(others, 1)"]
        lines += [f"p{i} = {part if same_rank else f'reshape_like({part}, arrays[{i}])'}"]
    return _written("split_like", "dy, arrays, axis=0", lines, [f"p{i}" for i in range(len(arrays))])


@overload(arrays.unstack)
def _unstack(dy: Any, arrays: Any, axis: Any = 0) -> Any:
    if is_list_of(arrays, Array):
        return lambda dy, arrays, axis=0: [np.moveaxis(dy, axis, 0)[i] for i in range(len(arrays))]
    if not isinstance(arrays, BaseTuple):
        return None
    first = "dy = np.moveaxis(dy, axis, 0)" if dy.ndim > 1 else "pass"
    return _written("unstack", "dy, arrays, axis=0", [first], [_entries(f"dy[{i}]", a) for i, a in enumerate(arrays)])


@overload(arrays.entries_like)
def _entries_like(dy: Any, x: Any) -> Any:
    if isinstance(x, BaseTuple):
        return _written("entries_like", "dy, x", [], [_entries(f"dy[{i}]", item) for i, item in enumerate(x)])
    if is_list_of(x, Array):
        return lambda dy, x: [dy[i] for i in range(len(x))]
    return lambda dy, x: dy


def _entries(place: str, entry: Any) -> str:
    """Source of the cotangents of an entry, which may be a tuple of entries."""
    if not isinstance(entry, BaseTuple):
        return place
    return "(" + "".join(f"{_entries(f'{place}[{i}]', item)}, " for i, item in enumerate(entry)) + ")"


def _written(name: str, signature: str, lines: list[str], results: list[str]) -> Any:
    """A function written out, that returns a tuple."""
    space = {
        "__name__": __name__,
        "np": np,
        "reshape_like": reshape_like,
        "straight": straight,
        "tuple_setitem": tuple_setitem,
    }
    exec("\n    ".join([f"def {name}({signature}):", *lines, f"return ({', '.join(results)},)"]), space)
    return space[name]
