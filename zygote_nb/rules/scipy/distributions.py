"""``scipy.special``: distribution functions, softmax and its like."""

import math

import numpy as np
from scipy import special

from zygote_nb.rules.linearity import by_source
from zygote_nb.rules.named import of_module
from zygote_nb.rules.placeholders import not_implemented
from zygote_nb.rules.registry import pullback_rule, pushforward_rule
from zygote_nb.runtime import noncentral
from zygote_nb.runtime.incomplete import fisher_slope, fisher_spread, gamma_slope, student_slope
from zygote_nb.runtime.noncentral import chi_square_density, fisher_density, student_density
from zygote_nb.runtime.special import (
    log_softmax_adjoint,
    logsumexp_factors,
    logsumexp_weights,
    softmax_adjoint,
    voigt_slopes,
)

rule = of_module(special)
SHAPE = "its derivative by the parameters has no closed form"
COUNT = "its argument is a count"

# Distribution functions: their densities
rule("stdtr", lambda y, df, t: (
    student_slope(y, df, t),
    np.exp(special.gammaln(0.5 * df + 0.5) - special.gammaln(0.5 * df) - 0.5 * (df + 1.0) * np.log1p(t * t / df))
    / np.sqrt(df * math.pi),
))  # fmt: skip
rule("stdtrit", lambda t, df, p: (
    -student_slope(t, df, t)
    * np.exp(special.gammaln(0.5 * df) - special.gammaln(0.5 * df + 0.5) + 0.5 * (df + 1.0) * np.log1p(t * t / df))
    * np.sqrt(df * math.pi),
    np.exp(special.gammaln(0.5 * df) - special.gammaln(0.5 * df + 0.5) + 0.5 * (df + 1.0) * np.log1p(t * t / df))
    * np.sqrt(df * math.pi),
))  # fmt: skip
rule("chdtr", lambda y, v, x: (
    0.5 * gamma_slope(y, 0.5 * v, 0.5 * x),
    0.5 * np.exp(special.xlogy(0.5 * v - 1.0, 0.5 * x) - 0.5 * x - special.gammaln(0.5 * v)),
))  # fmt: skip
rule("chndtr", lambda y, x, df, nc: (
    chi_square_density(y, x, df, nc), not_implemented(SHAPE), -chi_square_density(y, x, df + 2.0, nc)
))  # fmt: skip
rule("ncfdtr", lambda y, dfn, dfd, nc, f: (
    not_implemented(SHAPE), not_implemented(SHAPE), noncentral.fisher_slope(y, dfn, dfd, nc, f),
    fisher_density(y, dfn, dfd, nc, f),
))  # fmt: skip
rule("nctdtr", lambda y, df, nc, t: (
    not_implemented(SHAPE), noncentral.student_slope(y, df, nc, t), student_density(y, df, nc, t)
))  # fmt: skip
by_source(
    chi_square_density, fisher_density, noncentral.fisher_slope, noncentral.student_slope, student_density,
)  # fmt: skip
rule("chdtrc", lambda y, v, x: (
    -0.5 * gamma_slope(y, 0.5 * v, 0.5 * x),
    -0.5 * np.exp(special.xlogy(0.5 * v - 1.0, 0.5 * x) - 0.5 * x - special.gammaln(0.5 * v)),
))  # fmt: skip
rule("chdtri", lambda x, v, p: (
    -gamma_slope(x, 0.5 * v, 0.5 * x)
    * np.exp(0.5 * x + special.gammaln(0.5 * v) - special.xlogy(0.5 * v - 1.0, 0.5 * x)),
    -2.0 * np.exp(0.5 * x + special.gammaln(0.5 * v) - special.xlogy(0.5 * v - 1.0, 0.5 * x)),
))  # fmt: skip
rule("gdtr", lambda y, a, b, x: (
    x * np.exp(special.xlogy(b - 1.0, a * x) - a * x - special.gammaln(b)),
    gamma_slope(y, b, a * x),
    a * np.exp(special.xlogy(b - 1.0, a * x) - a * x - special.gammaln(b)),
))  # fmt: skip
rule("gdtrc", lambda y, a, b, x: (
    -x * np.exp(special.xlogy(b - 1.0, a * x) - a * x - special.gammaln(b)),
    -gamma_slope(y, b, a * x),
    -a * np.exp(special.xlogy(b - 1.0, a * x) - a * x - special.gammaln(b)),
))  # fmt: skip
rule("gdtrix", lambda x, a, b, p: (
    -x / a,
    -gamma_slope(x, b, a * x) * np.exp(a * x + special.gammaln(b) - special.xlogy(b - 1.0, a * x)) / a,
    np.exp(a * x + special.gammaln(b) - special.xlogy(b - 1.0, a * x)) / a,
))  # fmt: skip
rule("fdtr", lambda y, m, n, x: (
    fisher_slope(y, m, n, x, 0), fisher_slope(y, m, n, x, 1),
    np.exp(
        special.xlogy(0.5 * m, m) + special.xlogy(0.5 * n, n) + special.xlogy(0.5 * m - 1.0, x)
        - 0.5 * (m + n) * np.log(m * x + n) - special.betaln(0.5 * m, 0.5 * n)
    ),
))  # fmt: skip
rule("fdtrc", lambda y, m, n, x: (
    -fisher_slope(y, m, n, x, 0), -fisher_slope(y, m, n, x, 1),
    -np.exp(
        special.xlogy(0.5 * m, m) + special.xlogy(0.5 * n, n) + special.xlogy(0.5 * m - 1.0, x)
        - 0.5 * (m + n) * np.log(m * x + n) - special.betaln(0.5 * m, 0.5 * n)
    ),
))  # fmt: skip
rule("fdtri", lambda x, m, n, p: (
    -fisher_slope(x, m, n, x, 0) * fisher_spread(x, m, n), -fisher_slope(x, m, n, x, 1) * fisher_spread(x, m, n),
    fisher_spread(x, m, n),
))  # fmt: skip
rule("bdtr", lambda y, k, n, p: (
    not_implemented(COUNT), not_implemented(COUNT),
    -np.exp(
        special.xlogy(np.floor(k), p) + special.xlog1py(n - np.floor(k) - 1.0, -p)
        - special.betaln(np.floor(k) + 1.0, n - np.floor(k))
    ),
))  # fmt: skip
rule("bdtrc", lambda y, k, n, p: (
    not_implemented(COUNT), not_implemented(COUNT),
    np.exp(
        special.xlogy(np.floor(k), p) + special.xlog1py(n - np.floor(k) - 1.0, -p)
        - special.betaln(np.floor(k) + 1.0, n - np.floor(k))
    ),
))  # fmt: skip
rule("nbdtr", lambda y, k, n, p: (
    not_implemented(COUNT), not_implemented(COUNT),
    np.exp(special.xlogy(n - 1.0, p) + special.xlog1py(k, -p) - special.betaln(n, k + 1.0)),
))  # fmt: skip
rule("nbdtrc", lambda y, k, n, p: (
    not_implemented(COUNT), not_implemented(COUNT),
    -np.exp(special.xlogy(n - 1.0, p) + special.xlog1py(k, -p) - special.betaln(n, k + 1.0)),
))  # fmt: skip
rule("pdtr", lambda y, k, m: (
    not_implemented(COUNT), -np.exp(special.xlogy(np.floor(k), m) - m - special.gammaln(np.floor(k) + 1.0))
))  # fmt: skip
rule("pdtrc", lambda y, k, m: (
    not_implemented(COUNT), np.exp(special.xlogy(np.floor(k), m) - m - special.gammaln(np.floor(k) + 1.0))
))  # fmt: skip
rule("tklmbda", lambda p, x, lam: (
    1.0 / (p ** (lam - 1.0) + (1.0 - p) ** (lam - 1.0)), not_implemented(SHAPE)
))  # fmt: skip
rule("voigt_profile", lambda y, x, sigma, gamma: (
    voigt_slopes(y, x, sigma, gamma, 0), voigt_slopes(y, x, sigma, gamma, 1), voigt_slopes(y, x, sigma, gamma, 2)
))  # fmt: skip

