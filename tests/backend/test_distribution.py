"""Loops that add to neighbouring elements are divided where that changes nothing but the order of additions."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

RNG = np.random.default_rng(17)
V = RNG.uniform(0.5, 1.5, size=7)
M = RNG.uniform(0.5, 1.5, size=(5, 6))


def smoothed(A, n, m):
    B = A.copy()
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            B[i, j] = 0.2 * (A[i, j - 1] + A[i, j] + A[i, j + 1] + A[i - 1, j] + A[i + 1, j])
    return np.sum(B * B)


def pointwise_factor(x, n):
    y = x.copy()
    for i in range(1, n - 1):
        y[i] = x[i - 1] * x[i + 1]
    return np.sum(y * y)


def along_columns(A, n, m):
    B = A.copy()
    for j in range(1, m - 1):
        for i in range(1, n - 1):
            B[i, j] = 0.5 * (A[i - 1, j] + A[i + 1, j])
    return np.sum(B * B)


def in_place(x, n):
    y = x.copy()
    for i in range(1, n - 1):
        y[i] = 0.3 * (y[i - 1] + y[i + 1])
    return np.sum(y * y)


def dear(x, n):
    y = x.copy()
    for i in range(1, n - 1):
        y[i] = np.exp(np.sin(x[i - 1] + x[i + 1]))
    return np.sum(y * y)


def loops(program, args) -> int:
    text = str(zg.code_adjoint(program, *args, backend="numba"))
    return text.partition("# backward")[2].count("for ")


@pytest.mark.parametrize(
    ("program", "args"),
    [(smoothed, (M, 5, 6)), (smoothed, (M, 2, 2)), (pointwise_factor, (V, 7)), (in_place, (V, 7))],
)
def test_gradients_are_right(program, args) -> None:
    check(program, *args, written=True, modes=False, variants=False)


def test_divided() -> None:
    assert loops(smoothed, (M, 5, 6)) - str(zg.code_adjoint(smoothed, M, 5, 6)).count("for ") >= 4


@pytest.mark.parametrize(("program", "args"), [(along_columns, (M, 5, 6)), (in_place, (V, 7)), (dear, (V, 7))])
def test_left_whole(program, args) -> None:
    """Elements far apart in memory, iterations that need each other, and what is dear to work out again."""
    text = str(zg.code_adjoint(program, *args, backend="numba"))
    assert text.count(" += g") + text.count(" += ") >= 2
    body = text.partition("# backward")[2]
    assert any(part.count(" += ") >= 2 for part in body.split("for "))


def test_a_compiled_index_beyond_the_end_is_the_users() -> None:
    with zg.options(backend="numba"), pytest.raises(IndexError):
        zg.gradient(pointwise_factor, V, 9)
