"""Adjoints and tangents of series in a basis of polynomials, lowest coefficient first.

``value(x, c)`` is the sum of ``c[k]`` times the polynomial of degree ``k``, which stands in column ``k`` of
``powers(x, deg)``; of coefficients with more axes the result has those before the axes of ``x``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from zygote_nb.runtime.shaped import shaped_like

Made = Callable[..., Any]


def value_slope(x: Any, c: Any, value: Made, derive: Made) -> Any:
    return value(x, derive(c))


@shaped_like(1)
def values_adjoint(dy: Any, x: Any, c: Any, value: Made, derive: Made) -> Any:
    """The cotangent of the points: a sum over what further axes the coefficients have."""
    return np.sum(np.reshape(dy * value(x, derive(c)), (-1, *np.shape(x))), axis=0)


@shaped_like(1)
def coefficients_adjoint(dy: Any, c: Any, x: Any, powers: Made) -> Any:
    """The cotangent of the coefficients: a sum over the points."""
    columns = np.reshape(powers(x, np.shape(c)[0] - 1), (-1, np.shape(c)[0]))
    return np.reshape((np.reshape(dy, (-1, np.size(x))) @ columns).T, np.shape(c))


def powers_slope(x: Any, deg: int, powers: Made, derive: Made) -> Any:
    """The derivatives of all polynomials up to a degree."""
    if deg == 0:
        return np.zeros_like(powers(x, 0))
    return powers(x, deg - 1) @ derive(np.eye(deg + 1))


@shaped_like(1)
def powers_adjoint(dy: Any, x: Any, deg: int, powers: Made, derive: Made) -> Any:
    return np.reshape(np.sum(dy * powers_slope(x, deg, powers, derive), axis=-1), np.shape(x))


@shaped_like(1)
def mapped_adjoint(dy: Any, c: Any, map: Made, m: int, scl: Any, axis: int) -> Any:
    """The cotangent of coefficients that were mapped linearly, along an axis."""
    return along(dy, map(np.eye(np.shape(c)[axis]), m, scl), axis)


@shaped_like(1)
def integrated_adjoint(dy: Any, c: Any, integrate: Made, m: int, lbnd: Any, scl: Any, axis: int) -> Any:
    return along(dy, integrate(np.eye(np.shape(c)[axis]), m, [], lbnd, scl), axis)


def along(dy: Any, matrix: Any, axis: int) -> Any:
    """The transposed matrix along an axis."""
    return np.moveaxis(np.tensordot(matrix, dy, (0, axis)), 0, axis)
