"""Integers that decide about shapes: an axis may be a parameter, a variable, a default, a global."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

T = np.arange(1.0, 25.0).reshape(2, 3, 4) / 10
AXIS = 1


def held(f, *args, **options):
    return check(f, *args, backends=("python",), **options)


def length(x, axis=None, eps=1e-6, keepdims=False):
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims) + eps)


def softmax(x, axis=-1):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def normal(x, axis=-1):
    return (x - np.mean(x, axis=axis, keepdims=True)) / length(x, axis, keepdims=True)


def counted_from_the_end(x, axis):
    if axis < 0:
        axis += x.ndim
    return np.sum(x, axis=axis)


def local(x):
    axis = 0
    return np.sum(np.sum(x, axis=axis) ** 2)


def loops(x):
    out = 0.0
    for axis in range(3):
        out = out + np.sum(np.sum(x, axis=axis) ** 2)
    return out


def inner(x):
    def reduced(x, axis):
        return np.max(x, axis=axis)

    return np.sum(reduced(x, 1) ** 2) + np.sum(reduced(x, -1) ** 3)


@pytest.mark.parametrize(
    "f",
    [
        local,
        loops,
        inner,
        lambda x: np.sum(np.sum(x, axis=AXIS) ** 2),
        lambda x: length(x),
        lambda x: np.sum(length(x, axis=-1)),
        lambda x: np.sum(length(x, axis=(0, 2)) ** 3),
        lambda x: np.sum(softmax(x) ** 2) + np.sum(softmax(x, 0) ** 3),
        lambda x: np.sum(normal(x, axis=1) ** 3),
        lambda x: np.sum(counted_from_the_end(x, -1) ** 2),
    ],
)
def test_an_axis_that_is_known_when_the_function_is_called(f):
    held(f, T)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_an_axis_among_the_arguments(axis):
    """The same function, with another program for each axis."""

    def f(x, axis):
        return np.sum(np.sum(x, axis=axis) ** 2)

    dx, nothing = zg.gradient(f, T, axis)
    assert nothing is None
    np.testing.assert_allclose(dx, np.broadcast_to(2 * np.sum(T, axis, keepdims=True), T.shape))
    np.testing.assert_allclose(zg.gradient(f, T, axis)[0], dx)
    np.testing.assert_allclose(zg.jvp(f, (T, axis), (T, None))[1], np.sum(dx * T))
    held(f, T, axis, wrt=[0])


def test_a_changed_global_is_seen(monkeypatch):
    f = lambda x: np.sum(np.sum(x, axis=AXIS) ** 2)
    first = zg.gradient(f, T)[0]
    monkeypatch.setitem(globals(), "AXIS", 2)
    np.testing.assert_allclose(zg.gradient(f, T)[0], np.broadcast_to(2 * np.sum(T, 2, keepdims=True), T.shape))
    assert not np.allclose(first, zg.gradient(f, T)[0])


def test_an_integer_that_decides_nothing_is_a_number():
    assert zg.gradient(lambda x, n: x * n, 2.0, 3) == (3.0, 2.0)


def on_a_path(x, c, axis=0):
    if np.sum(x) > c:
        axis = 2
    return np.sum(np.sum(x, axis=axis) ** 2)


def counted(x):
    axis, out = 0, 0.0
    while axis < np.sum(x > 0):
        out = out + np.sum(np.sum(x, axis=axis) ** 2)
        axis += 1
    return out


@pytest.mark.parametrize("f", [lambda x: on_a_path(x, 1.0), counted])
def test_an_axis_that_depends_on_the_path_is_refused(f):
    with pytest.raises(zg.UnsupportedSyntaxError, match="can't be told"):
        zg.gradient(f, T)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.mean(x, axis=tuple(range(1, x.ndim))) ** 2),
        lambda x: np.sum(np.mean(x, axis=(0, *range(2, 3))) ** 2),
        lambda x: np.sum(np.maximum.reduce([x, 2.0 * x, x - 1.0]) ** 2),
    ],
)
def test_axes_from_a_range(f):
    held(f, T)
