"""Functions of NumPy that write into an array."""

from functools import partial

import numpy as np

import zygote_nb as zg
from tests import oracle

check = partial(oracle.check, compiles=False)
X = np.array([0.7, -0.4, 1.3, 0.2])
A = np.arange(12.0).reshape(3, 4) / 7.0


def test_subtract_at() -> None:
    def f(x):
        a = x * 2.0
        np.subtract.at(a, [0, 0, 1], x[:3] ** 2)
        return np.sum(a * x)

    check(f, X)


def test_putmask() -> None:
    def f(x, y):
        a = x * 2.0
        np.putmask(a, y > 0.3, x * x)
        np.putmask(a, a < -0.5, 0.25)
        return np.sum(a * x)

    check(f, X, X)


def test_place() -> None:
    def f(x):
        a = np.sin(x)
        np.place(a, x > 0.1, x[:2] ** 2)
        return np.sum(a * x)

    check(f, X)


ROWS = np.array([[1, 0, 2, 0]])
COLUMNS = np.array([[3, 1], [0, 2], [2, 1]])


def test_put_along_the_axes_of_a_matrix() -> None:
    def f(A, v, w):
        B = np.sin(A)
        np.put_along_axis(B, ROWS, v, axis=0)
        np.put_along_axis(B, COLUMNS, w, axis=1)
        np.put_along_axis(B, COLUMNS[:, :1], 0.5, axis=-1)
        return np.sum(B * A)

    check(f, A, np.cos(ROWS.astype(float)), np.cos(COLUMNS.astype(float)))


def test_put_along_the_axis_of_a_vector() -> None:
    def f(x):
        a = x * 2.0
        np.put_along_axis(a, np.array([0, 2]), x[:2] ** 2, axis=0)
        return np.sum(a * x)

    check(f, X)


def divided(x, w):
    return np.sum(np.divide(w, x, out=np.zeros(4), where=x != 0.0))


def chosen(x, w):
    y = 2.0 * w
    np.multiply(x, w, out=y, where=x > 1.0)
    return np.sum(y**2)


def in_double(x, w):
    return np.sum(np.add(x, w, dtype=np.float64) ** 2)


def test_where_an_output_is_written() -> None:
    """What isn't written keeps its value, and a quotient by zero there contributes nothing."""
    x, w = np.array([0.5, 0.0, 2.0, -1.0]), np.array([1.0, 2.0, 3.0, 4.0])
    dx, dw = zg.gradient(divided, x, w)
    np.testing.assert_allclose(dx, [-4.0, 0.0, -0.75, -4.0])
    np.testing.assert_allclose(dw, [2.0, 0.0, 0.5, -1.0])
    check(chosen, x, w)
    check(in_double, x, w)
