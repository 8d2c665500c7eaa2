"""``scipy.special``: error and gamma functions, logarithms and exponentials, losses, elliptic and other integrals.

Partial derivatives are those of the NIST Digital Library of Mathematical Functions.
"""

import math

import numpy as np
from scipy import special

from zygote_nb.rules.linearity import by_source
from zygote_nb.rules.named import of_module
from zygote_nb.rules.placeholders import not_implemented
from zygote_nb.rules.registry import non_differentiable
from zygote_nb.runtime import incomplete
from zygote_nb.runtime import special as slopes
from zygote_nb.runtime.arrays import quotient
from zygote_nb.runtime.carlson import second_kind_slope, third_kind_slope
from zygote_nb.runtime.incomplete import beta_slope, beta_spread, gamma_slope
from zygote_nb.runtime.special import (
    agm_slope,
    boxcox_slope,
    dawsn_slope,
    ellipeinc_slope,
    ellipk_slope,
    ellipkinc_slope,
    entropy_slope,
    erfcx_slope,
    exprel_slope,
    inverse_boxcox_slope,
    rgamma_slope,
)
from zygote_nb.runtime.zeta import kolmogorov_slope, zeta_slope

rule = of_module(special)

# Error functions and the normal distribution
rule("erf", lambda y, x: 2.0 / math.sqrt(math.pi) * np.exp(-x * x))
rule("erfc", lambda y, x: -2.0 / math.sqrt(math.pi) * np.exp(-x * x))
rule("erfcx", lambda y, x: erfcx_slope(y, x))
rule("erfi", lambda y, x: 2.0 / math.sqrt(math.pi) * np.exp(x * x))
rule("dawsn", lambda y, x: dawsn_slope(y, x))
rule("erfinv", lambda y, x: 0.5 * math.sqrt(math.pi) * np.exp(y * y))
rule("erfcinv", lambda y, x: -0.5 * math.sqrt(math.pi) * np.exp(y * y))
rule("ndtr", lambda y, x: np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi))
rule("log_ndtr", lambda y, x: math.sqrt(2.0 / math.pi) / special.erfcx(-x / math.sqrt(2.0)))
rule("ndtri", lambda y, x: math.sqrt(2.0 * math.pi) * np.exp(0.5 * y * y))
rule("ndtri_exp", lambda y, x: math.sqrt(2.0 * math.pi) * np.exp(0.5 * y * y + x))
rule("owens_t", lambda y, h, a: (
    -np.exp(-0.5 * h * h) * special.erf(a * h / math.sqrt(2.0)) / (2.0 * math.sqrt(2.0 * math.pi)),
    np.exp(-0.5 * h * h * (1.0 + a * a)) / (2.0 * math.pi * (1.0 + a * a)),
))  # fmt: skip

# Gamma and beta functions
rule("gamma", lambda y, x: y * special.psi(x))
rule("gammaln", lambda y, x: special.psi(x))
rule("loggamma", lambda y, x: special.psi(x))
rule("rgamma", lambda y, x: rgamma_slope(y, x))
rule("psi", lambda y, x: special.polygamma(1, x))
rule("polygamma", lambda y, n, x: (None, special.polygamma(n + 1, x)))
rule("multigammaln", lambda y, a, d: (
    special.psi(a - 0.5 * np.arange(d)[:, None]).sum(0) if np.ndim(a) == 1
    else special.psi(np.expand_dims(a, -1) - 0.5 * np.arange(d)).sum(-1),
    None,
))  # fmt: skip
rule("beta", lambda y, a, b: (
    y * (special.psi(a) - special.psi(a + b)), y * (special.psi(b) - special.psi(a + b))
))  # fmt: skip
rule("betaln", lambda y, a, b: (special.psi(a) - special.psi(a + b), special.psi(b) - special.psi(a + b)))
rule("poch", lambda y, a, m: (y * (special.psi(a + m) - special.psi(a)), y * special.psi(a + m)))
rule("binom", lambda y, n, k: (
    y * (special.psi(n + 1.0) - special.psi(n - k + 1.0)), y * (special.psi(n - k + 1.0) - special.psi(k + 1.0))
))  # fmt: skip
rule("comb", lambda y, n, k, exact=False, repetition=False: (
    (not_implemented("of combinations with repetition"), not_implemented("of combinations with repetition"))
    if repetition else (
        y * (special.psi(n + 1.0) - special.psi(n - k + 1.0)), y * (special.psi(n - k + 1.0) - special.psi(k + 1.0))
    )
))  # fmt: skip
rule("perm", lambda y, n, k, exact=False: (
    y * (special.psi(n + 1.0) - special.psi(n - k + 1.0)), y * special.psi(n - k + 1.0)
))  # fmt: skip
rule("factorial", lambda y, n, exact=False: special.gamma(n + 1.0) * special.psi(n + 1.0))
rule("zeta", lambda y, x, q=None: (
    zeta_slope(x, 1.0 if q is None else q), None if q is None else -x * special.zeta(x + 1.0, q)
))  # fmt: skip
rule("zetac", lambda y, x: zeta_slope(x, 1.0))

