"""Tapes of numbers that are arrays in compiled code: what is put there in an inner loop is found where it was."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check, compiled_or_written

RNG = np.random.default_rng(12)


def text_of(f, *args):
    return str(zg.code_adjoint(f, *args, backend="numba"))


def triangle(x, n):
    """How long the inner loop is follows from the outer one's variable."""
    y = x.copy()
    for k in range(n):
        for i in range(k):
            y[i] = y[i] * y[i] * 0.5 + y[k] * np.sin(y[i])
    return np.sum(y)


def downward(x, n):
    y = x.copy()
    for k in range(n - 1, 0, -1):
        for i in range(n - 1, k - 1, -1):
            y[i] = y[i] * y[i - 1] + 0.1 * y[i] * y[i]
    return np.sum(y * y)


def several_at_once(x, n):
    y = x.copy()
    s = 0.0
    for k in range(n):
        for i in range(k):
            d = y[i] - y[k]
            r = np.sqrt(d * d + 0.1)
            y[i] -= 0.1 * d / r
            y[k] += 0.1 * d / r
            s += d * r
    return s


def length_found_on_the_way(x, n):
    """No count from before the loops says how much room is needed."""
    y = x.copy()
    m = n
    k = 0
    while k < 4:
        for i in range(m):
            y[i] = y[i] * y[i] * 0.5 + 0.1 * y[m - 1]
        m = max(m - 1, 1)
        k += 1
    return np.sum(y)


def under_a_test(x, n):
    y = x.copy()
    for k in range(n):
        if x[k] > 0.0:
            for i in range(k, n):
                y[i] = y[i] * y[i - k] * 0.5
        else:
            y[k] = y[k] * y[k] * y[0]
    return np.sum(y * y)


def bounds_bound_anew(x, n):
    y = x.copy()
    m = 1
    for _ in range(n):
        for i in range(m):
            y[i] = y[i] * y[i] * 0.5 + y[m - 1]
        m = min(m + 1, n)
    return np.sum(y)


def lengths_from_an_array(x, n):
    y = x.copy()
    ends = np.arange(n)
    for k in range(n):
        ends[k] = (3 * k) % n
        for i in range(ends[k]):
            y[i] = y[i] * y[i] * 0.5 + y[ends[k]]
    return np.sum(y)


def never(x, n):
    y = x.copy()
    for k in range(n):
        for i in range(k + 5, k + 2):
            y[i] = y[i] * y[i]
        for i in range(n - 2 * k):
            y[i] = np.sin(y[i]) * y[0]
    return np.sum(y * y)


def carried(x, n):
    """The order of the iterations matters on the way back, too."""
    y = x.copy()
    for k in range(1, n):
        for i in range(1, k):
            y[i] = y[i] * y[i - 1] + y[i] * y[i]
    return np.sum(y)


def one_after_the_other(x, n):
    """The second loop puts its numbers above those of the first."""
    y = x.copy()
    z = x * 2.0
    for k in range(n):
        for i in range(k):
            y[i] = y[i] * z[i]
        for i in range(k + 1):
            z[i] = z[i] * y[i] * 0.5
        y[k] = y[k] * z[k]
    return np.sum(y * z)


def two_after_one_another(x, n):
    y = x.copy()
    for k in range(n):
        for i in range(k):
            y[i] = y[i] * y[i] * 0.3
    for k in range(n):
        for i in range(n - k):
            y[i] = y[i] * y[i] + x[k]
    return np.sum(y)


FUNCTIONS = [
    triangle, downward, several_at_once, length_found_on_the_way, under_a_test, bounds_bound_anew,
    lengths_from_an_array, never, carried, one_after_the_other, two_after_one_another,
]  # fmt: skip


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_numbers(f):
    check(f, RNG.uniform(0.1, 0.6, 6) * [1, -1, 1, 1, -1, 1], 6, written=True, second=f is triangle, variants=False)


def agree(f, *args):
    with zg.options(backend="python"):
        expected = zg.gradient(f, *args)
    with compiled_or_written():
        gradient = zg.grad(f)
        for _ in range(2):
            np.testing.assert_allclose(gradient(*args), expected[0], rtol=1e-10, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("f", [triangle, several_at_once, length_found_on_the_way], ids=lambda f: f.__name__)
def test_more_than_there_is_room_for_at_first(f):
    agree(f, RNG.uniform(0.1, 0.6, 90), 90)


@pytest.mark.parametrize("f", [triangle, never, one_after_the_other], ids=lambda f: f.__name__)
@pytest.mark.parametrize("n", [0, 1, 2])
def test_short_loops(f, n):
    agree(f, RNG.uniform(0.1, 0.6, 3), n)


def test_numbers_that_are_none():
    x = np.array([0.3, np.nan, 0.2, np.inf, 0.5])
    with np.errstate(all="ignore"):
        agree(triangle, x, 5)


def test_every_other_number_in_memory():
    agree(triangle, RNG.uniform(0.1, 0.6, 12)[::2], 6)


def test_a_loop_that_keeps_numbers_calls_no_list():
    text = text_of(triangle, RNG.uniform(0.1, 0.6, 6), 6)
    assert ".append(" not in text
    assert ".pop(" not in text


def too_far(x, n):
    y = x.copy()
    for k in range(n):
        for i in range(k):
            y[i + 1] = y[i + 1] * y[i] * 0.5
    return np.sum(y)


def test_an_index_beyond_the_end_is_an_error():
    for backend in ("python", "numba"):
        with zg.options(backend=backend), pytest.raises(IndexError):
            zg.gradient(too_far, RNG.uniform(0.1, 0.6, 3), 5)


def halved(x):
    s = 1.0
    while x > 0.01:
        s *= np.sin(x)
        x *= 0.5
    return s


def test_where_nobody_knows_how_often_a_loop_goes_on_there_is_a_list():
    """An array that grows needs twice the memory, and as much again while it is copied."""
    text = str(zg.code_adjoint(halved, 3.0, backend="numba"))
    assert "tape.append(" in text
    assert "with_room" not in text
