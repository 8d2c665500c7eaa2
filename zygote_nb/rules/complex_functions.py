"""Functions of ``cmath``: derivatives, which the machinery for complex numbers applies between conjugations."""

from __future__ import annotations

import cmath
import math

import numpy as np

from zygote_nb.rules.registry import alias, non_differentiable, pullback_rule, pushforward_rule, scalar_rule
from zygote_nb.runtime.polar import abs_adjoint, abs_tangent, angle_adjoint, angle_tangent

scalar_rule(cmath.exp, lambda y, z: y)
scalar_rule(cmath.log10, lambda y, z: 1.0 / (z * math.log(10.0)))
scalar_rule(cmath.sqrt, lambda y, z: 0.5 / y)
scalar_rule(cmath.sin, lambda y, z: cmath.cos(z))
scalar_rule(cmath.cos, lambda y, z: -cmath.sin(z))
scalar_rule(cmath.tan, lambda y, z: 1.0 + y * y)
scalar_rule(cmath.asin, lambda y, z: 1.0 / cmath.sqrt(1.0 - z * z))
scalar_rule(cmath.acos, lambda y, z: -1.0 / cmath.sqrt(1.0 - z * z))
scalar_rule(cmath.atan, lambda y, z: 1.0 / (1.0 + z * z))
scalar_rule(cmath.sinh, lambda y, z: cmath.cosh(z))
scalar_rule(cmath.cosh, lambda y, z: cmath.sinh(z))
scalar_rule(cmath.tanh, lambda y, z: 1.0 - y * y)
scalar_rule(cmath.asinh, lambda y, z: 1.0 / cmath.sqrt(z * z + 1.0))
scalar_rule(cmath.acosh, lambda y, z: 1.0 / (cmath.sqrt(z - 1.0) * cmath.sqrt(z + 1.0)))
scalar_rule(cmath.atanh, lambda y, z: 1.0 / (1.0 - z * z))
scalar_rule(cmath.log, lambda y, z, base=None: (
    1.0 / z if base is None else 1.0 / (z * cmath.log(base)),
    None if base is None else -y / (base * cmath.log(base)),
))  # fmt: skip
scalar_rule(cmath.rect, lambda z, r, phi: (cmath.exp(1j * phi), 1j * z))
pullback_rule(cmath.polar, lambda dy, y, z: abs_adjoint(dy[0], z, y[0]) + angle_adjoint(dy[1], z))
pushforward_rule(cmath.polar, lambda t, y, z: (abs_tangent(t[0], z, y[0]), angle_tangent(t[0], z)))
alias(cmath.phase, np.angle)
for _fn in (cmath.isnan, cmath.isinf, cmath.isfinite, cmath.isclose):
    non_differentiable(_fn)
