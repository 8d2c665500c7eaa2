"""Functions of compiled loops: at most two units in the last place, and the ends of the scale as in NumPy."""

import math

import mpmath
import numpy as np
import pytest

import zygote_nb as zg
from zygote_nb.backend.numba import compiled_form
from zygote_nb.runtime import vmath

RNG = np.random.default_rng(19)
COUNT = 400
SPECIAL = (
    np.inf, -np.inf, np.nan, 0.0, -0.0, 5e-324, -5e-324, 1e-310, -1e-310, 1.0, -1.0, -2.0, 1.7e308, -1.7e308, 709.9,
    -745.9,
)  # fmt: skip


def tens(low, high):
    return 10.0 ** RNG.uniform(low, high, COUNT)


POINTS = {
    np.exp: (RNG.uniform(-745, 709.7, COUNT), RNG.uniform(-1, 1, COUNT), RNG.uniform(-745, -700, COUNT)),
    np.expm1: (RNG.uniform(-40, 709, COUNT), RNG.uniform(-1.2, 1.2, COUNT), tens(-300, -1), -tens(-300, -1)),
    np.log: (tens(-307, 308), tens(-323, -307), RNG.uniform(0.5, 2, COUNT), 1 + tens(-15, -1), 1 - tens(-15, -1)),
    np.log1p: (RNG.uniform(-0.999, 3, COUNT), tens(-300, 300), -tens(-300, -0.1), -tens(-17, -0.01)),
    np.tanh: (RNG.uniform(-3, 3, COUNT), RNG.uniform(-0.7, 0.7, COUNT), tens(-300, 2), RNG.uniform(15, 23, COUNT)),
}


@pytest.mark.parametrize("function", POINTS, ids=lambda f: f.__name__)
def test_two_units_in_the_last_place(function) -> None:
    found = compiled_form(vmath.VECTORS[function])
    with mpmath.workprec(1300):
        exact = getattr(mpmath, function.__name__)
        for x in map(float, np.concatenate(POINTS[function])):
            expected = exact(mpmath.mpf(x))
            units = abs(mpmath.mpf(found(x)) - expected) / math.ulp(float(expected))
            assert units <= 2, f"{function.__name__}({x!r}) is off by {float(units):.2f}"


@pytest.mark.parametrize("function", POINTS, ids=lambda f: f.__name__)
def test_ends_of_the_scale(function) -> None:
    found = compiled_form(vmath.VECTORS[function])
    with np.errstate(all="ignore"):
        for x in SPECIAL:
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
