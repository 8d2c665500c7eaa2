"""List helpers of generated code."""

from __future__ import annotations

from typing import Any

import numpy as np


def zero_list(values: list[Any]) -> list[Any]:
    """A list of zeros of the structure of ``values``: the adjoint of a list of numbers or arrays."""
    return [zero(v) for v in values]


def zero(value: Any) -> Any:
    """Zeros of the structure of a value."""
    if isinstance(value, np.ndarray):
        return np.zeros(value.shape, value.dtype if value.dtype.kind in "fc" else np.float64)
    if isinstance(value, tuple):
        return tuple(map(zero, value))
    if isinstance(value, list):
        return zero_list(value)
    return 0j if isinstance(value, (complex, np.complexfloating)) else 0.0


def add_lists(target: list[Any], values: list[Any]) -> None:
    """Add the entries of one list of numbers or arrays to those of another, in place."""
    for i, value in enumerate(values):
        if isinstance(target[i], list):
            add_lists(target[i], value)
        elif isinstance(target[i], np.ndarray):
            target[i][...] += value
        else:
            target[i] = target[i] + value


def copied(value: Any) -> Any:
    """A copy of an array in C order, or of a list and what is in it."""
    if isinstance(value, list):
        return [copied(v) for v in value]
    return np.array(value) if isinstance(value, np.ndarray) else value


def of_array(values: Any) -> list[Any]:
    """The entries of an array, as compiled code is given a list."""
    return list(values)


def none_like(sample: Any) -> list[Any]:
    """An empty list, whose entries will be like the sample."""
    return []


def into_array(values: list[Any], out: Any) -> None:
    """The entries of a list, as compiled code gives them to Python."""
    for i, value in enumerate(values):
        out[i] = value


def remembered(items: list[Any]) -> list[Any]:
    """The entries of a list with what is in them, to be put back."""
    return [(item, copied(item)) for item in items]


def put_back(items: list[Any], known: list[Any]) -> None:
    """The list as it was when it was remembered: the same arrays, with the same content."""
    items[:] = [item for item, _ in known]
    for item, content in known:
        if isinstance(item, np.ndarray):
            item[...] = content
        elif isinstance(item, list):
            item[:] = content


def slice_bounds(count: int, lower: int | None, upper: int | None, step: int | None) -> tuple[int, int, int]:
    """Start, stop and step of the range that a slice of ``count`` entries takes."""
    return slice(lower, upper, step).indices(count)
