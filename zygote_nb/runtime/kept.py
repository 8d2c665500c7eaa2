"""What a forward sweep left, for one backward sweep after the other: each takes it apart, and begins with a copy."""

from __future__ import annotations

from typing import Any

import numpy as np


def again(value: Any) -> Any:
    """A copy of lists and arrays, nested in any way; what is one piece of memory is one in the copy too."""
    return copied(value, {})


def copied(value: Any, memo: dict[int, Any]) -> Any:
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(copied(v, memo) for v in value)
    if not isinstance(value, (list, np.ndarray)):
        return value
    if id(value) not in memo:
        # The original is kept beside the copy, so that its number stays its own.
        memo[id(value)] = (of_list(value, memo) if isinstance(value, list) else of_array(value, memo), value)
    return memo[id(value)][0]


def of_list(value: list[Any], memo: dict[int, Any]) -> list[Any]:
    made: list[Any] = []
    memo[id(value)] = (made, value)
    made.extend(copied(v, memo) for v in value)
    return made


def of_array(value: np.ndarray[Any, Any], memo: dict[int, Any]) -> np.ndarray[Any, Any]:
    """A view becomes the same view of the copy of what it views."""
    owner = value
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    if owner is value or not value.size:
        return value.copy(order="K")
    whole = copied(owner, memo)
    if whole.strides != owner.strides or not (whole.flags.c_contiguous or whole.flags.f_contiguous):
        raise ValueError("an array with gaps in memory is viewed")
    first = value.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    flat = whole.ravel(order="K")
    return np.ndarray(value.shape, value.dtype, flat.data, first, value.strides)
