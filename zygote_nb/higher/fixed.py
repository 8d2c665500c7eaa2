"""Loops that end at a fixed point: the derivative is that of the point, whatever way led there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

LIMIT, TOLERANCE = 10_000, 1e-13


def fixed_point(step: Callable[..., Any], x0: Any, *params: Any) -> Any:
    """The point ``x`` with ``x == step(x, *params)``, found by iteration from ``x0``.

    The derivative comes from the implicit function theorem: nothing of the iteration is kept, and the start has no
    influence. It is by ``params`` and by what ``step`` captures. Higher derivatives follow Newton steps from
    the point, ``k`` of which have the right derivatives up to the order ``2**k - 1``.

    Args:
        step: a contraction near the fixed point; takes and returns a float or a float array of one shape.
        x0: where to start.
        params: further arguments of ``step``.

    Returns:
        The fixed point, of the shape of ``x0``, to a relative change of 1e-13 in a step.

    Raises:
        RuntimeError: no fixed point was reached in 10000 steps.
        NoRuleError: a derivative of order 16 or higher is taken through it.

    Example:
        >>> import zygote_nb as zg
        >>> half = lambda x, a: 0.5 * (x + a / x)
        >>> round(zg.gradient(lambda a: zg.fixed_point(half, 1.0, a), 4.0)[0], 12)
        0.25
    """
    return iterated(step, x0, *params)


def iterated(step: Callable[..., Any], x0: Any, *params: Any) -> Any:
    x = x0
    for _ in range(LIMIT):
        new = step(x, *params)
        change = np.max(np.abs(new - x))
        x = new
        if change <= TOLERANCE * (1.0 + np.max(np.abs(new))):
            return x
    raise RuntimeError("no fixed point was reached in 10000 steps")
