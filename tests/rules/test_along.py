"""Functions of NumPy that call a function, and that multiply in places."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

X = np.arange(1.0, 13.0).reshape(3, 4) / 7
T = np.arange(1.0, 25.0).reshape(2, 3, 4) / 7
PLACES = np.array([0, 2, 0, 1])


def held(f, *args):
    check(f, *args, backends=("python",), variants=False)


def multiplied(x, v):
    y = x.copy()
    np.multiply.at(y, PLACES, v)
    return y


def divided(x, v):
    y = 1.0 * x
    np.divide.at(y, PLACES, v)
    return y


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lambda x: np.apply_along_axis(np.sum, 0, x), (X,)),
        (lambda x: np.apply_along_axis(lambda r: r / np.sum(r), 1, x), (X,)),
        (lambda x: np.apply_along_axis(lambda r: np.cumsum(r)[::2], -1, x), (T,)),
        (lambda x, k: np.apply_along_axis(lambda r, k: r[:2] ** k, 1, x, k=k), (T, 2.0)),
        (lambda x, k: np.apply_along_axis(func1d=lambda r: np.sin(k * r).max(), axis=0, arr=x), (X, 2.0)),
        (lambda x: np.apply_along_axis(lambda r: np.dot(r, r), 0, x), (X[0].copy(),)),
        (lambda x: np.apply_over_axes(np.sum, x, [0, 2]) ** 2, (T,)),
        (lambda k: np.fromfunction(lambda i, j: np.sin(k * i + j), (3, 4)), (2.0,)),
        (lambda k: np.fromfunction(lambda i: k * i, (3,), dtype=int), (2.0,)),
        (multiplied, (X[0].copy(), np.array([2.0, 3.0, 4.0, 5.0]))),
        (multiplied, (X[0].copy(), 2.0)),
        (divided, (X[0].copy(), np.array([2.0, 3.0, 4.0, 5.0]))),
    ],
)
def test_derivatives(f, args):
    held(f, *args)


def test_nothing_to_apply_to_raises_as_in_numpy():
    with pytest.raises(ValueError, match="iteration dimensions are 0"):
        zg.gradient(lambda x: np.sum(np.apply_along_axis(np.sum, 0, x)), np.zeros((3, 0)))


def test_other_ufuncs_in_places_are_refused():
    def f(x):
        y = x.copy()
        np.floor_divide.at(y, (PLACES,), 1.0)
        return np.sum(y)

    with pytest.raises(zg.ZygoteError, match=r"np.floor_divide.at.* is not differentiated"):
        zg.gradient(f, X[0].copy())
