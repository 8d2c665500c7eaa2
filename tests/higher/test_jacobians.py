"""Jacobians: in both modes, of structures by structures."""

from types import SimpleNamespace

import numpy as np
import pytest

import zygote_nb as zg

X = np.array([0.6, -0.4, 1.1])
A = np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]])
MODES = ["reverse", "forward", "auto"]


def differences(f, x, step=1e-6):
    made = np.zeros(np.shape(f(x)) + x.shape)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = step
        made[(..., *i)] = (f(x + e) - f(x - e)) / (2.0 * step)
    return made


def affine(x):
    return np.tanh(A @ x) * x[0]


def prefix(x):
    y = np.zeros((2, x.size))
    for i in range(1, x.size):
        y[0, i] = y[0, i - 1] * x[i] + x[i] ** 2
        y[1, i] = np.sin(x[i - 1])
    return y


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("backend", ["python", "numba"])
def test_jacobian(mode, backend) -> None:
    with zg.options(backend=backend):
        for f in (affine, prefix):
            before = X.copy()
            (made,) = zg.jacobian(f, X, mode=mode)
            assert made.shape == np.shape(f(X)) + X.shape
            assert made == pytest.approx(differences(f, X), abs=1e-8)
            assert np.array_equal(before, X)


@pytest.mark.parametrize("mode", MODES)
def test_several_arguments(mode) -> None:
    ja, jx, none = zg.jacobian(lambda a, x, flag: a * x**2 if flag else x, 2.0, X, True, mode=mode)
    assert ja == pytest.approx(X**2)
    assert jx == pytest.approx(np.diag(4.0 * X))
    assert none is None


@pytest.mark.parametrize("mode", MODES)
def test_numbers_and_matrices(mode) -> None:
    assert zg.jacobian(lambda x: x**3, 2.0, mode=mode) == (12.0,)
    (row,) = zg.jacobian(lambda x: np.sum(x**2), X, mode=mode)
    assert row == pytest.approx(2.0 * X)
    (made,) = zg.jacobian(lambda w: w @ X, A, mode=mode)
    assert made.shape == (2, 2, 3)
    assert made == pytest.approx(differences(lambda w: w @ X, A), abs=1e-8)


@pytest.mark.parametrize("mode", MODES)
def test_structures(mode) -> None:
    (made,) = zg.jacobian(lambda p: {"u": p["a"] * p["b"], "v": np.sum(p["b"])}, {"a": 2.0, "b": X}, mode=mode)
    assert made["a"]["u"] == pytest.approx(X)
    assert made["a"]["v"] == 0.0
    assert made["b"]["u"] == pytest.approx(2.0 * np.eye(3))
    assert made["b"]["v"] == pytest.approx(np.ones(3))
    (pair,) = zg.jacobian(lambda x: (x * x, x[0]), X, mode=mode)
    assert pair[0] == pytest.approx(np.diag(2.0 * X))
    assert pair[1] == pytest.approx(np.eye(3)[0])
    (of_object,) = zg.jacobian(lambda s: s.x * s.y, SimpleNamespace(x=X, y=2.0), mode=mode)
    assert of_object.x == pytest.approx(2.0 * np.eye(3))
    assert of_object.y == pytest.approx(X)


def test_dtypes_follow_the_result() -> None:
    (made,) = zg.jacobian(lambda x: x * x, X.astype(np.float32))
    assert made.dtype == np.float32


def test_the_value_comes_along() -> None:
    value, (made,) = zg.withjacobian(lambda x: x * x, X)
    assert value == pytest.approx(X * X)
    assert made == pytest.approx(np.diag(2.0 * X))


def test_an_unknown_mode_is_named() -> None:
    with pytest.raises(ValueError, match="mode is one of 'auto', 'reverse', 'forward', not 'both'"):
        zg.jacobian(lambda x: x, X, mode="both")


def test_rows_do_not_add_to_the_cotangents_of_one_another():
    """A backward sweep adds to the cotangent of a result that is read on; that of the next row starts at zero again."""

    def f(x):
        v = x * 1.0
        y = np.zeros(4)
        for i in range(4):
            y[i] = v[1] * x[i % 3] + v[2]
        return y, v

    x = np.array([0.5, -1.0, 2.0])
    for backend in ("python", "numba"):
        with zg.options(backend=backend):
            rows, columns = (zg.jacobian(f, x, mode=mode)[0] for mode in ("reverse", "forward"))
        for a, b in zip(rows, columns, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-14, atol=1e-15)
