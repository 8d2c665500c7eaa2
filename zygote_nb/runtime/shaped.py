"""What is known of helpers without running them: the shapes of their results, and which cotangents they may miss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

SHAPED_LIKE: dict[Any, int | tuple[int, ...]] = {}
"""The position of the argument whose shape, or shapes, the result has; several where a tuple of cotangents is returned.

A smaller cotangent may stay small.
"""
TAKES_NONE: set[Any] = set()
"""Helpers that take None for a cotangent that is zero."""


OF_ITS_DTYPE: set[Any] = set()
"""Helpers whose result has the dtype of that argument too; those of the others are complex where the cotangent is."""

FOLDED: set[Any] = set()
"""Helpers of constants, computed when the code is generated."""

HANDED_BACK: set[Any] = set()
"""Helpers that may return memory of their first argument."""


def may_hand_back(helper: F) -> F:
    """Declare a helper that may return memory of its first argument."""
    HANDED_BACK.add(helper)
    return helper


ITSELF_WHERE: dict[Any, tuple[str, int, Any]] = {}
"""Functions that return their first argument itself where another, of this name and at this place, has this value."""


def folded(helper: F) -> F:
    """Declare a helper whose arguments are constants of the program."""
    FOLDED.add(helper)
    return helper


def shaped_like(*positions: int, takes_none: bool = False, dtype: bool = False) -> Callable[[F], F]:
    """Declare the arguments of a helper whose shapes its results have; -1 is the last one."""

    def declare(helper: F) -> F:
        if dtype:
            OF_ITS_DTYPE.add(helper)
        SHAPED_LIKE[helper] = positions[0] if len(positions) == 1 else positions
        if takes_none:
            TAKES_NONE.add(helper)
        return helper

    return declare
