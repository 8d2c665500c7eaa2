"""Averages, quantiles, moments, and what is computed on a grid."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check
from tests.rules.contract import M, T, X, array, case, hold, positive

METHODS = (
    "linear", "lower", "higher", "midpoint", "nearest", "inverted_cdf", "averaged_inverted_cdf", "closest_observation",
    "interpolated_inverted_cdf", "hazen", "weibull", "median_unbiased", "normal_unbiased",
)  # fmt: skip
GRID = np.array([0.0, 0.4, 1.1, 1.5, 2.6])
AXES = [(X, None), (M, None), (M, 0), (M, -1), (T, (0, 2)), (T, 1)]
CASES = [
    *(case(np.average, x, axis=axis) for x, axis in AXES if axis != (0, 2)),
    case(np.average, M, weights=positive(3, 4)),
    case(np.average, M, axis=1, weights=positive(4)),
    case(np.average, M, 0, positive(3), keepdims=True),
    case(np.average, M, 1, positive(4), True),
    case(np.average, X, weights=positive(5), returned=True),
    case(np.average, T, axis=(2, 0), weights=positive(4, 2)),
    *(case(np.median, x, axis=axis) for x, axis in AXES),
    *(case(np.median, x, axis=axis, keepdims=True) for x, axis in AXES),
    *(case(np.quantile, x, 0.3, axis=axis) for x, axis in AXES),
    *(case(np.quantile, x, np.array([0.0, 0.3, 1.0]), axis=axis) for x, axis in AXES),
    *(case(np.percentile, M, 35.0, axis=1, method=method) for method in METHODS),
    *(case(np.quantile, X, 0.37, method=method) for method in METHODS),
    case(np.percentile, M, [20.0, 70.0], axis=0, keepdims=True),
    case(np.percentile, M, 50),
    *(case(np.cov, M, rowvar=rowvar) for rowvar in (True, False)),
    case(np.cov, X),
    case(np.cov, X, array(5)),
    case(np.cov, M, array(2, 4), bias=True),
    case(np.cov, M, ddof=0, fweights=np.array([1, 3, 2, 1])),
    case(np.cov, array(5, 3), array(5, 2), rowvar=False),
    case(np.corrcoef, M),
    case(np.corrcoef, X, array(5)),
    case(np.corrcoef, array(6, 3), rowvar=False),
    case(np.gradient, X),
    case(np.gradient, X, 0.7),
    case(np.gradient, X, 0.7, edge_order=2),
    case(np.gradient, X, GRID),
    case(np.gradient, X, GRID, edge_order=2),
    case(np.gradient, M, axis=0),
    case(np.gradient, M),
    case(np.gradient, M, 0.5, 0.7),
    case(np.gradient, M, 0.5),
    case(np.gradient, array(5, 4), GRID, 0.7, edge_order=2),
    case(np.trapezoid, X),
    case(np.trapezoid, M, dx=0.3),
    case(np.trapezoid, X, GRID),
    case(np.trapezoid, array(5, 3), GRID, axis=0),
    case(np.trapezoid, M, x=np.sort(array(3, 4), axis=1)),
    case(np.interp, np.array([-0.5, 0.2, 0.7, 1.3, 2.5, 3.0]), GRID, X),
    case(np.interp, 0.7, GRID, X),
    case(np.interp, np.array([[-0.5, 0.2], [0.7, 3.0]]), GRID, X, left=0.3, right=0.4),
    case(np.interp, np.array([-0.5, 0.2, 2.9, 3.1, 6.5]), GRID, X, period=3),
    case(np.unwrap, np.array([0.3, 2.0, 5.9, 9.0, -2.0])),
    case(np.unwrap, 3 * M, axis=0),
    case(np.bincount, np.array([0, 3, 1, 1, 3]), X),
    case(np.bincount, np.array([0, 3, 1, 1, 3]), weights=X, minlength=6),
]
DATA = np.array([0.1, 0.35, 0.9, 1.7, 2.2, 2.5, 3.3])


@pytest.mark.parametrize("call", CASES)
def test_statistics(call):
    hold(call)


@pytest.mark.parametrize("density", [False, True])
@pytest.mark.parametrize("bins", [4, np.array([0.0, 0.5, 1.6, 2.5])], ids=["number", "edges"])
def test_histograms_are_differentiable_in_their_weights(bins, density):
    def f(w):
        h, _ = np.histogram(DATA, bins, weights=w, density=density)
        return np.sum(h * np.arange(len(h)) ** 2)

    check(f, positive(7), compiles=False)


def test_edges_follow_the_extrema():
    def f(a):
        _, edges = np.histogram(a, 3)
        return np.sum(edges * edges)

    check(f, DATA, compiles=False)


@pytest.mark.parametrize("of", [np.histogram, np.histogram_bin_edges])
@pytest.mark.parametrize("ends", [(), ((0.05, 3.5),)], ids=["data", "range"])
def test_how_many_bins_there_are_may_be_an_integer_of_numpy(of, ends):
    """Backwards, the ends of the range had no derivative then."""
    counts = np.array([2, 7, 3])

    def f(a, *ends):
        found = of(a, np.argmax(counts) + 2, *ends)
        edges = found[1] if of is np.histogram else found
        return np.sum(edges * edges)

    check(f, DATA, *ends, compiles=False, flat=True)


def test_quantiles_of_ties_follow_the_sorted_order():
    (g,) = zg.gradient(lambda x: np.median(x), np.array([2.0, 1.0, 1.0, 1.0, 3.0]))
    assert g.tolist() == [0, 0, 0, 1, 0]


def test_an_argument_that_numpy_overwrites_is_refused():
    with pytest.raises(zg.ZygoteError, match="with `overwrite_input` it destroys its argument"):
        zg.gradient(lambda x: np.median(x, overwrite_input=True), X)


def test_a_density_changes_with_its_edges():
    """A density is divided by the widths of its bins, whose derivative was left out."""
    weights = np.array([0.3, -1.0, 0.5])
    options = {"compiles": False, "variants": False, "second": False, "backends": ("python",)}
    check(lambda a: np.sum(weights * np.histogram(a, 3, density=True)[0]), DATA, **options)
    check(lambda a, w: np.sum(weights * np.histogram(a, 3, weights=w, density=True)[0]), DATA, DATA**2, **options)
    edges = np.array([-3.0, 0.1, 1.05, 3.0])

    def by_edges(edges):
        hist, found = np.histogram(DATA, edges, density=True)
        return np.sum(weights * hist) + found[1] ** 2

    check(by_edges, edges, **options)
    check(lambda lo, hi: np.sum(weights * np.histogram(DATA, 3, (lo, hi), density=True)[0]), -2.9, 3.1, **options)
    check(lambda lo, hi: np.histogram(DATA, 3, (lo, hi))[1][1], -2.9, 3.1, **options)


REFUSED_IN_BOTH_MODES = [
    lambda x, p: np.sum(np.histogram2d(x, x * x, 2, density=True)[0]),
    lambda x, p: np.histogram2d(x, x * x, 2, ((p, 5.0), (0.0, 9.0)))[1][1],
    lambda x, p: np.sum(np.unwrap(9.0 * x, period=p)),
    lambda x, p: np.sum(np.interp(x, [0.0, 1.0, 2.0], [3.0, 5.0, 4.0], period=p)),
    lambda x, p: np.sum(np.poly1d(x)(p)),
    lambda x, p: np.sum(np.linalg.svd(np.outer(x, x) + np.diag(x), hermitian=True)[0]),
]


@pytest.mark.parametrize("f", REFUSED_IN_BOTH_MODES)
def test_what_reverse_mode_refuses_has_no_tangent_of_zero(f):
    x = np.array([0.5, -1.0, 2.0])
    for verb in (lambda: zg.gradient(f, x, 2.5), lambda: zg.jvp(f, (x, 2.5), (x, 1.0))):
        with pytest.raises(zg.NoRuleError):
            verb()
