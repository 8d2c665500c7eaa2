"""Reshaping, reordering, copying, repeating, joining and taking apart."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import zygote_nb as zg
from tests.oracle import check
from tests.rules.contract import M, T, X, array, case, hold
from zygote_nb.ir.callables import Attribute, Method

FORTRAN = np.asfortranarray(array(3, 4))
CASES = [
    *(case(np.reshape, x, (4, 3)) for x in (M, FORTRAN, M[:, ::-1])),
    case(np.reshape, M, (4, -1), "F"),
    case(np.reshape, M, 12),
    case(Method("reshape"), M, 2, 6),
    case(Method("reshape"), M, (2, 6), order="F"),
    *(case(np.ravel, x, order=order) for x in (M, FORTRAN) for order in "CF"),
    case(Method("ravel"), FORTRAN),
    case(Method("flatten"), M, "F"),
    case(Method("flatten"), T),
    case(np.squeeze, array(1, 3, 1)),
    case(np.squeeze, array(1, 3, 1), axis=(0, 2)),
    case(np.expand_dims, M, (0, 2)),
    *(case(fn, x) for fn in (np.atleast_1d, np.atleast_2d, np.atleast_3d) for x in (1.5, X, M, T)),
    case(np.atleast_2d, X, 1.5, M),
    case(Attribute("T"), T),
    case(Attribute("mT"), T),
    case(np.matrix_transpose, T),
    case(np.transpose, T),
    case(np.transpose, T, (2, 0, 1)),
    case(np.permute_dims, T, (-1, 0, 1)),
    case(Method("transpose"), T, 2, 0, 1),
    case(Method("transpose"), T, (2, 0, 1)),
    case(np.swapaxes, T, 0, -1),
    case(np.moveaxis, T, 0, 2),
    case(np.moveaxis, T, [0, 1], [2, 0]),
    *(case(np.rollaxis, T, axis, start) for axis in (0, 1, -1) for start in (0, 1, 3)),
    *(case(np.flip, T, axis=axis) for axis in (None, 1, (0, -1))),
    case(np.flipud, M),
    case(np.fliplr, M),
    *(case(np.rot90, M, k) for k in (1, 2, -1)),
    case(np.rot90, T, 1, (1, 2)),
    case(np.roll, M, 2),
    case(np.roll, M, -1, axis=0),
    case(np.roll, T, (1, 2), axis=(0, 2)),
    case(np.fft.fftshift, M),
    case(np.fft.ifftshift, M, axes=1),
    *(case(fn, M) for fn in (np.copy, np.array, np.asarray, np.asanyarray, np.asarray_chkfinite)),
    *(case(fn, M) for fn in (np.ascontiguousarray, np.asfortranarray)),
    case(np.array, [1.5, 2.5]),
    case(np.asanyarray, [[1.5, 2.5], [0.5, 1.0]]),
    case(np.array, X, ndmin=3),
    case(np.array, M, np.float64, order="F"),
    case(np.astype, M, np.float64),
    case(Method("astype"), M, np.float64, copy=True),
    case(np.longdouble, 1.5),
    case(Method("item"), array(1)),
    *(case(Method("item"), M, *index) for index in ((3,), (-2,), (1, 2), ((0, -1),))),
    case(np.broadcast_to, X, (2, 5)),
    case(np.tile, M, (2, 1, 3)),
    case(np.repeat, M, 2, axis=1),
    case(np.repeat, M, np.array([1, 0, 2]), axis=0),
    case(np.resize, X, (2, 4)),
    case(np.resize, M, 7),
    case(sliding_window_view, X, 2),
    case(sliding_window_view, M, (2, 3)),
    case(sliding_window_view, M, 2, axis=-1),
    case(sliding_window_view, array(4, 5), (2, 2), (1, 1)),
    case(np.trim_zeros, np.array([0.0, 0.0, 1.5, 0.0, 2.5, 0.0]), "f"),
    case(np.trim_zeros, np.array([0.0, 1.5, 0.0, 2.5, 0.0])),
    *(case(np.pad, M, ((1, 2), (0, 1)), mode) for mode in ("constant", "edge", "reflect", "symmetric", "wrap")),
    case(np.pad, X, 2),
    case(np.pad, M, 1, constant_values=1.5),
    case(np.pad, M, 1, constant_values=((1, 2), (3, 4))),
    # joining
    *(case(np.concatenate, [array(2, 3), array(2, 3)], axis=axis) for axis in (0, 1, None)),
    case(np.concatenate, (X, array(3)), dtype=np.float64),
    case(np.stack, [M, array(3, 4)], axis=1),
    case(np.stack, (X, array(5)), -1),
    case(np.vstack, [X, array(2, 5)]),
    case(np.hstack, [M, array(3, 1)]),
    case(np.hstack, [X, 1.5]),
    case(np.dstack, [X, array(5)]),
    case(np.column_stack, [X, array(5, 2)]),
    case(np.block, [[M, array(3, 1)], [array(1, 4), array(1, 1)]]),
    case(np.block, [X, array(2), 1.5]),
    # taking apart
    case(np.split, X[:4], 2),
    case(np.split, T, [1, 3], 2),
    case(np.array_split, X, 3),
    case(np.hsplit, M, 2),
    case(np.hsplit, X, [2]),
    case(np.vsplit, M, 3),
    case(np.dsplit, T, 2),
    case(np.broadcast_arrays, M, array(4)),
    case(np.meshgrid, X, array(3)),
    case(np.meshgrid, X, array(3), array(2), indexing="ij"),
    case(np.meshgrid, X, array(3), sparse=True),
]


@pytest.mark.parametrize("call", CASES)
def test_shapes(call):
    hold(call)


def test_a_padding_that_is_no_rearrangement_is_refused():
    with pytest.raises(zg.ZygoteError, match=r"np\.pad"):
        zg.gradient(lambda x: np.sum(np.pad(x, np.array([1, 2]), mode="mean")), X)


def test_an_array_that_may_not_be_copied_is_refused():
    with pytest.raises(zg.NoRuleError, match="without a copy"):
        zg.gradient(lambda x: np.sum(x.astype(np.float64, copy=False)), X)


def test_an_order_that_depends_on_the_layout_is_refused():
    with pytest.raises(zg.NoRuleError, match="layout"):
        zg.gradient(lambda x: np.sum(np.ravel(x, order="K")), M)


def test_parts_in_one_expression():
    def f(x):
        a, b = np.split(x, 2, axis=1)
        left, right = np.meshgrid(a[0], b[:, 0])
        return left * right

    check(f, M, compiles=False)
