"""Attempts in forward mode: tangents stand inside of ``try``, and must neither raise nor come before their value.

A tangent that raised where the value does not would be caught by a handler that is not meant for it. Divided by zero,
it is infinite instead.
"""

from __future__ import annotations

import math
import operator

import numpy as np

from zygote_nb.dataclass import replace
from zygote_nb.frontend.program import Program
from zygote_nb.ir.core import Apply, Attempt, Const, Expr
from zygote_nb.ir.kinds import Scalar
from zygote_nb.ir.walk import rebuild, statements
from zygote_nb.runtime import arrays as helpers

QUIET = {operator.truediv: helpers.quotient, operator.pow: np.float_power, math.pow: np.float_power}
QUIET |= {f: getattr(np, name) for name, f in vars(math).items() if callable(f) and hasattr(np, name)}


def tries(program: Program) -> bool:
    """Whether any function that is reached catches exceptions."""
    bodies = (i.function.body for i in program.instances.values())
    return any(isinstance(s, Attempt) for body in bodies for s in statements(body))


def unraising(tangent: Expr) -> Expr:
    """The same, with NumPy's functions in place of those that raise for Python's numbers."""

    def change(e: Expr) -> Expr:
        if isinstance(e, Apply) and e.fn in QUIET and isinstance(e.kind, Scalar) and not is_harmless(e):
            return replace(e, fn=QUIET[e.fn], text=None)
        return e

    return rebuild(tangent, change)


def is_harmless(e: Apply) -> bool:
    last = e.args[-1]
    if not isinstance(last, Const) or e.fn is math.pow:
        return False
    return (e.fn is operator.truediv and last.value != 0) or (e.fn is operator.pow and last.value in (1, 2))
