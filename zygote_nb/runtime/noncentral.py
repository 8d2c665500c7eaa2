"""Densities of noncentral distributions, and slopes of their distribution functions by noncentrality. Loads SciPy.

N. L. Johnson, S. Kotz and N. Balakrishnan, Continuous Univariate Distributions, vol. 2, chapters 29 to 31.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from zygote_nb.runtime.shaped import shaped_like


@shaped_like(0)
def chi_square_density(y: Any, x: Any, df: Any, nc: Any) -> Any:
    """By a Bessel function; by its series where the noncentrality is small."""
    small = nc * x < 1.0
    safe = np.where(small, 1.0, nc)
    root = np.sqrt(np.where(small, 1.0, x) * safe)
    apart = np.sqrt(x) - np.sqrt(safe)
    far = 0.5 * (x / safe) ** (0.25 * df - 0.5) * np.exp(-0.5 * apart * apart) * special.ive(0.5 * df - 1.0, root)
    central = special.xlogy(0.5 * df - 1.0, 0.5 * x) - special.gammaln(0.5 * df)
    near = 0.5 * np.exp(central - 0.5 * (x + nc)) * special.hyp0f1(0.5 * df, np.where(small, 0.25 * nc * x, 0.0))
    return np.where(small, near, far)[()]


@shaped_like(0)
def fisher_density(y: Any, dfn: Any, dfd: Any, nc: Any, x: Any) -> Any:
    central = special.xlogy(0.5 * dfn, dfn / dfd) + special.xlogy(0.5 * dfn - 1.0, x)
    central = central - 0.5 * (dfn + dfd) * np.log1p(dfn * x / dfd) - special.betaln(0.5 * dfn, 0.5 * dfd)
    share = dfn * x / (dfd + dfn * x)
    return np.exp(central - 0.5 * nc) * special.hyp1f1(0.5 * (dfn + dfd), 0.5 * dfn, 0.5 * nc * share)


@shaped_like(0)
def fisher_slope(y: Any, dfn: Any, dfd: Any, nc: Any, x: Any) -> Any:
    """Of the distribution function by the noncentrality: one term of its series is left of each two neighbours."""
    a, b, share = 0.5 * dfn, 0.5 * dfd, dfn * x / (dfd + dfn * x)
    term = special.xlogy(a, share) + b * np.log1p(-share) - special.betaln(a, b)
    return -0.5 / a * np.exp(term - 0.5 * nc) * special.hyp1f1(a + b, a + 1.0, 0.5 * nc * share)


@shaped_like(0)
def student_density(y: Any, df: Any, nc: Any, t: Any) -> Any:
    return student_moment(df, nc, t, 1)


@shaped_like(0)
def student_slope(y: Any, df: Any, nc: Any, t: Any) -> Any:
    """Of the distribution function by the noncentrality."""
    return -student_moment(df, nc, t, 0)


def student_moment(df: Any, nc: Any, t: Any, k: int) -> Any:
    """The mean of ``s**k`` times the normal density at ``t s - nc``, ``s`` being the root of a mean of squares."""
    square = df + t * t
    scale = 0.5 * df * np.log(0.5 * df) - special.gammaln(0.5 * df) - 0.5 * (df + k) * np.log(square) - 0.5 * nc * nc
    return math.sqrt(2.0 / math.pi) * np.exp(scale) * half_moment(df + k - 1.0, nc * t / np.sqrt(square))


def half_moment(m: Any, w: Any) -> Any:
    """The integral of ``u**m exp(w u - u**2 / 2)`` over positive ``u``; nothing cancels on either side of 0."""
    above = np.where(w > 0.0, w, 0.0)
    even = special.gamma(0.5 * m + 0.5) * special.hyp1f1(0.5 * m + 0.5, 0.5, 0.5 * above * above)
    odd = special.gamma(0.5 * m + 1.0) * special.hyp1f1(0.5 * m + 1.0, 1.5, 0.5 * above * above)
    right = 2.0 ** (0.5 * m - 0.5) * (even + math.sqrt(2.0) * above * odd)
    below = np.where(w < 0.0, w, -1.0)
    left = special.gamma(m + 1.0) * special.hyperu(0.5 * m + 0.5, 0.5, 0.5 * below * below) / 2.0 ** (0.5 * m + 0.5)
    return np.where(w < 0.0, left, right)[()]
