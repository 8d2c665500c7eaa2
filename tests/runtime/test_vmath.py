"""Functions of compiled loops: at most two units in the last place, and the ends of the scale as in NumPy."""

import math

import mpmath
import numpy as np
import pytest
from scipy.special import expit

import zygote_nb as zg
from tests.compiling import Compiled
from zygote_nb.backend.numba import compiled_form
from zygote_nb.runtime import arrays, vmath

RNG = np.random.default_rng(19)
COUNT = 400
SPECIAL = (
    np.inf, -np.inf, np.nan, 0.0, -0.0, 5e-324, -5e-324, 1e-310, -1e-310, 1.0, -1.0, -2.0, 1.7e308, -1.7e308, 709.9,
    -745.9,
)  # fmt: skip


def tens(low, high):
    return 10.0 ** RNG.uniform(low, high, COUNT)


NEAR_RIGHT_ANGLES = RNG.integers(-500_000, 500_000, COUNT) * (np.pi / 2)
POINTS = {
    np.exp: (RNG.uniform(-745, 709.7, COUNT), RNG.uniform(-1, 1, COUNT), RNG.uniform(-745, -700, COUNT)),
    np.expm1: (RNG.uniform(-40, 709, COUNT), RNG.uniform(-1.2, 1.2, COUNT), tens(-300, -1), -tens(-300, -1)),
    np.log: (tens(-307, 308), tens(-323, -307), RNG.uniform(0.5, 2, COUNT), 1 + tens(-15, -1), 1 - tens(-15, -1)),
    np.log1p: (RNG.uniform(-0.999, 3, COUNT), tens(-300, 300), -tens(-300, -0.1), -tens(-17, -0.01)),
    np.sin: (RNG.uniform(-10, 10, COUNT), tens(-300, 5.9), -tens(-9, -6), NEAR_RIGHT_ANGLES),
    np.cos: (RNG.uniform(-10, 10, COUNT), tens(-300, 5.9), -tens(-9, -6), NEAR_RIGHT_ANGLES),
    arrays.expit: (RNG.uniform(-745, 40, COUNT), RNG.uniform(-3, 3, COUNT), tens(-300, 2), -tens(-300, 2.8)),
    np.tanh: (RNG.uniform(-3, 3, COUNT), RNG.uniform(-0.7, 0.7, COUNT), tens(-300, 2), RNG.uniform(15, 23, COUNT)),
}


def called(function):
    """The compiled form, which only compiled code can call."""
    form = compiled_form(function, {})
    return Compiled(lambda x: form(x))


@pytest.mark.parametrize("function", POINTS, ids=lambda f: f.__name__)
def test_two_units_in_the_last_place(function) -> None:
    found = called(vmath.VECTORS[function])
    with mpmath.workprec(1300):
        exact = getattr(mpmath, function.__name__, lambda x: 1 / (1 + mpmath.exp(-x)))
        for x in map(float, np.concatenate(POINTS[function])):
            expected = exact(mpmath.mpf(x))
            units = abs(mpmath.mpf(found(x)) - expected) / math.ulp(float(expected))
            assert units <= 2, f"{function.__name__}({x!r}) is off by {float(units):.2f}"


@pytest.mark.parametrize("function", POINTS, ids=lambda f: f.__name__)
def test_ends_of_the_scale(function) -> None:
    found = called(vmath.VECTORS[function])
    points = [x for x in SPECIAL if function not in vmath.ANGLES or not vmath.is_far(x)]
    with np.errstate(all="ignore"):
        for x in points:
            expected, got = function(x), found(x)
            assert np.isclose(got, expected, rtol=5e-16, atol=0.0, equal_nan=True), (x, got, expected)
            assert math.isnan(expected) or np.signbit(got) == np.signbit(expected), (x, got, expected)


def soft(x):
    return np.sum(np.log1p(np.exp(x)) * np.tanh(x) + np.log(1.0 + x * x))


def recurrence(x):
    s = 0.0
    for i in range(len(x)):
        s = np.exp(-s) + x[i]
    return s


def test_loops_call_them() -> None:
    x = RNG.normal(size=9)
    text = str(zg.code_adjoint(soft, x, backend="numba"))
    assert "= exp(x[i])" in text
    with zg.options(math="precise"):
        assert "= np.exp(x[i])" in str(zg.code_adjoint(soft, x, backend="numba"))
    with zg.options(backend="python"):
        expected = zg.gradient(soft, x)
    for math_ in ("vector", "precise"):
        with zg.options(backend="numba", math=math_):
            assert np.allclose(zg.gradient(soft, x), expected, rtol=1e-14)


