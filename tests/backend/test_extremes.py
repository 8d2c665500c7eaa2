"""Extremes, sums and shares of whole arrays, in loops that LLVM vectorises: NumPy's values, NaN and infinities too."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.as_written import same_as_written, written
from tests.compiling import Compiled
from tests.oracle import compiled_or_written
from zygote_nb.backend.numba import compiled_form
from zygote_nb.runtime import arrays, vmath

RNG = np.random.default_rng(6)
X = RNG.normal(size=(5, 7))
ODD = [
    X,
    X.T,
    X[::2, 1:],
    X[0],
    np.array([np.nan, 1.0]),
    np.array([1.0, 2.0, np.nan] * 9),
    np.array([-np.inf, -np.inf]),
    np.array([np.inf, 1.0, -np.inf]),
    np.array([-1e308]),
    np.full(23, -0.0),
]


@pytest.mark.parametrize(("fn", "numpys"), [(vmath.largest, np.max), (vmath.smallest, np.min)])
def test_extremes_are_those_of_numpy(fn, numpys):
    form = compiled_form(fn, {})
    compiled = Compiled(lambda x: form(x))
    for x in ODD:
        assert np.array_equal(compiled(x), numpys(x), equal_nan=True)
        assert np.array_equal(fn(x), numpys(x), equal_nan=True)
    with pytest.raises(ValueError, match="no identity"):
        compiled(np.empty(0))


def test_shares_are_those_of_the_interpreter():
    shares = Compiled(lambda x, y: arrays.shares(x, y))
    for x in [*ODD, np.array([3.0, 1.0, 3.0])]:
        y = np.max(x)
        assert np.array_equal(shares(x, y), arrays.shares(x, y), equal_nan=True)


def softmax_rows(Q, K):
    scores = Q @ K.T / np.sqrt(2.0)
    total = 0.0
    for i in range(scores.shape[0]):
        m = np.max(scores[i])
        e = np.exp(scores[i] - m)
        total += np.sum(e * e) / np.sum(e) + m
    return total


def used_again(A, B):
    C = A @ B
    D = C * 2.0 + A
    return np.sum(C * D) / (1.0 + np.sum(D))


def smallest_of(A):
    low = np.min(A * A)
    return np.sum(A / low) + np.min(A)


@pytest.mark.parametrize(
    ("f", "args"),
    [(softmax_rows, (X, RNG.normal(size=(4, 7)))), (used_again, (X[:, :5], X[:5, :5] + 1.0)), (smallest_of, (X,))],
)
def test_compiled_gradients_are_those_of_the_interpreter(f, args):
    with zg.options(backend="python"):
        value, expected = zg.withgradient(f, *args)
    with compiled_or_written():
        found_value, found = zg.withgradient(f, *args)
    assert np.isclose(found_value, value, rtol=1e-13)
    for a, b in zip(found, expected, strict=True):
        assert np.allclose(a, b, rtol=1e-12, atol=1e-13)


def largest_of_rows(A):
    total = 0.0
    for i in range(A.shape[0]):
        total += np.max(A[i]) ** 3
    return total


def largest_kept(A, B):
    tops = np.empty(A.shape[0])
    for i in range(A.shape[0]):
        tops[i] = np.max(A[i] * B[i])
    return np.sum(np.sin(tops))


def largest_of_written(A):
    Y = A.copy()
    for i in range(1, Y.shape[0]):
        Y[i] += np.max(Y[i - 1]) * Y[i]
    return np.sum(Y * Y)


TIED = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [-1.0, 0.0, -2.0]])


@pytest.mark.parametrize(
    ("f", "args"),
    [(largest_of_rows, (TIED,)), (largest_kept, (TIED, TIED[::-1].copy())), (largest_of_written, (TIED,)),
     (largest_of_rows, (np.array([[np.nan, 1.0], [2.0, 1.0]]),)), (softmax_rows, (TIED, TIED))],
)  # fmt: skip
def test_shares_of_rows_are_found_entry_by_entry(f, args):
    with zg.options(backend="python"), np.errstate(all="ignore"):
        same_as_written(f, args, zg.gradient(f, *args))
    if f is largest_of_rows:
        assert " shared(" in written(f, *args)
    if f is softmax_rows:
        assert "add_shares(" in written(f, *args)
    if f in (largest_of_rows, softmax_rows):
        assert " shares(" not in written(f, *args)


LONG = RNG.normal(size=1300)
ADD_SHARES = Compiled(lambda d_x, x, y, d_y: arrays.add_shares(d_x, x, y, d_y))
FAR_TIES = np.where(np.isin(np.arange(1300), (3, 600, 1299)), 7.0, LONG)


@pytest.mark.parametrize("seed", [0.3, np.inf, np.nan, 0.0])
@pytest.mark.parametrize("x", [*ODD, LONG, FAR_TIES, np.where(FAR_TIES == 7.0, np.nan, LONG), LONG[::-2], LONG[:0]])
def test_shares_are_added_where_the_extreme_is(x, seed):
    x = x.ravel() if x.ndim > 1 else x
    found, expected, y = np.ones(x.shape), np.ones(x.shape), np.max(x, initial=-np.inf)
    with np.errstate(all="ignore"):
        ADD_SHARES(found, x, y, seed)
        arrays.add_shares(expected, x, y, seed)
    assert np.array_equal(found, expected, equal_nan=True)


def test_shares_are_for_vectors_of_one_length():
    with pytest.raises(ValueError, match="lengths"):
        ADD_SHARES(np.ones(3), np.ones(4), 1.0, 1.0)


def log_sum_exp(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


def range_of_rows(A, n):
    total = 0.0
    for i in range(n):
        row = A[i, 1:]
        total += np.sum(np.exp(row - np.max(row))) * np.min(row) + np.max(A[i])
    return total


def moved_on(A):
    x = A[0]
    total = 0.0
    for i in range(A.shape[0]):
        m = np.max(x)
        total += np.sum(np.exp(x - m)) * m
        x = A[i] * np.cos(x)
    return total


@pytest.mark.parametrize(
    ("f", "args"),
    [(log_sum_exp, (LONG,)), (log_sum_exp, (FAR_TIES,)), (log_sum_exp, (X[0],)), (range_of_rows, (X, 5)),
     (range_of_rows, (FAR_TIES.reshape(2, 650), 2)), (moved_on, (X,)), (moved_on, (FAR_TIES.reshape(2, 650),))],
)  # fmt: skip
def test_extremes_get_their_cotangents_where_they_are(f, args):
    with zg.options(backend="python"):
        same_as_written(f, args, zg.gradient(f, *args))


def test_a_cotangent_of_an_extreme_does_not_go_through_the_whole_vector():
    text = written(log_sum_exp, LONG)
    assert "add_shares(out_x, x, m, d_m)" in text
    assert "share(" not in text
