"""Jacobians and Hessians of calls that were made before: what is the same is not looked at again, all else is."""

import numpy as np
import pytest

import zygote_nb as zg
from zygote_nb.higher import hessians, jacobians

X = np.linspace(0.2, 1.2, 14)
SCALE = 2.0


def squares(x):
    y = np.zeros_like(x)
    for i in range(x.size):
        y[i] = x[i] * x[i] * SCALE + x[0]
    return y


def energy(x, k):
    s = 0.0
    for i in range(1, x.size):
        s += k * (x[i] - x[i - 1]) ** 2 * x[i]
    return s


def expected(x):
    made = np.diag(2.0 * SCALE * x)
    made[:, 0] += 1.0
    return made


@pytest.fixture(autouse=True)
def compiled():
    with zg.options(backend="numba"):
        yield


def is_remembered(table, f, *args, wrt=None):
    return any(fast(f, args, wrt) is not None for fast in table.get(id(f.__code__), ()))


@pytest.mark.parametrize("mode", ["auto", "forward"])
def test_a_second_call_is_remembered(mode):
    for _ in range(3):
        np.testing.assert_allclose(zg.jacobian(squares, X, mode=mode)[0], expected(X), rtol=1e-14)
        np.testing.assert_allclose(zg.withjacobian(squares, X, mode=mode).val, squares(X), rtol=1e-14)
    assert is_remembered(jacobians._jacobians[mode], squares, X)


def test_what_has_changed_is_seen(monkeypatch):
    zg.jacobian(squares, X, mode="forward")
    for x in (X[:3], X[::2], np.tile(X, 12), X[:0], np.cos(X)):
        assert zg.jacobian(squares, x, mode="forward")[0].shape == (x.size, x.size)
        if x.size:
            np.testing.assert_allclose(zg.jacobian(squares, x, mode="forward")[0], expected(x), rtol=1e-14)
    monkeypatch.setitem(globals(), "SCALE", 3.0)
    np.testing.assert_allclose(zg.jacobian(squares, X, mode="forward")[0], expected(X), rtol=1e-14)
    assert zg.jacobian(squares, X.astype(np.float32), mode="forward")[0].dtype == np.float32


def test_results_are_new_each_time():
    first = zg.withjacobian(squares, X, mode="forward")
    kept = first.val.copy(), first.grad[0].copy()
    second = zg.withjacobian(squares, X, mode="forward")
    assert not np.may_share_memory(first.grad[0], second.grad[0])
    assert not np.may_share_memory(second.val, second.grad[0])
    second.grad[0][...] = 7.0
    second.val[...] = 7.0
    assert np.array_equal(first.val, kept[0])
    assert np.array_equal(first.grad[0], kept[1])
    assert np.array_equal(zg.withjacobian(squares, X, mode="forward").grad[0], kept[1])


def test_frozen_calls_are_told_apart_by_what_is_asked_for():
    for _ in range(2):
        by_x = zg.hessian(zg.call(energy, X, 1.5, wrt="x"))
        both = zg.hessian(energy, X, 1.5)
        by_k = zg.hessian(zg.call(energy, X, 1.5, wrt="k"))
        assert by_x.shape == (14, 14)
        assert by_k == 0.0
        np.testing.assert_allclose(both[0][0], by_x, rtol=1e-13)
        named = zg.hessian(zg.call(energy, X, k=1.5, wrt="x"))
        np.testing.assert_allclose(named, by_x, rtol=1e-13)
    assert is_remembered(hessians._hessians, energy, X, 1.5, wrt=("x",))
    assert not is_remembered(hessians._hessians, energy, X, 1.5, wrt=("k",))
    doubled = zg.hessian(zg.call(energy, X, 3.0, wrt="x"))
    np.testing.assert_allclose(doubled, 2.0 * by_x, rtol=1e-13)


def test_a_matrix_as_argument():
    def f(x):
        s = 0.0
        for i in range(x.shape[0]):
            for j in range(x.shape[1]):
                s += x[i, j] * x[i, 0] * x[0, j]
        return s

    x = X.reshape(7, 2)
    first, second = zg.hessian(f, x), zg.hessian(f, x)
    assert first.shape == second.shape == (7, 2, 7, 2)
    assert np.array_equal(first, second)
    one = np.zeros((7, 2))
    one[3, 1] = 1.0
    np.testing.assert_allclose(second[..., 3, 1], zg.hvp(f, (x,), (one,)), rtol=1e-13)


def test_exceptions_are_those_of_the_function():
    def f(x, n):
        y = np.zeros_like(x)
        for i in range(n):
            y[i] = x[i] * 2.0
        return y

    zg.jacobian(zg.call(f, X, 14, wrt="x"), mode="forward")
    for _ in range(2):
        with pytest.raises(IndexError):
            zg.jacobian(zg.call(f, X, 15, wrt="x"), mode="forward")
