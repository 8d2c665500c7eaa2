"""Reductions that pass over NaN."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.rules.contract import MASK, array, case, hold

FULL = array(3, 4)
AXES = [None, 0, 1, -1]
SUMS = (np.nansum, np.nanmean, np.nanprod, np.nanvar, np.nanstd, np.nanmax, np.nanmin)
CASES = [
    *(case(fn, FULL, axis=axis) for fn in (*SUMS, np.nanmedian) for axis in AXES),
    *(case(fn, FULL, axis=1, keepdims=True) for fn in (*SUMS, np.nanmedian)),
    *(case(fn, FULL, axis=0, where=MASK) for fn in SUMS[:5]),
    *(case(fn, FULL, axis=0, initial=0.7) for fn in (np.nansum, np.nanprod, np.nanmax, np.nanmin)),
    *(case(fn, FULL, axis=1, ddof=1) for fn in (np.nanvar, np.nanstd)),
    *(case(fn, FULL, axis=axis) for fn in (np.nancumsum, np.nancumprod) for axis in AXES),
    *(case(np.nanquantile, FULL, np.array([0.2, 0.7]), axis=axis) for axis in AXES),
    *(case(np.nanpercentile, FULL, 35.0, axis=axis, method="hazen") for axis in AXES),
]


@pytest.mark.parametrize("call", CASES)
def test_without_holes(call):
    hold(call)


PAIRS = [
    (np.nansum, np.sum), (np.nanmean, np.mean), (np.nanprod, np.prod), (np.nanvar, np.var), (np.nanstd, np.std),
    (np.nanmax, np.max), (np.nanmin, np.min), (np.nanmedian, np.median), (np.nancumsum, np.cumsum),
    (np.nancumprod, np.cumprod),
]  # fmt: skip


@pytest.mark.parametrize(("fn", "plain"), PAIRS, ids=lambda f: f.__name__)
def test_holes_are_passed_over(fn, plain):
    """What remains has the gradient that it has without the holes; a hole has none."""
    rest = array(5)
    holes = np.array([rest[0], np.nan, *rest[1:3], np.nan, *rest[3:]])
    (expected,) = zg.gradient(lambda x: np.sum(plain(x) ** 2), rest)
    (got,) = zg.gradient(lambda x: np.sum(fn(x) ** 2), holes)
    there = ~np.isnan(holes)
    assert np.all(got[~there] == 0) or fn in (np.nancumsum, np.nancumprod)
    if fn not in (np.nancumsum, np.nancumprod):
        np.testing.assert_allclose(got[there], expected, rtol=1e-12)


@pytest.mark.parametrize("q", [0.3, 0.5, 0.9])
def test_quantiles_pass_over_holes(q):
    rest = array(5)
    holes = np.array([rest[0], np.nan, *rest[1:3], np.nan, *rest[3:]])
    expected = zg.gradient(lambda x, q: np.quantile(x, q), rest, q)
    got = zg.gradient(lambda x, q: np.nanquantile(x, q), holes, q)
    np.testing.assert_allclose(got[0][~np.isnan(holes)], expected[0], rtol=1e-12)
    assert got[1] == pytest.approx(expected[1])


def test_a_running_sum_goes_on_behind_a_hole():
    (g,) = zg.gradient(lambda x: np.nancumsum(x)[-1], np.array([1.0, np.nan, 2.0]))
    assert g.tolist() == [1, 0, 1]
