"""``scipy.interpolate``: linear in the data, differentiated by the points where the interpolant is wanted."""

import numpy as np
from scipy import interpolate

from zygote_nb.rules.named import refusals
from zygote_nb.rules.placeholders import not_implemented
from zygote_nb.rules.registry import pullback_rule, pushforward_rule, scalar_rule
from zygote_nb.runtime.interpolants import (
    along_points,
    at_points,
    interpolated,
    interpolated_by_data,
    interpolated_by_point,
)
from zygote_nb.runtime.vectors import no_slope

PLACES = "by the places of the data; interpolate in a scaled variable"

pullback_rule(interpolated, lambda dy, out, make, x, y, t, nu=0: (
    None, not_implemented(PLACES), interpolated_by_data(y, dy, make, x, t, nu),
    interpolated_by_point(t, dy, make, x, y, nu + 1),
))  # fmt: skip
pushforward_rule(interpolated, lambda d, out, make, x, y, t, nu=0: (
    interpolated(make, x, d[2], t, nu) + along_points(make, x, y, t, nu + 1, d[3]) + np.sum(d[1]) * no_slope(PLACES)
))  # fmt: skip
pushforward_rule(interpolated_by_data, lambda d, out, y, dy, make, x, t, nu=0: (
    interpolated_by_data(y, d[1], make, x, t, nu) + interpolated_by_data(y, dy * d[4], make, x, t, nu + 1)
))  # fmt: skip
pushforward_rule(interpolated_by_point, lambda d, out, t, dy, make, x, y, nu=1: (
    interpolated_by_point(t, d[1], make, x, y, nu) + interpolated_by_point(t, dy, make, x, d[4], nu)
    + interpolated_by_point(t, dy * d[0], make, x, y, nu + 1)
))  # fmt: skip
scalar_rule(at_points, lambda y, spline, t, nu=0: (None, at_points(spline, t, nu + 1), None))

refusals(interpolate, "it is not linear in the data; use CubicSpline", "PchipInterpolator Akima1DInterpolator pchip")
refusals(
    interpolate,
    "use make_interp_spline",
    """splrep splev splprep UnivariateSpline InterpolatedUnivariateSpline LSQUnivariateSpline make_lsq_spline
    make_smoothing_spline KroghInterpolator BarycentricInterpolator""",
)
refusals(
    interpolate,
    "interpolate along one axis after the other",
    """RegularGridInterpolator interpn griddata LinearNDInterpolator CloughTocher2DInterpolator NearestNDInterpolator
    RectBivariateSpline SmoothBivariateSpline RBFInterpolator Rbf""",
)
