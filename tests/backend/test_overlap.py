"""A store into an array that is read through views of views: all is read before anything is written."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.as_written import same_as_written, written
from tests.random_programs import Program

RNG = np.random.default_rng(8)
A, B = RNG.uniform(-1, 1, (4, 4)), RNG.uniform(-1, 1, (4, 4))

READ = [
    "U[:, :][::-1]", "U[::-1][:, ::-1]", "U.T", "U[:].T", "np.transpose(U)", "np.flip(U)", "np.flip(U, 0)[:]",
    "np.fliplr(U)", "np.swapaxes(U, 0, 1)", "U.reshape(4, 4)[::-1]", "np.ravel(U)[::-1].reshape(4, 4)",
    "np.rot90(U)", "np.expand_dims(U[0], 0)", "np.atleast_2d(U[1])", "np.squeeze(U[::-1])", "U[2, :][None, :]",
    "U[:, 1][:, None]", "np.broadcast_to(U[1], (4, 4))", "np.moveaxis(U, 0, 1)", "np.asarray(U)[::-1]",
    "np.diag(U)[:, None]", "np.roll(U, 1)", "np.cumsum(U, axis=0)", "np.real(U)[::-1]", "np.tril(U)",
    "(U[::-1] if c > 0.0 else V)", "(U if c > 0.0 else V)[::-1]", "W[::-1]", "W[:].T", "np.einsum('ij->ji', U)",
    "np.hsplit(U, 2)[1][:, :1]", "np.diagonal(U)[None, ::-1]", "U[1:][::-1][:1]", "U[1:3][:, 1:3][0, 0]",
]  # fmt: skip
STORES = ["U[:, :] = {}", "U[:] = 0.5 * np.sin({})", "U += {}", "U[:, :] *= np.cos({}) + V", "U[...] = V - {}"]
REFUSED = {
    (read, store)
    for read in ("np.ravel(U)[::-1].reshape(4, 4)", "np.broadcast_to(U[1], (4, 4))")
    for store in ("U[:] = 0.5 * np.sin({})", "U[:, :] *= np.cos({}) + V")
}
"""What takes a name first that stands for memory of an array that is written to."""
SOURCE = """import numpy as np


def f(A, V, c):
    U = A * 1.5
    W = U
    {}
    return np.sum(U * U * V)
"""


def function(line):
    return Program(SOURCE.format(line)).function()


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("read", READ)
def test_all_is_read_before_anything_is_written(read, store):
    f = function(store.format(read))
    if (read, store) in REFUSED:
        with pytest.raises(zg.UnsupportedSyntaxError, match=r"shares memory|whether NumPy copies"):
            zg.gradient(f, A, B, 0.3)
        return
    with zg.options(backend="python"):
        expected = zg.gradient(f, A, B, 0.3)
    same_as_written(f, (A, B, 0.3), expected)


@pytest.mark.parametrize("read", ["U[:, :][::-1]", "np.rot90(U)"])
def test_compiled(read):
    f = function(STORES[0].format(read))
    with zg.options(backend="python"):
        expected = zg.gradient(f, A, B, 0.3)
    with zg.options(backend="numba"):
        found = zg.gradient(f, A, B, 0.3)
    for ours, wanted in zip(found[:2], expected[:2], strict=True):
        np.testing.assert_allclose(ours, wanted, rtol=1e-12)


def test_what_is_new_is_not_copied():
    text = written(function(STORES[0].format("np.roll(U, 1)")), A, B, 0.3)
    assert "whole" not in text


def shifted(a, b, n):
    """Calls itself, so that nobody writes it out where it is called."""
    if n > 0:
        a[1:] = 0.5 * b[:-1]
        a[::2] = np.sin(b[::2])
        shifted(a, b, n - 1)


def of_one_memory(x, n):
    y = np.sin(x)
    shifted(y, y[:], n)
    return np.sum(y * x)


def of_two(x, n):
    y, z = np.sin(x), np.cos(x)
    shifted(y, z, n)
    shifted(z[1:], y[:-1], n)
    return np.sum(y * z * x)


def put_away(row, rows, n):
    if n > 0:
        row[0] = row[1] * 2.0
        put_away(row, rows, n - 1)
    else:
        rows.append(row)


def from_a_list(x, n):
    """What a callee puts into a list is found there under another name."""
    rows = [x * 2.0]
    row = np.zeros(4)
    row[:] = x * x
    put_away(row, rows, n)
    other = rows[1]
    row[:] = other[::-1] * 0.5
    row[1:] = other[:-1] + row[1:]
    return np.sum(row * other * x)


def itself(row, n):
    if n > 0:
        row[0] = row[1] * 2.0
        return itself(row, n - 1)
    return row


def that_comes_back(x, n):
    row = np.zeros(4)
    row[:] = x * x
    other = itself(row, n)
    row[:] = other[::-1] * 0.5
    row[1:] = other[:-1] + row[1:]
    return np.sum(row * other * x)


@pytest.mark.parametrize("f", [of_two, that_comes_back])
def test_memory_of_arguments_has_other_names(f):
    with zg.options(backend="python"):
        expected = zg.gradient(f, A[0], 2)
    assert_slopes(f, expected[0])
    same_as_written(f, (A[0], 2), expected)


@pytest.mark.parametrize("f", [of_one_memory, from_a_list])
def test_memory_that_a_recursive_callee_shares_is_refused(f):
    with pytest.raises(zg.UnsupportedSyntaxError, match="pass a copy"):
        zg.gradient(f, A[0], 2)


def assert_slopes(f, found):
    steps = 1e-6 * np.eye(4)
    slopes = [(f(A[0] + s, 2) - f(A[0] - s, 2)) / 2e-6 for s in steps]
    np.testing.assert_allclose(found, slopes, rtol=1e-6, atol=1e-8)


def summed_to_a_shape(x, y, B):
    """On the way back, what is summed to the shape of `v` is a view of its adjoint, backwards."""
    v = np.tanh(np.where(x[1:] > 0.137, x[:-1], y[:-1]) / (1.3 + B[:, 3] ** 2))
    v[::-1] += 0.5 * v
    return np.sum(v * v * np.arange(1.0, 1.0 + len(v)))


def test_a_view_that_a_helper_hands_back():
    """The compiled gradient was wrong: entries were read after they had been written."""
    rng = np.random.default_rng(0)
    args = rng.standard_normal(4), rng.standard_normal(4), rng.standard_normal((3, 4))
    with zg.options(backend="python"):
        expected = zg.gradient(summed_to_a_shape, *args)
    with zg.options(backend="numba"):
        found = zg.gradient(summed_to_a_shape, *args)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)
    same_as_written(summed_to_a_shape, args, expected)


def through_a_tape(u, p):
    u[::-1] *= np.sin(np.mean(u[:-1]))
    v, w = (u, u)
    w[[0, 0, 1]] += v[1:]
    v[1] = np.sin(v[1] * u[2] + p)


def memory_on_a_tape(y, x):
    y = y * 1.0
    through_a_tape(y, 1.3)
    return np.sum(y * y * x)


def test_the_tape_of_a_callee_holds_memory_of_its_arguments():
    """The compiled gradient was wrong: a store through one name was put behind one through the other."""
    args = np.array([0.3, -0.8, 1.1, 0.6]), np.array([1.0, 2.0, -0.5, 0.7])
    with zg.options(backend="python"):
        expected = zg.gradient(memory_on_a_tape, *args)
    same_as_written(memory_on_a_tape, args, expected)
