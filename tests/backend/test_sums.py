"""Sums of inner loops, which are compiled to be added up in any order."""

import numpy as np
import pytest

import zygote_nb as zg

RNG = np.random.default_rng(2)


def text_of(f, *args):
    with zg.options(backend="numba"):
        return str(zg.code_adjoint(f, *args, backend="numba"))


def distances(x, y):
    total = 0.0
    for i in range(x.shape[0]):
        d = 0.0
        for j in range(x.shape[1]):
            d += (x[i, j] - y[i, j]) ** 2
        total += np.sqrt(d)
    return total


def less(x):
    s = 1.0
    for i in range(x.shape[0]):
        s -= np.exp(x[i])
    return s * s


def compensated(x):
    s, c = 0.0, 0.0
    for i in range(x.shape[0]):
        y = x[i] - c
        t = s + y
        c = (t - s) - y
        s = t
    return s * s


def in_branches(x):
    s = 0.0
    for i in range(x.shape[0]):
        if x[i] > 0.0:
            s += x[i] * x[i]
    return s


def running(x):
    s, total = 0.0, 0.0
    for i in range(x.shape[0]):
        s += x[i]
        total += s * s
    return total


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (distances, (RNG.normal(size=(3, 19)), RNG.normal(size=(3, 19)))),
        (less, (RNG.normal(size=37),)),
        (compensated, (RNG.normal(size=37),)),
        (in_branches, (RNG.normal(size=37),)),
        (running, (RNG.normal(size=37),)),
    ],
)
def test_gradients_are_those_of_the_interpreter(f, args):
    with zg.options(backend="python"):
        value, expected = zg.withgradient(f, *args)
    with zg.options(backend="numba"):
        found_value, found = zg.withgradient(f, *args)
    assert np.isclose(found_value, value, rtol=1e-13)
    for a, b in zip(found, expected, strict=True):
        assert np.allclose(a, b, rtol=1e-12, atol=1e-13)


def test_sums_that_nothing_else_reads_are_free():
    x = RNG.normal(size=(3, 4))
    assert "d = plus(d, (x[i, j] - y[i, j])**2)" in text_of(distances, x, x)
    assert "s = plus(s, -" in text_of(less, x[0])


@pytest.mark.parametrize("f", [compensated, running, in_branches])
def test_sums_that_are_read_keep_their_order(f):
    assert "plus(s" not in text_of(f, RNG.normal(size=4))


def test_precise_mathematics_keeps_the_order():
    with zg.options(math="precise"):
        assert "plus(" not in text_of(less, RNG.normal(size=4))


def test_infinities_and_nan_are_summed_as_they_are():
    x = np.ones((1, 40))
    for wrong in (np.inf, np.nan):
        x[0, 17] = wrong
        with zg.options(backend="numba"):
            assert np.isnan(zg.gradient(distances, x, 0.0 * np.ones((1, 40)))[0][0, 17])
