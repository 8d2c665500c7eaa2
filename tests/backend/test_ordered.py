"""Sorting, interpolation and remainders have loops of their own in compiled code, which agree with NumPy's."""

import numpy as np
import pytest

import zygote_nb as zg

X = np.array([0.5, -0.3, 0.05, 0.5, 1.2, 0.25])
LONG = np.round(np.sin(np.arange(1.0, 120.0)), 1)
KNOTS = np.array([0.0, 0.25, 0.7, 1.0])


def in_order(x):
    return np.sum(np.sort(x) * np.arange(len(x)) ** 2)


def looked_up(x, knots, values):
    s = np.sum(np.interp(x, knots, values) * x)
    for i in range(len(x)):
        s += np.interp(x[i], knots, values) ** 2
    return s


def wrapped(x):
    return np.sum((3.0 * x % 0.4) * x)


CALLS = [(in_order, X), (in_order, LONG), (looked_up, X, KNOTS, KNOTS**2 - KNOTS), (wrapped, X)]


@pytest.mark.parametrize("call", CALLS, ids=lambda c: f"{c[0].__name__}-{len(c[1])}")
def test_loops_of_our_own(call):
    f, *args = call
    assert "call_" not in zg.code_adjoint(f, *args, backend="numba").source
    with zg.options(backend="python"):
        value, grads = zg.withgradient(f, *args)
    with zg.options(backend="numba"):
        compiled = zg.withgradient(f, *args)
    assert compiled.val == pytest.approx(value, rel=1e-13)
    for ours, wanted in zip(compiled.grad, grads, strict=True):
        np.testing.assert_allclose(ours, wanted, rtol=1e-13, atol=1e-14)


def test_what_is_no_number_is_left_to_the_interpreter():
    with zg.options(backend="numba"):
        (g,) = zg.gradient(in_order, np.array([2.0, np.nan, 1.0]))
        assert g.tolist() == [1.0, 4.0, 0.0]
        with pytest.raises(ValueError, match="fp and xp are not of the same length"):
            zg.gradient(looked_up, X, KNOTS, KNOTS[:3])


@pytest.mark.parametrize("knots", [[3.0, 1.0, 0.0, 2.0], [0.0, 2.0, np.nan, 3.0]])
def test_knots_that_do_not_increase_are_left_to_numpy(knots):
    points, knots, values = np.array([0.5, 1.0, -1.0, 4.0, 2.5]), np.array(knots), np.array([1.0, -2.0, 0.5, 3.0])
    with zg.options(backend="numba", cache=False):
        found = zg.withgradient(lambda x: np.sum(np.interp(x, knots, values)), points)
    np.testing.assert_equal(found.val, np.sum(np.interp(points, knots, values)))
