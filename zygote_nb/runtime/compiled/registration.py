"""How helpers are registered with Numba, and questions to its types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit, types
from numba.core.types import Integer
from numba.extending import overload as numba_overload


def overload(helper: Callable[..., Any]) -> Callable[..., Any]:
    """Numba's ``overload``, without its demand that implementations repeat the annotations."""
    register: Callable[..., Any] = numba_overload(helper, strict=False)
    return register


def inside(**settings: Any) -> Callable[..., Any]:
    """Numba's ``njit`` for functions that only compiled code calls: without a form that Python calls."""
    whole = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True, **settings}
    made: Callable[..., Any] = njit(**whole)
    return made


def is_none(t: Any) -> bool:
    """Whether an argument is None, or left out with default None."""
    return t is None or isinstance(t, types.NoneType) or (isinstance(t, types.Omitted) and t.value is None)


def is_int(t: Any) -> bool:
    return isinstance(t, (int, Integer)) or (isinstance(t, types.Omitted) and isinstance(t.value, int))


def inexact(dtype: Any) -> Any:
    """The dtype of cotangents of values of this dtype."""
    return dtype if isinstance(dtype, (types.Float, types.Complex)) else types.float64


def accumulator(dtype: Any) -> Any:
    """Where sums of values of this dtype are formed."""
    if isinstance(dtype, (types.Float, types.Complex)):
        return types.complex128 if isinstance(dtype, types.Complex) else types.float64
    return types.int64
