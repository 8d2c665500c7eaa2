"""Divisions that the next iteration waits for go by a reciprocal where that is as precise; elsewhere by a division."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.as_written import same_as_written, written

RNG = np.random.default_rng(9)
X, C = RNG.normal(size=7), RNG.uniform(0.5, 2.0, 7)


def handed_through_memory(x, c):
    y = x.copy()
    for i in range(1, y.shape[0]):
        y[i] = (y[i] + 0.5 * y[i - 1]) / c[i]
    return np.sum(y * y)


def handed_as_a_number(x, c):
    s = x[0]
    for i in range(1, x.shape[0]):
        s = (s + x[i]) / c[i]
    return s * s


def by_pivots(x, c):
    """The divisor is made of the iteration before, too, but its value is kept."""
    p = np.zeros(x.shape[0])
    q = np.zeros(x.shape[0])
    for i in range(1, x.shape[0]):
        pivot = 2.0 + c[i] - 0.3 * p[i - 1]
        p[i] = 0.7 / pivot
        q[i] = (x[i] + 0.7 * q[i - 1]) / pivot
    return np.sum(q * q)


def apart(x, c):
    s = 0.0
    for i in range(x.shape[0]):
        s += np.sin(x[i] / c[i])
    return s


def by_itself(x, c):
    """The divisor is late as well."""
    s = x[0]
    for i in range(1, x.shape[0]):
        s = c[i] / (1.0 + s * s)
    return s


PROGRAMS = [handed_through_memory, handed_as_a_number, by_pivots]


@pytest.mark.parametrize("f", [*PROGRAMS, apart, by_itself])
def test_the_compiled_text_gives_the_same(f):
    with zg.options(backend="python"):
        same_as_written(f, (X, C), zg.gradient(f, X, C))


@pytest.mark.parametrize("f", PROGRAMS)
def test_what_is_waited_for_is_not_divided(f):
    backward = written(f, X, C).partition("# backward")[2]
    assert "over(d_" in backward


def test_what_nobody_waits_for_is_divided():
    assert "over(" not in written(apart, X, C)


@pytest.mark.parametrize("f", PROGRAMS)
def test_values_are_divided(f):
    assert "over(" not in written(f, X, C).partition("# backward")[0]


EDGES = np.array([1.0, 5e-324, 3e-310, 2.0**-1022, 2.0**1022, 1.7e308, np.inf, 0.0, -1e-309, np.nan])


@pytest.mark.parametrize("f", [handed_through_memory, handed_as_a_number])
def test_divisors_without_a_reciprocal_that_is_as_precise(f):
    for edge in EDGES:
        c, x = C.copy(), 1e-310 * X
        c[3] = edge
        with np.errstate(all="ignore"):
            with zg.options(backend="python"):
                expected = zg.gradient(f, x, c)
            with zg.options(backend="numba"):
                found = zg.gradient(f, x, c)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-13, atol=1e-322, equal_nan=True, err_msg=str(edge))
