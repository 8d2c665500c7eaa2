"""Arrays of numbers that grow, of which compiled code takes last what it put there first."""

from __future__ import annotations

from typing import Any

import numpy as np

MOST = 2**40


def with_room(stack: np.ndarray[Any, Any], size: int) -> np.ndarray[Any, Any]:
    """The array, or a longer one that begins like it, if it has fewer entries than that."""
    if size <= stack.size:
        return stack
    longer = np.empty(max(size, 2 * stack.size))
    for i in range(stack.size):
        longer[i] = stack[i]
    return longer


def iterations(first: int, end: int) -> int:
    """How many numbers there are from the first one up to the end."""
    if first >= end:
        return 0
    if first < -MOST or end > MOST:
        raise OverflowError("a loop is too long to be compiled")
    return end - first


def without(count: int, taken: int) -> int:
    """How many are left."""
    if taken > count:
        raise IndexError("pop from an empty tape")
    return count - taken
