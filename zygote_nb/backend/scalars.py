"""Arithmetic of numbers, in which Numba and Python differ: checked forms."""

from __future__ import annotations

import builtins
import math
import operator

from zygote_nb.dataclass import replace
from zygote_nb.ir.core import Apply, Const, Expr
from zygote_nb.ir.kinds import Scalar
from zygote_nb.runtime import checked

TO_INTEGERS = {
    int: checked.integer, math.floor: checked.floor, math.ceil: checked.ceil, math.trunc: checked.integer,
    round: checked.rounded,
}  # fmt: skip


def is_integer(expr: Expr) -> bool:
    return isinstance(expr.kind, Scalar) and expr.kind.dtype[0] in "iu"


def of_scalars(expr: Apply) -> Expr | None:
    """The checked form of arithmetic on Python numbers; None if it agrees as it is."""
    weak = any(a.kind.weak is not False for a in expr.args if isinstance(a.kind, Scalar))
    strict = all(isinstance(a.kind, Scalar) and a.kind.weak is not False for a in expr.args)
    integers = all(map(is_integer, expr.args))
    match expr.fn:
        case operator.truediv | operator.floordiv | operator.mod if (
            strict or (weak and integers) or expr.fn is not operator.truediv
        ):
            if isinstance(expr.args[1], Const) and expr.args[1].value != 0:
                return expr
            forms = {
                operator.truediv: checked.divide,
                operator.floordiv: checked.floor_divide,
                operator.mod: checked.modulo,
            }
            return replace(expr, fn=forms[expr.fn])
        case operator.truediv:
            return expr
        case operator.mul if integers and strict:
            return replace(expr, fn=checked.multiply_integers)
        case operator.add | operator.sub if integers and strict and not any(isinstance(a, Const) for a in expr.args):
            return replace(expr, fn=checked.add_integers if expr.fn is operator.add else checked.subtract_integers)
        case operator.pow | builtins.pow:
            if integers:
                return replace(expr, fn=checked.power_integers)
            if strict or not is_whole(expr.args[1]):
                return replace(expr, fn=checked.power)
            return replace(expr, fn=operator.pow)
        case math.fmod:
            return replace(expr, fn=checked.remainder)
        case operator.lshift if integers:
            return replace(expr, fn=checked.shift_left)
    if expr.fn in TO_INTEGERS and len(expr.args) == 1:
        return replace(expr, fn=TO_INTEGERS[expr.fn])
    if expr.fn in (min, max) and len(expr.args) == 2:
        return replace(expr, fn=checked.smaller if expr.fn is min else checked.larger)
    return None


def is_whole(exponent: Expr) -> bool:
    return isinstance(exponent, Const) and exponent.value == int(exponent.value)
