"""Array statements that are compiled as loops: the same numbers as NumPy's, at all lengths."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check, compiled_or_written, fails

RNG = np.random.default_rng(3)


def vector(n):
    return RNG.normal(size=n)


def matrix(n, m):
    return RNG.normal(size=(n, m))


def stencil(x):
    y = x.copy()
    y[1:-1] = 0.5 * (x[:-2] + x[2:]) * x[1:-1]
    return np.sum(y * y)


def shifted_in_place(x):
    y = x.copy()
    y[1:] = y[1:] * y[:-1]
    y[:-1] += 2.0 * y[1:]
    return np.sum(np.sin(y))


def two_axes(A, steps):
    B = np.zeros_like(A)
    for _ in range(steps):
        B[1:-1, 1:-1] = 0.25 * (A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1])
        A = A - 0.1 * B
    return np.sum(A * B) + np.sum(A * A)


def steps_of_two(x):
    y = np.zeros(x.shape[0])
    y[::2] = x[::2] * 3.0
    y[1::2] = np.exp(x[1::2])
    return np.sum(y * x)


def at_run_time(x, lo, hi):
    y = x * 1.0
    y[lo:hi] = y[lo:hi] * x[lo:hi] + 1.0
    y[hi:] -= x[hi:] * x[hi:]
    return np.sum(y * y)


def rows_and_columns(A, row, column):
    B = A * row + column[:, None]
    B[0] = row * 2.0
    B[:, 1] += column * column
    B[1, 1:] *= 3.0
    return np.sum(np.tanh(B))


def kept_dimensions(A):
    return np.sum(np.exp(A - np.mean(A, axis=1, keepdims=True)) / (1.0 + A * A))


def chosen(x, y):
    z = np.where(x > y, x * x, y - x)
    return np.sum(np.where(z < 1.0, z, 2.0) * x)


def through_a_row(A):
    B = A * 2.0
    row = B[0]
    row[1:] = row[1:] + B[1, 1:] * B[0, :-1]
    return np.sum(B * B)


def all_but_one(B):
    if B.shape[0] > 100:
        return B[1:]
    return B[:-1]


def through_a_callee(x):
    B = x * 2.0
    part = all_but_one(B)
    B[1:] = part * 2.0 + B[1:]
    return np.sum(B * B)


def either(x, n):
    B = x * 2.0
    C = x * 3.0
    D = B if n > 1 else C
    B[1:] = D[:-1] * x[1:]
    return np.sum(B * B)


def reversed_part(x):
    y = x * x
    y[::-1] = y * 1.5 + x
    return np.sum(y * x)


def three_axes(T):
    U = T * T
    U[1:, :, :-1] = U[1:, :, :-1] + 0.5 * T[:-1, :, 1:]
    return np.sum(U * T[:1])


def scalars_inside(x, a, n):
    y = a * x + n
    y += a * a
    return np.sum(y / (n + 1)) + a


def means(x, y):
    return np.mean((x - np.mean(x)) * y) + np.sum((x - y) * (x - y))


CASES = {
    "stencil": (stencil, (vector(9),)),
    "stencil, nothing inside": (stencil, (vector(2),)),
    "stencil of three": (stencil, (vector(3),)),
    "shifted": (shifted_in_place, (vector(7),)),
    "shifted, one": (shifted_in_place, (vector(1),)),
    "two axes": (two_axes, (matrix(5, 6), 3)),
    "two axes, square": (two_axes, (matrix(5, 5), 2)),
    "two axes, narrow": (two_axes, (matrix(2, 5), 2)),
    "steps, even": (steps_of_two, (vector(6),)),
    "steps, odd": (steps_of_two, (vector(7),)),
    "run time": (at_run_time, (vector(8), 2, 5)),
    "run time, negative": (at_run_time, (vector(8), -6, -2)),
    "run time, beyond": (at_run_time, (vector(4), 2, 9)),
    "run time, none": (at_run_time, (vector(4), 3, 1)),
    "rows and columns": (rows_and_columns, (matrix(3, 4), vector(4), vector(3))),
    "kept dimensions": (kept_dimensions, (matrix(3, 4),)),
    "chosen": (chosen, (vector(9), vector(9))),
    "a row": (through_a_row, (matrix(2, 4),)),
    "a callee": (through_a_callee, (vector(5),)),
    "either": (either, (vector(5), 2)),
    "reversed": (reversed_part, (vector(5),)),
    "three axes": (three_axes, (RNG.normal(size=(3, 2, 4)),)),
    "scalars": (scalars_inside, (vector(4), 0.7, 3)),
    "means": (means, (vector(5), vector(5))),
}


@pytest.mark.parametrize("name", CASES)
def test_numbers(name):
    f, args = CASES[name]
    check(f, *args, written=True)


def test_length_one_is_stretched():
    def f(x, y):
        z = x * y
        z[1:] += y[:1]
        return np.sum(z * z)

    for x, y in [(vector(4), vector(1)), (vector(1), vector(1)), (vector(4), vector(4))]:
        with zg.options(backend="python"):
            expected = zg.gradient(f, x, y)
        with compiled_or_written():
            for one, other in zip(expected, zg.gradient(f, x, y), strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-12)


def test_other_lengths_raise_as_in_numpy():
    def f(x, y):
        z = x * 2.0
        z[1:] = y[:-1] * x[1:]
        return np.sum(z)

    fails(f, vector(4), vector(3), error=ValueError)


def test_an_index_outside_raises_where_nothing_is_copied():
    def f(A, k):
        B = A * 2.0
        B[k, 1:1] = A[k, 1:1]
        return np.sum(B)

    fails(f, matrix(3, 4), 5, error=IndexError)


def test_a_stencil_is_written_as_loops():
    text = str(zg.code_adjoint(stencil, vector(9), backend="numba"))
    assert "for i in range(" in text
    assert "y[i + 1] = 0.5 * (x[i] + x[i + 2]) * x[i + 1]" in text


def test_a_choice_is_made_element_by_element():
    text = str(zg.code_adjoint(chosen, vector(9), vector(9), backend="numba"))
    assert " if x[i] > y[i] else " in text


def test_the_last_element_is_stretched_in_compiled_code():
    def f(x):
        y = x * x
        y[:-1] += x[:-1] * x[-1:]
        return np.sum(y * x)

    check(f, vector(4), written=True)
