"""Compiled forms of indexing by arrays, which Numba knows for one array of indices only, and checks less than NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core.types import Array, BaseTuple, Boolean, Integer

from zygote_nb.runtime import gathering
from zygote_nb.runtime.compiled.registration import overload


@overload(gathering.fitting)
def _fitting(mask: Any, x: Any) -> Any:
    n = mask.ndim

    def fitting(mask, x):  # type: ignore[no-untyped-def]
        if mask.shape != x.shape[:n]:
            raise IndexError("boolean index did not match indexed array")
        return mask

    return fitting


@overload(gathering.picked)
def _picked(x: Any, index: Any) -> Any:
    if isinstance(index, Array):
        return _picked_by_mask(x, index) if isinstance(index.dtype, Boolean) else _picked_rows(x, index)
    if isinstance(index, BaseTuple) and len(index) == x.ndim:
        return _picked_entries(tuple(index))
    return None


def _picked_by_mask(x: Any, index: Any) -> Any:
    n = index.ndim

    def picked(x, index):  # type: ignore[no-untyped-def]
        if index.shape != x.shape[:n]:
            raise IndexError("boolean index did not match indexed array")
        count = 0
        for chosen in index.flat:
            count += chosen
        out = np.empty((count, *x.shape[n:]), x.dtype)
        k = 0
        for place in np.ndindex(index.shape):
            if index[place]:
                out[k] = x[place]
                k += 1
        return out

    return picked


def _picked_rows(x: Any, index: Any) -> Any:
    def picked(x, index):  # type: ignore[no-untyped-def]
        out = np.empty(index.shape + x.shape[1:], x.dtype)
        for place in np.ndindex(index.shape):
            i = index[place]
            if i < -x.shape[0] or i >= x.shape[0]:
                raise IndexError("index is out of bounds")
            out[place] = x[i]
        return out

    return picked


def _picked_entries(entries: tuple[Any, ...]) -> Any:
    """Vectors of one length, and numbers: one number for each axis of ``x`` and each place."""
    vectors = [i for i, entry in enumerate(entries) if isinstance(entry, Array) and entry.ndim == 1]
    if not all(
        isinstance(e, Integer) or (i in vectors and isinstance(e.dtype, Integer)) for i, e in enumerate(entries)
    ):
        return None
    lines = ["def picked(x, index):", f"    n = index[{vectors[0]}].shape[0]"]
    for i in vectors[1:]:
        lines += [f"    if index[{i}].shape[0] != n:", "        raise IndexError('the vectors differ in length')"]
    lines += ["    out = np.empty(n, x.dtype)", "    for k in range(n):"]
    places = []
    for i in range(len(entries)):
        lines += [f"        i{i} = index[{i}]{'[k]' if i in vectors else ''}"]
        lines += [
            f"        if i{i} < -x.shape[{i}] or i{i} >= x.shape[{i}]:",
            "            raise IndexError('out of bounds')",
        ]
        places.append(f"i{i}")
    lines += [f"        out[k] = x[{', '.join(places)}]", "    return out"]
    space: dict[str, Any] = {"__name__": __name__, "np": np}
    exec("\n".join(lines), space)
    return space["picked"]


def _written(update: str) -> Any:
    """What goes through the entries that a mask of all of them picks."""

    def typed(x: Any, mask: Any, value: Any) -> Any:
        if x.ndim != mask.ndim or (isinstance(value, Array) and value.ndim != 1):
            return None
        lines = ["def written(x, mask, value):", "    if mask.shape != x.shape:", "        raise IndexError('mask')"]
        if isinstance(value, Array):
            lines += ["    if np.sum(mask) != value.shape[0]:", "        raise ValueError('shape mismatch')"]
        given = "value[k]" if isinstance(value, Array) else "value"
        lines += ["    k = 0", "    for place in np.ndindex(mask.shape):", "        if mask[place]:"]
        lines += [f"            x[place] {update} {given}", "            k += 1"]
        space: dict[str, Any] = {"__name__": __name__, "np": np}
        exec("\n".join(lines), space)
        return space["written"]

    return typed


overload(gathering.put)(_written("="))
overload(gathering.add)(_written("+="))
