"""Python's operators on numbers and arrays."""

import math
import operator

import numpy as np

from zygote_nb.rules.registry import non_differentiable, scalar_rule
from zygote_nb.runtime.arrays import literal, power_partial_base, power_partial_exponent
from zygote_nb.runtime.powers import complex_power_partial_base, complex_power_partial_exponent

scalar_rule(operator.pos, lambda y, x: 1)
scalar_rule(operator.neg, lambda y, x: -1)
scalar_rule(operator.abs, lambda y, x: np.sign(x))
scalar_rule(operator.add, lambda y, a, b: (1, 1))
scalar_rule(operator.sub, lambda y, a, b: (1, -1))
scalar_rule(operator.mul, lambda y, a, b: (b, a))
scalar_rule(operator.truediv, lambda y, a, b: (1.0 / b, -y / b))
scalar_rule(operator.mod, lambda y, a, b: (1, -(a // b)))

# A literal exponent gives plain arithmetic; the rest, and exponents between 0 and 1, whose derivative at 0 is infinite,
# are left to the helper.
for _power in (operator.pow, pow, math.pow, np.power, np.float_power):
    scalar_rule(_power, lambda y, x, p: (
        complex_power_partial_base(x, p) if np.iscomplexobj(y) and not isinstance(p, int) else
        (0 if p == 0 else 1 if p == 1 else 2.0 * x if p == 2 else p * x ** (p - 1))
        if literal(p) and (p <= 0 or p >= 1)
        else power_partial_base(x, p),
        complex_power_partial_exponent(y, x, p) if np.iscomplexobj(y) else power_partial_exponent(y, x, p),
    ))  # fmt: skip

for _constant in (
    operator.floordiv, operator.lt, operator.le, operator.eq, operator.ne, operator.ge, operator.gt,
    operator.not_, operator.truth, operator.is_, operator.is_not, operator.contains, operator.index,
    operator.and_, operator.or_, operator.xor, operator.inv, operator.lshift, operator.rshift,
):  # fmt: skip
    non_differentiable(_constant)
