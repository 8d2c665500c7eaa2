"""The types of arguments as Numba distinguishes them, as short texts that need no Numba to be made."""

from __future__ import annotations

from typing import Any

import numpy as np

SCALARS = {
    float: "float64",
    int: "int64",
    bool: "bool",
    np.float64: "float64",
    np.int64: "int64",
    np.bool: "bool",
    np.float32: "float32",
    complex: "complex128",
    np.complex128: "complex128",
    np.complex64: "complex64",
}
DTYPES = {
    np.dtype(np.float64): "float64",
    np.dtype(np.int64): "int64",
    np.dtype(np.bool): "bool",
    np.dtype(np.float32): "float32",
    np.dtype(np.complex128): "complex128",
    np.dtype(np.complex64): "complex64",
}
LISTED = {float: np.float64, int: np.int64, np.float64: np.float64, complex: np.complex128}
OTHER_TYPES = (
    "an argument is neither a number of 32 or 64 bits, nor an array, nor a list of these that are all of one type"
)
Signature = tuple[str, ...]


def signature(values: tuple[Any, ...]) -> Signature | None:
    """One text for each value; None if one of them is not a number or array that is compiled for."""
    found = tuple(map(type_text, values))
    return None if None in found else found  # type: ignore[return-value]


def packed(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The values as compiled code takes them: a list of numbers of one type is an array."""
    if list not in map(type, values):
        return values
    return tuple(as_array(v) if type(v) is list else v for v in values)


def as_array(values: list[Any]) -> Any:
    """An array of the numbers, or the list itself where they are not all of one type."""
    found = set(map(type, values))
    if len(found) != 1 or not found <= LISTED.keys():
        return values
    try:
        return np.array(values, LISTED[found.pop()])
    except OverflowError:
        return values


def type_text(value: Any) -> str | None:
    """``float64``, or ``float64 2C`` for a contiguous matrix; ``r`` is added if it is read-only.

    >>> type_text(1.0), type_text(np.ones((2, 3)))
    ('float64', 'float64 2C')

    A list is handed over as an array.
    """
    if type(value) is list:
        value = as_array(value)
    if type(value) is not np.ndarray:
        return SCALARS.get(type(value))
    dtype, flags = DTYPES.get(value.dtype), value.flags
    if dtype is None or not flags.aligned:
        return None
    layout = "C" if flags.c_contiguous else "F" if flags.f_contiguous else "A"
    return f"{dtype} {value.ndim}{layout}{'' if flags.writeable else 'r'}"
