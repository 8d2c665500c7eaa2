"""Cotangents are cleared where something may read them again only; memory that is written to at once holds no zeros."""

import re

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

RNG = np.random.default_rng(8)
V, M, B = RNG.normal(size=6), RNG.normal(size=(4, 5)), RNG.normal(size=(5, 3))


def rows_made(M, B):
    out = np.empty(M.shape)
    for i in range(M.shape[0]):
        out[i] = np.exp(M[i]) / np.sum(np.exp(M[i]))
    return np.sum((out @ B) ** 2)


def elements_made(x, n):
    y = np.empty(n)
    for i in range(n):
        y[i] = np.sin(x[i]) * x[i]
    return np.sum(np.outer(y, y) ** 2)


def downward(x, n):
    y = np.empty(n)
    for i in range(n - 1, -1, -1):
        y[i] = np.sin(x[i]) * x[i]
    return np.sum(np.outer(y, y) ** 2)


def matrix_made(x, n):
    A = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            A[i, j] = x[i] * np.cos(x[j])
    return np.sum((A @ A) ** 2)


def written_twice(x, n):
    y = np.empty(n)
    for k in range(2):
        for i in range(n):
            y[i] = np.sin(x[i] * (k + 1))
    return np.sum(np.outer(y, y) ** 2)


def carried_on(x, n):
    """The next element is made of this one."""
    y = np.empty(n)
    y[0] = x[0]
    for i in range(1, n):
        y[i] = y[i - 1] * x[i]
    return np.sum(np.outer(y, y) ** 2)


def from_the_end(x, n):
    y = np.ones(n)
    for i in range(n):
        y[i - 2] = np.sin(x[i])
    return np.sum(np.outer(y, y) ** 2)


def the_same_element(x, n):
    y = np.ones(n)
    for i in range(n):
        y[0] = np.sin(x[i])
        y[1] += y[0]
    return np.sum(np.outer(y, y) ** 2)


def diagonal(x, n):
    A = np.ones((n, n))
    for i in range(n):
        for j in range(n):
            A[i, i] = x[i] * x[j]
    return np.sum((A @ A) ** 2)


def made_before(x, n):
    """What the loop overwrites was made of the argument as well."""
    y = x * x
    for i in range(1, n):
        y[i] = np.sin(x[i])
    return np.sum(np.outer(y, y) ** 2)


def in_each_round(x, n):
    s = 0.0
    for k in range(3):
        y = np.empty(n)
        for i in range(n):
            y[i] = np.sin(x[i] * k) + s
        s += np.sum(np.outer(y, y) ** 2) * 0.01
    return s


def read_between(x, n):
    y = np.empty(n)
    s = 0.0
    for i in range(n):
        y[i] = np.sin(x[i])
        s += y[0] * x[i]
    return s * np.sum(np.outer(y, y))


def left_early(x, n):
    y = np.zeros(n)
    for i in range(n):
        if x[i] > 0.5:
            break
        y[i] = np.sin(x[i])
    return np.sum(np.outer(y, y) ** 2)


def all_elements(x):
    s = 0.0
    for i in range(x.size):
        s += np.exp(x[i]) ** 2
    return s


def some_rows(M, n):
    s = 0.0
    for i in range(n):
        s += np.sum(np.exp(M[i])) ** 2
    return s


SPARED = [(rows_made, (M, B)), (elements_made, (V, 6)), (elements_made, (V, 0)), (downward, (V, 5)),
          (matrix_made, (V, 4)), (in_each_round, (V, 5)), (made_before, (V, 6))]  # fmt: skip
CLEARED = [(written_twice, (V, 6)), (carried_on, (V, 6)), (from_the_end, (V, 6)), (the_same_element, (V, 6)),
           (diagonal, (V, 4)), (read_between, (V, 6))]  # fmt: skip
OTHERS = [(all_elements, (V,)), (left_early, (V, 6)), (some_rows, (M, 4)), (some_rows, (M, 2)), (some_rows, (M, 0))]


