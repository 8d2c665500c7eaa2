"""The types of arguments as Numba distinguishes them, as short texts that need no Numba to be made."""

from __future__ import annotations

from typing import Any

import numpy as np

SCALARS = {float: "float64", int: "int64", bool: "bool", np.float64: "float64", np.int64: "int64", np.bool: "bool"}
DTYPES = {np.dtype(np.float64): "float64", np.dtype(np.int64): "int64", np.dtype(np.bool): "bool"}
Signature = tuple[str, ...]


def signature(values: tuple[Any, ...]) -> Signature | None:
    """One text for each value; None if one of them is not a number or array that is compiled for."""
    found = tuple(map(type_text, values))
    return None if None in found else found  # type: ignore[return-value]


def type_text(value: Any) -> str | None:
    """``float64``, or ``float64 2C`` for a contiguous matrix; ``r`` is added if it is read-only.

    >>> type_text(1.0), type_text(np.ones((2, 3)))
    ('float64', 'float64 2C')
    """
    if type(value) is not np.ndarray:
        return SCALARS.get(type(value))
    dtype, flags = DTYPES.get(value.dtype), value.flags
    if dtype is None or not flags.aligned:
        return None
    layout = "C" if flags.c_contiguous else "F" if flags.f_contiguous else "A"
    return f"{dtype} {value.ndim}{layout}{'' if flags.writeable else 'r'}"
