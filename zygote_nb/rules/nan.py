"""Reductions that pass over NaN: those of ``reduce``, over a mask; an entry that is NaN has the cotangent zero."""

import numpy as np

from zygote_nb.rules.registry import linear_rule, pullback_rule
from zygote_nb.rules.statistics import OVERWRITES, WEIGHTED
from zygote_nb.runtime.arrays import cumprod_adjoint, cumsum_adjoint, products_of_others, quotient
from zygote_nb.runtime.reductions import (
    kept,
    masked_count,
    masked_deviations,
    masked_shares,
    present,
    quantile_adjoint,
    quantile_slope,
    share_of_initial,
)


@linear_rule(np.nansum)
def nansum_pullback(dy, y, x, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=True):
    g = dy if axis is None or keepdims else np.expand_dims(dy, axis)
    return np.where(present(x, where), g, 0.0), None, None, None, None, np.sum(dy)


@linear_rule(np.nanmean)
def nanmean_pullback(dy, y, x, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
    mask = present(x, where)
    return np.where(mask, kept(dy, axis, keepdims, x.ndim) / masked_count(x, axis, mask), 0.0)


@pullback_rule(np.nanprod)
def nanprod_pullback(dy, y, x, axis=None, dtype=None, out=None, keepdims=False, initial=1.0, where=True):
    mask = present(x, where)
    g = kept(dy, axis, keepdims, x.ndim) * products_of_others(np.where(mask, x, 1.0), axis)
    return (
        np.where(mask, g * initial, 0.0),
        None, None, None, None,
        np.sum(dy * np.nanprod(x, axis=axis, keepdims=keepdims, where=where)),
    )  # fmt: skip


@pullback_rule(np.nanvar)
def nanvar_pullback(
    dy, y, x, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None
):
    mask = present(x, where)
    free = masked_count(x, axis, mask) - (ddof if correction is None else correction)
    if mean is not None:
        raise NotImplementedError("a mean that is given to np.nanvar isn't differentiated; leave it out")
    return 2.0 * kept(dy, axis, keepdims, x.ndim) / free * masked_deviations(x, axis, mask)


@pullback_rule(np.nanstd)
def nanstd_pullback(
    dy, y, x, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None
):
    mask = present(x, where)
    free = masked_count(x, axis, mask) - (ddof if correction is None else correction)
    if mean is not None:
        raise NotImplementedError("a mean that is given to np.nanstd isn't differentiated; leave it out")
    return quotient(
        kept(dy, axis, keepdims, x.ndim) * masked_deviations(x, axis, mask), free * kept(y, axis, keepdims, x.ndim)
    )


@pullback_rule(np.nanmax)
def nanmax_pullback(dy, y, x, axis=None, out=None, keepdims=False, initial=None, where=True):
    g, top, mask = kept(dy, axis, keepdims, x.ndim), kept(y, axis, keepdims, x.ndim), present(x, where)
    return (
        g * masked_shares(x, top, axis, mask, initial),
        None, None, None,
        None if initial is None else np.sum(g * share_of_initial(x, top, axis, mask, initial)),
    )  # fmt: skip


@pullback_rule(np.nanmin)
def nanmin_pullback(dy, y, x, axis=None, out=None, keepdims=False, initial=None, where=True):
    g, bottom, mask = kept(dy, axis, keepdims, x.ndim), kept(y, axis, keepdims, x.ndim), present(x, where)
    return (
        g * masked_shares(x, bottom, axis, mask, initial),
        None, None, None,
        None if initial is None else np.sum(g * share_of_initial(x, bottom, axis, mask, initial)),
    )  # fmt: skip


linear_rule(np.nancumsum, lambda dy, y, x, axis=None, dtype=None, out=None: (
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