@pytest.mark.parametrize(("f", "args"), [*SPARED, *CLEARED, *OTHERS])
def test_gradients_are_right(f, args, monkeypatch) -> None:
    check(f, *args, compile=f in (rows_made, carried_on), flat=isinstance(args[-1], int) and args[-1] == 0)
    expected = zg.gradient(f, *args)[0]
    monkeypatch.setattr(np, "empty", lambda shape, *more: np.full(shape, np.nan, *more))
    with zg.options(backend="python"):
        assert np.allclose(zg.gradient(f, *args)[0], expected, rtol=1e-13)


@pytest.mark.parametrize(("f", "args"), SPARED[:5])
def test_nothing_is_cleared_that_nobody_reads(f, args) -> None:
    backward = str(zg.code_adjoint(f, *args)).partition("# backward")[2]
    assert not re.search(r"d_\w+\[.*\] = 0\.0", backward)


@pytest.mark.parametrize(("f", "args"), CLEARED)
def test_what_may_be_read_again_is_cleared(f, args) -> None:
    assert re.search(r"d_\w+\[.*\] = 0\.0", str(zg.code_adjoint(f, *args)))


def test_back_may_be_called_again() -> None:
    _, back = zg.pullback(elements_made, V, 6)
    assert np.array_equal(back(1.0)[0], back(1.0)[0])


def all_rows(M):
    s = 0.0
    for i in range(M.shape[0]):
        s += np.sum(np.exp(M[i])) ** 2
    return s


def product_of_rows(w, X):
    n, d = X.shape
    s = 0.0
    for i in range(n):
        z = 0.0
        for j in range(d):
            z += X[i, j] * w[j]
        s += np.exp(z)
    return s


def turned(w, X):
    n, d = X.shape
    s = 0.0
    for j in range(d):
        z = 0.0
        for i in range(n):
            z += X[i, j] * w[i]
        s += np.exp(z)
    return s


def counted_again(w, X):
    n, d = X.shape
    d = d - 1
    s = 0.0
    for i in range(n):
        for j in range(d):
            s += X[i, j] ** 2 * w[j]
    return s


def all_but_some(w, X):
    n, d = X.shape
    s = 0.0
    for i in range(n):
        if w[0] < X[i, 1]:
            for j in range(d):
                s += X[i, j] ** 2 * w[j]
    return s


def triangle(w, X):
    n, d = X.shape
    s = 0.0
    for i in range(n):
        for j in range(i):
            s += X[i, j] ** 2 * w[j]
    return s + d


@pytest.mark.parametrize("f", [product_of_rows, turned, counted_again, all_but_some, triangle])
@pytest.mark.parametrize("shape", [(4, 5), (3, 3), (0, 5), (5, 1)])
def test_matrices_are_filled_by_all_loops_or_hold_zeros(f, shape, monkeypatch) -> None:
    w, X = RNG.normal(size=5), RNG.normal(size=shape)
    if f in (all_but_some, triangle) and shape == (5, 1):
        pytest.skip("the program leaves its arrays")
    with zg.options(arrays="shadow", backend="python"):
        expected = zg.gradient(f, w, X)
    text = str(zg.code_adjoint(f, w, X))
    with zg.options(backend="python"):
        zg.gradient(f, w, X)
        monkeypatch.setattr(np, "empty", lambda shape, *more: np.full(shape, np.nan, *more))
        for a, b in zip(zg.gradient(f, w, X), expected, strict=True):
            assert np.allclose(a, b, rtol=1e-13)
    assert ("np.empty((X.shape[0], X.shape[1]))" in text) is (f is product_of_rows)


def test_there_are_no_zeros_where_each_row_is_stored() -> None:
    assert "d_M = np.empty((M.shape[0], M.shape[1]))" in str(zg.code_adjoint(all_rows, M))
    assert "d_M = np.zeros_like(M)" in str(zg.code_adjoint(some_rows, M, 4))
    check(all_rows, M)
    check(all_rows, np.asfortranarray(M), compile=False)
