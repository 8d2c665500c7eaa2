"""Derivatives along all directions, one row for each entry of the arguments."""

from __future__ import annotations

from typing import Any

import numpy as np


def along_entry(x: Any, k: int) -> Any:
    """The direction of the ``k``-th entry of an array; zero where there is none."""
    u = np.zeros(x.size)
    if 0 <= k < x.size:
        u[k] = 1.0
    return u.reshape(x.shape)


def rows_like(n: int, y: Any) -> Any:
    """Room for so many tangents of an array."""
    return np.zeros((n, y.size))


def flat_entries(y: Any) -> Any:
    """The entries of an array in one row."""
    return np.ascontiguousarray(y).reshape(y.size)


def entries_of(g: Any, first: int, x: Any) -> Any:
    """Those of ``g`` from ``first`` on that belong to an array."""
    return g[first : first + x.size].reshape(x.shape)


def entry_number(before: int, place: int, count: int) -> int:
    """The number of an entry among all, by the number of its row and its place in it, counted from the first."""
    if place < -count or place >= count:
        raise IndexError("index is out of bounds")
    return before * count + (place + count if place < 0 else place)
