"""Tangents of functions whose formulas would divide by zero, ``dx`` being the tangent of ``x``."""

from __future__ import annotations

from typing import Any

import numpy as np


def cumprod_tangent(dx: Any, x: Any, axis: Any = None) -> Any:
    """The tangent of ``np.cumprod(x, axis)``, by the recurrence of the products."""
    if axis is None:
        return cumprod_tangent(np.ravel(dx), np.ravel(x), 0)
    a, t = np.moveaxis(x, axis, 0), np.moveaxis(dx, axis, 0)
    change = np.zeros(a.shape, np.result_type(a, t))
    value = np.ones(a.shape[1:], change.dtype)
    for i in range(len(a)):
        change[i] = (change[i - 1] if i else 0.0) * a[i] + value * t[i]
        value = value * a[i]
    return np.moveaxis(change, 0, axis)


def cofactors_tangent(da: Any, a: Any) -> Any:
    """The tangent of the matrix of cofactors: in the basis of singular vectors, where ``a`` is diagonal."""
    u, s, vh = np.linalg.svd(a)
    e = u.T @ da @ vh.T
    off = ~np.eye(len(s), dtype=bool)
    rest = np.ones((len(s), len(s)))
    for i in range(len(s)):
        for j in range(i):
            rest[i, j] = rest[j, i] = np.prod(np.delete(s, (i, j)))
    change = np.where(off, -e.T * rest, np.diag((np.where(off, rest, 0.0)) @ np.diag(e)))
    return np.linalg.det(u) * np.linalg.det(vh) * u @ change @ vh
