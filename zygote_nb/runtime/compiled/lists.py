"""Compiled forms of the helpers for lists that grow."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from zygote_nb.runtime import lists
from zygote_nb.runtime.compiled.registration import overload


def is_list_of(t: Any, *kinds: type) -> bool:
    return isinstance(t, types.List) and isinstance(t.dtype, kinds)


def is_vector(t: Any) -> bool:
    return isinstance(t, types.Array) and t.ndim == 1


@overload(lists.zero_list)
def _zero_list(values: Any) -> Any:
    if is_list_of(values, types.Array) and isinstance(values.dtype.dtype, (types.Float, types.Complex)):
        return lambda values: [np.zeros_like(v) for v in values]
    if is_list_of(values, types.Complex):
        return lambda values: [0j for _ in values]
    if is_list_of(values, types.Number, types.Boolean):
        return lambda values: [0.0 for _ in values]
    return None


@overload(lists.copied)
def _copied(value: Any) -> Any:
    if is_list_of(value, types.Number, types.Boolean):
        return lambda value: list(value)
    if is_list_of(value, types.Array):
        return lambda value: [np.ascontiguousarray(v).copy() for v in value]
    return None


@overload(lists.of_array)
def _of_array(values: Any) -> Any:
    return lambda values: list(values)


@overload(lists.none_like)
def _none_like(sample: Any) -> Any:
    def none_like(sample: Any) -> Any:
        made = [sample]
        made.pop()
        return made

    return none_like


@overload(lists.into_array)
def _into_array(values: Any, out: Any) -> Any:
    def into_array(values: Any, out: Any) -> None:
        for i in range(len(values)):
            out[i] = values[i]

    return into_array


@overload(lists.add_lists)
def _add_lists(target: Any, values: Any) -> Any:
    if is_list_of(target, types.Number) and (is_list_of(values, types.Number) or is_vector(values)):

        def add_numbers(target: Any, values: Any) -> None:
            for i in range(len(values)):
                target[i] += values[i]

        return add_numbers
    if is_list_of(target, types.Array) and is_list_of(values, types.Array):

        def add_arrays(target: Any, values: Any) -> None:
            for i in range(len(values)):
                target[i][:] += values[i]

        return add_arrays
    return None


@overload(lists.slice_bounds)
def _slice_bounds(count: Any, lower: Any, upper: Any, step: Any) -> Any:
    return lambda count, lower, upper, step: slice(lower, upper, step).indices(count)
