"""Cotangents are multiplied by reciprocals of constants in the compiled text; values are divided as in Python."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.as_written import same_as_written, written
from tests.lowered import stages
from zygote_nb.backend.entry import text as compiled_text

RNG = np.random.default_rng(6)
X = RNG.normal(size=6)


def by_ten(x):
    total = 0.0
    for i in range(x.shape[0]):
        total += np.sin(x[i] / 10.0)
    return total


def whole_array(x):
    return np.sum(np.sin(x / 7))


def decided(x):
    total = 0.0
    for i in range(x.shape[0]):
        y = x[i] / 3.0
        if y / 0.7 > 0.1:
            total += y * y
    return total


def of_numbers(x):
    n = x.shape[0]
    total = 0.0
    for i in range(n):
        total += (i / 3.0) * x[i] * x[i] / 3.0
    return total


def tiny(x):
    return np.sum(x / 1e-305) * 1e-300 + np.sum(np.sin(x / 5e-324))


def huge(x):
    return np.sum(x / 1.7e308) + np.sum(x / np.inf) + np.sum(x / 1e305)


def mean_of_parts(x, y):
    s = 0.0
    for i in range(x.shape[0]):
        s = (s + x[i] * y[i]) / 9.0
    return s


CASES = [
    (by_ten, (X,)),
    (whole_array, (X,)),
    (decided, (X,)),
    (of_numbers, (X,)),
    (tiny, (1e-310 * X,)),
    (huge, (X,)),
    (mean_of_parts, (X, X[::-1].copy())),
]


@pytest.mark.parametrize(("f", "args"), CASES)
def test_the_compiled_text_gives_the_same(f, args):
    with zg.options(backend="python"), np.errstate(all="ignore"):
        expected = zg.gradient(f, *args)
        same_as_written(f, args, expected)


def text(f):
    return written(f, *dict(CASES)[f])


@pytest.mark.parametrize(("f", "factor"), [(by_ten, 0.1), (whole_array, 1 / 7), (mean_of_parts, 1 / 9.0)])
def test_cotangents_are_multiplied(f, factor):
    assert f"* {factor}" in text(f)


@pytest.mark.parametrize(("f", "divisors"), [(tiny, ("1e-305", "5e-324")), (huge, ("1.7e+308", "np.inf", "1e+305"))])
def test_what_has_no_reciprocal_that_is_as_good_is_divided_by(f, divisors):
    assert all(f"d_out / {divisor}" in text(f) for divisor in divisors)


def test_values_are_divided_as_they_are_in_python():
    assert "y = x[i] / 3.0" in text(decided)
    assert "y / 0.7 > 0.1" in text(decided)
    assert "d_y * 0.3333333333333333" in text(decided)


def test_compiled_code_agrees():
    with zg.options(backend="python"):
        expected = zg.gradient(mean_of_parts, X, X[::-1].copy())
    with zg.options(backend="numba"):
        found = zg.gradient(mean_of_parts, X, X[::-1].copy())
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-15)


def by_a_number(x, c):
    return np.sum(np.sin(x / c) * x)


def softmax_of_rows(A, scale):
    total = 0.0
    for i in range(A.shape[0]):
        e = np.exp(A[i] / scale)
        p = e / np.sum(e)
        total += np.sum(p * p * p)
    return total


def both_ways(x, c):
    y = x / c
    if y[0] > 0.1:
        y = y * y
    return np.sum(y / c)


def by_a_norm(x):
    return np.sum(np.cos(x / np.sqrt(np.sum(x * x))))


NUMBERS = [
    (by_a_number, (X, 3.7)),
    (softmax_of_rows, (RNG.normal(size=(3, 4)), 0.7)),
    (both_ways, (X, -1.3)),
    (by_a_norm, (X,)),
]


@pytest.mark.parametrize(("f", "args"), NUMBERS)
def test_arrays_of_cotangents_are_multiplied_by_the_reciprocal_of_a_number(f, args):
    assert "reciprocal(" in written(f, *args)
    with zg.options(backend="python"):
        same_as_written(f, args, zg.gradient(f, *args))


def test_values_are_divided_by_numbers_as_they_are_in_python():
    found = written(both_ways, X, -1.3)
    assert "y[i] = x[i] / c" in found
    assert "t[i] = y[i] / c" in found


EDGES = (0.0, -0.0, 5e-324, -1e-310, 2.0**-1022, 2.0**1022, 1.7e308, -1e308, np.inf, np.nan)


@pytest.mark.parametrize("f", [by_a_number, both_ways])
def test_what_a_number_does_to_the_range_of_its_reciprocal(f):
    x = np.array([0.0, 1e-300, -2.0, 1e5, 3e-310, 1e300])
    for c in map(np.float64, EDGES):
        with np.errstate(all="ignore"):
            with zg.options(backend="python"):
                expected = zg.gradient(f, x, c)
            with zg.options(backend="numba"):
                found = zg.gradient(f, x, c)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-13, atol=1e-322, equal_nan=True, err_msg=str(c))


def test_a_text_that_asks_nothing_ahead_divides():
    module = stages(by_a_number, X, 3.7).derived.module
    assert "reciprocal(" not in compiled_text(module, careful=True).source


def test_numbers_of_other_types_divide():
    for x, c in ((X.astype(np.float32), np.float32(3.7)), (X, 3)):
        assert "reciprocal(" not in written(by_a_number, x, c)
