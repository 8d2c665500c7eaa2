"""Interpolation by SciPy in generated code: linear in the data, smooth between them.

``make(x, y)`` is a function of the points at which the interpolant, or its derivative of some order, is wanted. SciPy
has been loaded by whoever named it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.dataclass import dataclass
from zygote_nb.runtime.shaped import shaped_like

ORDERS = {"slinear": 1, "quadratic": 2, "cubic": 3}
STEPS = ("nearest", "nearest-up", "previous", "next", "zero")


@dataclass(frozen=True, slots=True)
class Interpolation:
    """One way to interpolate: a class or function of SciPy with its settings."""

    maker: Any
    settings: tuple[tuple[str, Any], ...]

    @property
    def __name__(self) -> str:
        return f"{self.maker.__name__}_of"

    def __call__(self, x: Any, y: Any) -> Any:
        made = self.maker(x, y, **dict(self.settings))
        if self.maker.__name__ != "interp1d":
            return made
        return lambda t, nu: made(t) if nu == 0 else slopes_of(made, x, y, t, nu, dict(self.settings))


def slopes_of(made: Any, x: Any, y: Any, t: Any, nu: int, settings: dict[str, Any]) -> Any:
    """Derivatives of ``scipy.interpolate.interp1d``; zero where it is constant, beyond the data too."""
    from scipy.interpolate import make_interp_spline

    kind = settings.get("kind", "linear")
    zeros = np.zeros(np.shape(t) + np.shape(y)[1:])
    if kind in STEPS or (kind in ("linear", 1) and nu > 1):
        return zeros
    order = np.argsort(x, kind="mergesort")
    k = kind if isinstance(kind, int) else ORDERS.get(kind, 1)
    found = make_interp_spline(x[order], np.asarray(y)[order], k)(t, nu)
    if settings.get("fill_value") == "extrapolate":
        return found
    inside = (t >= np.min(x)) & (t <= np.max(x))
    return np.where(np.reshape(inside, np.shape(t) + (1,) * (np.ndim(y) - 1)), found, 0.0)


def interpolated(make: Any, x: Any, y: Any, t: Any, nu: int = 0) -> Any:
    return make(x, y)(t, nu)


@shaped_like(0)
def interpolated_by_data(y: Any, dy: Any, make: Any, x: Any, t: Any, nu: int = 0) -> Any:
    """The cotangent of the data: the interpolant of unit vectors says what each of them adds where."""
    weights = make(x, np.eye(len(y)))(np.ravel(t), nu)
    rows = np.reshape(dy, (np.size(t), *np.shape(y)[1:]))
    return np.tensordot(weights, rows, (0, 0)).astype(np.result_type(y, 0.0))


@shaped_like(0)
def interpolated_by_point(t: Any, dy: Any, make: Any, x: Any, y: Any, nu: int = 1) -> Any:
    """The cotangent of the points."""
    product = dy * make(x, y)(t, nu)
    return np.sum(product, axis=tuple(range(np.ndim(t), np.ndim(product))))


def along_points(make: Any, x: Any, y: Any, t: Any, nu: int, dt: Any) -> Any:
    """The tangent by the points."""
    slopes = make(x, y)(t, nu)
    return slopes * np.reshape(dt, np.shape(dt) + (1,) * (np.ndim(slopes) - np.ndim(dt)))


def at_points(spline: Any, t: Any, nu: int = 0) -> Any:
    """An interpolant that was made before, at some points."""
    if nu == 0:
        return spline(t)
    if hasattr(spline, "bounds_error"):
        settings = {"fill_value": "extrapolate" if str(spline.fill_value) == "extrapolate" else None}
        return slopes_of(spline, spline.x, spline.y, t, nu, settings)
    return spline(t, nu)
