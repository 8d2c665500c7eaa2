"""Values that nobody reads: what may raise of them is computed, and no more."""

import numpy as np
import pytest

import zygote_nb as zg

X = np.arange(6.0)


def of_a_row(x, rows):
    return np.sum(np.cumsum(x) * rows[0])


def of_part(x, w):
    return np.sum(x[1:] * w)


def of_letters(a, b, w):
    return np.sum(np.einsum("ij,ij->i", a, b) * w)


def smoothed(x, kernel, w):
    return np.sum(np.convolve(x, kernel, "valid") * w)


def unused_product(x, y):
    y[:3] * x
    return np.sum(x)


def of_vectors(x, y):
    return np.sum(np.vecdot(x, y, axis=0)) + np.sum(np.vecmat(y, np.stack([x, x]))) + np.sum(np.matmul(y, x))


def test_products_of_other_ranks_are_no_mismatch():
    x = np.arange(12.0).reshape(3, 4)
    assert zg.gradient(of_vectors, x, X[:3])[1].tolist() == (4.0 * np.sum(x, axis=1)).tolist()


def text(f, *args):
    return zg.code_adjoint(zg.call(f, *args, wrt=f.__code__.co_varnames[0])).source


def test_what_raises_in_the_backward_sweep_too_is_not_computed_before():
    assert "unused" not in text(of_a_row, X, np.ones((2, 6)))
    assert "unused" not in text(of_letters, np.eye(3), np.eye(3), np.ones(3))


def test_lengths_are_compared_without_arrays():
    assert "np.convolve" not in text(smoothed, X, np.ones(3), np.ones(4))
    assert "y[:3] * x" not in text(unused_product, X[:3], X)


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_what_does_not_fit_is_refused_as_by_the_plain_call(backend):
    with zg.options(backend=backend):
        assert zg.gradient(of_part, X, np.ones(1))[1] == 15.0
        for f, args in ((of_part, (X, X)), (smoothed, (X, X[:3], X)), (of_a_row, (X, np.ones((0, 6))))):
            with pytest.raises((ValueError, IndexError)) as ours:
                zg.gradient(f, *args)
            with pytest.raises(type(ours.value)) as plain:
                f(*args)
            assert str(ours.value) == str(plain.value)


def passed_over(x, n):
    first = x[n]
    if len(x) > n + 1 and x[n] > 0.0:
        return x[0] * 2.0
    return x[0] * x[0]


def test_what_is_evaluated_later_only_by_choice_still_raises_at_its_place():
    for backend in ("python", "numba"):
        with zg.options(backend=backend), pytest.raises(IndexError):
            zg.gradient(passed_over, np.array([1.0, 2.0]), 5)
