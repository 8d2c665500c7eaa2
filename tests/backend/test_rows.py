"""Reductions of rows that are compiled as loops, and arrays of which a loop keeps one row."""

import re

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check, compiled_or_written, fails, same_written

RNG = np.random.default_rng(11)


def matrix(n, m):
    return RNG.normal(size=(n, m))


def text_of(f, *args):
    return str(zg.code_adjoint(f, *args, backend="numba"))


def softmax(x, w):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    return np.sum(p * w)


def layer_norm(x, w):
    centred = x - np.mean(x, axis=-1, keepdims=True)
    spread = np.sqrt(np.mean(centred * centred, axis=-1, keepdims=True) + 0.1)
    return np.sum(centred / spread * w)


def without_axis(x, w):
    s = np.sum(x * x, axis=1)
    low = x.min(axis=1) if x.shape[0] > 100 else np.min(x, axis=1)
    return np.sum((x / s[:, None] + low[:, None]) * w)


def wider(x, w):
    return np.sum(np.tanh(x[:, :, None] * w[:, None, :]).sum(axis=2) * x)


def inner_axis(x, w):
    t = x[:, :, None] * w[:, None, :]
    return np.sum(np.max(t, axis=-1, keepdims=True) * t)


def bound_anew(x, w):
    for _ in range(3):
        x = x / np.sum(x * x, axis=1, keepdims=True)
        w = w - np.max(w, axis=1, keepdims=True) * x
    return np.sum(x * w)


def rows_from_before(x, w):
    """The array that is made before the loop holds what an earlier step left."""
    e = np.zeros(x.shape)
    s = 0.0
    for k in range(3):
        s += np.sum(e * w)
        e = np.exp(x - 0.1 * k) * np.sum(e + x, axis=1, keepdims=True)
    return s


def from_other_rows(x, w):
    e = np.exp(x)
    t = np.sum(e, axis=1, keepdims=True)
    return np.sum(e[1:] / t[:-1] * w[1:]) + np.sum(e[0] * w[-1])


def into_the_same(x, w):
    y = x * 1.0
    y[1:] = y[1:] * np.sum(y[:-1] * w[1:], axis=1, keepdims=True)
    y -= np.max(y, axis=1, keepdims=True)
    return np.sum(y * y * w)


def also_returned(x, w):
    e = np.exp(x)
    t = np.sum(e, axis=1, keepdims=True)
    return np.sum(e / t * w), e, t


def a_column(x, w):
    return np.sum(np.sum(x[:, :1], axis=1, keepdims=True) * x * w)


def one_row_for_all(x, w):
    return np.sum(np.exp(x - np.max(w[:1], axis=1, keepdims=True)) * w)


TWO = [
    softmax, layer_norm, without_axis, inner_axis, wider, bound_anew, rows_from_before, from_other_rows, into_the_same,
    a_column,
]  # fmt: skip


@pytest.mark.parametrize("f", TWO, ids=lambda f: f.__name__)
def test_numbers(f):
    check(
        f, matrix(4, 5), matrix(4, 5), written=True, rtol=1e-5, second=f is softmax, variants=False, modes=f is softmax
    )


@pytest.mark.parametrize("f", [softmax, layer_norm, into_the_same], ids=lambda f: f.__name__)
@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1)])
def test_at_lengths_of_one(f, shape):
    (same_written if f is layer_norm else agree)(f, matrix(*shape), matrix(*shape))


def test_results_that_are_also_returned():
    check(also_returned, matrix(3, 4), matrix(3, 4), compile=True, variants=False, second=False)


@pytest.mark.parametrize("f", [softmax, layer_norm, into_the_same, bound_anew], ids=lambda f: f.__name__)
def test_memory_in_another_order(f):
    x, w = matrix(5, 8)[:, ::2].copy(order="F"), matrix(5, 8)[:, ::2]
    (agree if f is into_the_same else same_written)(f, x, w)


