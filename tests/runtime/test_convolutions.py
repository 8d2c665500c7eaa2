"""Convolutions in compiled code, longer than the parts of vectors that are worked on at a time."""

from __future__ import annotations

import numpy as np
import pytest

import zygote_nb as zg

LENGTHS = [(1, 1), (2, 5), (10, 4), (1024, 3), (1025, 4), (5000, 5), (5000, 37), (37, 3000), (2500, 2400), (3000, 3000)]


def valid(x, k, w):
    return np.sum(np.convolve(x, k, "valid") * w)


def same(x, k, w):
    return np.sum(np.convolve(x, k, "same") * w)


def full(x, k, w):
    return np.sum(np.convolve(x, k, "full") * w)


@pytest.mark.parametrize("f", [valid, same, full], ids=lambda f: f.__name__)
def test_gradients_of_long_convolutions_are_those_of_numpy(f) -> None:
    rng = np.random.default_rng(0)
    for n, m in LENGTHS:
        x, k = rng.standard_normal(n), rng.standard_normal(m)
        w = rng.standard_normal(len(np.convolve(x, k, f.__name__)))
        with zg.options(backend="python"):
            wanted = zg.withgradient(f, x, k, w)
        with zg.options(backend="numba"):
            found = zg.withgradient(f, x, k, w)
        np.testing.assert_allclose(found.val, wanted.val, rtol=1e-9, atol=1e-9)
        for one, other in zip(found.grad, wanted.grad, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


def test_gradients_by_hand() -> None:
    x, k, w = np.random.default_rng(1).standard_normal((3, 6000))
    k, w = k[:5], w[4:]
    with zg.options(backend="numba"):
        dx, dk, dw = zg.gradient(valid, x, k, w)
    np.testing.assert_allclose(dx, np.convolve(w, k[::-1]), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(dk, np.correlate(x, w, "valid")[::-1], rtol=1e-10)
    np.testing.assert_allclose(dw, np.convolve(x, k, "valid"), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_comes_where_it_comes_in_numpy(bad) -> None:
    x, k, w = np.ones(4000), np.arange(1.0, 6.0), np.ones(3996)
    w[2000] = bad
    with zg.options(backend="numba"):
        dx, dk, _ = zg.gradient(valid, x, k, w)
    np.testing.assert_array_equal(np.isfinite(dx), np.isfinite(np.convolve(w, k[::-1])))
    np.testing.assert_array_equal(dk, np.full(5, bad))


def test_vectors_with_gaps() -> None:
    x, k, w = np.random.default_rng(2).standard_normal((3, 6000))
    x, k, w = x[::2], k[:10:2], w[-1:7:-2]
    with zg.options(backend="numba"):
        dx, dk, _ = zg.gradient(valid, x, k, w)
    np.testing.assert_allclose(dx, np.convolve(w, k[::-1]), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(dk, np.correlate(x, w, "valid")[::-1], rtol=1e-10)
