"""The first contribution to an element is stored only where it is the first, and where no other array lies there."""

import re

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

RNG = np.random.default_rng(5)
V, W, M = RNG.normal(size=6), RNG.normal(size=6), RNG.normal(size=(4, 4))


def product(x, y, n):
    s = 0.0
    for i in range(n):
        s += x[i] * y[i]
    return s


def over_length(x, y):
    s = 0.0
    for i in range(len(x)):
        s += np.sin(x[i]) * y[i] + x[i]
    return s


def from_the_end(x, n):
    s = 0.0
    for i in range(n):
        s += x[i - 1] ** 2
    return s


def neighbours(x, n):
    s = 0.0
    for i in range(1, n):
        s += x[i - 1] * x[i]
    return s


def twice(x, n):
    s = 0.0
    for k in range(3):
        for i in range(n):
            s += k * x[i] ** 2
    return s


def triangle(A, n):
    s = 0.0
    for i in range(n):
        for j in range(i):
            s += A[i, j] ** 2
    return s


def diagonal(A, n):
    s = 0.0
    for i in range(n):
        for j in range(n):
            s += j * A[i, i] ** 2
    return s


def moving_index(x, n):
    s = 0.0
    k = 0
    for _ in range(n):
        s += x[k] ** 2
        k = k + 1 if k < 2 else k
    return s


def left_early(x, n):
    s = 0.0
    for i in range(n):
        if s > 1.0:
            break
        s += x[i] ** 2
    return s


def through_two_names(x, n):
    y = x[1:]
    s = 0.0
    for i in range(n):
        s += x[i] * y[i]
    return s


def rows_and_elements(A, n):
    s = 0.0
    for i in range(n):
        s += A[i, 0] ** 3
        s += np.sum(A[i] * A[i])
    return s


def same_place_twice(x, y, n):
    s = 0.0
    for i in range(n):
        t = x[i] * y[i]
        if t > 0.0:
            s += t * x[i]
        s += np.cos(x[i])
    return s


PROGRAMS = [
    (product, (V, W, 6)),
    (product, (V, W, 4)),
    (product, (V, W, 0)),
    (product, (V, W, -2)),
    (over_length, (V, W)),
    (over_length, (np.zeros(0), np.zeros(0))),
    (from_the_end, (V, 5)),
    (neighbours, (V, 6)),
    (twice, (V, 5)),
    (triangle, (M, 4)),
    (diagonal, (M, 4)),
    (moving_index, (V, 6)),
    (left_early, (V, 6)),
    (through_two_names, (V, 5)),
    (rows_and_elements, (M, 3)),
    (same_place_twice, (V, W, 5)),
]


@pytest.mark.parametrize(("program", "args"), PROGRAMS, ids=lambda p: getattr(p, "__name__", ""))
def test_gradients_are_right(program, args) -> None:
    check(program, *args, flat=args[-1] <= 0 if isinstance(args[-1], int) else not args[0].size)
    into_used_buffers(program, args, "python")


def test_compiled_as_well() -> None:
    for program, args in ((product, (V, W, 4)), (over_length, (V, W)), (same_place_twice, (V, W, 5))):
        into_used_buffers(program, args, "numba")


def into_used_buffers(program, args, backend) -> None:
    """What a buffer held before is gone, also where the loop does not come."""
    wrt = tuple(i for i, a in enumerate(args) if isinstance(a, np.ndarray))
    with zg.options(backend=backend):
        buffers = tuple(np.full(args[i].shape, np.nan) for i in wrt)
        zg.grad(program, wrt, out=buffers)(*args)
        for buffer, fresh in zip(buffers, zg.grad(program, wrt)(*args), strict=True):
            assert np.array_equal(buffer, fresh)


@pytest.mark.parametrize(("program", "args"), [(product, (V, W, 6)), (triangle, (M, 4)), (same_place_twice, (V, W, 5))])
def test_is_stored(program, args) -> None:
    text = str(zg.code_adjoint(program, *args))
    assert "d_x[i] =" in text or "d_A[i, j] =" in text


@pytest.mark.parametrize(("program", "args"), PROGRAMS[6:9] + PROGRAMS[10:12] + PROGRAMS[14:15])
def test_is_added_where_others_may_have_been_there(program, args) -> None:
    text = str(zg.code_adjoint(program, *args))
    assert re.search(r"d_[xA]\[.*\] \+= ", text)
    assert not re.search(r"d_[xA]\[.*\] = ", text)


def test_an_index_beyond_the_end_is_the_users() -> None:
    buffers = np.full(6, 7.0), np.full(6, 7.0)
    for backend in ("python", "numba"):
        with zg.options(backend=backend), pytest.raises(IndexError):
            zg.grad(product, (0, 1), out=buffers)(V, W, 7)


def averaged(x, n):
    y = x.copy()
    for i in range(1, n - 1):
        y[i] = 0.25 * (x[i - 1] + 2.0 * x[i] + x[i + 1])
    for i in range(1, n - 1):
        y[i] = (y[i - 1] + y[i] + y[i + 1]) / 3.0
    return np.sum(y * y)


def swapped(x, n):
    y = x.copy()
    for i in range(n - 1):
        y[i] = y[i + 1] * y[i + 1] + y[i]
    return np.sum(y)


def test_a_seed_that_goes_to_several_places_is_named() -> None:
    check(averaged, V, 6)
    check(averaged, V, 1, compile=False)
    check(swapped, V, 6, compile=False)
    text = str(zg.code_adjoint(averaged, V, 6))
    assert "= 0.25 * d_y[" in text
    assert text.count("d_y[i] / 3.0") + text.count("d_y[i1] / 3.0") == 1


def head(Q, V):
    scores = Q @ Q.T
    weights = np.empty(scores.shape)
    for i in range(scores.shape[0]):
        weights[i] = np.exp(scores[i])
    out = weights @ V
    return np.sum(out * out * out)


def part_of_a_product(A, B):
    C = np.empty(A.shape)
    C[1:] = np.sin(A[1:])
    C[0] = 2.0 * A[1]
    D = np.cos(B)
    return np.sum((D @ C) ** 2) + np.sum(C[0] ** 3)


def reshaped(A, B):
    C = np.empty(A.shape)
    C[:] = A * A
    C.reshape(-1)[3] = 2.0 * B[0, 0]
    return np.sum((B @ C.T) ** 2)


@pytest.mark.parametrize("program", [head, part_of_a_product, reshaped])
def test_a_product_that_is_added_to_zeros_is_the_adjoint(program) -> None:
    args = (M, np.ascontiguousarray(M[::-1]))
    check(program, *args, compile=program is head)
    if program is head:
        assert "d_weights = d_out1 @ V.T" in str(zg.code_adjoint(program, *args))
