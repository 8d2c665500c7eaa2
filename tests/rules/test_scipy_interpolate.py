"""Interpolation: by the data and by the points, made inside and before, twice."""

import numpy as np
import pytest
from scipy import interpolate

import zygote_nb as zg
from tests.oracle import check

X = np.array([0.0, 1.0, 2.5, 3.0, 4.0])
Y = np.array([1.0, 3.0, 2.0, 0.0, 1.5])
T = np.array([0.3, 1.7, 2.6, 3.9])

INSIDE = {
    "spline": lambda y, t: interpolate.CubicSpline(X, y)(t),
    "natural": lambda y, t: interpolate.CubicSpline(X, y, bc_type="natural")(t, 1),
    "b-spline": lambda y, t: interpolate.make_interp_spline(X, y, k=2)(t),
    "linear": lambda y, t: interpolate.interp1d(X, y)(t),
    "cubic": lambda y, t: interpolate.interp1d(X, y, kind="cubic")(t),
    "beyond": lambda y, t: interpolate.interp1d(X, y, fill_value="extrapolate")(t + 2.0),
    "filled": lambda y, t: interpolate.interp1d(X, y, fill_value=0.0, bounds_error=False)(t + 2.0),
    "loop": lambda y, t: sum(interpolate.CubicSpline(X, y)(u) * u for u in t),
}
BEFORE = [
    interpolate.CubicSpline(X, Y),
    interpolate.PchipInterpolator(X, Y),
    interpolate.make_interp_spline(X, Y),
    interpolate.UnivariateSpline(X, Y),
    interpolate.interp1d(X, Y),
]


def held(f, *args, **options):
    check(f, *args, backends=("python",), variants=False, **options)


@pytest.mark.parametrize("name", INSIDE)
def test_made_inside(name):
    held(INSIDE[name], Y, T, second=False)


def test_a_number_and_data_of_several_axes():
    held(INSIDE["spline"], Y, 1.2, second=False)
    held(INSIDE["spline"], np.stack([Y, Y**2], 1), T.reshape(2, 2), second=False)


def test_steps_have_slope_zero():
    f = lambda t: np.sum(interpolate.interp1d(X, Y, kind="nearest")(t))
    np.testing.assert_array_equal(zg.gradient(f, T)[0], 0.0)


@pytest.mark.parametrize("spline", BEFORE, ids=lambda s: type(s).__name__)
def test_made_before(spline):
    held(lambda t: np.sum(spline(t) ** 2), T, second=not isinstance(spline, interpolate.interp1d))
    held(lambda t: spline(t) * t, 0.7, second=False)


def test_second_derivatives():
    held(lambda y: np.sum(np.sin(interpolate.CubicSpline(X, y)(y))), Y / 2, second=True)


@pytest.mark.parametrize(
    ("f", "why"),
    [
        (lambda x: np.sum(interpolate.CubicSpline(x, Y)(T)), "by the places of the data"),
        (lambda x: np.sum(interpolate.CubicSpline(X, x, bc_type=((1, 0.0), (1, 0.0)))(T)), "conditions at the ends"),
        (lambda x: np.sum(interpolate.PchipInterpolator(X, x)(T)), "it is not linear in the data"),
        (lambda x: np.sum(interpolate.interp1d(X, np.stack([x, x]))(T)), "along another axis"),
    ],
)
def test_refused(f, why):
    with pytest.raises(zg.ZygoteError, match=why) as caught:
        zg.gradient(f, X.copy())
    assert caught.value.lineno == f.__code__.co_firstlineno
