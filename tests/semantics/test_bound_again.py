"""An array parameter of a callee that is bound again in a loop or a branch: its gradients were wrong."""

import numpy as np
import pytest

import zygote_nb as zg
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
    with zg.options(backend=backend):
        check_grads(f, X)
