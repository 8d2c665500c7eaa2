"""Adding at indices that may repeat."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core.types import Array, BaseTuple, Boolean, Integer, SliceType

from zygote_nb.runtime import arrays
from zygote_nb.runtime.compiled.registration import overload


@overload(arrays.add_at)
def _add_at(buffer: Any, index: Any, g: Any) -> Any:
    entries = tuple(index) if isinstance(index, BaseTuple) else (index,)
    lists = [entry for entry in entries if isinstance(entry, Array)]
    if not lists:

        def add_at(buffer, index, g):  # type: ignore[no-untyped-def]
            buffer[index] += g

        return add_at
    if len(entries) == 1:
        scatter = _add_at_mask if isinstance(lists[0].dtype, Boolean) else _add_at_list
        return scatter(buffer, lists[0], g)
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
    space: dict[str, Any] = {"__name__": __name__}
    exec("\n    ".join(["def add_at(buffer, index, g):", *lines]), space)
    return space["add_at"]


def _adjacent(entries: tuple[Any, ...]) -> bool:
    """Whether numbers and vectors of the index stand side by side: then the axis of the vectors stays in place."""
    places = [i for i, entry in enumerate(entries) if isinstance(entry, (Array, Integer))]
    return places == list(range(places[0], places[-1] + 1))
