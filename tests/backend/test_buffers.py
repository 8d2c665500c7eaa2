"""Gradients into given buffers are added up there, and not in arrays of their own that are copied at the end."""

import re

import numpy as np
import pytest

import zygote_nb as zg
from zygote_nb.backend import executable

RNG = np.random.default_rng(8)
X, Y = RNG.normal(size=(2, 5, 5))
WRITTEN: list[str] = []


@pytest.fixture(autouse=True)
def _texts(monkeypatch):
    made = executable.made

    def noted(text, args, cached):
        WRITTEN.append(text.source)
        return made(text, args, False)

    monkeypatch.setattr(executable, "made", noted)


def waves(x, y):
    e, h = x.copy(), y.copy()
    for _ in range(3):
        e[1:, :] -= 0.5 * (h[1:, :] - h[:-1, :])
        h[:-1, :] -= 0.7 * (e[1:, :] - e[:-1, :])
    return np.sum(h * h * h)


def paths(x, y):
    p = x.copy()
    for k in range(5):
        for i in range(5):
            for j in range(5):
                p[i, j] = min(p[i, j], p[i, k] + p[k, j])
    return np.sum(p * y)


def shown_by_a_view(x, y):
    e = x.copy()
    v = e[1:]
    v *= y[1:]
    e[:-1] += np.sin(v)
    return np.sum(e * e)


def rows_that_swap(x, y):
    e, h = x.copy(), y.copy()
    for _ in range(3):
        e, h = h, e
        e[0] *= h[1]
    return np.sum(e * h)


def bound_again(x, y):
    e = x.copy()
    e[1] *= 2.0
    e = e * y
    e[0] = np.sin(e[2])
    return np.sum(e * e)


def one_of_two(x, y):
    e = x.copy() if y[0, 0] > 10.0 else y.copy()
    e[0] *= x[1]
    return np.sum(e * e)


def in_its_own_place(x, y):
    x[1:] += x[:-1] * y[1:]
    return np.sum(x * x)


def unused(x, y):
    e = x.copy()
    e[:] = y
    e[0] *= e[1]
    return np.sum(e * e)


def raises(x, y):
    e = x.copy()
    for i in range(5):
        e[i] *= y[i]
        if e[i, 0] > 1e3:
            raise ValueError("too large")
    return np.sum(e * e)


DIRECT = [waves, paths]
ALL = [*DIRECT, unused, shown_by_a_view, rows_that_swap, bound_again, one_of_two, in_its_own_place, raises]


@pytest.mark.parametrize("f", ALL)
def test_buffers_hold_the_gradients(f):
    with zg.options(backend="python"):
        expected = zg.gradient(f, X, Y)
    with zg.options(backend="numba"):
        buffers = np.full_like(X, np.nan), np.full_like(X, np.nan)
        gradient = zg.grad(f, (0, 1), out=buffers)
        for _ in range(3):
            found = gradient(X, Y)
            for one, buffer, other in zip(found, buffers, expected, strict=True):
                assert one is buffer
                np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
    if f in DIRECT:
        assert not re.search(r"d_[xy]\[.*\] = d_\w+\[", WRITTEN[-1])


def test_after_an_exception_they_hold_the_next_gradients():
    buffers = np.empty((2, 5, 5))
    with zg.options(backend="numba"):
        gradient = zg.grad(raises, (0, 1), out=tuple(buffers))
        expected = np.array(gradient(X, Y))
        with pytest.raises(ValueError, match="too large"):
            gradient(1e6 * X * X, np.abs(Y) + 1.0)
        np.testing.assert_array_equal(gradient(X, Y), expected)
