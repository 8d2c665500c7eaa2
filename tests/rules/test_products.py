"""Products: every rank, mode and axis."""

import operator

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check
from tests.rules.contract import M, T, X, array, case, hold
from zygote_nb.ir.callables import Method

RANKS = [((3,), (2, 3, 4)), ((2, 4, 3), (3,)), ((2, 4, 3), (5, 3, 2)), ((4, 3), (5, 3, 2)), ((2, 4, 3), (3, 2))]
LENGTHS = [(5, 3), (3, 5), (4, 2), (2, 4), (4, 4), (1, 3)]
CASES = [
    *(case(np.matmul, array(*a), array(*b)) for a, b in RANKS if a != (2, 4, 3) or b != (5, 3, 2)),
    *(case(np.dot, array(*a), array(*b)) for a, b in RANKS),
    case(operator.matmul, array(2, 1, 3, 4), array(5, 4, 2)),
    case(np.dot, array(3), array(5, 3, 2)),
    case(np.inner, array(2, 4, 3), array(5, 3)),
    case(np.inner, X, X[::-1].copy()),
    case(np.vdot, M, array(4, 3)),
    case(np.outer, M, X),
    case(np.tensordot, T, array(3, 4, 2)),
    case(np.tensordot, T, array(4, 5), axes=1),
    case(np.tensordot, M, array(2, 3), axes=0),
    case(np.tensordot, T, array(4, 2), axes=([0, 2], [1, 0])),
    case(np.tensordot, T, array(5, 3), axes=((1,), (1,))),
    case(np.linalg.tensordot, T, array(4, 5), axes=1),
    case(np.kron, M, array(3, 2)),
    case(np.kron, X, array(2, 3)),
    case(np.kron, X, 1.5),
    *(case(np.convolve, array(n), array(m), mode) for n, m in LENGTHS for mode in ("full", "same", "valid")),
    *(case(np.correlate, array(n), array(m), mode) for n, m in LENGTHS for mode in ("full", "same", "valid")),
    case(np.convolve, X, array(3)),
    case(np.correlate, X, array(3)),
    *(
        case(np.einsum, subscripts, *map(lambda s: array(*s), shapes))
        for subscripts, *shapes in (
            ("ij,jk->ik", (2, 3), (3, 4)),
            ("ij,jk,kl", (2, 3), (3, 4), (4, 2)),
            ("ii", (3, 3)),
            ("ii->i", (3, 3)),
            ("iij,jk->ik", (2, 2, 3), (3, 4)),
            ("ij->", (2, 3)),
            ("ij->ji", (2, 3)),
            ("i,i->", (3,), (3,)),
            ("i,j->j", (3,), (2,)),
            ("...ij,...jk", (2, 2, 3), (3, 4)),
            ("...ij,jk->...ik", (2, 2, 3), (3, 4)),
            ("i...,i->...", (2, 3, 4), (2,)),
            ("bij,bj->bi", (2, 3, 4), (1, 4)),
        )
    ),
    case(np.einsum, "ij,jk->ik", M, array(4, 2), optimize=True),
    case(np.cross, array(3), array(3)),
    case(np.cross, array(4, 3), array(3)),
    case(np.cross, array(3, 2), array(3, 2), axis=0),
    case(np.cross, array(3, 2), array(2, 3), 0, 1, 0),
    case(np.cross, array(3, 3), array(3), axis=0),
    case(np.cross, array(3), array(4, 3, 2), 0, 1, 0),
    case(np.linalg.cross, array(3, 3), array(3), axis=0),
    case(np.linalg.cross, array(4, 3), array(4, 3)),
    case(np.linalg.outer, array(2), array(3)),
    case(np.linalg.matmul, M, array(4, 2)),
    case(np.vecdot, M, array(4)),
    case(np.vecdot, T, array(4, 3), axis=1),
    case(np.linalg.vecdot, M, array(4)),
    case(np.trace, array(3, 3)),
    case(np.trace, T, 1, 2, 0),
    case(np.linalg.trace, T, offset=1),
    case(Method("trace"), T, axis1=1, axis2=2),
    case(np.diagonal, T, 1, 2, 0),
    case(np.diagonal, M, -1),
    case(Method("diagonal"), T, 0, 1, 2),
    case(np.linalg.diagonal, T, offset=-1),
    case(np.linalg.matrix_transpose, T),
    case(np.diag, X, 2),
    case(np.diagflat, array(2, 2), 1),
    case(np.triu, array(3)),
    case(np.tril, T, 1),
]
if hasattr(np, "matvec"):
    CASES += [
        case(np.matvec, array(2, 4, 3), array(3)),
        case(np.matvec, M, array(5, 4)),
        case(np.vecmat, array(2, 3), array(3, 2)),
        case(np.vecmat, array(3), array(5, 3, 2)),
    ]


@pytest.mark.parametrize("call", CASES)
def test_products(call):
    hold(call)


def test_einsum_is_transposed_when_the_code_is_generated():
    def f(a, b):
        return np.sum(np.einsum("ij,jk->ik", a, b))

    assert "np.einsum('ik,jk->ij', " in str(zg.code_adjoint(f, M, array(4, 2)))


def test_einsum_with_labels_that_are_computed_is_refused():
    def f(a, n):
        return np.einsum(a, [n, 0])[0]

    with pytest.raises(zg.ZygoteError, match=r"np\.einsum"):
        zg.gradient(f, array(3, 3), 1)


def test_operands_of_fewer_axes_beside_axes_of_length_one():
    """Where every other operand has length one, the cotangent kept an axis that the argument does not have."""
    check(lambda b: np.sin(np.array(np.ones(1) * 2.0 - b))[0], 2.0)
    check(lambda x, y: np.sum(np.exp(x * y) * y), np.full((1, 3), 0.3), np.array([1.0, 2.0, 3.0]))


def test_matrix_products_of_stacks_that_are_broadcast():
    def f(a, b):
        return np.sum(np.sin(np.matmul(np.stack([a, a * 2.0]), b[:, :, None]))) + np.sum(np.ones((2, 2, 3)) @ b[0])

    check(f, 0.1 * np.arange(9.0).reshape(3, 3), 0.3 * np.arange(6.0).reshape(2, 3), compiles=False)
