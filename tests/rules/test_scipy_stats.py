"""``scipy.stats``: densities of the usual distributions, and ``scipy.spatial.distance``."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial import distance

import zygote_nb as zg
from tests.rules.contract import array, case, hold, positive, symmetric

X = array(6)
POSITIVE = positive(6)
UNIT = np.linspace(0.1, 0.9, 6)
K = np.array([0, 1, 2, 3, 5, 8])

REAL_LINE = (stats.norm, stats.laplace, stats.logistic, stats.cauchy, stats.gumbel_r)
HALF_LINE = (stats.expon, stats.rayleigh)
ONE_SHAPE = (stats.gamma, stats.invgamma, stats.chi2, stats.lognorm, stats.weibull_min)


def there(dist, name, *args):
    return case(getattr(dist, name), *args)


CASES = [
    *(there(d, n, X, 0.3, 1.7) for d in REAL_LINE for n in ("logpdf", "pdf", "cdf", "sf", "logcdf", "logsf")),
    *(there(d, n, POSITIVE + 1.0, 0.3, 1.7) for d in HALF_LINE for n in ("logpdf", "pdf", "cdf", "sf", "logsf")),
    *(there(d, "ppf", UNIT, 0.3, 1.7) for d in (*REAL_LINE, *HALF_LINE)),
    *(there(d, "logpdf", POSITIVE + 1.0, 2.3, 0.3, 1.7) for d in ONE_SHAPE),
    *(there(d, "cdf", POSITIVE + 1.0, 2, 0.3, 1.7) for d in (*ONE_SHAPE, stats.t)),
    there(stats.t, "logpdf", X, 3.5, 0.3, 1.7),
    there(stats.pareto, "logpdf", POSITIVE + 3.0, 2.3, 0.3, 1.7),
    there(stats.beta, "logpdf", UNIT, 2.3, 3.1),
    there(stats.beta, "logpdf", UNIT + 0.2, 2.3, 3.1, 0.1, 1.3),
    there(stats.norm, "logpdf", X),
    there(stats.norm, "logpdf", array(4, 1), array(6), positive(4, 6)),
    there(stats.poisson, "logpmf", K, 2.5),
    there(stats.bernoulli, "logpmf", K[:2], 0.3),
    there(stats.binom, "logpmf", K, 10, 0.3),
    there(stats.geom, "logpmf", K + 1, 0.3),
    there(stats.nbinom, "logpmf", K, 3, 0.3),
    there(stats.multivariate_normal, "logpdf", array(5, 3), array(3), symmetric(3, 3)),
    there(stats.multivariate_normal, "logpdf", array(3), array(3), symmetric(3, 3)),
    *(case(distance.cdist, array(4, 3), array(5, 3), metric) for metric in ("euclidean", "sqeuclidean", "cityblock")),
    case(distance.cdist, array(4, 3), array(5, 3), "minkowski", p=3),
    *(case(distance.pdist, array(4, 3), metric) for metric in ("euclidean", "sqeuclidean", "cityblock")),
    case(distance.squareform, array(6)),
    *(case(fn, array(5), X[:5]) for fn in (distance.euclidean, distance.sqeuclidean, distance.cityblock)),
]


@pytest.mark.parametrize("call", CASES)
def test_densities_and_distances(call):
    fn, args, _ = call
    symmetric_only = getattr(fn, "__self__", None) is stats.multivariate_normal
    if symmetric_only:
        x, mean, cov = args
        zg.check_grads(lambda x, mean, a: np.sum(fn(x, mean, a @ a.T)), x, mean, cov)
    else:
        hold(call)


def test_outside_of_the_support():
    assert zg.gradient(lambda x: stats.uniform.logpdf(x), 0.5) == (0.0,)
    assert zg.gradient(lambda x: np.sum(stats.gamma.logpdf(x, 2.0)), np.array([-1.0, 2.0]))[0].tolist() == [0.0, -0.5]


def test_points_that_coincide():
    x = np.ones((2, 3))
    assert not zg.gradient(lambda x: np.sum(distance.cdist(x, x)), x)[0].any()


def test_a_metric_without_derivative():
    with pytest.raises(zg.ZygoteError, match="'cosine' are not differentiated"):
        zg.gradient(lambda x: np.sum(distance.cdist(x, x, "cosine")), array(3, 2))


def test_a_likelihood():
    data = array(50)

    def loss(mu, log_sigma):
        return -np.sum(stats.norm.logpdf(data, mu, np.exp(log_sigma)))

    assert zg.gradient(loss, np.mean(data), np.log(np.std(data))) == pytest.approx((0.0, 0.0), abs=1e-9)


@pytest.mark.parametrize("name", ["t", "gamma", "invgamma", "chi2", "lognorm", "weibull_min", "pareto"])
def test_cumulative_functions_by_their_shape(name):
    """Below the support too, where there is no slope."""
    dist = getattr(stats, name)
    x = np.array([-0.5, 1.7, 2.9, 0.8])
    zg.check_grads(lambda a: np.sum(dist.cdf(x, a, 0.3, 1.1) ** 2), 2.3)
