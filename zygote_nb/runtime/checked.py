"""Arithmetic for compiled code where Numba and Python disagree.

Each function gives what Python gives or raises, and then the interpreter takes over: Numba divides by zero, wraps
integers, and returns NaN or infinity where Python raises. The functions are compiled by the backend; they are ordinary
Python, and can be called as such.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

LARGEST = 2**62
SMALLEST = 2.0**-1022
"""Below, numbers lose digits."""


def index(place: int, count: int) -> int:
    """The place of an element among ``count``, counted from the first."""
    if place < -count or place >= count:
        raise IndexError("index is out of bounds")
    return place + count if place < 0 else place


def number_of_range(start: int, stop: int, step: int, place: int) -> int:
    """A number of ``range(start, stop, step)`` by its place."""
    count = max(0, -((start - stop) // step))
    if place < -count or place >= count:
        raise IndexError("range object index out of range")
    return start + step * (place + count if place < 0 else place)


def is_in_range(start: int, stop: int, step: int, number: int) -> bool:
    inside = start <= number < stop if step > 0 else stop < number <= start
    return inside and (number - start) % step == 0


def require_moderate(number: int) -> None:
    """Sums of a few such integers fit into 64 bits."""
    if not -LARGEST // 4 < number < LARGEST // 4:
        raise OverflowError("an integer is too large to be compiled")


def slice_start(start: int, count: int) -> int:
    """The first index of a slice of ``count`` elements."""
    if start < 0:
        start += count
    return min(max(start, 0), count)


def slice_stop(stop: int, count: int) -> int:
    """The index after the last of a slice of ``count`` elements."""
    if stop < 0:
        stop += count
    return min(max(stop, 0), count)


def divide(a: float, b: float) -> float:
    """``a / b`` of Python numbers."""
    if b == 0:
        raise ZeroDivisionError("division by zero")
    return a / b


def reciprocal(x: float) -> float:
    """``1 / x``, infinite for zero; raises where a division by ``x`` has more digits than a product with it."""
    size = abs(x)
    if 0.0 < size < SMALLEST or 1.0 / SMALLEST < size < np.inf:
        raise RuntimeError
    return np.float64(1.0) / x


def over(a: float, b: float) -> float:
    """``a / b`` by the reciprocal of ``b`` where that is as precise: it is there when ``a`` comes."""
    by = np.float64(1.0) / b
    return a * by if SMALLEST < abs(by) < 1.0 / SMALLEST else a / b


def floor_divide(a: Any, b: Any) -> Any:
    """``a // b`` of Python numbers."""
    if b == 0:
        raise ZeroDivisionError("division by zero")
    return a // b


def modulo(a: Any, b: Any) -> Any:
    """``a % b`` of Python numbers."""
    if b == 0:
        raise ZeroDivisionError("division by zero")
    return a % b


def add_integers(a: int, b: int) -> int:
    """``a + b`` of Python integers, while it fits into 64 bits."""
    if not (-LARGEST < a < LARGEST and -LARGEST < b < LARGEST):
        raise OverflowError("an integer is too large to be compiled")
    return a + b


def subtract_integers(a: int, b: int) -> int:
    """``a - b`` of Python integers, while it fits into 64 bits."""
    if not (-LARGEST < a < LARGEST and -LARGEST < b < LARGEST):
        raise OverflowError("an integer is too large to be compiled")
    return a - b


def multiply_integers(a: int, b: int) -> int:
    """``a * b`` of Python integers, while it fits into 64 bits."""
    if abs(float(a) * float(b)) > 4.0e18:
        raise OverflowError("an integer is too large to be compiled")
    return a * b


def power_integers(a: int, b: int) -> int:
    """``a ** b`` of Python integers, while it is an integer that fits into 64 bits."""
    if b < 0:
        raise ValueError("a power of integers that is not an integer")
    if b > 0 and abs(float(a)) ** float(b) > 4.0e18:
        raise OverflowError("an integer is too large to be compiled")
    result = 1
    for _ in range(b):
        if a == 0 or a == 1:
            return a
        result *= a
    return result


def power(a: float, b: float) -> float:
    """``a ** b`` of Python numbers, where the result is real."""
    result = a**b
    if not math.isfinite(result) and math.isfinite(a) and math.isfinite(b):
        raise OverflowError("the power is not a finite real number")
    return result


def smaller(a: Any, b: Any) -> Any:
    """Python's ``min`` of two numbers."""
    return b if b < a else a


def larger(a: Any, b: Any) -> Any:
    """Python's ``max`` of two numbers."""
    return b if b > a else a


def integer(x: float) -> int:
    """``int(x)``, while it fits into 64 bits."""
    if not abs(x) < 4.0e18:
        raise OverflowError("cannot convert to an integer of 64 bits")
    return int(x)


def floor(x: float) -> int:
    """``math.floor(x)``, while it fits into 64 bits."""
    if not abs(x) < 4.0e18:
        raise OverflowError("cannot convert to an integer of 64 bits")
    return math.floor(x)


def ceil(x: float) -> int:
    """``math.ceil(x)``, while it fits into 64 bits."""
    if not abs(x) < 4.0e18:
        raise OverflowError("cannot convert to an integer of 64 bits")
    return math.ceil(x)


def rounded(x: float) -> int:
    """``round(x)``, halves to the even neighbour, while it fits into 64 bits."""
    if not abs(x) < 4.0e18:
        raise OverflowError("cannot convert to an integer of 64 bits")
    return int(np.rint(x))


def remainder(x: float, y: float) -> float:
    """``math.fmod(x, y)``, with the sign of ``x``."""
    if y == 0 or not abs(x) < math.inf:
        raise ValueError("math domain error")
    return float(np.fmod(x, y))


def shift_left(a: int, b: int) -> int:
    """``a << b`` of Python integers, while it fits into 64 bits."""
    if b < 0 or b > 61 or abs(float(a)) * 2.0**b > 4.0e18:
        raise OverflowError("an integer is too large to be compiled")
    return a << b


def of_math(fn: Callable[..., float]) -> Callable[..., float]:
    """A function of ``math`` that raises where Python's does."""

    def one(x: float) -> float:
        result = fn(x)
        if (math.isnan(result) and not math.isnan(x)) or (math.isinf(result) and not math.isinf(x)):
            raise ValueError("math domain error")
        return result

    def two(x: float, y: float) -> float:
        result = fn(x, y)
        if not math.isfinite(result) and math.isfinite(x) and math.isfinite(y):
            raise ValueError("math domain error")
        return result

    chosen = two if fn in TWO_ARGUMENTS else one
    chosen.__name__ = chosen.__qualname__ = f"math_{fn.__name__}"
    return chosen


TWO_ARGUMENTS = frozenset((math.pow, math.atan2, math.hypot, math.copysign))
"""Functions of ``math`` of two numbers that Numba compiles."""
