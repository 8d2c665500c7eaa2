"""What compiled loops call that are divided between threads."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

ENOUGH = 200_000
"""Operations for which it pays to start threads: these take some 30 microseconds."""


def in_chunks(part: Callable[..., None], chunks: int, count: int, seam: int, work: int, given: tuple[Any, ...]) -> None:
    """Call ``part(which, first, last, *given)`` for ``chunks`` equal parts of ``count`` iterations.

    Compiled code does this in as many threads, if ``work`` is worth it. It raises RuntimeError if one of them raises.
    The last ``seam`` iterations of each part run when all other ones have.
    """
    ends = [which * count // chunks for which in range(chunks + 1)]
    parts = [(first, max(first, last - seam), last) for first, last in pairwise(ends)]
    for which, (first, middle, _) in enumerate(parts):
        part(which, first, middle, *given)
    for which, (_, middle, last) in enumerate(parts):
        part(which, middle, last, *given)


def zeros(chunks: int) -> Any:
    """A number for each part, to which it adds."""
    return np.zeros(chunks)


def parts_like(a: Any, chunks: int) -> Any:
    """An array of zeros for each part, to which it adds."""
    return np.zeros((chunks, *a.shape), a.dtype)


def with_parts(value: float, parts: Any) -> Any:
    """``value`` plus what the parts have, one after the other."""
    for part in parts:
        value = value + part
    return value


def add_parts(a: Any, parts: Any) -> None:
    """Add what the parts have to ``a``, one after the other."""
    for part in parts:
        a += part
