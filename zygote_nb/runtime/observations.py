"""Adjoints of covariances and correlations."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.runtime.arrays import quotient
from zygote_nb.runtime.matrices import hermitian
from zygote_nb.runtime.shaped import shaped_like


@shaped_like(1)
def cov_adjoint(
    dy: Any, m: Any, y: Any, rowvar: bool = True, bias: bool = False, ddof: Any = None, fweights: Any = None,
    aweights: Any = None,
) -> Any:  # fmt: skip
    """The cotangent of the first argument of ``np.cov``."""
    return _of_observations(_cov_adjoint(dy, m, y, rowvar, bias, ddof, fweights, aweights)[0], m, rowvar)


@shaped_like(2)
def cov_adjoint_other(
    dy: Any, m: Any, y: Any, rowvar: bool = True, bias: bool = False, ddof: Any = None, fweights: Any = None,
    aweights: Any = None,
) -> Any:  # fmt: skip
    """The cotangent of the second argument of ``np.cov``."""
    return _of_observations(_cov_adjoint(dy, m, y, rowvar, bias, ddof, fweights, aweights)[1], y, rowvar)


@shaped_like(7)
def cov_weights_adjoint(
    dy: Any, m: Any, y: Any, rowvar: bool, bias: bool, ddof: Any, fweights: Any, aweights: Any
) -> Any:
    """The cotangent of ``aweights`` of ``np.cov``: the sum of squares does not change with the means."""
    centred, w, free = centred_observations(m, y, rowvar, bias, ddof, fweights, aweights)
    g = np.reshape(dy, (len(centred), len(centred)))
    squares = np.sum(centred * (g @ centred), axis=0)
    counts = np.ones(len(w)) if fweights is None else fweights
    slopes = slopes_of_freedom(w, bias, ddof, counts, aweights)
    return counts * squares / free - np.sum(w * squares) / free**2 * slopes


def slopes_of_freedom(w: Any, bias: bool, ddof: Any, counts: Any, aweights: Any) -> Any:
    """How the degrees of freedom change with each of ``aweights``."""
    total, less = np.sum(w), (0 if bias else 1) if ddof is None else ddof
    return counts * (1.0 - less * (2.0 * aweights - np.sum(w * aweights) / total) / total)


def _observations(m: Any, rowvar: bool) -> Any:
    x = np.atleast_2d(m)
    return x.T if not rowvar and np.ndim(m) != 1 else x


def _of_observations(g: Any, m: Any, rowvar: bool) -> Any:
    return np.reshape(g.T if not rowvar and np.ndim(m) != 1 else g, np.shape(m))


def joined_observations(m: Any, y: Any, rowvar: bool) -> Any:
    """The observations of both arguments, a row for each variable."""
    first = _observations(m, rowvar)
    return first if y is None else np.concatenate((first, _observations(y, rowvar)))


def centred_observations(
    m: Any, y: Any, rowvar: bool, bias: bool, ddof: Any, fweights: Any, aweights: Any
) -> tuple[Any, Any, Any]:
    """Observations minus their means, their weights, and the degrees of freedom."""
    x = joined_observations(m, y, rowvar)
    w = np.ones(x.shape[1])
    for given in (fweights, aweights):
        w = w if given is None else w * given
    ddof = (0 if bias else 1) if ddof is None else ddof
    less = np.sum(w * aweights) / np.sum(w) if aweights is not None else 1.0
    return x - (x @ w / np.sum(w))[:, None], w, np.sum(w) - ddof * less


def _cov_adjoint(
    dy: Any, m: Any, y: Any, rowvar: bool, bias: bool, ddof: Any, fweights: Any, aweights: Any
) -> tuple[Any, Any]:
    """Twice the symmetric part of the cotangent times the centred observations, by their weights."""
    centred, w, free = centred_observations(m, y, rowvar, bias, ddof, fweights, aweights)
    g = np.reshape(dy, (len(centred), len(centred)))
    d_x = (g + hermitian(g)) @ centred * w / free
    first = len(_observations(m, rowvar))
    return d_x[:first], d_x[first:]


@shaped_like(1)
def corrcoef_adjoint(dy: Any, x: Any, y: Any, rowvar: bool = True) -> Any:
    """The cotangent of the first argument of ``np.corrcoef``."""
    return cov_adjoint(_of_covariance(dy, x, y, rowvar), x, y, rowvar)


@shaped_like(2)
def corrcoef_adjoint_other(dy: Any, x: Any, y: Any, rowvar: bool = True) -> Any:
    """The cotangent of the second argument of ``np.corrcoef``."""
    return cov_adjoint_other(_of_covariance(dy, x, y, rowvar), x, y, rowvar)


def _of_covariance(dy: Any, x: Any, y: Any, rowvar: bool) -> Any:
    """The cotangent of the covariance matrix, of which the correlations are quotients."""
    c = np.atleast_2d(np.cov(x, y, rowvar))
    s = np.sqrt(np.real(np.diagonal(c)))
    r = c / np.outer(s, s)
    g = np.reshape(dy, c.shape)
    both = np.real(np.conj(g) * r)
    d_s = -(np.sum(both, axis=0) + np.sum(both, axis=1)) / s
    return g / np.outer(s, s) + np.diag(quotient(d_s, 2 * s))
