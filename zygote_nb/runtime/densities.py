"""Slopes of the logarithms of densities, in standard form. Loads SciPy, as do the programs that need it."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from zygote_nb.runtime.shaped import shaped_like


def inside(y: Any, slope: Any) -> Any:
    """Zero where the density is zero: there its logarithm is no function to follow."""
    return np.where(np.isfinite(y), slope, 0.0)[()]


def norm_slope(z: Any) -> Any:
    return -z


def expon_slope(z: Any) -> Any:
    return -np.ones_like(z)


def laplace_slope(z: Any) -> Any:
    return -np.sign(z)


def logistic_slope(z: Any) -> Any:
    return -np.tanh(0.5 * z)


def cauchy_slope(z: Any) -> Any:
    return -2.0 * z / (1.0 + z * z)


def uniform_slope(z: Any) -> Any:
    return np.zeros_like(z)


def rayleigh_slope(z: Any) -> Any:
    return 1.0 / z - z


def gumbel_r_slope(z: Any) -> Any:
    return np.exp(-z) - 1.0


def t_slope(z: Any, df: Any) -> Any:
    return -(df + 1.0) * z / (df + z * z)


def t_by_df(z: Any, df: Any) -> Any:
    gammas = special.psi(0.5 * (df + 1.0)) - special.psi(0.5 * df) - 1.0 / df
    return 0.5 * (gammas - np.log1p(z * z / df) + (df + 1.0) * z * z / (df * (df + z * z)))


def gamma_slope(z: Any, a: Any) -> Any:
    return (a - 1.0) / z - 1.0


def gamma_by_a(z: Any, a: Any) -> Any:
    return np.log(z) - special.psi(a)


def invgamma_slope(z: Any, a: Any) -> Any:
    return (1.0 / z - a - 1.0) / z


def invgamma_by_a(z: Any, a: Any) -> Any:
    return -np.log(z) - special.psi(a)


def chi2_slope(z: Any, df: Any) -> Any:
    return (0.5 * df - 1.0) / z - 0.5


def chi2_by_df(z: Any, df: Any) -> Any:
    return 0.5 * (np.log(0.5 * z) - special.psi(0.5 * df))


def lognorm_slope(z: Any, s: Any) -> Any:
    return -(1.0 + np.log(z) / (s * s)) / z


def lognorm_by_s(z: Any, s: Any) -> Any:
    return ((np.log(z) / s) ** 2 - 1.0) / s


def weibull_min_slope(z: Any, c: Any) -> Any:
    return (c - 1.0 - c * z**c) / z


def weibull_min_by_c(z: Any, c: Any) -> Any:
    return 1.0 / c + np.log(z) * (1.0 - z**c)


def pareto_slope(z: Any, b: Any) -> Any:
    return -(b + 1.0) / z


def pareto_by_b(z: Any, b: Any) -> Any:
    return 1.0 / b - np.log(z)


def beta_slope(z: Any, a: Any, b: Any) -> Any:
    return (a - 1.0) / z - (b - 1.0) / (1.0 - z)


def beta_by_a(z: Any, a: Any, b: Any) -> Any:
    return np.log(z) - special.psi(a) + special.psi(a + b)


def beta_by_b(z: Any, a: Any, b: Any) -> Any:
    return np.log1p(-z) - special.psi(b) + special.psi(a + b)


# The normal distribution of several variables


@shaped_like(1)
def normal_point(dy: Any, x: Any, mean: Any, cov: Any) -> Any:
    """The cotangent of the points, in the last axis."""
    off = np.reshape(x - mean, (-1, len(cov)))
    return -np.expand_dims(dy, -1) * np.reshape(np.linalg.solve(cov, off.T).T, np.shape(x))


@shaped_like(2)
def normal_mean(dy: Any, x: Any, mean: Any, cov: Any) -> Any:
    g = -normal_point(dy, x, mean, cov)
    return np.sum(np.reshape(g, (-1, len(cov))), 0)


@shaped_like(3)
def normal_cov(dy: Any, x: Any, mean: Any, cov: Any) -> Any:
    """The cotangent of the covariance, as of a general matrix."""
    inverse = np.linalg.inv(cov)
    off = np.reshape(x - mean, (-1, len(cov))) @ inverse
    return 0.5 * (np.einsum("n,ni,nj->ij", np.ravel(dy), off, off) - np.sum(dy) * inverse)
