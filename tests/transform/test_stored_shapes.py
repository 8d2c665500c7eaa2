"""What is added to an array in place has its shape, or is smaller: the gradient needs no more than shapes for that."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import FULL, same_written
from zygote_nb.testing import check_grads

RNG = np.random.default_rng(5)
X, W = RNG.normal(size=(6, 2)), RNG.normal(size=(2, 3))


def summed(x, w, n):
    out = np.zeros((n, 3))
    for k in range(n):
        out += x[k : k + n] @ w
    return np.sum(out * out)


def rows_and_columns(x, w, n):
    out = np.ones((n, 3))
    for k in range(n):
        out += w[0]
        out *= x[k : k + n, :1]
        out -= x[k, 0] * out
    return np.sum(out * out)


def of_parts(x, w, n):
    out = np.ones((n, 3))
    for k in range(n):
        out[k:] += w[1:2] * x[k : k + n - k, 1:]
        out[k, 1:] = out[k, 1:] * w[0, k : k + 2] if k < 2 else out[k, 1:] + x[k, 0]
    return np.sum(out * out)


def its_sum_too(x, w, n):
    out = np.ones((n, 3)) * w[0]
    for k in range(n):
        out += np.sum(out * 2.0) * x[k : k + n, :1] + np.sum(2.0 * out, axis=0)
    return np.sum(out)


def contracted(x, w, n):
    out = np.zeros((n, 3))
    for k in range(n):
        part = x[k : k + n]
        out += np.einsum("ij,jk->ik", part, w)
    return np.sum(out * out)


@pytest.mark.parametrize("function", [summed, rows_and_columns, of_parts, its_sum_too, contracted])
@pytest.mark.parametrize("backend", ["python", "numba"])
def test_gradients_of_what_is_stored(function, backend):
    """The text for the compiler is interpreted for each, and compiled for one."""
    if backend == "numba":
        same_written(function, X, W, 3)
    if backend == "python" or FULL or function is summed:
        with zg.options(backend=backend):
            check_grads(zg.call(function, X, W, 3, wrt=("x", "w")))


@pytest.mark.parametrize("function", [summed, contracted])
def test_what_is_added_to_is_not_kept(function):
    text = str(zg.code_adjoint(function, X, W, 3))
    assert "np.copy" not in text
    assert "old_out" not in text


def test_of_a_contraction_only_the_shape_is_found_again():
    backward = str(zg.code_adjoint(contracted, X, W, 3)).partition("# backward")[2]
    assert backward.count("np.einsum") == 2
    assert "like_einsum('ij,jk->ik', part, w)" in backward


def test_a_cotangent_whose_shape_is_asked_for_is_not_copied_when_it_is_returned():
    def outer(column, row):
        return np.sum(np.exp(column * row))

    assert ".copy()" not in str(zg.code_adjoint(outer, X[:, :1], W[0]))
