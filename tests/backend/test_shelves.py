"""Arrays that iterations keep are rows of one array in compiled code, where their number and shape are known before."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.as_written import same_as_written, written

RNG = np.random.default_rng(31)
A = RNG.normal(size=(4, 5))
B = RNG.normal(size=(3, 5))
STACK = RNG.normal(size=(3, 2, 4))


def softmax_rows(A):
    out = np.empty(A.shape)
    for i in range(A.shape[0]):
        e = np.exp(A[i] - np.max(A[i]))
        out[i] = e / np.sum(e)
    return np.sum(out * out)


def kept_and_written(A, n):
    """What is kept is written to in the iteration, and put back on the way back."""
    total = 0.0
    for i in range(n):
        e = np.sin(A[i])
        for j in range(1, A.shape[1]):
            e[j] = e[j] * e[j - 1] + e[j]
        total += np.sum(e * e) * e[0]
    return total


def kept_as_wholes(A, n):
    total = 0.0
    for i in range(n):
        e = np.exp(A[i])
        f = np.cos(e) * A[i]
        total += np.dot(e, f) * np.sum(e) + np.sum(np.sort(f) * e)
    return total


def used_after_the_loop(A, n):
    e = A[0] * 1.0
    total = 0.0
    for i in range(n):
        e = np.exp(A[i] * 0.5)
        total += np.sum(e) ** 2
    return total * np.sum(e * e)


def matrices(S):
    total = 0.0
    for i in range(S.shape[0]):
        e = np.exp(S[i])
        total += np.sum(e * e / np.sum(e)) ** 2
    return total


def handed_on(A, n):
    """The next iteration has the array of this one."""
    before = A[0] * A[1]
    total = 0.0
    for i in range(n):
        e = np.exp(A[i] * before)
        total += np.sum(e) * np.sum(e * before)
        before = np.sin(e)
    return total


def a_parameter_bound_again(A, e, n):
    """What is put on the tape is what the iteration before made, or the caller."""
    for _ in range(n):
        e = np.tanh(np.mean(-(A * e[:][:, None]), axis=1))
    return np.sum(A * A) * np.sum(e)


def a_parameter_and_what_it_was(A, e, n):
    total = 0.0
    for _ in range(n):
        before = e
        e = np.tanh(np.sum(A * np.sum(before * before), axis=1))
        total += np.sum(e * before) ** 2
    return total + np.sum(e)


def made_in_the_first_iteration(A, n):
    total = 0.0
    for i in range(n):
        if i > 0:
            total += np.sum(e * e * A[i])  # noqa: F821 - of the iteration before
        e = np.exp(A[i])
        total += np.sum(e)
    return total


def of_changing_length(A, n):
    total = 0.0
    for i in range(n):
        e = np.exp(A[i, i:])
        total += np.sum(e) ** 2 * np.sum(e * e)
    return total


def left_early(A, n):
    total = 0.0
    for i in range(n):
        e = np.exp(A[i])
        total += np.sum(e) * np.sum(e * e)
        if total > 300.0:
            break
    return total


def count_rebound(A, n):
    total = 0.0
    for i in range(n):
        e = np.exp(A[i])
        n = n + 1
        total += np.sum(e) ** 2 / n
    return total


def loops_in_loops(A, n):
    total = 0.0
    for k in range(n):
        for i in range(A.shape[0]):
            e = np.exp(A[i] * (k + 1) / 3)
            total += np.sum(e) / np.sum(e * e)
    return total


def two_loops(A, B):
    total = 0.0
    for i in range(A.shape[0]):
        e = np.exp(A[i])
        total += np.sum(e) ** 2
    for i in range(B.shape[0]):
        e = np.cos(B[i]) * total
        total += np.sum(e * e) / np.sum(np.exp(e * 0.01))
    return total


def from_a_row_on(A, first, last):
    total = 0.0
    for i in range(first, last):
        e = np.exp(A[i])
        total += np.sum(e) / np.sum(e * e)
    return total


def downward(A, first, last):
    total = 0.0
    for i in range(first, last, -1):
        e = np.sin(A[i]) * (1.0 + total)
        e[1] = e[0] * e[1]
        total += np.sum(e * e) * e[1]
    return total


def layers(A):
    """Thomas's algorithm for a matrix of systems: iterations from the second to the last but one, and back."""
    n = A.shape[0]
    x = np.empty(A.shape)
    ratio = np.empty(A.shape)
    ratio[0] = 0.1 / (2.0 + A[0])
    x[0] = A[0] / (2.0 + A[0])
    for k in range(1, n):
        pivot = 2.0 + A[k] * A[k] - 0.1 * ratio[k - 1]
        ratio[k] = 0.1 / pivot
        x[k] = (A[k] - 0.1 * x[k - 1]) / pivot
    for k in range(n - 2, -1, -1):
        x[k] -= ratio[k] * x[k + 1]
    return np.sum(x * x)


