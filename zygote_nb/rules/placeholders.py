"""What stands in rules for a cotangent, or for what only the transformation knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zygote_nb.dataclass import dataclass


def not_implemented(why: str) -> Any:
    """Stands for a partial derivative, or a cotangent, that is not known: an error only where somebody needs it.

    Example:
        >>> import zygote_nb as zg
        >>> def power_sum(x, n):
        ...     return sum(x**k for k in range(n))
        >>> zg.scalar_rule(power_sum, lambda y, x, n: (
        ...     sum(k * x ** (k - 1) for k in range(1, n)), zg.not_implemented("a sum has no slope by its length")
        ... ))
    """
    return NotKnown(why)


def thunk(make: Callable[[], Any]) -> Any:
    """A cotangent that is made only where somebody needs it.

    Args:
        make: a function without parameters that returns the cotangent.

    Example:
        >>> import numpy as np, zygote_nb as zg
        >>> def outer(a, b):
        ...     return np.multiply.outer(a, b)
        >>> @zg.rrule(outer)
        ... def outer_rule(a, b):
        ...     def outer_pullback(dy):
        ...         return zg.thunk(lambda: dy @ b), zg.thunk(lambda: a @ dy)
        ...     return outer(a, b), outer_pullback
    """
    return make()


def wanted() -> Any:
    """Inside a built-in pullback: for each argument whether a derivative reaches it, for a tuple by its entries."""
    raise TypeError("this stands for what the transformation knows, in rules that it reads")


@dataclass(frozen=True, slots=True)
class NotKnown:
    """What :func:`not_implemented` returns."""

    why: str
