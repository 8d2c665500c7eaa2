"""Functions of lists of which nobody knows the length: no entry is left out, on the way back neither."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

X, W = np.random.default_rng(0).normal(size=(2, 7, 3))
FUNCTIONS = {
    "stack": lambda x: np.sum(np.stack([x[i] * (i + 1) for i in range(len(x))]) ** 2 * W),
    "stack, axis 1": lambda x: np.sum(np.stack([x[i] * (i + 1) for i in range(len(x))], 1) ** 2 * W.T),
    "stack of numbers": lambda x: np.sum(np.stack([x[i, 0] * (i + 1) for i in range(len(x))]) ** 2 * W[:, 0]),
    "array": lambda x: np.sum(np.array([x[i] * (i + 1) for i in range(len(x))]) ** 2 * W),
    "array of lists": lambda x: np.sum(np.array([[x[i, j] * (i + 1) for j in range(3)] for i in range(len(x))]) ** 3),
    "concatenate": lambda x: np.sum(np.concatenate([x[i] * (i + 1) for i in range(len(x))]) ** 2 * np.ravel(W)),
    "hstack": lambda x: np.sum(np.hstack([x[i] * (i + 1) for i in range(len(x))]) ** 2 * np.ravel(W)),
    "vstack": lambda x: np.sum(np.vstack([x[i] * (i + 1) for i in range(len(x))]) ** 2 * W),
    "column_stack": lambda x: np.sum(np.column_stack([x[i] * (i + 1) for i in range(len(x))]) ** 2 * W.T),
    "max": lambda x: np.sum(np.max([x[i] * (i + 1) for i in range(len(x))], axis=0) ** 2),
    "select": lambda x: np.sum(np.select([x[i] > 0 for i in range(7)], [x[i] * (i + 1) for i in range(7)]) ** 2),
    "choose": lambda x: np.sum(np.choose(np.array([0, 2, 5]), [x[i] * (i + 1) for i in range(len(x))]) ** 2),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_all_entries_count(name) -> None:
    f = FUNCTIONS[name]
    check(f, X, second=True, backends=("python",), variants=False)
    with zg.options(backend="python"):
        _, back = zg.pullback(zg.grad(f), X)
        assert back(W)[0] == pytest.approx(zg.hvp(f, (X,), (W,)), rel=1e-9, abs=1e-9)


def test_parts_are_numbered_by_a_name_of_their_own() -> None:
    """The variable of a comprehension is bound after what it goes over has been computed."""
    check(
        lambda x: sum([np.sum(p**2 * (k + 1)) for k, p in enumerate(np.split(x.ravel(), 7))]), X, backends=("python",)
    )
    check(lambda x: sum([np.sum(t**2) * k for k, t in enumerate([np.sin(x) * x, np.cos(x)])]), X, backends=("python",))


def test_products_of_stacks_have_axes_of_their_own() -> None:
    """Functions of whole axes are no elementwise ones, though NumPy has them as such."""

    def f(a, b):
        return np.sum(np.vecmat(np.matvec(a, b), a) ** 2 * b)

    args = W[:3, :2], X[:5, :2]
    check(f, *args, second=True, backends=("python",))
    with zg.options(backend="python"):
        _, back = zg.pullback(zg.grad(f, argnums=(0, 1)), *args)
        for found, expected in zip(back(args), zg.hvp(f, args, args), strict=True):
            assert found == pytest.approx(expected, rel=1e-9)
