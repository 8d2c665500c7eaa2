"""Functions of ``cmath``."""

import cmath

import pytest

import zygote_nb as zg
from tests.oracle import check

FUNCTIONS = [
    cmath.exp, cmath.log, cmath.log10, cmath.sqrt, cmath.sin, cmath.cos, cmath.tan, cmath.asin, cmath.acos, cmath.atan,
    cmath.sinh, cmath.cosh, cmath.tanh, cmath.asinh, cmath.acosh, cmath.atanh,
]  # fmt: skip


@pytest.mark.parametrize("fn", FUNCTIONS, ids=lambda f: f.__name__)
def test_of_a_complex_number_made_of_two_real_ones(fn):
    def f(x, y):
        w = fn(x + 1j * y)
        return w.real * 2.0 - w.imag + abs(w)

    check(f, 0.4, 0.7, compiles=False)


def test_of_a_real_number():
    def f(x):
        w = cmath.sqrt(x - 2.0)
        return w.imag * x + cmath.exp(x).real

    check(f, 0.7, compiles=False)


def test_a_base_and_a_phase():
    def f(x, y):
        z = x + 1j * y
        return cmath.log(z, 2.0).imag + cmath.phase(z) * x + (y if cmath.isfinite(z) else x)

    check(f, 0.4, 0.7, compiles=False)


def test_a_cotangent_of_a_complex_argument():
    (grad,) = zg.gradient(lambda z: abs(cmath.exp(z)), 0.3 + 0.2j)
    assert cmath.isclose(grad, abs(cmath.exp(0.3 + 0.2j)))


def test_polar_form():
    def f(x, y):
        r, phi = cmath.polar(complex(x, y))
        w = cmath.rect(r * y, phi * x)
        return r * phi + w.real * 2.0 - w.imag

    check(f, 0.4, 0.7, compiles=False)
