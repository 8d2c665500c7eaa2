"""``scipy.integrate.quad`` in generated code: its value, and derivatives from those of the integrand.

``f`` is a function of the program: ``f(given, held)`` is its value, and it has a pullback and a pushforward. SciPy has
been loaded by whoever called it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.runtime.shaped import shaped_like
from zygote_nb.runtime.vectors import flat, length, parted, shapes_of

FINE = 1e-11
"""The tolerance of the integrals that derivatives are."""


def integral(
    f: Any, a: Any, b: Any, held: Any, epsabs: Any = 1.49e-8, epsrel: Any = 1.49e-8, limit: Any = 50, points: Any = None
) -> Any:
    """The integral, and an estimate of its error."""
    from scipy.integrate import quad

    return quad(lambda x: f((x,), held), a, b, epsabs=epsabs, epsrel=epsrel, limit=limit, points=points)


@shaped_like(1)
def value_at(f: Any, x: Any, held: Any) -> Any:
    return f((x,), held)


@shaped_like(0)
def integral_adjoint(held: Any, dy: Any, wanted: Any, f: Any, a: Any, b: Any, points: Any = None) -> Any:
    """The cotangents of what the integrand holds: the integrals of those at each point."""
    flags = wanted[3]
    shapes = shapes_of(held, flags)
    if not length(shapes):
        return parted(np.zeros(0), held, shapes)
    found = integrated(lambda x: flat(f.pullback((x,), held, 1.0, (False, *flags))[1:], shapes), a, b, points)
    return parted(dy * found, held, shapes)


@shaped_like(0)
def integral_along(y: Any, moved: Any, held: Any, f: Any, a: Any, b: Any, points: Any = None) -> Any:
    """The tangent of the integral, by what the integrand holds."""
    if not isinstance(moved, tuple):
        return 0.0
    flags = (False, *(m is not None for m in moved))
    return integrated(lambda x: f.pushforward((x,), held, (0.0, *moved), flags), a, b, points)[()]


def integrated(slopes: Any, a: Any, b: Any, points: Any) -> Any:
    """The integral of a vector, entry by entry."""
    from scipy.integrate import quad_vec

    return np.asarray(quad_vec(slopes, a, b, epsabs=FINE, epsrel=FINE, norm="max", points=points)[0])
