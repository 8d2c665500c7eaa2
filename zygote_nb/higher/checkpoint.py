"""Less memory for more time: callees that keep their arguments and are run again on the way back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def checkpointed(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """``f(*args, **kwargs)``; where that is differentiated, only the arguments are kept, and ``f`` runs again backward.

    Args:
        f: a function without effects: what prints, draws random numbers or asks for input is refused.
        args, kwargs: its arguments, which are kept as references; an array that ``f`` writes to is copied.

    Returns:
        What ``f`` returns.

    Raises:
        UnsupportedSyntaxError: when it is differentiated, and ``f`` can't be run again.

    Example:
        >>> import zygote_nb as zg
        >>> def powers(x, n):
        ...     for _ in range(n):
        ...         x = x * x
        ...     return x
        >>> zg.gradient(lambda x: zg.checkpointed(powers, x, 3), 1.0)
        (8.0,)
    """
    return f(*args, **kwargs)


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator: each call of the function is :func:`checkpointed`.

    Example:
        >>> import zygote_nb as zg
        >>> @zg.checkpoint
        ... def cube(x):
        ...     return x * x * x
        >>> zg.gradient(lambda x: cube(x) * 2.0, 1.0)
        (6.0,)
    """

    @functools.wraps(f)
    def checkpointing(*args: Any, **kwargs: Any) -> Any:
        return checkpointed(f, *args, **kwargs)

    return checkpointing