# Softmax and its like
pullback_rule(special.softmax, lambda dy, y, x, axis=None: softmax_adjoint(dy, y, axis))
pushforward_rule(special.softmax, lambda t, y, x, axis=None: softmax_adjoint(t[0], y, axis))
pullback_rule(special.log_softmax, lambda dy, y, x, axis=None: log_softmax_adjoint(dy, y, axis))
pushforward_rule(special.log_softmax, lambda t, y, x, axis=None: (
    t[0] - np.sum(np.exp(y) * t[0], axis=axis, keepdims=True)
))  # fmt: skip


@pullback_rule(special.logsumexp)
def logsumexp_pullback(dy, y, a, axis=None, b=None, keepdims=False, return_sign=False):
    if return_sign:
        raise NotImplementedError("scipy.special.logsumexp with return_sign=True is not differentiated")
    g = dy if axis is None or keepdims else np.expand_dims(dy, axis)
    d_a = g * logsumexp_weights(y, a, b, axis, keepdims)
    return d_a, None, None if b is None else g * logsumexp_factors(y, a, b, axis, keepdims)


@pushforward_rule(special.logsumexp)
def logsumexp_pushforward(t, y, a, axis=None, b=None, keepdims=False, return_sign=False):
    dy = np.sum(t[0] * logsumexp_weights(y, a, b, axis, keepdims), axis=axis, keepdims=keepdims)
    if b is None:
        return dy
    return dy + np.sum(t[2] * logsumexp_factors(y, a, b, axis, keepdims), axis=axis, keepdims=keepdims)
