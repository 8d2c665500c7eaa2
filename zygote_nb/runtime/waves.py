"""Second derivatives of wave functions from their differential equations (DLMF 28.2, 28.20, 30.2)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def angular_bend(y: Any, a: Any, q: Any, degrees: Any) -> Any:
    """Of a Mathieu function with the characteristic value ``a``, of radians."""
    return (2.0 * q * np.cos(math.pi / 90.0 * degrees) - a) * y


def radial_bend(y: Any, a: Any, q: Any, x: Any) -> Any:
    """Of a modified Mathieu function."""
    return (a - 2.0 * q * np.cosh(2.0 * x)) * y


def prolate_bend(y: Any, m: Any, c: Any, cv: Any, x: Any) -> Any:
    """Of a prolate spheroidal wave function, angular or radial; ``y`` is the value and its derivative."""
    rest = 1.0 - x * x
    return (2.0 * x * y[1] - (cv - c * c * x * x - m * m / rest) * y[0]) / rest


def oblate_bend(y: Any, m: Any, c: Any, cv: Any, x: Any) -> Any:
    """Of an angular oblate spheroidal wave function."""
    rest = 1.0 - x * x
    return (2.0 * x * y[1] - (cv + c * c * x * x - m * m / rest) * y[0]) / rest


def oblate_fall(y: Any, m: Any, c: Any, cv: Any, x: Any) -> Any:
    """Of a radial oblate spheroidal wave function."""
    rest = 1.0 + x * x
    return ((cv - c * c * x * x - m * m / rest) * y[0] - 2.0 * x * y[1]) / rest
