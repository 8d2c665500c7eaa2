"""Adjoints of what moves entries about: each cotangent goes back to the entry that it came from.

Where each entry of a result came from is told by the function itself, applied to an array of positions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from zygote_nb.runtime.arrays import unbroadcast
from zygote_nb.runtime.shaped import shaped_like


def positions(x: Any) -> Any:
    """The flat position of each entry."""
    return np.reshape(np.arange(np.size(x)), np.shape(x))


@shaped_like(1)
def item_adjoint(dy: Any, x: Any, index: Any) -> Any:
    """The cotangent of an array of which one entry was taken, by its indices or in flat order."""
    g = np.zeros(np.shape(x), np.result_type(dy))
    if len(index) == 1 and not isinstance(index[0], tuple):
        index = np.unravel_index(index[0] % g.size, g.shape)
    g[index[0] if isinstance(index[0], tuple) else tuple(index)] = dy
    return g


@shaped_like(1)
def scattered(dy: Any, like: Any, source: Any) -> Any:
    """Add each cotangent to the entry at its source; negative sources are constants."""
    source, dy = np.broadcast_arrays(source, dy)
    g = np.zeros(np.size(like), np.result_type(dy, np.float16))
    there = source >= 0
    np.add.at(g, source[there], dy[there])
    return np.reshape(g, np.shape(like))


# Parts left out, put in, or taken


@shaped_like(1)
def delete_adjoint(dy: Any, arr: Any, obj: Any, axis: Any = None) -> Any:
    """Zero for what was deleted."""
    return scattered(dy, arr, np.delete(positions(arr), obj, axis))


@shaped_like(1)
def insert_adjoint(dy: Any, arr: Any, obj: Any, axis: Any = None) -> Any:
    """The cotangent of the array into which something was inserted."""
    return scattered(dy, arr, np.insert(positions(arr), obj, -1, axis))


@shaped_like(3)
def insert_values_adjoint(dy: Any, arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    """The cotangent of what was inserted."""
    nothing = np.full(np.shape(arr), -1)
    g = scattered(dy, values, np.insert(nothing, obj, positions(values), axis))
    return g if np.ndim(values) else g[()]


@shaped_like(1)
def take_mode_adjoint(dy: Any, x: Any, indices: Any, axis: Any, mode: str) -> Any:
    """As ``take_adjoint``, for indices that are clipped or wrapped."""
    return scattered(dy, x, np.take(positions(x), indices, axis, mode=mode))


@shaped_like(1)
def take_along_axis_adjoint(dy: Any, arr: Any, indices: Any, axis: Any = -1) -> Any:
    """Add each cotangent to the entry that was taken."""
    return scattered(dy, arr, np.take_along_axis(positions(arr), indices, axis))


@shaped_like(1)
def compress_adjoint(dy: Any, a: Any, condition: Any, axis: Any = None) -> Any:
    """Zero for what was not selected."""
    return scattered(dy, a, np.compress(condition, positions(a), axis))


@shaped_like(1)
def extract_adjoint(dy: Any, arr: Any, condition: Any) -> Any:
    """Zero for what was not selected."""
    return scattered(dy, arr, np.extract(condition, positions(arr)))


@shaped_like(1)
def resize_adjoint(dy: Any, a: Any, shape: Any) -> Any:
    """Sum over the repetitions."""
    return scattered(dy, a, np.resize(positions(a), shape))


@shaped_like(1)
def pad_adjoint(dy: Any, array: Any, pad_width: Any, mode: str) -> Any:
    """Sum over the copies of an entry at the edges."""
    if mode in ("constant", "empty"):
        return scattered(dy, array, np.pad(positions(array), pad_width, constant_values=-1))
    return scattered(dy, array, np.pad(positions(array), pad_width, mode=mode))


def padded(g: Any, pad_width: Any, mode: str) -> Any:
    """Padded as an array was, with zeros for constants: the transpose of ``pad_adjoint``."""
    return np.pad(g, pad_width, mode="constant" if mode == "empty" else mode)


@shaped_like(1)
def windows_adjoint(dy: Any, x: Any, window_shape: Any, axis: Any = None) -> Any:
    """Sum over the windows in which an entry is."""
    return scattered(dy, x, sliding_window_view(positions(x), window_shape, axis))


def rollaxis_back(dy: Any, axis: int, start: int = 0) -> Any:
    """Undo ``np.rollaxis``."""
    rank = np.ndim(dy)
    axis, start = axis % rank, start + rank if start < 0 else start
    return np.moveaxis(dy, start - 1 if axis < start else start, axis)


@shaped_like(3)
def pad_constants_adjoint(dy: Any, array: Any, pad_width: Any, constants: Any) -> Any:
    """The cotangents of the constants: which of them each entry is, is told by padding with their positions."""
    nothing = np.full(np.shape(array), -1)
    g = scattered(dy, constants, np.pad(nothing, pad_width, constant_values=positions(constants)))
    return g if np.ndim(constants) else g[()]


@shaped_like(1)
def trim_zeros_adjoint(dy: Any, filt: Any, trim: str) -> Any:
    """Zero for the zeros that were cut off."""
    first = _leading_zeros(filt, trim)
    g = np.zeros(np.shape(filt), np.result_type(dy))
    g[first : first + len(dy)] = dy
    return g


@shaped_like(1)
def trim_zeros_tangent(t: Any, y: Any, filt: Any, trim: str) -> Any:
    """The tangents of what was not cut off."""
    first = _leading_zeros(filt, trim)
    return t[first : first + len(y)]


def _leading_zeros(filt: Any, trim: str) -> int:
    if "f" not in trim.lower():
        return 0
    return int(np.argmax(np.asarray(filt) != 0)) if np.any(filt) else len(filt)


@shaped_like(1)
def meshgrid_adjoint(dy: Any, xi: Any, indexing: str) -> Any:
    """Sums over the other axes of each grid."""
    parts = []
    for i, (g, x) in enumerate(zip(dy, xi, strict=True)):
        axis = 1 - i if indexing == "xy" and i < 2 <= len(xi) else i
        parts.append(np.reshape(np.sum(g, axis=tuple(k for k in range(np.ndim(g)) if k != axis)), np.shape(x)))
    return tuple(parts)


def joined_like(parts: Any, whole: Any, axis: Any = 0) -> Any:
    """The inverse of ``split_like``: parts joined to an array of the shape of ``whole``."""
    if axis is None:
        return np.concatenate([np.ravel(p) for p in parts])
    lengths = list(whole.shape)
    lengths[axis] = -1
    return np.concatenate([np.reshape(p, lengths) for p in parts], axis)


# Blocks


@shaped_like(1)
def block_adjoint(dy: Any, arrays: Any) -> Any:
    """The part of each block, nested as they are."""
    return _parts_of_block(dy, arrays, np.ndim(dy), _depth(arrays))


def _depth(arrays: Any) -> int:
    return 1 + max(map(_depth, arrays)) if isinstance(arrays, (list, tuple)) else 0


def _parts_of_block(dy: Any, arrays: Any, rank: int, depth: int) -> Any:
    if not isinstance(arrays, (list, tuple)):
        return np.reshape(dy, np.shape(arrays)) if np.ndim(arrays) else np.sum(dy)
    axis, start, parts = rank - depth, 0, []
    for a in arrays:
        length = _block_length(a, axis, rank)
        part = dy[(slice(None),) * axis + (slice(start, start + length),)]
        parts.append(_parts_of_block(part, a, rank, depth - 1))
        start += length
    return parts


def _block_length(arrays: Any, axis: int, rank: int) -> int:
    """How long a block is along an axis."""
    return int(np.shape(_reshaped_block(arrays, rank))[axis])


def _reshaped_block(arrays: Any, rank: int) -> Any:
    whole = np.block(arrays) if isinstance(arrays, (list, tuple)) else np.asarray(arrays)
    return np.reshape(whole, (1,) * (rank - whole.ndim) + whole.shape)


# Choices


@shaped_like(2)
def choose_adjoint(dy: Any, a: Any, choices: Any, mode: str = "raise") -> Any:
    """Each choice has the cotangents of the places where it was chosen."""
    chosen = np.clip(a, 0, len(choices) - 1) if mode == "clip" else np.mod(a, len(choices)) if mode == "wrap" else a
    parts = [unbroadcast(np.where(chosen == i, dy, 0.0), c) for i, c in enumerate(choices)]
    return np.stack(parts) if isinstance(choices, np.ndarray) else tuple(parts)


@shaped_like(2)
def select_adjoint(dy: Any, conditions: Any, choices: Any) -> Any:
    """Each choice has the cotangents of the places where its condition is the first that holds."""
    free, parts = np.ones(np.shape(dy), bool), []
    for condition, choice in zip(conditions, choices, strict=True):
        parts.append(unbroadcast(np.where(free & condition, dy, 0.0), choice))
        free &= ~np.asarray(condition)
    return tuple(parts)


@shaped_like(2)
def select_default_adjoint(dy: Any, conditions: Any, default: Any) -> Any:
    """The cotangents of the places where no condition holds."""
    free = np.ones(np.shape(dy), bool)
    for condition in conditions:
        free &= ~np.asarray(condition)
    return unbroadcast(np.where(free, dy, 0.0), default)


# Order


@shaped_like(1)
def sort_adjoint(dy: Any, x: Any, axis: Any = -1) -> Any:
    """Each cotangent goes back to where its entry came from; ties keep their order."""
    if axis is None:
        return np.reshape(sort_adjoint(dy, np.ravel(x), 0), np.shape(x))
    g = np.empty(np.shape(x), np.result_type(dy))
    np.put_along_axis(g, np.argsort(x, axis=axis, kind="stable"), dy, axis)
    return g


@shaped_like(1)
def partition_adjoint(dy: Any, x: Any, y: Any, axis: Any = -1) -> Any:
    """As ``sort_adjoint``, for a result that is only partly in order."""
    if axis is None:
        return np.reshape(partition_adjoint(dy, np.ravel(x), y, 0), np.shape(x))
    return sort_adjoint(np.take_along_axis(dy, np.argsort(y, axis=axis, kind="stable"), axis), x, axis)


@shaped_like(2)
def found_adjoint(dy: Any, y: Any, x: Any, before: Any = None) -> Any:
    """The cotangents of the values ``y`` at their first occurrence in ``x``; none for those that ``before`` has too."""
    first, there = first_occurrence(y, x, before)
    g = np.zeros(np.size(x), np.result_type(dy))
    g[first[there]] = np.ravel(dy)[there]
    return np.reshape(g, np.shape(x))


def first_occurrence(y: Any, x: Any, before: Any) -> tuple[Any, Any]:
    """Where each of the values ``y`` is in ``x`` first, and whether it is: NaN is equal to itself."""
    flat, values = np.ravel(x), np.ravel(y)
    if not len(flat):
        return np.zeros(len(values), np.intp), np.zeros(len(values), bool)
    order = np.argsort(flat, kind="stable")
    at = np.searchsorted(flat[order], values)
    first = order[np.minimum(at, len(flat) - 1)]
    there = (at < len(flat)) & ((flat[first] == values) | ((values != values) & (flat[first] != flat[first])))
    return first, there if before is None else there & ~np.isin(values, np.ravel(before))


@shaped_like(1)
def unique_rows_adjoint(dy: Any, x: Any, axis: int, equal_nan: bool) -> Any:
    """As ``found_adjoint``, for slices along an axis."""
    _, first = np.unique(x, return_index=True, axis=axis, equal_nan=equal_nan)
    g = np.zeros(np.shape(x), np.result_type(dy))
    g[(slice(None),) * (axis % np.ndim(x)) + (first,)] = dy
    return g
