"""What is only asked for its shape is not computed, and has the shape that it would have had, whatever its settings."""

import numpy as np
import pytest

from tests.oracle import check
from zygote_nb.runtime.contractions import SHAPED_AS

RNG = np.random.default_rng(5)
X, K, W = RNG.uniform(-1, 1, 7), RNG.uniform(-1, 1, 3), RNG.uniform(-1, 1, 5)
A, B = RNG.uniform(-1, 1, (3, 4)), RNG.uniform(-1, 1, (4, 3))
CALLS = [
    (np.convolve, X, K), (np.convolve, K, X), (np.convolve, X, K, "same"), (np.convolve, X, K, "valid"),
    (np.correlate, X, K), (np.correlate, K, X), (np.correlate, X, X), (np.correlate, X, K, "same"),
    (np.correlate, X, K, "full"), (np.einsum, "ij,jk->ik", A, B), (np.einsum, "ij,jk", A, B), (np.einsum, "ij->", A),
    (np.einsum, "...j,jk->k...", A, B), (np.einsum, "ij,ij->ij", A, B.T), (np.einsum, "ij,kj->ki", A, A[:1]),
    (np.einsum, "ii->i", A[:, :3]), (np.einsum, "ij,ij->ij", A, A[:1]),
]  # fmt: skip


@pytest.mark.parametrize(
    "call", CALLS, ids=lambda c: " ".join([c[0].__name__, *(str(np.shape(a) or a) for a in c[1:])])
)
def test_shapes(call):
    fn, *args = call
    assert np.shape(SHAPED_AS[fn](*args)) == np.shape(fn(*args))


def test_every_function_is_called():
    assert {fn for fn, *_ in CALLS} == set(SHAPED_AS)


def correlated(x, k, w):
    return np.sum((np.correlate(x, k) + w) ** 2)


def convolved(x, k, w):
    return np.sum((np.convolve(x, k, mode="valid") + w) ** 2)


def stored(x, k, w):
    y = np.zeros(5)
    y[:] = np.correlate(x, k)
    y += w
    return np.sum(y * y)


def contracted(x, k, w):
    t = np.einsum("i,j->j", x, k) * w
    return np.sum(t * t)


@pytest.mark.parametrize("f", [correlated, convolved, stored])
@pytest.mark.parametrize("k", [K, X[::-1].copy()], ids=["as long", "stretched"])
def test_gradients(f, k):
    """Stretched, the result is one number, and was taken for a longer one where no mode was given."""
    check(f, X, k, W, compile=True, second=False, modes=False)


def test_gradients_of_einstein_sums():
    check(contracted, X, K[:1], W, second=False)
    check(contracted, X, W * 0.5, W, second=False)
