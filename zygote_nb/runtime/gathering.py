"""Entries that arrays of indices pick, in compiled code."""

from __future__ import annotations

from typing import Any


def picked(x: Any, index: Any) -> Any:
    """``x[index]`` for an index with arrays of integers or with a mask: a copy."""
    return x[index]


def fitting(mask: Any, x: Any) -> Any:
    """The mask itself, if it is one for ``x``."""
    if mask.shape != x.shape[: mask.ndim]:
        raise IndexError("boolean index did not match indexed array")
    return mask


def put(x: Any, mask: Any, value: Any) -> None:
    """``x[mask] = value`` for a mask of all entries."""
    x[mask] = value


def add(x: Any, mask: Any, value: Any) -> None:
    """``x[mask] += value`` for a mask of all entries."""
    x[mask] += value
