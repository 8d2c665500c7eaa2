"""NumPy functions that Numba lacks, or lacks in some uses, give NumPy's values when they are compiled."""

import math

import numpy as np
import pytest

import zygote_nb.runtime.compiled  # noqa: F401 (makes them callable in compiled code)
from tests.compiling import Compiled
from tests.oracle import FULL

RNG = np.random.default_rng(9)
V, A, B, S = RNG.standard_normal(5), RNG.standard_normal((2, 3)), RNG.standard_normal((2, 3, 4)), RNG.random((3, 3))
K = RNG.integers(-3, 4, (3, 4))

CASES = [
    # reductions
    *[
        (f, (x,))
        for x in (A, K)
        for f in (
            lambda x: np.sum(x, axis=0, keepdims=True),
            lambda x: np.sum(x, keepdims=True),
            lambda x: np.mean(x, axis=0),
            lambda x: np.mean(x, axis=(0, 1)),
            lambda x: np.mean(x, axis=-1, keepdims=True),
            lambda x: np.prod(x, axis=1),
            lambda x: np.var(x, axis=0),
            lambda x: np.var(x, ddof=1),
            lambda x: np.std(x, axis=1, ddof=1, keepdims=True),
            lambda x: np.max(x, axis=-1),
            lambda x: np.max(x, axis=(0, 1)),
            lambda x: np.min(x, axis=0, keepdims=True),
            lambda x: np.amax(x, axis=None),
            lambda x: np.ptp(x, axis=0),
            lambda x: np.any(x > 0, axis=0),
            lambda x: np.all(x > -1, axis=1),
        )
    ],
    (lambda x: np.sum(x, axis=(0, 2), keepdims=True), (B,)),
    (lambda x: np.max(x, axis=(-1, 0)), (B,)),
    (lambda x: np.mean(x, axis=1), (B,)),
    (lambda x: np.max(x, axis=0), (np.array([[1.0, np.nan], [np.nan, 2.0]]),)),
    (lambda x: np.std(x, axis=0), (V,)),
    # elementwise
    (lambda x: np.heaviside(x, 0.5), (np.array([-1.0, 0.0, 2.0, np.nan]),)),
    (lambda x: np.heaviside(x, 0.5), (0.0,)),
    (lambda x: abs(x), (A,)),
    (lambda x: np.clip(x, -0.5, 0.5), (1.5,)),
    (lambda x: np.clip(x, None, 0.5), (1.5,)),
    (lambda x: np.clip(x, -0.5, None), (-1.5,)),
    (lambda x: np.real_if_close(x), (V,)),
    (lambda x: np.ndim(x), (A,)),
    (lambda x: math.cbrt(x), (-8.0,)),
    (lambda x: math.prod(x), (V,)),
    *[
        (lambda x, y: math.remainder(x, y), p)
        for p in ((7.5, 2.0), (5.0, 2.0), (3.0, 2.0), (-7.5, 2.0), (1.0, math.inf))
    ],
    # products
    (lambda x, y: np.inner(x, y), (V, V)),
    (lambda x, y: np.inner(x, y), (A, V[:3])),
    (lambda x, y: np.inner(x, y), (V[:3], A)),
    (lambda x, y: np.inner(x, y), (A, A)),
    (lambda x, y: np.dot(x, y), (2.0, V)),
    (lambda x, y: np.vdot(x, y), (A, A)),
    (lambda x: np.linalg.norm(x, axis=1), (A,)),
    (lambda x: np.diagonal(x), (S,)),
    (lambda x: np.diagonal(x, 1), (S,)),
    # shapes
    (lambda x: np.flip(x, 1), (A,)),
    (lambda x: np.flip(x, axis=-3), (B,)),
    (lambda x: np.expand_dims(x, (0, 2)), (A,)),
    (lambda x: np.expand_dims(x, (-1, 0)), (A,)),
    (lambda x: np.squeeze(x, axis=0), (A[None],)),
    (lambda x: np.squeeze(x, axis=-1), (A[:, :, None],)),
    (lambda x: np.matrix_transpose(x), (B,)),
    (lambda x: np.atleast_1d(x), (1.5,)),
    (lambda x: np.array(x), (V,)),
    (lambda x: np.roll(x, 1, axis=1), (A,)),
    (lambda x: np.roll(x, -4, axis=0), (A,)),
    (lambda x: np.rot90(x, -1, (0, 1)), (A,)),
    (lambda x: np.repeat(x, 2, axis=1), (A,)),
    (lambda x: np.tile(x, 2), (V,)),
    (lambda x: np.tile(x, (2, 1)), (A,)),
    (lambda x: np.tile(x, (2, 3)), (V,)),
    (lambda x: np.diff(x, axis=0), (A,)),
    (lambda x: np.diff(x, 2), (A,)),
    (lambda x: np.cumprod(x, axis=1), (A,)),
    (lambda x: np.cumprod(x, axis=0), (V,)),
    (lambda x: np.linspace(x, 2.0, 5, endpoint=False), (0.5,)),
    (lambda x: np.linspace(x, 2.0, 5, True), (0.5,)),
]


SAMPLE = CASES if FULL else CASES[::4]


@pytest.mark.parametrize(("f", "args"), SAMPLE, ids=[f"{i}" for i in range(len(SAMPLE))])
def test_value(f, args):
    expected, found = f(*args), Compiled(f)(*args)
    assert np.shape(found) == np.shape(expected)
    assert np.asarray(found).dtype == np.asarray(expected).dtype
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-15)


def flipped(x):
    y = np.flip(x, 1)
    y[0, 0] = 7.0
    return x


def expanded(x):
    y = np.expand_dims(x, (0, 1))
    y[0, 0, 0, 0] = 7.0
    return x


def squeezed(x):
    y = np.squeeze(np.expand_dims(x, 0), axis=0)
    y[0, 0] = 7.0
    return x


@pytest.mark.parametrize("f", [flipped, expanded, squeezed])
def test_views_are_views(f):
    np.testing.assert_array_equal(Compiled(f)(A.copy()), f(A.copy()))


@pytest.mark.parametrize("f", [lambda x: np.max(x, axis=0), lambda x: np.min(x, axis=0)])
def test_extrema_of_nothing(f):
    for g in (f, Compiled(f)):
        with pytest.raises(ValueError, match="zero-size array to reduction operation"):
            g(np.zeros((0, 3)))
