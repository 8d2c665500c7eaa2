"""Points between two ends, and powers of points."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.runtime.arrays import unbroadcast
from zygote_nb.runtime.shaped import shaped_like


def fractions(num: int, endpoint: bool, y: Any, axis: int) -> Any:
    """How far each point is on the way, along an axis of ``y``."""
    shape = [1] * np.ndim(y)
    shape[axis] = -1
    return np.reshape(np.linspace(0.0, 1.0, num, endpoint), shape)


def along(end: Any, axis: int, y: Any) -> Any:
    """An end of the range, or several, in a shape that broadcasts to ``y``."""
    return np.expand_dims(end, axis if axis >= 0 else axis + np.ndim(y)) if np.ndim(end) else end


def intervals(num: int, endpoint: bool) -> int:
    """The number of steps between the ends."""
    return num - 1 if endpoint else num


@shaped_like(3)
def spread(dy: Any, weights: Any, axis: int, like: Any) -> Any:
    """The cotangents of the points, summed with the weights of an end."""
    return unbroadcast(np.tensordot(weights, np.moveaxis(dy, axis, 0), 1), like)


def _slopes(x: Any, increasing: bool, y: Any) -> Any:
    n = np.shape(y)[1]
    powers = np.arange(n) if increasing else np.arange(n - 1, -1, -1)
    return powers * np.asarray(x)[:, None] ** np.maximum(powers - 1, 0)


@shaped_like(1)
def vander_adjoint(dy: Any, x: Any, y: Any, increasing: bool = False) -> Any:
    """The cotangent of the points of a Vandermonde matrix."""
    return np.sum(dy * _slopes(x, increasing, y), axis=1)


@shaped_like(2)
def vander_tangent(dx: Any, x: Any, y: Any, increasing: bool = False) -> Any:
    """The tangent of a Vandermonde matrix."""
    return np.asarray(dx)[:, None] * _slopes(x, increasing, y)
