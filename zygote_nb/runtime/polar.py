"""Absolute values and angles of complex numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from zygote_nb.runtime.shaped import shaped_like


def real_part(z: Any) -> Any:
    """What reaches a real number of a complex cotangent, in memory of its own."""
    return np.real(z).copy() if isinstance(z, np.ndarray) else z.real


@shaped_like(1)
def abs_adjoint(dy: Any, z: Any, y: Any) -> Any:
    """``z / abs(z)``, 0 at 0."""
    return dy * direction(z, y)


@shaped_like(2)
def abs_tangent(dz: Any, z: Any, y: Any) -> Any:
    return np.real(np.conj(direction(z, y)) * dz)


@shaped_like(4)
def abs_adjoint_tangent(t: Any, dz: Any, d_abs: Any, dy: Any, z: Any, y: Any) -> Any:
    """The tangent of ``abs_adjoint(dy, z, y)``, from those of its arguments."""
    return t * direction(z, y) + dy * direction(dz - direction(z, y) * d_abs, y)


def direction(z: Any, y: Any) -> Any:
    if np.ndim(y) == 0:
        return z / y if y else 0.0 * z
    return np.divide(z, y, out=np.zeros(np.shape(z), np.result_type(z, y)), where=y != 0)


@shaped_like(1)
def angle_adjoint(dy: Any, z: Any, deg: bool = False) -> Any:
    """``1j * z / abs(z)**2``, 0 at 0."""
    return scale(deg) * dy * 1j * turned(z)


def angle_tangent(dz: Any, z: Any, deg: bool = False) -> Any:
    return scale(deg) * np.real(np.conj(1j * turned(z)) * dz)


def turned(z: Any) -> Any:
    return direction(z, np.real(z) ** 2 + np.imag(z) ** 2)


def scale(deg: bool) -> float:
    return 180.0 / math.pi if deg else 1.0


__all__ = ["abs_adjoint", "abs_adjoint_tangent", "abs_tangent", "angle_adjoint", "angle_tangent", "real_part"]
