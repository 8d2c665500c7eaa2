"""Elements that an iteration hands to the next one through memory, held in variables by the compiled text."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.as_written import same_as_written, written

RNG = np.random.default_rng(5)
A = RNG.normal(size=(6, 6))
X = RNG.normal(size=7)


def seidel(A0, sweeps, n):
    A = A0.copy()
    for _ in range(sweeps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                A[i, j] = (A[i - 1, j] + A[i, j - 1] + A[i, j] * A[i, j] + A[i, j + 1] + A[i + 1, j]) / 3.0
    return np.sum(A * A)


def down_the_columns(A0, n):
    A = A0.copy()
    for i in range(n):
        for j in range(1, n):
            A[j, i] = A[j, i] + 0.5 * A[j - 1, i] * A[j - 1, i]
    return np.sum(A * A)


def up_the_columns(A0, n):
    A = A0.copy()
    for i in range(n):
        for j in range(n - 2, -1, -1):
            A[j, i] += 0.5 * np.sin(A[j + 1, i])
    return np.sum(A * A)


def two_steps_back(A0, n):
    A = A0.copy()
    for i in range(1, n):
        for j in range(2, n):
            A[i, j] = 0.3 * A[i, j - 1] * A[i, j - 2] + 0.2 * A[i - 1, j]
    return np.sum(A * A)


def further_back(A0, n):
    A = A0.copy()
    for i in range(1, n):
        for j in range(3, n):
            A[i, j] = 0.3 * A[i, j - 3] + 0.2 * A[i - 1, j]
    return np.sum(A * A)


def from_the_end(x0, w):
    x = x0.copy()
    for i in range(x.shape[0]):
        x[i] += 0.5 * x[i - 1] * w[i] + 0.1 * x[0]
    return np.sum(x * x)


def of_one(x0):
    x = x0.copy()
    for i in range(1):
        x[i] = 0.5 * x[i] * x[i - 1] + x[0]
    return np.sum(x * x)


def the_same_row(A0, k, n):
    A = A0.copy()
    for i in range(n):
        for j in range(1, n):
            A[i, j] += 0.3 * A[i, j - 1] * A[k, j]
    return np.sum(A * A)


def through_views(A0, n):
    A = A0.copy()
    for i in range(1, n):
        row, above = A[i], A[i - 1]
        for j in range(1, n):
            row[j] += 0.3 * row[j - 1] * above[j]
    return np.sum(A * A)


def triangle(A0, n):
    A = A0.copy()
    for i in range(1, n):
        for j in range(i + 1, n):
            A[i, j] += 0.3 * A[i, j - 1] * A[i - 1, j]
    return np.sum(A * A)


def chosen(A0, n):
    A = A0.copy()
    for i in range(1, n):
        for j in range(n):
            A[i, j] = 0.3 * A[i - 1, j] + (A[i, j - 1] if j > 0 else 0.5)
    return np.sum(A * A)


def every_other(A0, n):
    A = A0.copy()
    for i in range(1, n):
        for j in range(2, n, 2):
            A[i, j] += 0.3 * A[i, j - 2] * A[i - 1, j]
    return np.sum(A * A)


def bounds_that_move(A0, n):
    A = A0.copy()
    m = n
    for i in range(1, n):
        for j in range(1, m):
            m = n - 1
            A[i, j] += 0.3 * A[i, j - 1] * A[i - 1, j]
    return np.sum(A * A)


def diagonals(A0, n):
    A = A0.copy()
    for i in range(1, n):
        for j in range(1, n):
            A[i, j] += 0.3 * A[i - 1, j - 1] * A[i, j - 1]
    return np.sum(A * A)


def shifted(A0, k, n):
    A = A0.copy()
    for i in range(1, n):
        for j in range(1, n - k):
            A[i, j + k] += 0.3 * A[i, j + k - 1] * A[i - 1, j]
    return np.sum(A * A)


def kept_for_later(A0, n):
    A = A0.copy()
    total = 0.0
    for i in range(1, n - 1):
        for j in range(1, n):
            A[i, j] = np.exp(0.1 * A[i, j] * A[i, j - 1]) * A[i + 1, j]
            total += A[i, j] * A[i - 1, j]
    return total


CASES = [
    (seidel, (A, 3, 6)),
    (seidel, (A, 3, 3)),
    (seidel, (A, 3, 2)),
    (seidel, (A, 3, 1)),
    (down_the_columns, (A, 6)),
    (up_the_columns, (A, 6)),
    (up_the_columns, (A, 1)),
    (two_steps_back, (A, 6)),
    (two_steps_back, (A, 3)),
    (two_steps_back, (A[:2, :2].copy(), 2)),
    (further_back, (A, 6)),
    (from_the_end, (X, X)),
    (from_the_end, (X[:1].copy(), X[:1].copy())),
    (from_the_end, (X[:2].copy(), X[:2].copy())),
    (of_one, (X,)),
    (of_one, (X[:1].copy(),)),
    (the_same_row, (A, 2, 6)),
    (through_views, (A, 6)),
    (triangle, (A, 6)),
    (triangle, (A[:0], 0)),
    (chosen, (A, 6)),
    (every_other, (A, 6)),
    (bounds_that_move, (A, 6)),
    (diagonals, (A, 6)),
    (shifted, (A, 2, 6)),
    (kept_for_later, (A, 6)),
]


@pytest.mark.parametrize(("f", "args"), CASES)
def test_the_compiled_text_gives_the_same(f, args):
    with zg.options(backend="python"):
        expected = zg.gradient(f, *args)
    same_as_written(f, args, expected)


def both_sweeps(f):
    forward, _, backward = written(f, *next(args for g, args in CASES if g is f)).partition("# backward")
    return "passed" in forward, "passed" in backward


@pytest.mark.parametrize("f", [seidel, down_the_columns, up_the_columns, two_steps_back, triangle, kept_for_later])
def test_elements_are_held(f):
    assert both_sweeps(f) == (True, True)


@pytest.mark.parametrize("f", [from_the_end, of_one, the_same_row, chosen, every_other])
def test_elements_that_the_loop_may_come_to_otherwise_stay_in_memory(f):
    assert both_sweeps(f) == (False, False)


def test_what_a_window_does_not_reach_stays_in_memory():
    assert both_sweeps(further_back) == (False, False)


@pytest.mark.parametrize(("f", "args"), [(seidel, (A, 3, 6)), (seidel, (A, 3, 2)), (up_the_columns, (A, 6))])
def test_compiled_code_agrees(f, args):
    with zg.options(backend="python"):
        expected = zg.gradient(f, *args)
    with zg.options(backend="numba"):
        found = zg.gradient(f, *args)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-13, atol=1e-15)


def test_a_loop_without_iterations_reads_nothing():
    """Elements in front of it need not exist, and the interpreter need not take over."""
    from zygote_nb.driver.bound import bind
    from zygote_nb.driver.facts import Question
    from zygote_nb.driver.ready import ready

    with zg.options(backend="numba", cache=False):
        grad = zg.grad(triangle, 0)
        for _ in range(3):
            grad(A, 6)
        (executable,) = ready(bind(triangle, (A, 6), {}), Question((True, False), loss_only=True)).executables.values()
        assert executable(A[:1, :1].copy(), 1)[0].shape == (1, 1)
