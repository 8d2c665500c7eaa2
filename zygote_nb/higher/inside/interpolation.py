"""Calls of ``scipy.interpolate``: an interpolant is a partial application of what it does at a point."""

from __future__ import annotations

import ast
from typing import Any

from scipy import interpolate

from zygote_nb.frontend.classes import partial
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.lowered import CLASSES, FUNCTIONS, Lower
from zygote_nb.frontend.unsampled import GIVEN
from zygote_nb.frontend.values import static
from zygote_nb.higher.inside.keywords import bound, vector
from zygote_nb.higher.inside.verbs import constant, is_known
from zygote_nb.ir.core import Expr, Tuple
from zygote_nb.ir.kinds import FLOAT, Array, Kind, describe
from zygote_nb.runtime.interpolants import STEPS, Interpolation, along_points, at_points, interpolated
from zygote_nb.runtime.vectors import no_slope

Kwargs = tuple[tuple[str, Any], ...]


def value_at(make: Any, x: Any, y: Any, t: Any, nu: Any = 0) -> Any:
    """An interpolant made inside, at some points."""
    return interpolated(make, x, y, t, nu)


def known_at(spline: Any, t: Any, nu: Any = 0) -> Any:
    """An interpolant made before, at some points."""
    return at_points(spline, t, nu)


def made_by(maker: Any, passed: str) -> Lower:
    def call(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
        given = bound(lo, node, maker, args, kwargs, f"x y {passed}")
        x, y = vector(lo, node, given.pop("x")), data(lo, node, given.pop("y"))
        if not all(map(is_known, given.values())):
            what = f"a setting of `{maker.__name__}` is computed"
            raise lo.refuse(node, what, "write it as a literal")
        settings = {name: constant(value) for name, value in given.items()}
        axis = settings.get("axis", -1 if maker is interpolate.interp1d else 0)
        settings["axis"] = 0
        if axis not in (0, -y.kind.ndim):  # type: ignore[union-attr]
            raise lo.refuse(node, "the data lie along another axis than the first", "transpose them")
        if not isinstance(settings.get("bc_type"), str | None) or settings.get("bc_type") == "periodic":
            raise lo.refuse(node, "these conditions at the ends are not differentiated", "give bc_type as a word")
        make = Interpolation(maker, tuple(settings.items()))
        return partial(lo, node, [static(value_at), static(make, f"{maker.__name__}_of"), x, y], ())

    return call


def data(lo: Lowering, node: ast.AST, value: Any) -> Expr:
    value = lo.snapshot(value)
    held: Expr = lo.as_array(node, value) if isinstance(value, Tuple) else value
    if not isinstance(held.kind, Array) or held.kind.dtype[0] not in "fiu":
        raise lo.refuse(node, f"the data are {describe(held.kind)}", "give an array of real numbers")
    return held


def known(lo: Lowering, node: ast.AST, spline: Any) -> Any:
    """An interpolant that was made before the program was read."""
    curved = isinstance(spline, interpolate.interp1d) and spline._kind not in ("linear", *STEPS)
    if curved or getattr(spline, "axis", 0) != 0 or rank_of(spline):
        raise lo.refuse(node, "an interpolant of this kind is not differentiated", "use make_interp_spline, of numbers")
    return partial(lo, node, [static(known_at), static(spline, "spline")], ())


def rank_of(spline: Any) -> int:
    """How many axes the data have beyond the first."""
    held = next((getattr(spline, name) for name in ("y", "c") if hasattr(spline, name)), None)
    return 0 if held is None else held.ndim - 1 - isinstance(spline, interpolate.PPoly)


def kind_at(args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind:
    y, t = args[2][1], args[3][1]
    return Array("float64", ((*t.dims,) if isinstance(t, Array) else ()) + tuple(y.dims[1:]))


def kind_of_known(args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind:
    t = args[1][1]
    return Array("float64", t.dims if isinstance(t, Array) else ())


GIVEN[no_slope] = lambda args, kwargs: FLOAT
GIVEN[interpolated] = GIVEN[along_points] = kind_at
GIVEN[at_points] = kind_of_known
FUNCTIONS.update({
    interpolate.CubicSpline: made_by(interpolate.CubicSpline, "axis bc_type extrapolate"),
    interpolate.make_interp_spline: made_by(interpolate.make_interp_spline, "k bc_type axis check_finite"),
    interpolate.interp1d: made_by(interpolate.interp1d, "kind axis copy bounds_error fill_value assume_sorted"),
})  # fmt: skip
for _cls in (
    interpolate.CubicSpline, interpolate.PchipInterpolator, interpolate.Akima1DInterpolator, interpolate.BSpline,
    interpolate.PPoly, interpolate.interp1d, interpolate.UnivariateSpline,
    interpolate.InterpolatedUnivariateSpline, interpolate.LSQUnivariateSpline,
):  # fmt: skip
    CLASSES[_cls] = known
