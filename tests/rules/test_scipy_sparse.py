"""Sparse matrices that are constant: products and solutions."""

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.linalg import spsolve

import zygote_nb as zg
from tests.oracle import check

A = sparse.csr_array(sparse.random(4, 4, 0.5, random_state=0) + 3.0 * sparse.eye(4))
C, M = A.tocsc(), sparse.csr_matrix(A)
X = np.array([0.5, 1.0, -0.7, 0.3])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum((A @ x) ** 3),
        lambda x: np.sum((x @ A) ** 3),
        lambda x: np.sum((A @ np.outer(x, x)) ** 2),
        lambda x: np.sum((M * x) ** 2 * x),
        lambda x: np.sum(np.sin(A.T @ A.dot(x))),
        lambda x: np.sum(spsolve(C, np.sin(x)) ** 2),
    ],
)
def test_products_and_solutions(f):
    check(f, X, backends=("python",), variants=False, second=True)


@pytest.mark.parametrize(
    ("f", "why"),
    [
        (lambda x: np.sum(spsolve(C.tocsr(), x)), "make the sparse matrix outside"),
        (lambda x: np.sum(sparse.csr_array((x, C.indices[:4], C.indptr)) @ X), "csr_array"),
    ],
)
def test_matrices_made_inside_are_refused(f, why):
    with pytest.raises(zg.ZygoteError, match=why) as caught:
        zg.gradient(f, X)
    assert caught.value.lineno == f.__code__.co_firstlineno