# Incomplete gamma and beta functions
rule("gammainc", lambda y, a, x: (
    gamma_slope(y, a, x), np.exp(special.xlogy(a - 1.0, x) - x - special.gammaln(a))
))  # fmt: skip
rule("gammaincc", lambda y, a, x: (
    -gamma_slope(y, a, x), -np.exp(special.xlogy(a - 1.0, x) - x - special.gammaln(a))
))  # fmt: skip
rule("gammaincinv", lambda y, a, p: (
    -gamma_slope(y, a, y) * np.exp(y + special.gammaln(a) - special.xlogy(a - 1.0, y)),
    np.exp(y + special.gammaln(a) - special.xlogy(a - 1.0, y)),
))  # fmt: skip
rule("gammainccinv", lambda y, a, p: (
    -gamma_slope(y, a, y) * np.exp(y + special.gammaln(a) - special.xlogy(a - 1.0, y)),
    -np.exp(y + special.gammaln(a) - special.xlogy(a - 1.0, y)),
))  # fmt: skip
rule("betainc", lambda y, a, b, x: (
    beta_slope(y, a, b, x, 1.0 - x), -beta_slope(y, b, a, 1.0 - x, x),
    np.exp(special.xlogy(a - 1.0, x) + special.xlog1py(b - 1.0, -x) - special.betaln(a, b)),
))  # fmt: skip
rule("betaincc", lambda y, a, b, x: (
    -beta_slope(y, a, b, x, 1.0 - x), beta_slope(y, b, a, 1.0 - x, x),
    -np.exp(special.xlogy(a - 1.0, x) + special.xlog1py(b - 1.0, -x) - special.betaln(a, b)),
))  # fmt: skip
rule("betaincinv", lambda y, a, b, p: (
    -beta_slope(y, a, b, y, 1.0 - y) * beta_spread(y, a, b), beta_slope(y, b, a, 1.0 - y, y) * beta_spread(y, a, b),
    beta_spread(y, a, b),
))  # fmt: skip
rule("betainccinv", lambda y, a, b, p: (
    -beta_slope(y, a, b, y, 1.0 - y) * beta_spread(y, a, b), beta_slope(y, b, a, 1.0 - y, y) * beta_spread(y, a, b),
    -beta_spread(y, a, b),
))  # fmt: skip

# Exponentials, logarithms, powers
rule("exp2", lambda y, x: y * math.log(2.0))
rule("exp10", lambda y, x: y * math.log(10.0))
rule("expm1", lambda y, x: np.exp(x))
rule("log1p", lambda y, x: 1.0 / (1.0 + x))
rule("cbrt", lambda y, x: quotient(1.0, 3.0 * y * y))
rule("exprel", lambda y, x: exprel_slope(y, x))
rule("cosm1", lambda y, x: -np.sin(x))
rule("powm1", lambda y, x, p: (p * x ** (p - 1.0), (y + 1.0) * np.log(x)))
rule("expit", lambda y, x: y * special.expit(-x))
rule("logit", lambda y, x: 1.0 / (x * (1.0 - x)))
rule("log_expit", lambda y, x: special.expit(-x))
rule("softplus", lambda y, x: special.expit(x))
rule("boxcox", lambda y, x, p: (x ** (p - 1.0), boxcox_slope(y, np.log(x), p)))
rule("boxcox1p", lambda y, x, p: ((1.0 + x) ** (p - 1.0), boxcox_slope(y, np.log1p(x), p)))
rule("inv_boxcox", lambda x, y, p: (x ** (1.0 - p), inverse_boxcox_slope(x, y, p)))
rule("inv_boxcox1p", lambda x, y, p: ((x + 1.0) ** (1.0 - p), inverse_boxcox_slope(x + 1.0, y, p)))
rule("wrightomega", lambda y, x: y / (1.0 + y))

# Entropies and losses
rule("xlogy", lambda z, x, y: (np.log(y), quotient(x, y)))
rule("xlog1py", lambda z, x, y: (np.log1p(y), quotient(x, 1.0 + y)))
rule("entr", lambda y, x: entropy_slope(x))
rule("rel_entr", lambda z, x, y: (np.log(x / y) + 1.0, quotient(-x, y)))
rule("kl_div", lambda z, x, y: (np.log(x / y), 1.0 - quotient(x, y)))
rule("huber", lambda y, delta, r: (np.maximum(np.abs(r) - delta, 0.0), np.clip(r, -delta, delta)))
rule("pseudo_huber", lambda y, delta, r: (
    delta * (r / delta) ** 4 / (np.hypot(1.0, r / delta) * (1.0 + np.hypot(1.0, r / delta)) ** 2),
    r / np.hypot(1.0, r / delta),
))  # fmt: skip

