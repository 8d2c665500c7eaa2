"""Averages, quantiles, moments, and what is computed on a grid."""

import numpy as np

from zygote_nb.rules.registry import linear_rule, pullback_rule
from zygote_nb.runtime.grids import (
    bin_edges_adjoint,
    bincount_adjoint,
    gradient_adjoint,
    gradient_spacing_adjoint,
    histogram_adjoint,
    interp_adjoint,
    interp_knots_adjoint,
    interp_side_adjoint,
    interp_values_adjoint,
    trapezoid_adjoint,
    trapezoid_points_adjoint,
    trapezoid_step_adjoint,
)
from zygote_nb.runtime.reductions import (
    average_adjoint,
    average_weights_adjoint,
    corrcoef_adjoint,
    corrcoef_adjoint_other,
    cov_adjoint,
    cov_adjoint_other,
    quantile_adjoint,
    quantile_slope,
    weight_sum_adjoint,
)

OVERWRITES = "overwrite_input changes the argument; leave it out"
WEIGHTED = "weighted quantiles are piecewise constant in NumPy, and have no rule"

# Averages and quantiles


@pullback_rule(np.average)
def average_pullback(dy, y, a, axis=None, weights=None, returned=False, *, keepdims=False):
    g, value = (dy[0], y[0]) if returned else (dy, y)
    if weights is None:
        return average_adjoint(g, a, np.ones_like(a), axis, keepdims)
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


# Moments


@pullback_rule(np.cov)
def cov_pullback(
    dy, y, m, other=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None
):
    d_m = cov_adjoint(dy, m, other, rowvar, bias, ddof, fweights, aweights)
    if other is None:
        return d_m, None
    return d_m, cov_adjoint_other(dy, m, other, rowvar, bias, ddof, fweights, aweights)


@pullback_rule(np.corrcoef)
def corrcoef_pullback(dy, y, x, other=None, rowvar=True, *, dtype=None):
    if other is None:
        return corrcoef_adjoint(dy, x, other, rowvar), None
    return corrcoef_adjoint(dy, x, other, rowvar), corrcoef_adjoint_other(dy, x, other, rowvar)


# On a grid


@pullback_rule(np.gradient)
def gradient_pullback(dy, y, f, *spacing, axis=None, edge_order=1):
    return gradient_adjoint(dy, f, spacing, axis, edge_order), *[
        gradient_spacing_adjoint(dy, f, spacing, axis, edge_order, i, h) for i, h in enumerate(spacing)
    ]


@pullback_rule(np.trapezoid)
def trapezoid_pullback(dy, out, y, x=None, dx=1.0, axis=-1):
    if x is None:
        return trapezoid_adjoint(dy, y, x, dx, axis), None, trapezoid_step_adjoint(dy, y, dx, axis)
    return trapezoid_adjoint(dy, y, x, dx, axis), trapezoid_points_adjoint(dy, y, x, axis), None


@pullback_rule(np.interp)
def interp_pullback(dy, y, x, xp, fp, left=None, right=None, period=None):
    return (
        interp_adjoint(dy, x, xp, fp, left, right, period),
        interp_knots_adjoint(dy, x, xp, fp, left, right, period),
        interp_values_adjoint(dy, x, xp, fp, left, right, period),
        None if left is None else interp_side_adjoint(dy, x, xp, False),
        None if right is None else interp_side_adjoint(dy, x, xp, True),
    )


linear_rule(np.unwrap, lambda dy, y, p, discont=None, axis=-1, *, period=6.283185307179586: dy)

# Histograms

linear_rule(np.bincount, lambda dy, y, x, weights=None, minlength=0: (
    None, None if weights is None else bincount_adjoint(dy, weights, x)
))  # fmt: skip


@pullback_rule(np.histogram)
def histogram_pullback(dy, y, a, bins=10, range=None, density=None, weights=None):
    if isinstance(bins, str):
        raise NotImplementedError("bins that NumPy chooses have no derivative; give their number or their edges")
    return (
        bin_edges_adjoint(dy[1], a, bins, range),
        None if isinstance(bins, int) else dy[1],
        None,
        None,
        None if weights is None else histogram_adjoint(dy[0], y[1], y[0], weights, a, density),
    )
