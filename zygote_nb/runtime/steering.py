"""What a user writes into a function to steer its derivative; outside of derivatives these do nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from zygote_nb.runtime.shaped import shaped_like


def ignore_derivatives(x: Any) -> Any:
    """The value of ``x``, through which no derivative passes; of a function, its result.

    Args:
        x: any value, or a function without parameters, which is called and not differentiated.

    Returns:
        ``x``, or ``x()``.

    Example:
        >>> import zygote_nb as zg
        >>> zg.gradient(lambda x: x * zg.ignore_derivatives(x), 3.0)
        (3.0,)
    """
    return x() if callable(x) else x


def hook(fn: Callable[[Any], Any], x: Any) -> Any:
    """The value of ``x``; on the way back, its cotangent goes through ``fn``.

    Args:
        fn: takes a cotangent of the shape of ``x``, returns one of that shape. Called once where a derivative passes.
        x: a number or an array.

    Example:
        >>> import zygote_nb as zg
        >>> zg.gradient(lambda x: zg.hook(lambda g: -g, x) ** 2, 3.0)
        (-6.0,)
    """
    return x


def showgrad(x: Any) -> Any:
    """The value of ``x``; on the way back, its cotangent is printed with the source text of ``x``.

    Example:
        >>> import zygote_nb as zg
        >>> zg.gradient(lambda x: zg.showgrad(2 * x) ** 2, 3.0)
        gradient of 2 * x: 12.0
        (24.0,)
    """
    return x


def isderiving() -> bool:
    """Whether the function that asks is being differentiated.

    Example:
        >>> import zygote_nb as zg
        >>> f = lambda x: 2 * x if zg.isderiving() else x
        >>> f(3.0), zg.gradient(f, 3.0)
        (3.0, (2.0,))
    """
    return False


def detached(x: Any) -> Any:
    """``ignore_derivatives`` of a value, in generated code."""
    return x


def hooked(fn: Callable[[Any], Any], x: Any) -> Any:
    """``hook`` in generated code."""
    return x


def shown(text: str, x: Any) -> Any:
    """``showgrad`` in generated code."""
    return x


class HookError(Exception):
    """Carries what a user's hook raised out of generated code."""

    def __init__(self, error: Exception) -> None:
        self.error = error


@shaped_like(1)
def through(fn: Callable[[Any], Any], dy: Any) -> Any:
    """A cotangent as a hook returns it."""
    try:
        result = fn(dy)
    except Exception as error:
        raise HookError(error) from error
    if np.shape(result) != np.shape(dy):
        name = getattr(fn, "__name__", "hook")
        shapes = f"shape {np.shape(result)} for a cotangent of shape {np.shape(dy)}"
        raise HookError(ValueError(f"the hook {name} returns {shapes}"))
    return result


@shaped_like(1)
def print_cotangent(text: str, dy: Any) -> Any:
    """Print a cotangent, and hand it on."""
    print(f"gradient of {text}: {dy}")
    return dy
