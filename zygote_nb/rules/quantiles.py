"""Second derivatives of quantiles: the order of the entries stays, the place between two of them moves with ``q``."""

from zygote_nb.rules.linearity import multilinear
from zygote_nb.rules.registry import pullback_rule, pushforward_rule
from zygote_nb.runtime.quantiles import quantile_adjoint, quantile_drift, quantile_shift, quantile_slope
from zygote_nb.runtime.tangents import quantile_tangent

pushforward_rule(quantile_adjoint, lambda t, y, d, x, q, axis=None, method="linear", keepdims=False, skip_nan=False: (
    quantile_adjoint(t[0], x, q, axis, method, keepdims, skip_nan)
    + quantile_shift(t[2], d, x, q, axis, method, keepdims, skip_nan)
))  # fmt: skip
pullback_rule(quantile_adjoint, lambda g, y, d, x, q, axis=None, method="linear", keepdims=False, skip_nan=False: (
    quantile_tangent(g, 0.0, d, x, q, axis, method, keepdims, skip_nan), None,
    quantile_drift(g, d, x, q, axis, method, keepdims, skip_nan)
))  # fmt: skip
pushforward_rule(quantile_slope, lambda t, y, d, x, q, axis=None, method="linear", keepdims=False, skip_nan=False: (
    quantile_slope(t[0], x, q, axis, method, keepdims, skip_nan)
    + quantile_drift(t[1], d, x, q, axis, method, keepdims, skip_nan)
))  # fmt: skip
pullback_rule(quantile_slope, lambda g, y, d, x, q, axis=None, method="linear", keepdims=False, skip_nan=False: (
    quantile_tangent(0.0 * x, g, d, x, q, axis, method, keepdims, skip_nan),
    quantile_shift(g, d, x, q, axis, method, keepdims, skip_nan), None
))  # fmt: skip
for _fn in (quantile_drift, quantile_shift):
    multilinear(_fn, 0, 1)
