"""Indexing by arrays and masks, and changes of dtype, compiled: NumPy's numbers, and its errors."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

X = np.array([0.5, -1.0, 0.05, 2.0])
A = np.abs(np.sin(np.arange(1.0, 13.0))).reshape(4, 3) + 0.1


def rectified(x):
    y = x.copy()
    y[y < 0.0] = 0.0
    y[x > 1.0] += 0.5
    return np.sum(y * y) + np.sum(x[x > 0.1] ** 2)


def of_rows(A, rows):
    B = A[rows]
    s = 0.0
    for i in range(len(rows)):
        s += B[i, 0] * B[i, 1]
    return s


def by_a_mask_of_rows(A, x):
    return np.sum(A[x > 0.0] ** 2) + np.sum(A[A > 0.5])


def cross_entropy(P, labels):
    return -np.mean(np.log(P[np.arange(len(labels)), labels]))


CASES = {
    "masks": (rectified, X),
    "rows": (of_rows, A, np.array([0, 2, -1, 2])),
    "a mask of rows": (by_a_mask_of_rows, A, X),
    "pairs": (cross_entropy, A, np.array([0, 2, 1, -1])),
}


@pytest.mark.parametrize("name", CASES)
def test_compiled_as_interpreted(name):
    f, *args = CASES[name]
    check(f, *args, written=True, variants=False, second=False, modes=name == "masks")


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (of_rows, (A, np.array([0, 4]))),
        (cross_entropy, (A, np.array([0, 1]))),
        (cross_entropy, (A, np.array([0, 1, 2, 3]))),
    ],
    ids=["rows", "too many labels", "no such label"],
)
def test_indices_out_of_bounds_raise(f, args):
    """Interpreted and compiled alike; vectors of other lengths follow NumPy, too."""
    results = []
    for backend in ("python", "numba"):
        with zg.options(backend=backend):
            try:
                results.append(zg.gradient(f, *args)[0])
            except IndexError as error:
                results.append(type(error))
    if isinstance(results[0], type):
        assert results[0] is results[1]
    else:
        np.testing.assert_allclose(results[0], results[1])


def test_arrays_are_made_floats():
    def f(x, counts):
        weights = counts.astype(np.float64)
        return np.sum(weights * x)

    with zg.options(backend="numba"):
        assert zg.gradient(f, X, np.arange(4))[0].tolist() == [0.0, 1.0, 2.0, 3.0]
