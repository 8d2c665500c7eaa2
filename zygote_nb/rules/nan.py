"""Reductions that pass over NaN: those of ``reduce``, over a mask; an entry that is NaN has the cotangent zero."""

import numpy as np

from zygote_nb.rules.registry import pullback_rule, pushforward_rule
from zygote_nb.rules.statistics import OVERWRITES, WEIGHTED
from zygote_nb.runtime.arrays import cumprod_adjoint, cumsum_adjoint, products_of_others, quotient
from zygote_nb.runtime.matrices import moved_by
from zygote_nb.runtime.quantiles import quantile_adjoint, quantile_slope
from zygote_nb.runtime.reductions import (
    cumprod_tangent,
    masked_count,
    masked_deviations,
    masked_shares,
    not_nan,
    share_of_initial,
    slope_of_max,
    slope_of_prod,
    slope_of_std,
    slope_of_var,
    with_axes,
)
from zygote_nb.runtime.tangents import quantile_tangent


@pullback_rule(np.nansum)
def nansum_pullback(dy, y, x, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=True):
    g = dy if axis is None or keepdims else np.expand_dims(dy, axis)
    return np.where(not_nan(x, where), g, 0.0), None, None, None, None, np.sum(dy)


@pullback_rule(np.nanmean)
def nanmean_pullback(dy, y, x, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
    mask = not_nan(x, where)
    return np.where(mask, with_axes(dy, axis, keepdims, x.ndim) / masked_count(x, axis, mask), 0.0)


@pullback_rule(np.nanprod)
def nanprod_pullback(dy, y, x, axis=None, dtype=None, out=None, keepdims=False, initial=1.0, where=True):
    mask = not_nan(x, where)
    g = with_axes(dy, axis, keepdims, x.ndim) * products_of_others(np.where(mask, x, 1.0), axis)
    return (
        np.where(mask, g * initial, 0.0),
        None, None, None, None,
        np.sum(dy * np.nanprod(x, axis=axis, keepdims=keepdims, where=where)),
    )  # fmt: skip


@pullback_rule(np.nanvar)
def nanvar_pullback(
    dy, y, x, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None
):
    mask = not_nan(x, where)
    free = masked_count(x, axis, mask) - (ddof if correction is None else correction)
    if mean is not None:
        raise NotImplementedError("a mean that is given to np.nanvar isn't differentiated; leave it out")
    return 2.0 * with_axes(dy, axis, keepdims, x.ndim) / free * masked_deviations(x, axis, mask)


@pullback_rule(np.nanstd)
def nanstd_pullback(
    dy, y, x, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None
):
    mask = not_nan(x, where)
    free = masked_count(x, axis, mask) - (ddof if correction is None else correction)
    if mean is not None:
        raise NotImplementedError("a mean that is given to np.nanstd isn't differentiated; leave it out")
    return quotient(
        with_axes(dy, axis, keepdims, x.ndim) * masked_deviations(x, axis, mask),
        free * with_axes(y, axis, keepdims, x.ndim),
    )


@pullback_rule(np.nanmax)
def nanmax_pullback(dy, y, x, axis=None, out=None, keepdims=False, initial=None, where=True):
    g, top, mask = with_axes(dy, axis, keepdims, x.ndim), with_axes(y, axis, keepdims, x.ndim), not_nan(x, where)
    return (
        g * masked_shares(x, top, axis, mask, initial),
        None, None, None,
        None if initial is None else np.sum(g * share_of_initial(x, top, axis, mask, initial)),
    )  # fmt: skip


@pullback_rule(np.nanmin)
def nanmin_pullback(dy, y, x, axis=None, out=None, keepdims=False, initial=None, where=True):
    g, bottom, mask = with_axes(dy, axis, keepdims, x.ndim), with_axes(y, axis, keepdims, x.ndim), not_nan(x, where)
    return (
        g * masked_shares(x, bottom, axis, mask, initial),
        None, None, None,
        None if initial is None else np.sum(g * share_of_initial(x, bottom, axis, mask, initial)),
    )  # fmt: skip


pullback_rule(np.nancumsum, lambda dy, y, x, axis=None, dtype=None, out=None: (
    np.where(np.isnan(x), 0.0, cumsum_adjoint(dy, x, axis))
))  # fmt: skip
pullback_rule(np.nancumprod, lambda dy, y, x, axis=None, dtype=None, out=None: (
    np.where(np.isnan(x), 0.0, cumprod_adjoint(dy, np.where(np.isnan(x), 1.0, x), axis))
))  # fmt: skip


@pullback_rule(np.nanmedian)
def nanmedian_pullback(dy, y, a, axis=None, out=None, overwrite_input=False, keepdims=False):
    if overwrite_input:
        raise NotImplementedError(OVERWRITES)
    return quantile_adjoint(dy, a, 0.5, axis, "linear", keepdims, True)


@pullback_rule(np.nanquantile)
def nanquantile_pullback(
    dy, y, a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None
):
    if overwrite_input:
        raise NotImplementedError(OVERWRITES)
    if weights is not None:
        raise NotImplementedError(WEIGHTED)
    return (
        quantile_adjoint(dy, a, q, axis, method, keepdims, True),
        quantile_slope(dy, a, q, axis, method, keepdims, True),
    )


@pullback_rule(np.nanpercentile)
def nanpercentile_pullback(
    dy, y, a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None
):
    if overwrite_input:
        raise NotImplementedError(OVERWRITES)
    if weights is not None:
        raise NotImplementedError(WEIGHTED)
    return (
        quantile_adjoint(dy, a, np.divide(q, 100.0), axis, method, keepdims, True),
        quantile_slope(dy, a, np.divide(q, 100.0), axis, method, keepdims, True) / 100.0,
    )


# Tangents: weighted sums of those of the entries that are numbers

pushforward_rule(np.nansum, lambda t, y, x, axis=None, dtype=None, out=None, keepdims=False, initial=0.0, where=True: (
    np.sum(t[0], axis=axis, keepdims=keepdims, where=not_nan(x, where)) + t[5]
))  # fmt: skip
pushforward_rule(np.nanmean, lambda t, y, x, axis=None, dtype=None, out=None, keepdims=False, *, where=True: (
    np.mean(t[0], axis=axis, keepdims=keepdims, where=not_nan(x, where))
))  # fmt: skip
pushforward_rule(np.nanprod, lambda t, y, x, axis=None, dtype=None, out=None, keepdims=False, initial=1.0, where=True: (
    np.sum(t[0] * slope_of_prod(x, axis, initial, not_nan(x, where)), axis=axis, keepdims=keepdims)
    + t[5] * np.nanprod(x, axis=axis, keepdims=keepdims, where=where)
))  # fmt: skip
pushforward_rule(np.nanvar, lambda t, y, x, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True,
                 correction=None: (
    np.sum(moved_by(t[0], slope_of_var(x, axis, ddof if correction is None else correction, not_nan(x, where))),
           axis=axis, keepdims=keepdims)
))  # fmt: skip
pushforward_rule(np.nanstd, lambda t, y, x, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True,
                 correction=None: (
    np.sum(
        moved_by(t[0], slope_of_std(
            x, y, axis, ddof if correction is None else correction, not_nan(x, where), keepdims
        )),
        axis=axis, keepdims=keepdims,
    )
))  # fmt: skip
for _extremum in (np.nanmax, np.nanmin):
    pushforward_rule(_extremum, lambda t, y, x, axis=None, out=None, keepdims=False, initial=None, where=True: (
        np.sum(t[0] * slope_of_max(x, y, axis, keepdims, initial, not_nan(x, where)), axis=axis, keepdims=keepdims)
        if initial is None else
        np.sum(t[0] * slope_of_max(x, y, axis, keepdims, initial, not_nan(x, where)), axis=axis, keepdims=keepdims)
        + t[4] * np.reshape(
            share_of_initial(x, with_axes(y, axis, keepdims, x.ndim), axis, not_nan(x, where), initial), np.shape(y)
        )
    ))  # fmt: skip
pushforward_rule(np.nancumsum, lambda t, y, x, axis=None, dtype=None, out=None: (
    np.cumsum(np.where(np.isnan(x), 0.0, t[0]), axis=axis)
))  # fmt: skip
pushforward_rule(np.nancumprod, lambda t, y, x, axis=None, dtype=None, out=None: (
    cumprod_tangent(np.where(np.isnan(x), 0.0, t[0]), np.where(np.isnan(x), 1.0, x), axis)
))  # fmt: skip
pushforward_rule(np.nanmedian, lambda t, y, a, axis=None, out=None, overwrite_input=False, keepdims=False: (
    quantile_tangent(t[0], 0.0, y, a, 0.5, axis, "linear", keepdims, True)
))  # fmt: skip
pushforward_rule(np.nanquantile, lambda t, y, a, q, axis=None, out=None, overwrite_input=False, method="linear",
                 keepdims=False: quantile_tangent(t[0], t[1], y, a, q, axis, method, keepdims, True))  # fmt: skip
pushforward_rule(np.nanpercentile, lambda t, y, a, q, axis=None, out=None, overwrite_input=False, method="linear",
                 keepdims=False: (
    quantile_tangent(t[0], np.divide(t[1], 100.0), y, a, np.divide(q, 100.0), axis, method, keepdims, True)
))  # fmt: skip
