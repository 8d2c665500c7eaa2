"""``scipy.stats``: logarithms of densities and probabilities, and what follows from them."""

import numpy as np
from scipy import stats

from zygote_nb.rules.linearity import by_source
from zygote_nb.rules.placeholders import not_implemented
from zygote_nb.rules.registry import pullback_rule, scalar_rule
from zygote_nb.runtime import cumulatives, densities
from zygote_nb.runtime.densities import inside, normal_cov, normal_mean, normal_point

NO_SHAPE = "by its shape it has no closed form"

# Continuous distributions: by the argument, by shapes, by location and scale


def without_shape(dist, slope):
    scalar_rule(dist.logpdf, lambda y, x, loc=0.0, scale=1.0: (
        inside(y, slope((x - loc) / scale) / scale),
        inside(y, -slope((x - loc) / scale) / scale),
        inside(y, -(1.0 + (x - loc) / scale * slope((x - loc) / scale)) / scale),
    ))  # fmt: skip
    scalar_rule(dist.pdf, lambda y, x, loc=0.0, scale=1.0: (
        y * slope((x - loc) / scale) / scale,
        -y * slope((x - loc) / scale) / scale,
        -y * (1.0 + (x - loc) / scale * slope((x - loc) / scale)) / scale,
    ))  # fmt: skip
    cumulative(dist)


def cumulative(dist):
    density = dist.pdf
    scalar_rule(dist.cdf, lambda y, x, loc=0.0, scale=1.0: (
        density(x, loc, scale), -density(x, loc, scale), -density(x, loc, scale) * (x - loc) / scale
    ))  # fmt: skip
    scalar_rule(dist.sf, lambda y, x, loc=0.0, scale=1.0: (
        -density(x, loc, scale), density(x, loc, scale), density(x, loc, scale) * (x - loc) / scale
    ))  # fmt: skip
    log_density = dist.logpdf
    scalar_rule(dist.logcdf, lambda y, x, loc=0.0, scale=1.0: (
        np.exp(log_density(x, loc, scale) - y),
        -np.exp(log_density(x, loc, scale) - y),
        -np.exp(log_density(x, loc, scale) - y) * (x - loc) / scale,
    ))  # fmt: skip
    scalar_rule(dist.logsf, lambda y, x, loc=0.0, scale=1.0: (
        -np.exp(log_density(x, loc, scale) - y),
        np.exp(log_density(x, loc, scale) - y),
        np.exp(log_density(x, loc, scale) - y) * (x - loc) / scale,
    ))  # fmt: skip
    scalar_rule(dist.ppf, lambda y, q, loc=0.0, scale=1.0: (
        1.0 / density(y, loc, scale), 1.0, (y - loc) / scale
    ))  # fmt: skip


def of_shape(dist, slope, by_shape, below):
    scalar_rule(dist.logpdf, lambda y, x, a, loc=0.0, scale=1.0: (
        inside(y, slope((x - loc) / scale, a) / scale),
        inside(y, by_shape((x - loc) / scale, a)),
        inside(y, -slope((x - loc) / scale, a) / scale),
        inside(y, -(1.0 + (x - loc) / scale * slope((x - loc) / scale, a)) / scale),
    ))  # fmt: skip
    density = dist.pdf
    scalar_rule(dist.cdf, lambda y, x, a, loc=0.0, scale=1.0: (
        density(x, a, loc, scale), below(y, (x - loc) / scale, a), -density(x, a, loc, scale),
        -density(x, a, loc, scale) * (x - loc) / scale,
    ))  # fmt: skip


def of_two_shapes(dist, slope, by_first, by_second):
    scalar_rule(dist.logpdf, lambda y, x, a, b, loc=0.0, scale=1.0: (
        inside(y, slope((x - loc) / scale, a, b) / scale),
        inside(y, by_first((x - loc) / scale, a, b)),
        inside(y, by_second((x - loc) / scale, a, b)),
        inside(y, -slope((x - loc) / scale, a, b) / scale),
        inside(y, -(1.0 + (x - loc) / scale * slope((x - loc) / scale, a, b)) / scale),
    ))  # fmt: skip


for _name in ("norm", "expon", "laplace", "logistic", "cauchy", "uniform", "rayleigh", "gumbel_r"):
    without_shape(getattr(stats, _name), getattr(densities, f"{_name}_slope"))
for _name, _shape in (
    ("t", "df"), ("gamma", "a"), ("invgamma", "a"), ("chi2", "df"), ("lognorm", "s"), ("weibull_min", "c"),
    ("pareto", "b"),
):  # fmt: skip
    of_shape(
        getattr(stats, _name), getattr(densities, f"{_name}_slope"), getattr(densities, f"{_name}_by_{_shape}"),
        getattr(cumulatives, f"{_name}_below"),
    )  # fmt: skip
of_two_shapes(stats.beta, densities.beta_slope, densities.beta_by_a, densities.beta_by_b)

# Discrete distributions: by their parameters

scalar_rule(stats.poisson.logpmf, lambda y, k, mu, loc=0: (None, inside(y, (k - loc) / mu - 1.0), None))
scalar_rule(stats.bernoulli.logpmf, lambda y, k, p, loc=0: (
    None, inside(y, (k - loc) / p - (1.0 - (k - loc)) / (1.0 - p)), None
))  # fmt: skip
scalar_rule(stats.binom.logpmf, lambda y, k, n, p, loc=0: (
    None, None, inside(y, (k - loc) / p - (n - (k - loc)) / (1.0 - p)), None
))  # fmt: skip
scalar_rule(stats.geom.logpmf, lambda y, k, p, loc=0: (
    None, inside(y, 1.0 / p - (k - loc - 1.0) / (1.0 - p)), None
))  # fmt: skip
scalar_rule(stats.nbinom.logpmf, lambda y, k, n, p, loc=0: (
    None, not_implemented(NO_SHAPE), inside(y, n / p - (k - loc) / (1.0 - p)), None
))  # fmt: skip

# Several variables


@pullback_rule(stats.multivariate_normal.logpdf)
def multivariate_normal_pullback(dy, y, x, mean=None, cov=1, allow_singular=False):
    if mean is None or isinstance(cov, int):
        raise NotImplementedError("multivariate_normal.logpdf is differentiated with mean and covariance given")
    return normal_point(dy, x, mean, cov), normal_mean(dy, x, mean, cov), normal_cov(dy, x, mean, cov)


by_source(
    *(getattr(densities, name) for name in dir(densities) if name.endswith(("_slope", "_by_df", "_by_a", "_by_s",
                                                                            "_by_c", "_by_b"))),
    densities.inside, densities.normal_point, densities.normal_mean, densities.normal_cov,
)  # fmt: skip