@pytest.mark.parametrize(
    ("f", "wrt"),
    [
        (softmax, "x"), (into_the_same, "w"),
        *(pytest.param(f, wrt, marks=pytest.mark.full)
          for f, wrt in ((softmax, "w"), (bound_anew, "x"), (bound_anew, "w"), (into_the_same, "x"))),
    ],
)  # fmt: skip
def test_one_argument(f, wrt):
    x, w = matrix(4, 5), matrix(4, 5)
    both = zg.gradient(f, x, w)
    with compiled_or_written():
        (one,) = zg.gradient(zg.call(f, x, w, wrt=(wrt,)))
    np.testing.assert_allclose(one, both["xw".index(wrt)], rtol=1e-10, atol=1e-12)


def agree(f, *args):
    with zg.options(backend="python"):
        expected = zg.withgradient(f, *args)
    with compiled_or_written():
        found = zg.withgradient(f, *args)
    for one, other in zip((found.val, *found.grad), (expected.val, *expected.grad), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_without_entries(shape):
    same_written(layer_norm, np.ones(shape), np.ones(shape))
    if shape[1]:
        agree(softmax, np.ones(shape), np.ones(shape))


def test_the_extreme_of_nothing_is_an_error():
    fails(softmax, np.ones((3, 0)), np.ones((3, 0)), error=ValueError)


def highest(x, w):
    return np.sum(np.max(x * w, axis=1, keepdims=True) * w) + np.sum(np.min(x, axis=1))


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none(odd):
    x, w = matrix(4, 6), np.abs(matrix(4, 6))
    x[1, 2] = x[2, 0] = x[2, 5] = odd
    x[3] = odd
    with np.errstate(all="ignore"):
        agree(highest, x, w)
        agree(softmax, x, w)


def test_ties_share():
    x = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [0.0, -0.0, -1.0]])
    agree(highest, x, np.ones((3, 3)))
    agree(highest, x, -np.ones((3, 3)))


def test_lengths_that_differ():
    agree(softmax, matrix(4, 5), matrix(1, 5))
    same_written(softmax, matrix(4, 5), matrix(4, 1))
    same_written(softmax, matrix(1, 5), matrix(4, 5))
    agree(one_row_for_all, matrix(4, 5), matrix(4, 5))
    same_written(layer_norm, matrix(4, 1), matrix(4, 5))
    fails(softmax, matrix(4, 5), matrix(3, 5), error=ValueError)


def test_one_memory_for_two_arguments():
    x = matrix(4, 5)
    same_written(lambda x: softmax(x, x), x)
    agree(lambda x: into_the_same(x, x), x)


def test_softmax_is_one_loop_over_rows_which_keeps_one_row():
    text = text_of(softmax, matrix(4, 5), matrix(4, 5))
    assert len(re.findall(r"^    for ", text, re.MULTILINE)) == 1, text
    assert not re.search(r"np\.empty\(\(\w+\.shape\[0\], ", text), text


def highest_of_functions(x, w):
    e = np.exp(x)
    return np.sum(np.max(e, axis=1)) + np.sum(np.min(np.tanh(x * w), axis=1, keepdims=True) * w)


def test_functions_are_computed_in_vectors_beside_an_extreme():
    x, w = matrix(4, 300), matrix(4, 300)
    agree(highest_of_functions, x, w)
    assert "np.exp(" not in text_of(highest_of_functions, x, w)


def test_threads_have_no_row_in_common():
    x, w = matrix(40, 300), matrix(40, 300)
    with zg.options(backend="numba", parallel=2):
        found = zg.gradient(softmax, x, w)
    with zg.options(backend="python"):
        expected = zg.gradient(softmax, x, w)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


def test_many_entries():
    """Longer than what a vector register and an unrolled loop take."""
    x = matrix(3, 1003)
    x[1, 1001] = 9.0
    x[2, 77] = np.nan
    agree(highest, x, np.ones((3, 1003)))
    agree(layer_norm, x[:2], matrix(2, 1003))
