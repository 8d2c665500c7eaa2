"""Which variables may share memory, and which memory is written to."""

import numpy as np
import pytest

from tests.lowered import stages

V = np.array([0.3, -0.5, 1.2])
M = np.arange(6.0).reshape(2, 3)


def memory(f, *args):
    return stages(f, *args).memory


def test_a_name_and_a_basic_slice_share() -> None:
    def f(v):
        w = v
        u = w[1:]
        u[0] = 2.0
        return v[1]

    found = memory(f, V)
    assert found.group("v") == found.group("w") == found.group("u")
    assert found.has_shadow("v")


@pytest.mark.parametrize(
    "f",
    [
        lambda A: np.sum(A.T),
        lambda A: np.sum(np.transpose(A)),
        lambda A: np.sum(A[None, 1:, ...]),
        lambda A: np.sum(np.swapaxes(A, 0, 1)),
    ],
)
def test_what_is_only_read_has_no_shadow(f) -> None:
    assert not memory(f, M).has_shadow("A")


def test_arithmetic_and_copies_are_memory_of_their_own() -> None:
    def f(v):
        w = v.copy()
        u = 2.0 * v
        t = v[[0, 2]]
        w[0] = 1.0
        u[0] = 1.0
        t[0] = 1.0
        return np.sum(v) + np.sum(w) + np.sum(u) + np.sum(t)

    found = memory(f, V)
    assert len({found.group(n) for n in "vwut"}) == 4
    assert not found.is_written("v")


def test_a_view_that_is_written_to_marks_its_base() -> None:
    def f(A):
        row = A[1]
        row[0] = 3.0
        return np.sum(A)

    found = memory(f, M)
    assert found.is_written("A")
    assert found.has_shadow("A")
    assert found.has_shadow("row")


def test_swapped_names_are_one_group() -> None:
    def f(u):
        w = np.zeros_like(u)
        for _ in range(3):
            w[1:] = u[:-1]
            u, w = w, u
        return u[1]

    found = memory(f, V)
    assert found.group("u") == found.group("w")


def test_a_branch_joins_what_it_may_choose() -> None:
    def f(v, w, x):
        u = v if x > 0.0 else w
        u[0] = x
        return np.sum(v) + np.sum(w)

    found = memory(f, V.copy(), V.copy(), 0.3)
    assert found.is_written("v")
    assert found.is_written("w")


def test_what_goes_into_a_list_is_shared_with_it() -> None:
    def f(v):
        rows = []
        for i in range(2):
            rows.append(v)
        return np.sum(rows[1])

    found = memory(f, V)
    assert found.group("v") == found.group("rows")


def test_a_callee_that_writes_says_so() -> None:
    def fill(v, x):
        v[0] = x

    def f(v, w, x):
        fill(v, x)
        return np.sum(v) + np.sum(w)

    found = memory(f, V, V, 0.3)
    assert found.is_written("v")
    assert not found.is_written("w")


def test_a_callee_that_returns_its_argument_connects_it() -> None:
    def tail(v):
        return v[1:]

    def f(v):
        u = tail(v)
        u[0] = 2.0
        return np.sum(v)

    assert memory(f, V).is_written("v")