def start_bound_again(A, k):
    total = 0.0
    for i in range(k, A.shape[0]):
        k += 1
        e = np.exp(A[i])
        total += np.sum(e) ** 2 / k
    return total


def every_other(A, n):
    total = 0.0
    for i in range(0, n, 2):
        e = np.exp(A[i])
        total += np.sum(e) ** 2
    return total


SHELVED = [(softmax_rows, (A,)), (kept_and_written, (A, 4)), (kept_as_wholes, (A, 3)), (matrices, (STACK,)),
           (two_loops, (A, B)), (two_loops, (B, A)), (softmax_rows, (A[:0],)), (kept_and_written, (A, 0))]  # fmt: skip
FROM_ELSEWHERE = [(from_a_row_on, (A, 1, 4)), (from_a_row_on, (A, -3, 2)), (from_a_row_on, (A, 3, 1)),
                  (downward, (A, 3, 0)), (downward, (A, 2, -1)), (downward, (A, 1, -3)), (downward, (A, 0, 3)),
                  (layers, (A,)), (layers, (A[:1],))]  # fmt: skip
BOUND_BEFORE = [(a_parameter_bound_again, (A, A[:, 0], 3)), (a_parameter_and_what_it_was, (A, A[:, 1], 3)),
                (made_in_the_first_iteration, (A, 4))]  # fmt: skip
OTHERS = [*BOUND_BEFORE, (used_after_the_loop, (A, 4)), (handed_on, (A, 3)), (of_changing_length, (A, 4)),
          (left_early, (A, 4)), (count_rebound, (A, 4)), (start_bound_again, (A, 1)), (every_other, (A, 4)),
          (loops_in_loops, (A, 2)),
          (kept_and_written, (A, -1))]  # fmt: skip


@pytest.mark.parametrize(("f", "args"), [*SHELVED, *FROM_ELSEWHERE, *OTHERS])
def test_gradients_are_those_of_the_interpreter(f, args):
    with zg.options(backend="python"):
        same_as_written(f, args, zg.gradient(f, *args))


@pytest.mark.parametrize(("f", "args"), [SHELVED[0], SHELVED[2], FROM_ELSEWHERE[1], FROM_ELSEWHERE[7], BOUND_BEFORE[0]])
def test_compiled_gradients_are_those_of_the_interpreter(f, args):
    with zg.options(backend="python"):
        expected = zg.gradient(f, *args)
    with zg.options(backend="numba"):
        found = zg.gradient(f, *args)
    for a, b in zip(*(x if isinstance(x, tuple) else (x,) for x in (found, expected)), strict=True):
        assert b is None or np.allclose(a, b, rtol=1e-13)


def test_rows_take_the_place_of_a_list():
    text = written(softmax_rows, A)
    assert "kept_e = np.empty((A.shape[0], A.shape[1]))" in text
    assert "tape" not in text


@pytest.mark.parametrize(("f", "args"), SHELVED[:5])
def test_what_is_known_before_the_loop_is_on_no_list(f, args):
    assert "kept_e" in written(f, *args)


@pytest.mark.parametrize(("f", "args"), FROM_ELSEWHERE)
def test_rows_count_from_the_least_integer_of_the_range(f, args):
    assert "kept_" in written(f, *args)


@pytest.mark.parametrize(
    ("f", "args"), [(of_changing_length, (A, 4)), (left_early, (A, 4)), (every_other, (A, 4)), (loops_in_loops, (A, 2))]
)
def test_lists_stay_where_it_is_not_known(f, args):
    assert "kept_" not in written(f, *args)
