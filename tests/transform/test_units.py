"""Directions along single entries: nothing is computed for known zeros, and the numbers are those of others."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import is_sampled
from zygote_nb.api import request
from zygote_nb.driver.facts import Question
from zygote_nb.driver.ready import ready
from zygote_nb.transform.forward.rows import LOCAL, ROWS

X = np.linspace(-1.0, 1.2, 13)
COMPILED_SAMPLE = 8


def derived(f, *args):
    bound = request(f, args, {}).bound
    wrt = tuple(isinstance(a, float | np.ndarray) and np.asarray(a).dtype == float for a in args)
    return ready(bound, Question(wrt, value=True, forward=True, width=ROWS)).derived(bound)


def lines(text):
    return [line.split("  #")[0].rstrip() for line in text.splitlines()]


def agree(f, *args, rows=True):
    """The Jacobian by all directions at once is that by rows, and that by one direction after the other.

    Interpreted, and compiled for a sample of the tests.
    """
    assert (derived(f, *args).width in (ROWS, LOCAL)) == rows
    for backend in ("python", "numba") if is_sampled(COMPILED_SAMPLE) else ("python",):
        with zg.options(backend=backend):
            columns, others = (zg.jacobian(f, *args, mode=mode) for mode in ("forward", "reverse"))
            again = zg.jacobian(f, *args, mode="forward")
        for p, arg in enumerate(args):
            if others[p] is None:
                assert columns[p] is None
                continue
            assert np.array_equal(columns[p], again[p], equal_nan=True)
            assert columns[p].shape == others[p].shape
            np.testing.assert_allclose(columns[p], others[p], rtol=1e-12, atol=1e-13)
            unit = np.zeros(np.size(arg))
            unit[-1] = 1.0
            along = tuple(
                None if columns[q] is None else np.zeros_like(a) if q != p else unit.reshape(np.shape(a))[()]
                for q, a in enumerate(args)
            )
            one = np.ravel(
                zg.pushforward(f, *args)(*(float(t) if np.ndim(t) == 0 and t is not None else t for t in along))
            )
            np.testing.assert_allclose(columns[p].reshape(-1, np.size(arg))[:, -1], one, rtol=1e-12, atol=1e-13)


def test_sums_of_a_few_entries_are_no_vectors():
    def f(x):
        y = np.zeros_like(x)
        for i in range(x.size - 1):
            t = x[i] * x[i + 1]
            y[i] = t * t
        return y

    assert lines(derived(f, X).module.source) == [
        "def f_pushforward(x, count1, x_first):",
        "    y_dot = np.zeros((x.shape[0], count1))",
        "    y = np.zeros_like(x)",
        "    for i in range(x.size - 1):",
        "        t1 = x_first + entry_number(0, i, x.shape[0])",
        "        t2 = x_first + entry_number(0, i + 1, x.shape[0])",
        "        t3 = x[i + 1]",
        "        t4 = x[i]",
        "        t = x[i] * x[i + 1]",
        "        for k in range(count1):",
        "            y_dot[i, k] = 0.0",
        "        if 0 <= t1 and t1 < count1:",
        "            y_dot[i, t1] += 2.0 * t * t3",
        "        if 0 <= t2 and t2 < count1:",
        "            y_dot[i, t2] += 2.0 * t * t4",
        "        y[i] = t * t",
        "    return y, y_dot",
    ]
    agree(f, X)


def test_what_is_carried_is_a_vector():
    def f(x):
        y = x.copy()
        s = 0.0
        for i in range(1, x.size):
            s = np.sin(s) + x[i] * x[i - 1]
            y[i] = 0.5 * y[i - 1] + s * x[i] - x[0]
        return y

    agree(f, X)


def test_a_sum_that_is_read_elsewhere_is_a_vector():
    def f(x):
        y = np.zeros_like(x)
        t = x[0] * 2.0
        for i in range(x.size):
            if x[i] > 0.0:
                t = x[i] * x[i]
            u = x[i] - x[2]
            for j in range(2):
                y[i] += u * (j + 1.0)
            y[i] += t
        return y

    agree(f, X)


def test_the_same_index_means_another_entry_when_it_has_changed():
    def f(x, idx):
        y = np.zeros_like(x)
        for i in range(x.size - 2):
            k = i
            t = x[k] * x[idx[i]]
            k = i + 1
            idx = idx[::-1].copy()
            u = x[k] * x[idx[i]]
            k += 1
            y[i] = t * u + x[k] * t
        return y

    agree(f, X, np.arange(13) * 3 % 13)


def test_numbers_of_indices_in_memory_that_is_written_to():
    def f(x):
        y = np.zeros_like(x)
        order = np.zeros(2, dtype=np.int64)
        for i in range(x.size):
            order[0] = i
            t = x[order[0]] * 2.0
            order[0] = (i * 5) % x.size
            u = x[order[0]] * t
            y[i] = u + t * x[order[0]]
        return y

    agree(f, X)


@pytest.mark.parametrize("shape", [(4, 5), (2, 3, 3)])
def test_entries_of_all_axes_and_negative_indices(shape):
    def f(x):
        y = np.zeros(x.shape)
        n = x.shape[0]
        for i in range(n):
            if x.ndim == 2:
                for j in range(x.shape[1]):
                    y[i, j] = x[i, -1] * x[-1 - i, j] + x[0, j - 1]
            else:
                for j in range(x.shape[1]):
                    for k in range(x.shape[2]):
                        y[i, j, k] = x[i, -j, k - 1] * x[-1, j, -1 - k]
        return y

    agree(f, np.linspace(-1.0, 1.0, int(np.prod(shape))).reshape(shape))


def test_several_arguments_and_numbers():
    def f(a, x, b, z, n):
        y = np.zeros(x.size)
        for i in range(n):
            t = a * x[i] + b
            y[i] = t * z[i, 1] + a
            y[i - 1] += b * z[i, 0] * a
        return y * 1.0 if n < 0 else y

    agree(f, 0.7, X, -0.4, np.linspace(0.1, 2.0, 26).reshape(13, 2), 13)


def test_arguments_that_are_written_to_or_have_other_names():
    def f(x, z):
        y = np.zeros_like(x)
        v = z
        for i in range(1, x.size):
            x[i] = x[i] * x[i - 1]
            y[i] = x[i] * v[i] + z[i - 1]
            if i > 5:
                v[i] = v[i] * 2.0
                y[i] += z[i] * v[i]
        return y

    agree(f, X, np.cos(X))


def test_sums_of_many_entries_and_of_sums():
    def f(x):
        y = np.zeros_like(x)
        for i in range(x.size):
            t = x[0] + x[1] * x[2] + x[3] * x[4] + x[5] + x[6] * x[7] + x[8] + x[9] + x[10] + x[11] * x[12]
            u = t * x[i] + t
            v = u - x[i]
            w = v * 0.5 - u * u
            y[i] = w * v
        return y

    agree(f, X)


def test_more_directions_than_are_taken_at_once():
    def f(x):
        y = np.zeros_like(x)
        s = 0.0
        for i in range(x.size):
            t = x[i] * x[-1 - i]
            s += t
            y[i] = t * s
        return y

    agree(f, np.linspace(0.0, 1.0, 300))


def test_layouts_and_nothing_at_all():
    def f(x):
        y = np.zeros(x.shape[0])
        for i in range(x.shape[0]):
            y[i] = x[i, 0] * x[i, x.shape[1] - 1]
        return y

    for x in (np.asfortranarray(np.ones((4, 5)) * X[:5]), np.ones((8, 10))[::2, ::2] * X[:5]):
        agree(f, x)
    for mode in ("forward", "reverse"):
        assert zg.jacobian(f, np.zeros((0, 5)), mode=mode)[0].shape == (0, 0, 5)


def test_one_of_several_arguments():
    def f(w, x):
        y = np.zeros(w.size)
        for i in range(w.size):
            for j in range(x.size):
                y[i] += w[i] * x[j] * w[j]
        return y

    for backend in ("python", "numba"):
        with zg.options(backend=backend):
            by_columns, by_rows = (
                zg.jacobian(zg.call(f, X, np.sin(X), wrt="w"), mode=mode)[0] for mode in ("forward", "reverse")
            )
        np.testing.assert_allclose(by_columns, by_rows, rtol=1e-12, atol=1e-14)


def test_an_index_out_of_range_raises():
    def f(x, n):
        y = np.zeros_like(x)
        for i in range(n):
            y[i] = x[i + 1] * 2.0
        return y

    for backend in ("python", "numba"):
        with zg.options(backend=backend), pytest.raises(IndexError):
            zg.jacobian(f, X, 13, mode="forward")
        with zg.options(backend=backend), pytest.raises(IndexError):
            zg.jacobian(f, X, -14 + 27, mode="forward")


def test_hessians():
    def f(x, a):
        s = 0.0
        for i in range(x.shape[0] - 1):
            d = x[i + 1] - a * x[i] ** 2
            s += d * d * np.exp(-x[i]) + x[i - 1] * d
        return s

    for backend in ("python", "numba"):
        with zg.options(backend=backend):
            found = zg.hessian(zg.call(f, X, 0.3, wrt="x"))
            again = zg.hessian(zg.call(f, X, 0.3, wrt="x"))
            both = zg.hessian(f, X, 0.3)
            one = np.array([zg.hvp(f, (X, 0.3), (e, 0.0))[0] for e in np.eye(X.size)])
        np.testing.assert_allclose(found, one, rtol=1e-12, atol=1e-12)
        assert np.array_equal(found, again)
        np.testing.assert_allclose(both[0][0], found, rtol=1e-12, atol=1e-12)
        assert np.allclose(found, found.T, rtol=1e-12, atol=1e-12)
