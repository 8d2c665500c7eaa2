"""``numpy.polynomial``: values of series in six bases, lowest coefficient first, and what is linear in coefficients."""

import numpy as np
from numpy import polynomial

from zygote_nb.rules.complex import HOLOMORPHIC
from zygote_nb.rules.linearity import by_source, linear
from zygote_nb.rules.registry import linear_rule, pullback_rule, pushforward_rule
from zygote_nb.runtime import bases
from zygote_nb.runtime.bases import (
    coefficients_adjoint,
    integrated_adjoint,
    mapped_adjoint,
    powers_adjoint,
    powers_slope,
    value_slope,
    values_adjoint,
)

PER_COLUMN = "with tensor=False it is differentiated for one series: loop over the columns"


def of_basis(value, powers, derive, integrate):
    """The rules of one basis: its values, its pseudo-Vandermonde matrix, derivatives and integrals of its series."""

    @pullback_rule(value)
    def value_pullback(dy, y, x, c, tensor=True):
        if not tensor and c.ndim > 1:
            raise NotImplementedError(PER_COLUMN)
        return values_adjoint(dy, x, c, value, derive), coefficients_adjoint(dy, c, x, powers)

    @pushforward_rule(value)
    def value_pushforward(t, y, x, c, tensor=True):
        return value(x, t[1]) + t[0] * value_slope(x, c, value, derive)

    pullback_rule(powers, lambda dy, y, x, deg: powers_adjoint(dy, x, deg, powers, derive))
    pushforward_rule(powers, lambda t, y, x, deg: np.expand_dims(t[0], -1) * powers_slope(x, deg, powers, derive))
    linear_rule(derive, lambda dy, y, c, m=1, scl=1, axis=0: mapped_adjoint(dy, c, derive, m, scl, axis))
    linear(derive)
    pullback_rule(integrate, lambda dy, y, c, m=1, k=[], lbnd=0, scl=1, axis=0: (
        integrated_adjoint(dy, c, integrate, m, lbnd, scl, axis)
    ))  # fmt: skip
    pushforward_rule(integrate, lambda t, y, c, m=1, k=[], lbnd=0, scl=1, axis=0: (
        integrate(t[0], m, [], lbnd, scl, axis)
    ))  # fmt: skip
    HOLOMORPHIC.update((value, powers, derive, integrate))


of_basis(
    polynomial.polynomial.polyval, polynomial.polynomial.polyvander, polynomial.polynomial.polyder,
    polynomial.polynomial.polyint,
)  # fmt: skip
of_basis(
    polynomial.chebyshev.chebval, polynomial.chebyshev.chebvander, polynomial.chebyshev.chebder,
    polynomial.chebyshev.chebint,
)  # fmt: skip
of_basis(
    polynomial.legendre.legval, polynomial.legendre.legvander, polynomial.legendre.legder, polynomial.legendre.legint
)
of_basis(
    polynomial.hermite.hermval, polynomial.hermite.hermvander, polynomial.hermite.hermder, polynomial.hermite.hermint
)
of_basis(
    polynomial.hermite_e.hermeval, polynomial.hermite_e.hermevander, polynomial.hermite_e.hermeder,
    polynomial.hermite_e.hermeint,
)  # fmt: skip
of_basis(
    polynomial.laguerre.lagval, polynomial.laguerre.lagvander, polynomial.laguerre.lagder, polynomial.laguerre.lagint
)
by_source(
    bases.values_adjoint, bases.coefficients_adjoint, bases.value_slope, powers_slope, powers_adjoint, mapped_adjoint,
    integrated_adjoint,
)  # fmt: skip
