"""Arrays that a loop appends to a list are joined or stacked by compiled code."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.modes import check_second
from tests.oracle import check, same_compiled, same_written

X = np.array([[0.3, -1.2, 0.7], [2.0, 0.4, -0.5]])


def vectors(x, n):
    ys = []
    for i in range(n):
        ys.append(np.sin(x[:, i]))
    whole = np.concatenate(ys)
    rows, columns = np.stack(ys), np.column_stack(ys)
    last = np.stack(ys, axis=-1)
    return (
        np.sum(whole**2 * np.hstack(ys))
        + np.sum(rows[0] * np.vstack(ys)[-1])
        + np.sum(np.cos(columns) * last)
        + np.sum(np.array(ys)[1] * np.asarray(ys)[0])
    )


def views(x, n):
    ys = []
    for i in range(n):
        ys.append(x[:, i])
    return np.sum(np.concatenate(ys) ** 3) + np.sum(np.stack(ys, axis=1) ** 2 * x[:, :n])


def matrices(x, n):
    ys = [np.exp(x)]
    for i in range(1, n):
        ys.append(ys[-1] * x[0, i])
    return (
        np.sum(np.concatenate(ys, axis=1) ** 2)
        + np.sum(np.concatenate(ys)[::-1] * np.vstack(ys))
        + np.sum(np.hstack(ys)[:, 1:] * np.column_stack(ys)[:, :-1])
        + np.sum(np.dstack(ys)[..., 0] * np.stack(ys)[1])
        + np.sum(np.concatenate(ys, axis=-1))
    )


def whole_list(x, n):
    ys = []
    for i in range(n):
        ys.append(x[i % 2] * (i + x[0, 0]))
    return np.sum(np.sum(ys, axis=0) ** 2) + np.mean(ys)


def waves(x, n):
    ys = [x * 1j]
    for i in range(n):
        ys.append(ys[i] * x * (1 + 1j))
    return np.sum(np.abs(np.concatenate(ys)) ** 2) + np.sum(np.real(np.stack(ys, axis=1)))


def of_other_lengths(x, n):
    ys = []
    for i in range(n):
        ys.append(x[0, i:] * x[1, i])
    return np.sum(np.concatenate(ys) ** 2)


@pytest.mark.parametrize("f", [vectors, views, matrices, whole_list, waves, of_other_lengths])
def test_the_arrays_of_a_list_are_joined(f) -> None:
    check(f, X, 3, compile=False)
    same_written(f, X, 3)


@pytest.mark.parametrize("f", [matrices, *(pytest.param(f, marks=pytest.mark.full) for f in (vectors, views, waves))])
def test_compiled_code_joins_them(f) -> None:
    same_compiled(f, X, 3)


@pytest.mark.parametrize("f", [vectors, matrices, waves])
def test_second_derivatives_pass_through_it(f) -> None:
    with zg.options(backend="python"):
        check_second(f, (X, 3), {}, zg.gradient(f, X, 3), False)


def test_second_derivatives_are_compiled() -> None:
    with zg.options(backend="numba"):
        check_second(of_other_lengths, (X, 3), {}, zg.gradient(of_other_lengths, X, 3), False)


def test_what_is_made_of_a_list_may_be_written_to() -> None:
    def f(x, n):
        ys = []
        for i in range(n):
            ys.append(x[i % 2])
        whole = np.array(ys)
        whole[0] *= x[1]
        ys[1] *= 2.0
        return np.sum(whole**2) + np.sum(np.concatenate(ys) ** 2)

    g = lambda x, n: f(1.0 * x, n)
    check(g, X, 3, compile=False)
    same_written(g, X, 3)


def test_what_numpy_does_not_join_raises_as_it_does() -> None:
    def f(x, n, m):
        ys = []
        for i in range(n):
            ys.append(x[: 2 - i % m])
        return np.sum(np.concatenate(ys, axis=1) ** 2) + np.sum(np.stack(ys))

    with zg.options(backend="numba"):
        np.testing.assert_allclose(zg.gradient(f, X, 2, 1)[0], 4 * X + 2)
        with pytest.raises(ValueError, match="must match exactly"):
            zg.gradient(f, X, 2, 2)
        with pytest.raises(ValueError, match="at least one array"):
            zg.gradient(f, X, 0, 1)


def flattened(x, n):
    whole = np.concatenate((x, x[:n] * 2.0), axis=None)
    return whole[1] * 3.0 + np.sum(np.concatenate((x[0], x), None) ** 2)


def test_what_is_flattened_before_it_is_joined() -> None:
    """Compiled code took ``axis=None`` for no axis given, and joined matrices along the first one."""
    check(flattened, X, 1, compile=False)
    same_compiled(flattened, X, 1)