def test_a_loop_that_waits_for_itself_does_not() -> None:
    assert "np.exp" in str(zg.code_adjoint(recurrence, RNG.normal(size=4), backend="numba"))


def waves(x, w):
    y = np.empty_like(x)
    for i in range(len(x)):
        y[i] = np.sin(w * x[i]) * np.cos(x[i]) + np.exp(-x[i] * x[i])
    return np.sum(y * y)


def waves_in_place(x):
    y = np.zeros(len(x) + 1)
    for i in range(len(x)):
        y[i] = 2.0 * x[i]
        y[i] = np.sin(y[i])
    return np.sum(y * y)


def gates(x):
    return np.sum(expit(x) * x) + expit(x[0])


def compiled_and_interpreted(f, *args, **settings):
    with zg.options(backend="python"):
        expected = zg.withgradient(f, *args)
    with zg.options(backend="numba", **settings):
        return zg.withgradient(f, *args), expected


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 7, 8, 17, 33])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_ends_of_loops(count, dtype) -> None:
    """Vectors of four or eight elements leave some over."""
    x, w = RNG.normal(size=count).astype(dtype), dtype(1.5)
    (value, found), (expected, wanted) = compiled_and_interpreted(waves, x, w)
    units = 40 * np.finfo(dtype).eps
    assert np.isclose(value, expected, rtol=units)
    for one, other in zip(found, wanted, strict=True):
        assert np.asarray(one).dtype == dtype
        assert np.allclose(one, other, rtol=units, atol=units * max(count, 1))


@pytest.mark.parametrize("special", [np.inf, -np.inf, np.nan, 1e300, 8.1e5, 5e-324, -0.0])
@pytest.mark.parametrize("place", [0, 3, 8])
def test_one_element_beyond_the_others(special, place) -> None:
    x = RNG.normal(size=9)
    x[place] = special
    (_, found), (_, wanted) = compiled_and_interpreted(waves, x, 1.5)
    assert np.allclose(found[0], wanted[0], rtol=1e-13, equal_nan=True)


def test_angles_are_looked_at_first() -> None:
    x = RNG.normal(size=4)
    text = str(zg.code_adjoint(waves, x, 1.5, backend="numba"))
    assert "far = far | is_far(w * x[i])" in text
    assert "np.sin(w * x[i])" in text
    assert " sin(w * x[i])" in text
    assert "is_far" not in str(zg.code_adjoint(waves_in_place, x, backend="numba"))
    (_, found), (_, wanted) = compiled_and_interpreted(waves_in_place, x)
    assert np.allclose(found[0], wanted[0], rtol=1e-14)


def test_expit_is_compiled() -> None:
    x = np.concatenate([RNG.normal(size=5) * 10, [-800.0, 800.0, 0.0]])
    for math_ in ("vector", "precise"):
        (value, found), (expected, wanted) = compiled_and_interpreted(gates, x, math=math_)
        assert np.isclose(value, expected, rtol=1e-14)
        assert np.allclose(found[0], wanted[0], rtol=1e-13)


def carried(x):
    s = t = c = 0.0
    for i in range(len(x)):
        s += np.exp(x[i])
        t -= x[i] * x[i]
        y = x[i] - c
        c = y * 1e-3 + c
    return s * t + c


def test_sums_may_be_added_up_in_any_order() -> None:
    x = RNG.normal(size=37)
    text = str(zg.code_adjoint(dot_and_lengths, x, x + 1.0, value=True, backend="numba"))
    assert "s = plus(s, x[i] * y[i])" in text
    assert "plus" not in str(zg.code_adjoint(carried, x, value=True, backend="numba"))
    for f, args in ((dot_and_lengths, (x, x + 1.0)), (carried, (x,))):
        (value, found), (expected, wanted) = compiled_and_interpreted(f, *args)
        assert np.isclose(value, expected, rtol=1e-13)
        assert all(np.allclose(a, b, rtol=1e-13) for a, b in zip(found, wanted, strict=True))


def dot_and_lengths(x, y):
    s = t = 0.0
    for i in range(len(x)):
        s += x[i] * y[i]
        t = t - x[i] * x[i]
    return s / t
