"""Integer expressions as one would write them: constants are added up and come last."""

from __future__ import annotations

import operator

from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import INT_ZERO, Apply, Const, Expr, Name
from zygote_nb.ir.kinds import INT, Opaque


def plus(a: Expr, b: Expr) -> Expr:
    """``a + b``."""
    (p, m), (q, n) = apart(a), apart(b)
    return with_constant(q if p == INT_ZERO else p if q == INT_ZERO else of(operator.add, p, q), m + n)


def minus(a: Expr, b: Expr) -> Expr:
    """``a - b``."""
    (p, m), (q, n) = apart(a), apart(b)
    if q == INT_ZERO:
        return with_constant(p, m - n)
    return of(operator.sub, Const(m - n, INT), q) if p == INT_ZERO else with_constant(of(operator.sub, p, q), m - n)


def plus_constant(a: Expr, number: int) -> Expr:
    """``a + number``."""
    return plus(a, Const(number, INT))


def apart(expr: Expr) -> tuple[Expr, int]:
    """Something, which may be zero, and the constant that is added to it."""
    match expr:
        case Const(value=int(n)) if type(n) is int:
            return INT_ZERO, n
        case Apply(fn=operator.add, args=(rest, Const(value=int(n)))) if type(n) is int:
            return rest, n
        case Apply(fn=operator.add, args=(Const(value=int(n)), rest)) if type(n) is int:
            return rest, n
        case Apply(fn=operator.sub, args=(rest, Const(value=int(n)))) if type(n) is int:
            return rest, -n
    return expr, 0


def with_constant(expr: Expr, number: int) -> Expr:
    if expr == INT_ZERO or number == 0:
        return Const(number, INT) if expr == INT_ZERO else expr
    return of(operator.add if number > 0 else operator.sub, expr, Const(abs(number), INT))


def of(fn: object, a: Expr, b: Expr) -> Expr:
    return Apply(fn, (a, b), (), INT)


def length(array: Name, axis: int) -> Expr:
    """How long an axis of an array is."""
    shape = Apply(Attribute("shape"), (array,), (), Opaque("shape"))
    return Apply(operator.getitem, (shape, Const(axis, INT)), (), INT)
