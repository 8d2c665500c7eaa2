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


@shaped_like(2)
def value_at(f: Any, held: Any, x: Any) -> Any:
    return f((x,), held)


@shaped_like(0)
def integral_adjoint(held: Any, dy: Any, wanted: Any, place: int, f: Any, a: Any, b: Any, points: Any = None) -> Any:
    """The cotangents of what the integrand holds: the integrals of those at each point."""
    flags = wanted[place]
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


@shaped_like(2)
def value_along(f: Any, held: Any, x: Any, dx: Any, moved: Any) -> Any:
    """The tangent of the integrand."""
    moved = moved if isinstance(moved, tuple) else (None,) * len(held)
    flags = (True, *(m is not None for m in moved))
    return f.pushforward((x,), held, (dx, *(0.0 if m is None else m for m in moved)), flags)


@shaped_like(2)
def value_slope(f: Any, held: Any, x: Any, dy: Any) -> Any:
    """The cotangent of the place at which the integrand is taken."""
    return f.pullback((x,), held, dy, (True, *(False for _ in held)))[0]


@shaped_like(1)
def value_adjoint(f: Any, held: Any, x: Any, dy: Any, wanted: Any, place: int) -> Any:
    """The cotangents of what the integrand holds."""
    return tuple(f.pullback((x,), held, dy, (False, *wanted[place]))[1:])


# The same once more: a gradient moves as the gradient of the tangent, since second derivatives are symmetric


def tangent_of(f: Any, held: Any, moved: Any) -> tuple[Any, Any]:
    """The tangent of the integrand as a function like it, and what that holds."""
    g, flags = f.along((False, *(m is not None for m in moved)))
    return g, (*held, *(m for m, taken in zip(moved, flags[1:], strict=True) if taken))


@shaped_like(0)
def twice_adjoint(
    held: Any, moved: Any, dy: Any, wanted: Any, place: int, f: Any, a: Any, b: Any, points: Any = None
) -> Any:
    """The gradient of ``dy * integral_along``, by what the integrand holds."""
    flags = wanted[place]
    if not isinstance(moved, tuple):
        return parted(np.zeros(length(shapes_of(held, flags))), held, shapes_of(held, flags))
    g, more = tangent_of(f, held, moved)
    every = (*flags, *(False for _ in more[len(held) :]))
    return integral_adjoint(more, dy, (every,), 0, g, a, b, points)[: len(held)]


@shaped_like(0)
def adjoint_along(
    held: Any, moved: Any, change: Any, da: Any, db: Any, dy: Any, wanted: Any, place: int, f: Any, a: Any, b: Any,
    points: Any = None,
) -> Any:  # fmt: skip
    """The tangent of ``integral_adjoint``, as what is held, ``dy`` and both ends move."""
    found = twice_adjoint(held, moved, dy, wanted, place, f, a, b, points)
    if is_moving(change):
        found = added(found, integral_adjoint(held, change, wanted, place, f, a, b, points))
    for end, moving, sign in ((a, da, -1.0), (b, db, 1.0)):
        if is_moving(moving):
            found = added(found, f.pullback((end,), held, sign * moving * dy, (False, *wanted[place]))[1:])
    return found


@shaped_like(0)
def along_twice(
    y: Any, change: Any, more_held: Any, da: Any, db: Any, moved: Any, held: Any, f: Any, a: Any, b: Any,
    points: Any = None,
) -> Any:  # fmt: skip
    """The tangent of ``integral_along``, as ``moved``, what is held and both ends move."""
    found = integral_along(y, change, held, f, a, b, points)
    if not isinstance(moved, tuple):
        return found
    if isinstance(more_held, tuple):
        g, every = tangent_of(f, held, moved)
        found = found + integral_along(y, (*more_held, *(None for _ in every[len(held) :])), every, g, a, b, points)
    for end, moving, sign in ((a, da, -1.0), (b, db, 1.0)):
        if is_moving(moving):
            found = found + sign * moving * value_along(f, held, end, 0.0, moved)
    return found


def is_moving(tangent: Any) -> bool:
    return tangent is not None and bool(np.any(tangent))


def added(p: Any, q: Any) -> Any:
    """The sum of gradients; None where one isn't wanted."""
    return tuple(x if y is None else x + y for x, y in zip(p, q, strict=True))


def integrated(slopes: Any, a: Any, b: Any, points: Any) -> Any:
    """The integral of a vector, entry by entry."""
    from scipy.integrate import quad_vec

    return np.asarray(quad_vec(slopes, a, b, epsabs=FINE, epsrel=FINE, norm="max", points=points)[0])