# The distribution of Kolmogorov
rule("kolmogorov", lambda y, x: kolmogorov_slope(x))
rule("kolmogi", lambda x, p: 1.0 / kolmogorov_slope(x))

# Degrees
rule("sindg", lambda y, x: math.pi / 180.0 * special.cosdg(x))
rule("cosdg", lambda y, x: -math.pi / 180.0 * special.sindg(x))
rule("tandg", lambda y, x: math.pi / 180.0 * (1.0 + y * y))
rule("cotdg", lambda y, x: -math.pi / 180.0 * (1.0 + y * y))
rule("radian", lambda y, d, m, s: (math.pi / 180.0, math.pi / 10800.0, math.pi / 648000.0))

# Integrals
rule("exp1", lambda y, x: -np.exp(-x) / x)
rule("expi", lambda y, x: np.exp(x) / x)
# The order is cut to an integer; of order zero it is exp(-x) / x.
rule(
    "expn",
    lambda y, n, x: (
        None, -np.where(np.abs(n) < 1.0, (np.exp(-x) + y) / x, special.expn(np.abs(np.trunc(n) - 1.0), x)),
    ),
)  # fmt: skip
rule("spence", lambda y, x: -quotient(np.log(x), x - 1.0 + (x == 1.0)) - (x == 1.0))
rule("ellipk", lambda y, m: ellipk_slope(y, m, 1.0 - m))
rule("ellipkm1", lambda y, p: -ellipk_slope(y, 1.0 - p, p))
rule("ellipe", lambda y, m: ellipeinc_slope(y, math.pi / 2, m))
rule("ellipkinc", lambda y, phi, m: (1.0 / np.sqrt(1.0 - m * np.sin(phi) ** 2), ellipkinc_slope(y, phi, m)))
rule("ellipeinc", lambda y, phi, m: (np.sqrt(1.0 - m * np.sin(phi) ** 2), ellipeinc_slope(y, phi, m)))
rule("elliprf", lambda s, x, y, z: (
    -special.elliprd(y, z, x) / 6.0, -special.elliprd(x, z, y) / 6.0, -special.elliprd(x, y, z) / 6.0
))  # fmt: skip
rule("elliprc", lambda s, x, y: (
    np.where(y > 0, -special.elliprd(y, y, x) / 6.0, (s - 1.0 / np.sqrt(x)) / (2.0 * (y - x))),
    np.where(y > 0, -special.elliprd(x, y, y) / 3.0, -0.5 * (s + x * (s - 1.0 / np.sqrt(x)) / (y - x)) / y),
))  # fmt: skip
rule("elliprg", lambda s, x, y, z: (
    0.25 * special.elliprf(x, y, z) - x / 12.0 * special.elliprd(y, z, x),
    0.25 * special.elliprf(x, y, z) - y / 12.0 * special.elliprd(x, z, y),
    0.25 * special.elliprf(x, y, z) - z / 12.0 * special.elliprd(x, y, z),
))  # fmt: skip
rule("elliprd", lambda s, x, y, z: (
    second_kind_slope(s, x, y, z, 0), second_kind_slope(s, x, y, z, 1), second_kind_slope(s, x, y, z, 2)
))  # fmt: skip
rule("elliprj", lambda s, x, y, z, p: (
    third_kind_slope(s, x, y, z, p, 0), third_kind_slope(s, x, y, z, p, 1), third_kind_slope(s, x, y, z, p, 2),
    third_kind_slope(s, x, y, z, p, 3),
))  # fmt: skip
rule("agm", lambda y, a, b: (agm_slope(y, a, b), agm_slope(y, b, a)))

by_source(
    slopes.erfcx_slope, slopes.dawsn_slope, slopes.rgamma_slope, slopes.exprel_slope, slopes.entropy_slope,
    slopes.boxcox_slope, slopes.inverse_boxcox_slope, slopes.ellipk_slope, slopes.ellipkinc_slope,
    slopes.ellipeinc_slope, slopes.agm_slope, slopes.softmax_adjoint, slopes.log_softmax_adjoint,
    slopes.logsumexp_weights, slopes.logsumexp_factors, slopes.voigt_slopes, slopes.diric_slope,
    slopes.bessel_decline, incomplete.beta_spread, incomplete.fisher_spread, second_kind_slope, third_kind_slope,
)  # fmt: skip
non_differentiable(slopes.is_far)
