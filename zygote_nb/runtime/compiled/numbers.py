"""Helpers that work entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import vectorize
from numba.core.types import Array, Integer
from numba.extending import register_jitable

from zygote_nb.runtime import arrays, checkpoints, directions
from zygote_nb.runtime.compiled.registration import overload

for _plain in (
    arrays._digamma_above_zero, arrays._trigamma_above_zero, arrays.digamma, arrays.trigamma, arrays.cofactors,
    checkpoints.steps_at_once, checkpoints.states_kept, checkpoints.steps_to_state,
    directions.along_entry, directions.rows_like, directions.flat_entries, directions.entries_of,
    directions.entry_number,
):  # fmt: skip
    register_jitable(_plain)


@overload(arrays.literal)
def _literal(value: Any) -> Any:
    return lambda value: False


def elementwise(helper: Callable[..., Any], scalar: Callable[..., Any]) -> None:
    """Compile a helper of numbers, and of arrays that broadcast, from what it does to numbers."""
    of_numbers, of_arrays = register_jitable(scalar), vectorize(scalar)
    count = scalar.__code__.co_argcount

    def one(x: Any) -> Any:
        return (lambda x: of_arrays(x)) if isinstance(x, Array) else lambda x: of_numbers(x)

    def two(a: Any, b: Any) -> Any:
        if isinstance(a, Array) or isinstance(b, Array):
            return lambda a, b: of_arrays(a, b)
        return lambda a, b: of_numbers(a, b)

    def three(a: Any, b: Any, c: Any) -> Any:
        if isinstance(a, Array) or isinstance(b, Array) or isinstance(c, Array):
            return lambda a, b, c: of_arrays(a, b, c)
        return lambda a, b, c: of_numbers(a, b, c)

    overload(helper)((one, two, three)[count - 1])


def _quotient(a, b):  # type: ignore[no-untyped-def]
    return a if a == 0 else np.divide(a, b)


def _damped(y, t):  # type: ignore[no-untyped-def]
    return 0.0 * y if y == 0 else y * t


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


def _expit(x):  # type: ignore[no-untyped-def]
    small = np.exp(-abs(x))
    return (small if x < 0 else 1.0) / (1.0 + small)


def _above(a, b):  # type: ignore[no-untyped-def]
    return 1.0 if a > b or b != b else 0.5 if a == b else 0.0


def _below(a, b):  # type: ignore[no-untyped-def]
    return 1.0 if a < b or b != b else 0.5 if a == b else 0.0


def _shared(x, y, part):  # type: ignore[no-untyped-def]
    return part if x == y or (x != x and y != y) else 0.0 * part


def _sinc_partial(x):  # type: ignore[no-untyped-def]
    u = np.pi * x
    if abs(u) < 0.05:
        return -np.pi * u * (1 / 3 - u * u * (1 / 30 - u * u / 840))
    return (np.cos(u) - np.sin(u) / u) / x


elementwise(arrays.quotient, _quotient)
elementwise(arrays.damped, _damped)
elementwise(arrays.expit, _expit)
elementwise(arrays.power_partial_base, _power_partial_base)
elementwise(arrays.power_partial_exponent, _power_partial_exponent)
elementwise(arrays.above, _above)
elementwise(arrays.below, _below)
elementwise(arrays.shared, _shared)
elementwise(arrays.sinc_partial, _sinc_partial)
