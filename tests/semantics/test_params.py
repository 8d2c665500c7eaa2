"""Implicit parameters, found by identity among what a function reads outside of its arguments."""

from types import SimpleNamespace

import numpy as np
import pytest

import zygote_nb as zg

W = np.array([[0.5, -1.0], [2.0, 0.3]])
B = np.array([0.1, 0.2])
SPARE = np.ones(3)
MODEL = {"layers": [SimpleNamespace(W=np.array([1.0, 2.0])), SimpleNamespace(W=np.array([3.0]))]}


def linear(x):
    return W @ x + B


def loss():
    return np.sum(linear(np.array([1.0, 2.0])) ** 2)


def expected():
    r = 2 * (W @ np.array([1.0, 2.0]) + B)
    return np.outer(r, [1.0, 2.0]), r


def test_found_through_calls():
    gs = zg.gradient(loss, zg.Params([W, B, SPARE]))
    by_w, by_b = expected()
    np.testing.assert_allclose(gs[W], by_w)
    np.testing.assert_allclose(gs[B], by_b)
    assert np.array_equal(gs[SPARE], np.zeros(3))


def test_value_and_gradient():
    val, gs = zg.withgradient(loss, zg.Params([B]))
    assert val == loss()
    np.testing.assert_allclose(gs[B], expected()[1])
    with pytest.raises(KeyError):
        gs[W]


def test_found_in_objects_and_closures():
    scale = np.array([2.0])

    def f():
        first, second = MODEL["layers"]
        return np.sum(first.W**2) * second.W[0] * scale[0]

    a, b = (layer.W for layer in MODEL["layers"])
    gs = zg.gradient(f, zg.Params([a, b, scale]))
    np.testing.assert_allclose(gs[a], 2 * a * b[0] * scale[0])
    np.testing.assert_allclose(gs[b], [np.sum(a**2) * scale[0]])
    np.testing.assert_allclose(gs[scale], [np.sum(a**2) * b[0]])


def test_other_parameters_of_the_same_function():
    assert not np.any(zg.gradient(loss, zg.Params([SPARE]))[SPARE])
    np.testing.assert_allclose(zg.gradient(loss, zg.Params([W]))[W], expected()[0])


def test_a_step_in_place_is_seen():
    w = np.array([1.0, -2.0])

    def f():
        return np.sum(w * w)

    for _ in range(3):
        gs = zg.gradient(f, zg.Params([w]))
        np.testing.assert_allclose(gs[w], 2 * w)
        w -= 0.1 * gs[w]


def test_arithmetic_of_gradients():
    params = zg.Params([W, B])
    gs = zg.gradient(loss, params)
    total = gs + 2 * gs - gs / 2
    np.testing.assert_allclose(total[W], 2.5 * gs[W])
    vector = gs.copy_to(np.empty(6))
    np.testing.assert_allclose(vector, [*gs[W].ravel(), *gs[B]])
    assert [p is q for p, q in zip(gs, (W, B))] == [True, True]
    assert len(gs) == 2
    assert W in gs
    assert SPARE not in gs
    with pytest.raises(ValueError, match="6 numbers"):
        gs.copy_to(np.empty(5))
    with pytest.raises(ValueError, match="different parameters"):
        gs + zg.gradient(loss, zg.Params([W]))


def test_only_float_arrays():
    with pytest.raises(TypeError, match="int64"):
        zg.Params([np.arange(3)])
    with pytest.raises(TypeError, match="float"):
        zg.Params([1.0])
