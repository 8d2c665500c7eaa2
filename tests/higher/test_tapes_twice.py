"""Second derivatives of what a first derivative keeps: tapes of callees and of attempts that a path leaves out."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

Y = np.array([1.0, 0.5, -0.7, 0.3])


def first_from_third(u):
    w = u
    w[0] = w[2]


def smooth_mean(p, q=0.7):
    s = np.sin(p * q)
    return np.mean(np.full(3, s * s))


def test_a_writer_called_on_one_path_keeps_its_memory_in_the_second_derivative():
    def f(y, n):
        for i in range(n):
            if i:
                continue
            first_from_third(y)
        return np.sum(y * y)

    check(f, Y, 3, second=True)
    assert zg.hvp(f, (Y, 3), (np.ones(4), None))[0].tolist() == [0.0, 2.0, 4.0, 2.0]


@pytest.mark.parametrize("skips", [0.0, 1.0])
def test_a_callee_whose_tape_a_path_leaves_out_has_a_second_derivative(skips):
    def f(a, n):
        for i in range(1, n):
            if skips * i > 1.5:
                continue
            a += smooth_mean(a * i)
        return a

    check(f, 0.4, 4, second=True)


def test_an_attempt_in_a_loop_that_breaks_has_a_second_derivative():
    def f(A, n):
        for i in range(n):
            if i > 1:
                break
            try:
                A[i, 2] *= A[i, 2]
            except IndexError:
                A[0, 0] = 1.0
        return np.sum(A**3)

    check(f, np.reshape(Y, (1, 4)) + np.ones((3, 1)), 5, second=True)


def turned_round_and_written(u):
    try:
        u = u[::-1]
    except IndexError:
        u[1] = 0.0
    u[0] = u[1] * u[2]


def test_a_callee_that_moves_to_a_view_of_its_argument_has_a_second_derivative():
    def f(y):
        turned_round_and_written(y)
        return np.sum(y**3)

    check(f, Y, second=True)
