"""Averages, quantiles, moments, and what is computed on a grid."""

import numpy as np

from zygote_nb.rules.placeholders import not_implemented
from zygote_nb.rules.registry import linear_rule, pullback_rule, pushforward_rule
from zygote_nb.runtime.arrays import count
from zygote_nb.runtime.grids import (
    axes_of,
    bin_edges_adjoint,
    bincount_adjoint,
    edges_adjoint,
    gradient_adjoint,
    gradient_spacing_adjoint,
    histogram2d_adjoint,
    histogram_adjoint,
    interp_adjoint,
    interp_knots_adjoint,
    interp_side_adjoint,
    interp_values_adjoint,
    range_adjoint,
    trapezoid_adjoint,
    trapezoid_points_adjoint,
    trapezoid_step_adjoint,
)
from zygote_nb.runtime.observations import (
    corrcoef_adjoint,
    corrcoef_adjoint_other,
    cov_adjoint,
    cov_adjoint_other,
    cov_weights_adjoint,
)
from zygote_nb.runtime.quantiles import quantile_adjoint, quantile_slope
from zygote_nb.runtime.reductions import average_adjoint, average_weights_adjoint, weight_sum_adjoint, with_axes
from zygote_nb.runtime.tangents import (
    average_tangent,
    corrcoef_tangent,
    cov_tangent,
    cov_weights_tangent,
    edges_tangent,
    gradient_tangent,
    histogram2d_tangent,
    histogram_tangent,
    interp_tangent,
    quantile_tangent,
    weight_sum_tangent,
)

OVERWRITES = "overwrite_input changes the argument; leave it out"
WEIGHTED = "weighted quantiles are piecewise constant in NumPy, and have no rule"

# Averages and quantiles


@pullback_rule(np.average)
def average_pullback(dy, y, a, axis=None, weights=None, returned=False, *, keepdims=False):
    g, value = (dy[0], y[0]) if returned else (dy, y)
    if weights is None:
        return with_axes(g, axis, keepdims, a.ndim) / count(a, axis)
    d_weights = average_weights_adjoint(g, value, a, weights, axis, keepdims)
    if returned:
        d_weights = d_weights + weight_sum_adjoint(dy[1], weights, a, axis, keepdims)
    return average_adjoint(g, a, weights, axis, keepdims), None, d_weights


@pullback_rule(np.median)
def median_pullback(dy, y, a, axis=None, out=None, overwrite_input=False, keepdims=False):
    if overwrite_input:
        raise NotImplementedError(OVERWRITES)
    return quantile_adjoint(dy, a, 0.5, axis, "linear", keepdims)


@pullback_rule(np.quantile)
def quantile_pullback(
    dy, y, a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None
):
    if overwrite_input:
        raise NotImplementedError(OVERWRITES)
    if weights is not None:
        raise NotImplementedError(WEIGHTED)
    return quantile_adjoint(dy, a, q, axis, method, keepdims), quantile_slope(dy, a, q, axis, method, keepdims)


@pullback_rule(np.percentile)
def percentile_pullback(
    dy, y, a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None
):
    if overwrite_input:
        raise NotImplementedError(OVERWRITES)
    if weights is not None:
        raise NotImplementedError(WEIGHTED)
    return (
        quantile_adjoint(dy, a, np.divide(q, 100.0), axis, method, keepdims),
        quantile_slope(dy, a, np.divide(q, 100.0), axis, method, keepdims) / 100.0,
    )


@pushforward_rule(np.average)
def average_pushforward(t, y, a, axis=None, weights=None, returned=False, *, keepdims=False):
    if weights is None:
        mean = np.mean(t[0], axis=axis, keepdims=keepdims)
        return (mean, np.zeros_like(y[1])) if returned else mean
    if returned:
        return (
            average_tangent(t[0], t[2], y[0], a, weights, axis, keepdims),
            weight_sum_tangent(t[2], a, weights, axis, keepdims),
        )
    return average_tangent(t[0], t[2], y, a, weights, axis, keepdims)


