"""Some of several values as one vector, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from zygote_nb.runtime.called import RuleError

Shapes = list[tuple[int, ...] | None]


def shapes_of(values: Sequence[Any], flags: Sequence[bool]) -> Shapes:
    """The shapes of those values that are wanted."""
    return [np.shape(v) if f else None for v, f in zip(values, flags, strict=True)]


def length(shapes: Shapes) -> int:
    return sum(int(np.prod(s)) for s in shapes if s is not None)


def flat(values: Sequence[Any], shapes: Shapes) -> Any:
    """What is wanted, as one vector; None is zero."""
    pairs = [(v, s) for v, s in zip(values, shapes, strict=True) if s is not None]
    parts = [np.zeros(int(np.prod(s))) if v is None else np.ravel(v) for v, s in pairs]
    return np.concatenate(parts) if parts else np.zeros(0)


def parted(vector: Any, like: Sequence[Any], shapes: Shapes) -> tuple[Any, ...]:
    """The vector as cotangents of values; None for what isn't wanted."""
    found: list[Any] = []
    at = 0
    for value, shape in zip(like, shapes, strict=True):
        if shape is None:
            found.append(None)
            continue
        n = int(np.prod(shape))
        part, at = np.reshape(vector[at : at + n], shape), at + n
        dtype = np.result_type(value)
        dtype = dtype if dtype.kind == "f" else np.dtype(np.float64)
        found.append(part.astype(dtype) if shape else dtype.type(part))
    return tuple(found)


def no_slope(why: str) -> float:
    """A factor of what must not vary."""
    raise RuleError(f"a derivative isn't known: {why}")
