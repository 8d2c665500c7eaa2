"""An array parameter of a callee that is bound again in a loop or a branch: its gradients were wrong."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check, compiled_or_written
from zygote_nb.testing import check_grads

X = np.random.default_rng(0).normal(size=(3, 4))


def cosines(u):
    for _ in range(2):
        u = u * np.cos(u)
    return np.sum(u * u)


def recursive(u, k):
    if k == 0:
        return np.sum(u * u)
    if k > 1:
        u = u * np.cos(u)
    return recursive(u, k - 1) + np.sum(u)


def called_in_a_loop(x):
    s = 0.0
    for _ in range(2):
        s += cosines(x)
    return s * np.sum(x)


def of_rows(x):
    s = 0.0
    for i in range(3):
        s += cosines(x[i]) * x[0, 0]
    return s


def of_a_recursion(x):
    return recursive(x, 3) * np.sum(x)


@pytest.mark.parametrize("f", [called_in_a_loop, of_rows, of_a_recursion])
@pytest.mark.parametrize("backend", ["python", "numba"])
def test_gradients_are_right(f, backend):
    with compiled_or_written() if backend == "numba" else zg.options(backend=backend):
        check_grads(f, X)


def joined_until(x, n):
    y = x * 1.5
    M = np.outer(x, x)
    for i in range(n):
        if x[i] > 0.5:
            y = M[i]
            y[0] += 1.0
        else:
            break
        y = np.concatenate((y[1:], y[:1]))
    return (y * np.arange(1.0, 5.0)).sum()


def multiplied_until(x, n):
    y = x * 1.5
    M = np.outer(x, x)
    for i in range(n):
        if x[i] > 0.5:
            y = M[i] * 1.0
        else:
            break
        y = M @ y
    return np.sum(np.sort(y) * x)


@pytest.mark.parametrize("f", [joined_until, multiplied_until])
@pytest.mark.parametrize("x", [(0.8, 0.45, 1.1, 0.2), (0.8, 0.7, 0.9, 0.6), (0.1, 0.7, 0.9, 0.6)])
def test_an_array_that_a_function_replaces_until_a_loop_ends(f, x) -> None:
    """A number stood for its adjoint where it was bound again, and the function's adjoint wants an array."""
    check(f, np.array(x), 4, flat=True)


def joined_now_and_then(x, n):
    w, s = x * 0.6, 0.0
    for i in range(n):
        if x[i] > 0.5:
            w = 2.0 * np.concatenate((x[1:], x[:1]))
        else:
            s += w.sum()
    return s


def rearranged_now_and_then(x, n):
    w, s = x * 0.6, 0.0
    for i in range(n):
        if x[i] > 0.5:
            w = 2.0 * (x * x[i]).reshape(2, 2).T.flatten()
        else:
            s += np.sum(np.sort(w) * x)
    return s


def by_a_function(v, a=0.7):
    u = np.array([a, 0.5, a / (1.5 + v[0] * v[0]), v[2]])
    u[:] = v
    return u


def made_by_a_function(x, n):
    y = z = x
    for _ in range(n, 1, -1):
        y = by_a_function(z)
    return (z * y[2]).sum()


@pytest.mark.parametrize("f", [joined_now_and_then, rearranged_now_and_then, made_by_a_function])
def test_an_array_that_a_function_has_part_in(f) -> None:
    """A number stood for its adjoint, which the functions that made what it is made of can't take."""
    check(f, np.array([0.1, 0.7, 0.9, 0.6]), 4, written=True)
