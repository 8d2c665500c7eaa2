"""Matrices that loops run down along columns are kept as their transposes, which nobody notices."""

from inspect import getsource

import numpy as np
import pytest

import zygote_nb as zg
from tests.as_written import same_as_written
from tests.oracle import FULL, check, fails, only_compiled
from tests.random_loops import loaded
from zygote_nb.backend import columns, entry

RNG = np.random.default_rng(29)
A = RNG.normal(size=(4, 3))


def text_of(f, *args):
    return str(zg.code_adjoint(f, *args, backend="numba"))


def orthogonalised(A0, n, m):
    A = A0.copy()
    Q = np.zeros((n, m))
    for k in range(m):
        norm = 0.0
        for i in range(n):
            norm += A[i, k] * A[i, k]
        for i in range(n):
            Q[i, k] = A[i, k] / np.sqrt(norm)
        for j in range(k + 1, m):
            r = 0.0
            for i in range(n):
                r += Q[i, k] * A[i, j]
            for i in range(n):
                A[i, j] -= Q[i, k] * r
    s = 0.0
    for i in range(n):
        for k in range(m):
            s += np.sin(Q[i, k]) * (i + 2 * k)
    return s


def from_the_end(A0, n, m):
    A = A0 * 1.0
    B = np.zeros((A.shape[0], A.shape[1]))
    for _ in range(2):
        for j in range(m):
            for i in range(n):
                B[i - 1, j] = A[-i, -1] * A[i, j - 1] + B[i, j]
            A[0, j] = B[A.shape[0] - 1, j]
    return B[0, 0] + np.sum(A * A)


def downward(A0, n, m):
    A = A0.copy()
    for t in range(2):
        for j in range(m):
            for i in range(n - 2, -1, -1):
                A[i, j] = np.sin(A[i + 1, j]) * A[i, j] + t
    s = 0.0
    for j in range(m):
        for i in range(A.shape[0]):
            s += A[i, j] * A[i, j] * (i + 1)
    return s


def while_there_are_columns(A0, n, m):
    A = A0.copy()
    j = 0
    while j < m:
        for k in range(j):
            for i in range(n):
                A[i, j] += A[i, k] * A[i, j]
        j += 1
    s = 1.0
    for j in range(m):
        s += A[1, j] * A[2, j]
    return s


def by_rows_as_well(A0, n, m):
    A = A0.copy()
    s = 0.0
    for k in range(m):
        for j in range(m):
            for i in range(n):
                A[i, j] += 0.1 * A[i, k]
        for i in range(n):
            for j in range(m):
                s += A[i, j] * A[i, k]
    return s


def with_a_row(A0, n, m):
    A = A0.copy()
    for k in range(m):
        for j in range(m):
            for i in range(n):
                A[i, j] += 0.1 * A[i, k]
        row = A[0]
        row[k] = 2.0 * row[k - 1]
    return np.sum(A[:, 0] * A[:, 1])


def made_in_each_iteration(A0, n, m):
    s = 0.0
    for k in range(m):
        B = np.zeros((n, m))
        for j in range(m):
            for i in range(n):
                B[i, j] = A0[i, j] * A0[i, k]
        for j in range(m):
            for i in range(n):
                s += B[i, j] * B[i, 0]
    return s


def beyond_the_end(A0, n, m):
    A = A0.copy()
    for k in range(m):
        for j in range(m):
            for i in range(n + 1):
                A[i, j] += A[i, k]
    return A[0, 0]


CASES = [
    orthogonalised, from_the_end, downward, while_there_are_columns, by_rows_as_well, with_a_row,
    made_in_each_iteration,
]  # fmt: skip


@pytest.mark.parametrize("f", CASES)
def test_right(f):
    check(f, A, 4, 3, compile=FULL or f is by_rows_as_well, written=True)


@pytest.mark.parametrize("f", CASES)
def test_right_wherever_it_can_be_done(f, monkeypatch, tmp_path):
    """Also where it doesn't pay."""
    changed = []

    def watched(function, made, results):
        done = columns.with_columns(function, made, results)
        changed.append(done[0] is not function)
        return done

    monkeypatch.setattr(columns, "DEEP", 0)
    monkeypatch.setattr(columns.Uses, "runs_down", lambda *_: True)
    monkeypatch.setattr(entry, "with_columns", watched)
    again = getattr(loaded(f"import numpy as np\n\n{getsource(f)}", tmp_path / f"{f.__name__}.py"), f.__name__)
    expected = zg.gradient(f, A, 4, 3)[0]
    same_as_written(again, (A, 4, 3), (expected, None, None))
    if FULL or f in (orthogonalised, with_a_row):
        with zg.options(backend="numba"), only_compiled(True):
            np.testing.assert_allclose(zg.gradient(again, A, 4, 3)[0], expected, rtol=1e-12)
    assert any(changed)


def test_loops_run_along_memory():
    text = text_of(orthogonalised, A, 4, 3)
    assert "Q[k, i]" in text.replace("i1", "i")
    assert "np.zeros((m, n))" in text
    assert "out_A0_T" in text


def test_what_is_used_otherwise_stays():
    assert "A[i, j] +=" in text_of(with_a_row, A, 4, 3)


def test_any_layout_of_what_is_given():
    expected = zg.gradient(orthogonalised, A, 4, 3)[0]
    out = np.full((4, 3), np.nan)
    with zg.options(backend="numba"):
        for given in (A, np.asfortranarray(A), np.repeat(A, 2, axis=1)[:, ::2]):
            np.testing.assert_allclose(zg.gradient(orthogonalised, given, 4, 3)[0], expected, rtol=1e-12)
            if FULL or not given.flags.forc:
                zg.grad(orthogonalised, 0, out=out)(given, 4, 3)
                np.testing.assert_allclose(out, expected, rtol=1e-12)


def test_without_entries():
    with zg.options(backend="numba"):
        assert zg.gradient(orthogonalised, np.zeros((0, 3)), 0, 0)[0].shape == (0, 3)


def test_indices_out_of_range_raise():
    fails(beyond_the_end, A, 4, 3, error=IndexError)
    with zg.options(backend="numba"), pytest.raises(IndexError):
        zg.gradient(beyond_the_end, A, 4, 3)