pushforward_rule(np.median, lambda t, y, a, axis=None, out=None, overwrite_input=False, keepdims=False: (
    quantile_tangent(t[0], 0.0, y, a, 0.5, axis, "linear", keepdims)
))  # fmt: skip
pushforward_rule(np.quantile, lambda t, y, a, q, axis=None, out=None, overwrite_input=False, method="linear",
                 keepdims=False: quantile_tangent(t[0], t[1], y, a, q, axis, method, keepdims))  # fmt: skip
pushforward_rule(np.percentile, lambda t, y, a, q, axis=None, out=None, overwrite_input=False, method="linear",
                 keepdims=False: (
    quantile_tangent(t[0], np.divide(t[1], 100.0), y, a, np.divide(q, 100.0), axis, method, keepdims)
))  # fmt: skip

# Moments


@pullback_rule(np.cov)
def cov_pullback(dy, y, m, other=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    d_m = cov_adjoint(dy, m, other, rowvar, bias, ddof, fweights, aweights)
    d_other = None if other is None else cov_adjoint_other(dy, m, other, rowvar, bias, ddof, fweights, aweights)
    if aweights is None:
        return d_m, d_other
    d_weights = cov_weights_adjoint(dy, m, other, rowvar, bias, ddof, fweights, aweights)
    return d_m, d_other, None, None, None, None, d_weights


@pullback_rule(np.corrcoef)
def corrcoef_pullback(dy, y, x, other=None, rowvar=True, *, dtype=None):
    if other is None:
        return corrcoef_adjoint(dy, x, other, rowvar), None
    return corrcoef_adjoint(dy, x, other, rowvar), corrcoef_adjoint_other(dy, x, other, rowvar)


@pushforward_rule(np.cov)
def cov_pushforward(
    t, y, m, other=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None
):
    along = cov_tangent(t[0], None if other is None else t[1], y, m, other, rowvar, bias, ddof, fweights, aweights)
    if aweights is None:
        return along
    return along + cov_weights_tangent(t[6], y, m, other, rowvar, bias, ddof, fweights, aweights)


pushforward_rule(np.corrcoef, lambda t, y, x, other=None, rowvar=True, *, dtype=None: (
    corrcoef_tangent(t[0], None if other is None else t[1], y, x, other, rowvar)
))  # fmt: skip

# On a grid


@pullback_rule(np.gradient)
def gradient_pullback(dy, y, f, *spacing, axis=None, edge_order=1):
    axes = axes_of(f.ndim, axis)
    return gradient_adjoint(dy, f, spacing, axes, edge_order), *[
        gradient_spacing_adjoint(dy, f, spacing, axes, edge_order, i, h) for i, h in enumerate(spacing)
    ]


pushforward_rule(np.gradient, lambda t, y, f, *spacing, axis=None, edge_order=1: (
    gradient_tangent(t[0], t[1:], y, f, spacing, axes_of(f.ndim, axis), edge_order)
))  # fmt: skip


@pullback_rule(np.trapezoid)
def trapezoid_pullback(dy, out, y, x=None, dx=1.0, axis=-1):
    if x is None:
        return trapezoid_adjoint(dy, y, x, dx, axis), None, trapezoid_step_adjoint(dy, y, dx, axis)
    return trapezoid_adjoint(dy, y, x, dx, axis), trapezoid_points_adjoint(dy, y, x, axis), None


@pushforward_rule(np.trapezoid)
def trapezoid_pushforward(t, out, y, x=None, dx=1.0, axis=-1):
    if x is None:
        return np.trapezoid(t[0], dx=dx, axis=axis) + np.trapezoid(y, dx=t[2], axis=axis)
    return np.trapezoid(t[0], x, axis=axis) + np.trapezoid(y, t[1], axis=axis)


@pullback_rule(np.interp)
def interp_pullback(dy, y, x, xp, fp, left=None, right=None, period=None):
    return (
        interp_adjoint(dy, x, xp, fp, left, right, period),
        interp_knots_adjoint(dy, x, xp, fp, left, right, period),
        interp_values_adjoint(dy, x, xp, fp, left, right, period),
        None if left is None else interp_side_adjoint(dy, x, xp, False),
        None if right is None else interp_side_adjoint(dy, x, xp, True),
    )


pushforward_rule(np.interp, lambda t, y, x, xp, fp, left=None, right=None, period=None: (
    interp_tangent((t[0], t[1], t[2], t[3], t[4]), y, x, xp, fp, left, right, period)
))  # fmt: skip
pullback_rule(np.unwrap, lambda dy, y, p, discont=None, axis=-1, *, period=6.283185307179586: dy)
pushforward_rule(np.unwrap, lambda t, y, p, discont=None, axis=-1, *, period=6.283185307179586: np.copy(t[0]))

# Histograms

linear_rule(np.bincount, lambda dy, y, x, weights=None, minlength=0: (
    None, None if weights is None else bincount_adjoint(dy, weights, x)
))  # fmt: skip


@pullback_rule(np.histogram)
def histogram_pullback(dy, y, a, bins=10, range=None, density=None, weights=None):
    if isinstance(bins, str):
        raise NotImplementedError("bins that NumPy chooses have no derivative; give their number or their edges")
    d_edges, is_count = edges_adjoint(dy[0], dy[1], y[1], y[0], density), isinstance(bins, (int, np.integer))
    return (
        bin_edges_adjoint(d_edges, a, bins, range),
        None if is_count else d_edges,
        (range_adjoint(d_edges, 0), range_adjoint(d_edges, 1)) if is_count and range is not None else None,
        None,
        None if weights is None else histogram_adjoint(dy[0], y[1], y[0], weights, a, density),
    )


@pushforward_rule(np.histogram)
def histogram_pushforward(t, y, a, bins=10, range=None, density=None, weights=None):
    if isinstance(bins, (int, np.integer)):
        return histogram_tangent(
            t[0], None, None if range is None else t[2], None if weights is None else t[4], y[0], y[1], a, weights,
            bins, density,
        )  # fmt: skip
    return histogram_tangent(
        t[0], t[1], None, None if weights is None else t[4], y[0], y[1], a, weights, bins, density
    )  # fmt: skip


@pullback_rule(np.histogram_bin_edges)
def histogram_bin_edges_pullback(dy, y, a, bins=10, range=None, weights=None):
    if isinstance(bins, str):
        raise NotImplementedError("bins that NumPy chooses have no derivative; give their number or their edges")
    is_count = isinstance(bins, (int, np.integer))
    return (
        bin_edges_adjoint(dy, a, bins, range),
        None if is_count else np.copy(dy),
        (range_adjoint(dy, 0), range_adjoint(dy, 1)) if is_count and range is not None else None,
        None,
    )


@pushforward_rule(np.histogram_bin_edges)
def histogram_bin_edges_pushforward(t, y, a, bins=10, range=None, weights=None):
    is_count = isinstance(bins, (int, np.integer))
    return edges_tangent(t[0], None if is_count else t[1], None if range is None else t[2], y, a, bins)


@pullback_rule(np.histogram2d)
def histogram2d_pullback(dy, out, x, y, bins=10, range=None, density=None, weights=None):
    if density or not isinstance(bins, (int, np.integer)):
        raise NotImplementedError("np.histogram2d is differentiated with a number of bins, and without density=")
    return (
        bin_edges_adjoint(dy[1], x, bins, None if range is None else range[0]),
        bin_edges_adjoint(dy[2], y, bins, None if range is None else range[1]),
        None,
        not_implemented("np.histogram2d is differentiated with a range that is constant"),
        None,
        None if weights is None else histogram2d_adjoint(dy[0], weights, x, y, out[1], out[2]),
    )


pushforward_rule(np.histogram2d, lambda t, out, x, y, bins=10, range=None, density=None, weights=None: (
    histogram2d_tangent(t[0], t[1], None if weights is None else t[5], out, x, y, bins, range)
))  # fmt: skip
