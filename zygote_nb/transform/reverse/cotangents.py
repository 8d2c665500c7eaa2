"""Cotangent expressions: a seed put into a pullback, products in order, guards against infinite partial derivatives."""

from __future__ import annotations

import operator

import numpy as np

from zygote_nb.dataclass import replace
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import ZERO, Apply, Choice, Const, Expr, Name, Tuple, is_getitem
from zygote_nb.ir.kinds import Array, Scalar
from zygote_nb.ir.walk import is_basic, rebuild, substitute
from zygote_nb.runtime import arrays as helpers
from zygote_nb.transform import algebra
from zygote_nb.transform.rule.pullback import SEED


def refold(cotangent: Expr, values: dict[str, Expr]) -> Expr:
    """The cotangent with the seed in place, products put in order again."""
    match cotangent:
        case Name():
            return values.get(cotangent.id, cotangent)
        case Apply(fn=operator.mul | operator.truediv | operator.neg):
            p = algebra.as_product(cotangent)
            numerator = [substitute(f, values) for f in p.numerator]
            result = algebra.Product(p.coefficient)
            for factor in numerator:
                result = algebra.times(result, algebra.as_product(factor))
            for divisor in p.denominator:
                result = algebra.divided(result, substitute(divisor, values))
            return algebra.from_product(result)
    return substitute(cotangent, values)


def joined(values: list[Expr]) -> list[Expr]:
    """Contributions to one place: added up in one expression where that stays readable."""
    total = algebra.total(values)
    if algebra.size_of(total) <= 16 or len(values) == 1:
        return [total]
    return values


def guarded(seed: Expr, value: Expr) -> Expr:
    """Nothing flows where the seed is zero, even if the partial derivative is infinite there."""
    test = algebra.apply(operator.ne, seed, ZERO)
    if isinstance(value.kind, Array):
        return Apply(np.where, (test, value, ZERO), (), value.kind)
    return Choice(test, value, ZERO, value.kind)


def varies(cotangent: Expr) -> bool:
    """Whether the partial derivative is more than a constant, and so could be infinite."""
    p = algebra.as_product(cotangent)
    return bool(p.denominator) or any(f != Name(SEED) for f in p.numerator)


def without_zero_division(call: Apply, cotangent: Expr) -> Expr:
    """NumPy's functions give infinity for Python numbers where dividing them would raise."""
    if not isinstance(call.fn, np.ufunc) or not all(
        isinstance(a.kind, Scalar) and a.kind.weak is not False for a in call.args
    ):
        return cotangent

    def change(e: Expr) -> Expr:
        if isinstance(e, Apply) and e.fn is operator.truediv and not isinstance(e.args[1], Const):
            return replace(e, fn=helpers.quotient)
        return e

    return rebuild(cotangent, change)


def is_view(expr: Expr) -> bool:
    return isinstance(expr, Apply) and (
        isinstance(expr.fn, Attribute) or (is_getitem(expr) and is_basic(expr.args[1]) and is_view_base(expr))
    )


def is_view_base(expr: Apply) -> bool:
    return isinstance(expr.args[0], Name)


def may_repeat(index: Expr) -> bool:
    """Whether the index can name one entry twice."""
    parts = index.items if isinstance(index, Tuple) and index.cls is tuple else (index,)
    return not all(map(names_once, parts))


def names_once(part: Expr) -> bool:
    """Whether one part of an index surely names each entry at most once: a number, a slice, a mask."""
    if isinstance(part, Const) or (isinstance(part, Apply) and part.fn is slice):
        return True
    return isinstance(part.kind, Scalar) or (isinstance(part.kind, Array) and part.kind.dtype == "bool")
