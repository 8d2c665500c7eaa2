"""Tangents that are zero: left out where that is possible, made where they have to be there."""

from __future__ import annotations

import operator

import numpy as np

from zygote_nb.dataclass import replace
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import ZERO, Apply, Expr, Name, Tuple
from zygote_nb.ir.kinds import ABSENT, Array, Opaque, TupleOf
from zygote_nb.ir.walk import rebuild
from zygote_nb.rules import registry
from zygote_nb.runtime import lists
from zygote_nb.runtime.arrays import reshape_like, unbroadcast
from zygote_nb.transform import algebra
from zygote_nb.transform.reverse.tangents import zeros_like


def zero_of(value: Expr) -> Expr:
    """Zeros in the shape of a value; what isn't there yet stands for itself."""
    if value.kind == ABSENT:
        return value
    if isinstance(value, Tuple):
        items = tuple(map(zero_of, value.items))
        return replace(value, items=items)
    if isinstance(value.kind, TupleOf | Opaque):
        return Apply(lists.zero, (value,), (), value.kind)
    return zeros_like(value)


SUMS = {operator.add, operator.sub, np.add, np.subtract}


def nonzero(expr: Expr, gone: dict[str, Expr]) -> Expr | None:
    """The expression where the variables ``gone`` are zero; None if it is zero."""
    match expr:
        case Name():
            return None if expr.id in gone else expr
        case Tuple():
            items = [nonzero(i, gone) for i in expr.items]
            if items and all(i is None for i in items):
                return None
            return replace(expr, items=tuple(filled(i, e, gone) for i, e in zip(items, expr.items, strict=True)))
        case Apply():
            return nonzero_call(expr, gone)
    return expr


def nonzero_call(expr: Apply, gone: dict[str, Expr]) -> Expr | None:
    named = tuple((k, filled(nonzero(v, gone), v, gone)) for k, v in expr.kwargs)
    if named != expr.kwargs:
        expr = replace(expr, kwargs=named)
    args = [nonzero(a, gone) for a in expr.args]
    if all(a is not None for a in args):
        return replace(expr, args=tuple(a for a in args if a is not None))
    if expr.fn in SUMS:
        left, right = args
        if left is None and right is None:
            return None
        if right is None:
            return left
        assert right is not None
        return algebra.neg(right) if expr.fn in (operator.sub, np.subtract) else right
    together = jointly(expr)
    if any(args[p] is None for p in vanishing(expr)) or (together and all(args[p] is None for p in together)):
        return None
    return replace(expr, args=tuple(filled(a, e, gone) for a, e in zip(args, expr.args, strict=True)))


PRODUCTS = {operator.mul, np.multiply}
FIRST = {
    operator.truediv, np.divide, operator.neg, operator.pos, operator.getitem, np.sum, np.mean, np.cumsum, np.trapezoid,
    np.reshape, np.expand_dims, np.moveaxis, np.swapaxes, np.copy, Attribute("T"), Attribute("mT"), unbroadcast,
    reshape_like,
}  # fmt: skip
"""Functions whose result is zero if their first argument is."""


def vanishing(expr: Apply) -> tuple[int, ...]:
    """The arguments of which each makes the result zero if it is zero."""
    if expr.fn in PRODUCTS:
        return 0, 1
    if expr.fn in FIRST or getattr(expr.fn, "__name__", "") == "quotient":
        return (0,)
    rule = registry.lookup_forward(expr.fn)
    return rule.positions if rule is not None and rule.form == "multilinear" else ()


def jointly(expr: Apply) -> tuple[int, ...]:
    """The arguments that make the result zero if all of them are zero."""
    rule = registry.lookup_forward(expr.fn)
    if rule is None or rule.form != "linear":
        return ()
    return tuple(p for p in rule.positions if p < len(expr.args))


def filled(part: Expr | None, whole: Expr, gone: dict[str, Expr]) -> Expr:
    """Zeros where they have to be there."""
    if part is not None:
        return part
    if isinstance(whole, Name) and whole.id in gone:
        return zeros_like(gone[whole.id])
    if not isinstance(whole.kind, Array):
        return ZERO
    return rebuild(whole, lambda e: zeros_like(gone[e.id]) if isinstance(e, Name) and e.id in gone else e)
