"""Forward mode within a gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def forwarddiff(f: Callable[..., Any], *args: Any) -> Any:
    """``f(*args)``; where that is differentiated in reverse, the derivative of ``f`` itself is taken in forward mode.

    That pays for a function of few numbers: of all that it computes only its Jacobian is kept for the way back, several
    columns of which are computed at a time. The derivative is by ``args`` and by what ``f`` captures.

    Args:
        f: a function without effects that returns numbers or arrays, and writes to none of its arguments.
        args: its arguments.

    Returns:
        What ``f`` returns.

    Raises:
        UnsupportedSyntaxError: when it is differentiated, and ``f`` can't be run several times.

    Example:
        >>> import zygote_nb as zg
        >>> def orbit(a):
        ...     x = 0.5
        ...     for _ in range(1000):
        ...         x = a * x * (1.0 - x)
        ...     return x
        >>> round(zg.gradient(lambda a: zg.forwarddiff(orbit, a) ** 2, 2.5)[0], 9)
        0.192
    """
    return f(*args)
