"""Adjoints and tangents of distances between points. Loads SciPy, as do the programs that need it."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.spatial import distance

from zygote_nb.errors import ZygoteError
from zygote_nb.runtime.arrays import quotient
from zygote_nb.runtime.shaped import shaped_like

METRICS = ("euclidean", "sqeuclidean", "cityblock", "minkowski")


class MetricError(ZygoteError):
    """A metric that has no derivative here."""


def slope(k: int, a: Any, b: Any, y: Any, metric: Any, p: Any) -> Any:
    """The derivative of each distance by coordinate ``k`` of the first point; 0 where points coincide."""
    gap = a[:, k][:, None] - b[:, k]
    match metric:
        case "euclidean":
            return quotient(gap, y)
        case "sqeuclidean":
            return 2.0 * gap
        case "cityblock":
            return np.sign(gap)
        case "minkowski":
            return np.sign(gap) * quotient(np.abs(gap) ** (p - 1), y ** (p - 1))
    raise MetricError(f"distances of metric {metric!r} are not differentiated", hint=f"use one of {', '.join(METRICS)}")


@shaped_like(1)
def cdist_left(dy: Any, a: Any, b: Any, y: Any, metric: Any, p: Any) -> Any:
    """The cotangent of the first points."""
    return np.stack([np.sum(dy * slope(k, a, b, y, metric, p), 1) for k in range(np.shape(a)[1])], 1)


@shaped_like(2)
def cdist_right(dy: Any, a: Any, b: Any, y: Any, metric: Any, p: Any) -> Any:
    return -np.stack([np.sum(dy * slope(k, a, b, y, metric, p), 0) for k in range(np.shape(a)[1])], 1)


def cdist_tangent(t: Any, a: Any, b: Any, y: Any, metric: Any, p: Any) -> Any:
    gaps = (t[0][:, k][:, None] - t[1][:, k] for k in range(np.shape(a)[1]))
    return sum(slope(k, a, b, y, metric, p) * gap for k, gap in enumerate(gaps))


@shaped_like(1)
def pdist_adjoint(dy: Any, x: Any, y: Any, metric: Any, p: Any) -> Any:
    whole = distance.squareform(dy, checks=False)
    # A point is at a distance from itself that has a derivative of zero, and of no order another.
    apart = distance.squareform(y, checks=False) + np.eye(len(x))
    return cdist_left(whole, x, x, apart, metric, p)


@shaped_like(2)
def pdist_tangent(t: Any, x: Any, y: Any, metric: Any, p: Any) -> Any:
    whole = cdist_tangent((t, t), x, x, distance.squareform(y, checks=False), metric, p)
    return whole[np.triu_indices(np.shape(x)[0], 1)]


@shaped_like(1)
def squareform_adjoint(dy: Any, x: Any) -> Any:
    """A vector of distances stands in a symmetric matrix twice; of a matrix the upper half is read."""
    if np.ndim(x) == 1:
        return distance.squareform(dy + dy.T, checks=False)
    made = np.zeros(np.shape(x))
    made[np.triu_indices(np.shape(x)[0], 1)] = dy
    return made
