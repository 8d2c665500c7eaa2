"""Reductions: every axis, and every keyword."""

import math

import numpy as np
import pytest

import zygote_nb as zg
from tests.rules.contract import MASK, M, T, X, array, case, hold, positive
from zygote_nb.ir.callables import Method

AXES = [(X, None), (X, 0), (M, None), (M, 0), (M, -1), (M, (0, 1)), (T, 1), (T, (0, 2)), (T, (-1, 0)), (T, None)]
REDUCTIONS = (np.sum, np.mean, np.prod, np.var, np.std, np.max, np.min, np.ptp)
MASKED = (np.sum, np.mean, np.prod, np.var, np.std)
CASES = [
    *(case(fn, x, axis=axis) for fn in REDUCTIONS for x, axis in AXES),
    *(case(fn, x, axis=axis, keepdims=True) for fn in REDUCTIONS for x, axis in AXES if x is M or axis == (0, 2)),
    *(case(fn, M, 1) for fn in REDUCTIONS),
    *(case(fn, M, 0, None, None, keepdims=True) for fn in MASKED),
    *(case(fn, M, axis=axis, where=MASK) for fn in MASKED for axis in (None, 0, 1)),
    *(case(fn, M, axis=1, where=MASK, keepdims=True) for fn in MASKED),
    *(case(fn, M, axis=0, where=MASK[:, :1]) for fn in MASKED),
    *(case(fn, M, axis=0, dtype=np.float64) for fn in MASKED),
    *(case(fn, M, axis=axis, initial=0.7) for fn in (np.sum, np.prod, np.max, np.min) for axis in (None, 0)),
    *(case(fn, M, axis=axis, initial=0.7, where=MASK) for fn in (np.sum, np.prod) for axis in (None, 0)),
    *(case(fn, M, axis=axis, initial=s, where=MASK) for fn, s in ((np.max, -9.0), (np.min, 9.0)) for axis in (None, 1)),
    *(case(fn, M, axis=0, ddof=1) for fn in (np.var, np.std)),
    *(case(fn, M, axis=0, correction=1) for fn in (np.var, np.std)),
    *(case(fn, M, mean=0.3) for fn in (np.var, np.std)),
    *(case(fn, M, axis=0, mean=array(1, 4), ddof=1, keepdims=True) for fn in (np.var, np.std)),
    *(case(fn, M, axis=1, mean=array(3, 1), where=MASK) for fn in (np.var, np.std)),
    *(case(fn, M, axis=1, ddof=1, where=MASK) for fn in (np.var, np.std)),
    *(case(Method(n), M, axis=1) for n in ("sum", "mean", "prod", "var", "std", "max", "min", "cumsum", "cumprod")),
    *(case(fn, x, axis) for fn in (np.cumsum, np.cumprod) for x, axis in AXES if not isinstance(axis, tuple)),
    case(np.cumsum, M, axis=1, dtype=np.float64),
    case(np.diff, X),
    case(np.diff, M, 2, 0),
    case(np.diff, M, axis=1, prepend=0.5),
    case(np.diff, M, n=2, axis=0, prepend=array(1, 4), append=array(2, 4)),
    case(np.diff, X, append=array(2)),
    case(np.ediff1d, M),
    case(np.ediff1d, X, array(2), 1.5),
    case(np.ediff1d, X, to_begin=array(1)),
    case(math.fsum, X),
    case(math.prod, X),
    case(math.prod, X, start=1.5),
    case(math.dist, X, array(5)),
    *([case(math.sumprod, X, array(5))] if hasattr(math, "sumprod") else []),
    *([case(math.fma, 1.5, 2.5, 0.5)] if hasattr(math, "fma") else []),
]
if hasattr(np, "cumulative_sum"):
    CASES += [
        case(fn, x, axis=axis, include_initial=initial)
        for fn in (np.cumulative_sum, np.cumulative_prod)
        for x, axis in ((X, None), (M, 0), (M, 1))
        for initial in (False, True)
    ]


@pytest.mark.parametrize("call", CASES)
def test_reductions(call):
    hold(call)


def with_zeros(x, *places):
    x = x.copy()
    x[list(places)] = 0.0
    return x


@pytest.mark.parametrize("x", [with_zeros(X, 1), with_zeros(X, 0, 3), with_zeros(X, 0, 1, 2)], ids=["1", "2", "3"])
@pytest.mark.parametrize("fn", [np.prod, np.cumprod])
def test_products_with_zeros(fn, x):
    hold((fn, (x,), {}), flat=True)


@pytest.mark.parametrize("fn", REDUCTIONS[:-3])
def test_empty_arrays(fn):
    if fn in (np.sum, np.prod):
        hold((fn, (np.ones(0),), {}), flat=True)
    hold((fn, (np.ones((0, 3)),), {"axis": 1}), flat=True)


@pytest.mark.parametrize("fn", REDUCTIONS)
def test_single_precision_stays_single(fn):
    hold((fn, (M.astype(np.float32),), {"axis": 0}))


@pytest.mark.parametrize("fn", REDUCTIONS)
def test_strides_do_not_matter(fn):
    for x in (M[:, ::-1], M.T, np.asfortranarray(M), T[::2, 1:, ::-2][0]):
        hold((fn, (x,), {"axis": 0}))


def test_a_row_of_positive_numbers():
    hold((np.std, (positive(1, 4),), {"axis": 1}))


def test_the_spread_of_one_number():
    assert zg.gradient(lambda x: np.std(x) + np.var(x) + x * x, 0.7) == (1.4,)
