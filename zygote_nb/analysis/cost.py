"""What is cheap enough to compute twice, and what may raise."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.ir.core import Apply, Choice, Const, Expr, Name, Tuple
from zygote_nb.ir.kinds import Array, ListOf, Scalar
from zygote_nb.ir.walk import is_basic, subexpressions
from zygote_nb.runtime.arrays import expand, together, unbroadcast
from zygote_nb.runtime.contractions import SHAPED_AS

ARITHMETIC = {operator.add: 1, operator.sub: 1, operator.mul: 1, operator.neg: 0, operator.pos: 0, operator.truediv: 4}
COMPARISONS = {operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne, operator.not_}
FREE = {Attribute("size"), Attribute("shape"), Attribute("ndim"), Attribute("T"), len, slice}
SHAPE_ONLY = {
    Attribute("size"), Attribute("shape"), Attribute("ndim"), len, np.zeros_like, np.ones_like, np.empty_like,
    np.shape, np.size, np.ndim, together, *SHAPED_AS.values(),
}  # fmt: skip
FITTED = {unbroadcast, expand}
"""Functions of a value and of something whose shape it is to have."""
TRANSCENDENTAL = 10
SCALAR_LIMIT, ARRAY_LIMIT = 7, 1


def cost(expr: Expr) -> int:
    """Roughly how many simple operations an evaluation takes, for each element."""
    match expr:
        case Const() | Name():
            return 0
        case Tuple():
            return sum(map(cost, expr.items))
        case Choice():
            return 1 + cost(expr.test) + cost(expr.body) + cost(expr.orelse)
        case Apply():
            return own_cost(expr) + sum(map(cost, expr.args)) + sum(cost(v) for _, v in expr.kwargs)
    return TRANSCENDENTAL


def own_cost(expr: Apply) -> int:
    if expr.fn in FREE:
        return 0
    if expr.fn is operator.getitem:
        return 1 if not isinstance(expr.kind, Array) else 0
    if expr.fn in ARITHMETIC:
        return ARITHMETIC[expr.fn]
    if expr.fn in COMPARISONS:
        return 1
    if expr.fn in (abs, np.abs, np.sign, float, int, min, max, operator.abs) and isinstance(expr.kind, Scalar):
        return 1
    if expr.fn is operator.pow and isinstance(expr.args[1], Const) and expr.args[1].value in (1, 2, 3):
        return 1
    return TRANSCENDENTAL


def is_cheap(expr: Expr) -> bool:
    """Whether the expression is computed again rather than kept."""
    if isinstance(expr.kind, Array):
        return cost(expr) <= ARRAY_LIMIT
    if any(isinstance(e.kind, Array) and cost(e) > 0 for e in subexpressions(expr) if isinstance(e, Apply)):
        return False
    return cost(expr) <= SCALAR_LIMIT


def shape_reads(expr: Expr) -> set[str]:
    """Variables of which the expression reads the shape only."""
    return {e.id for e in subexpressions(expr) if isinstance(e, Name)} - content_reads(expr)


def content_reads(expr: Expr) -> set[str]:
    """Variables whose value, or memory, the expression reads."""
    match expr:
        case Name():
            return {expr.id}
        case Apply():
            if expr.fn in SHAPE_ONLY:
                return set().union(
                    *(content_reads(a) for a in expr.args if not isinstance(a, Name) or isinstance(a.kind, ListOf))
                )
            if expr.fn is np.full_like:
                return content_reads(expr.args[1])
            if expr.fn in FITTED and len(expr.args) == 2:
                return content_reads(expr.args[0]) | contents_for_shape(expr.args[1])
            parts = (*expr.args, *(v for _, v in expr.kwargs))
            return set().union(*map(content_reads, parts)) if parts else set()
        case Tuple():
            return set().union(*map(content_reads, expr.items)) if expr.items else set()
        case Choice():
            return content_reads(expr.test) | content_reads(expr.body) | content_reads(expr.orelse)
    return set()


def contents_for_shape(expr: Expr) -> set[str]:
    """Variables whose value or memory says what shape the expression has."""
    match expr:
        case Name():
            return set() if isinstance(expr.kind, Array | Scalar) else content_reads(expr)
        case Apply(fn=operator.getitem, args=(base, index)) if is_basic(index):
            return contents_for_shape(base) | content_reads(index)
        case Apply() if expr.fn in SHAPED_AS:
            return set().union(*map(contents_for_shape, expr.args))
    return content_reads(expr)


SAFE_CALLS: set[Any] = {abs, float, len, min, max, slice, operator.abs, range}
SAFE_MATH = {math.sin, math.cos, math.tanh, math.atan, math.atan2, math.fabs, math.erf, math.hypot, math.copysign}


def risks(expr: Expr) -> list[Apply]:
    """The parts of an expression that can raise, other than by running out of memory."""
    return [e for e in subexpressions(expr) if isinstance(e, Apply) and is_risky(e)]


def is_risky(e: Apply) -> bool:
    if isinstance(e.fn, Attribute) or e.fn in SAFE_CALLS or e.fn in SAFE_MATH or e.fn in COMPARISONS:
        return mismatched(e)
    if e.fn in (operator.truediv, operator.floordiv, operator.mod):
        divisor = e.args[1]
        if isinstance(divisor, Const) and divisor.value != 0:
            return False
        weak = all(isinstance(a.kind, Scalar) and a.kind.weak is not False for a in e.args)
        return weak or mismatched(e)
    if e.fn is operator.pow:
        exponent = e.args[1]
        positive = isinstance(exponent, Const) and not isinstance(exponent.value, complex) and exponent.value >= 0
        return not (positive or isinstance(e.kind, Array)) or mismatched(e)
    if isinstance(e.fn, np.ufunc) or e.fn in (
        operator.add,
        operator.sub,
        operator.mul,
        operator.neg,
        operator.pos,
        np.where,
    ):
        return mismatched(e)
    if e.fn is operator.matmul or e.fn is np.dot:
        a, b = (x.kind for x in e.args)
        if isinstance(a, Array) and isinstance(b, Array) and a.ndim and b.ndim:
            inner = a.dims[-1], b.dims[0 if b.ndim == 1 else -2]
            return inner[0] is None or inner[0] != inner[1]
    return e.fn not in NEVER_CLASH and not (e.fn is np.einsum and agreeing(e))


def agreeing(e: Apply) -> bool:
    """Whether the axes of an Einstein sum that share a letter are known to be equally long."""
    subscripts, *operands = e.args
    if not isinstance(subscripts, Const) or "." in str(subscripts.value) or e.kwargs:
        return False
    terms = str(subscripts.value).replace(" ", "").partition("->")[0].split(",")
    lengths: dict[str, object] = {}
    for term, operand in zip(terms, operands, strict=True):
        if not isinstance(operand.kind, Array) or operand.kind.ndim != len(term):
            return False
        for letter, label in zip(term, operand.kind.dims, strict=True):
            if lengths.setdefault(letter, label) != label or (label is None and "".join(terms).count(letter) > 1):
                return False
    return True


NEVER_CLASH = {
    np.sum, np.mean, np.zeros_like, np.ones_like, np.empty_like, np.copy, Method("sum"), Method("mean"), Method("copy"),
    np.real, np.imag, np.angle, np.cumsum, np.cumprod, np.expand_dims, np.flip, np.tril, np.triu, np.outer, np.diff,
    np.var, np.std,
}  # fmt: skip


def mismatched(e: Apply) -> bool:
    """Whether arrays of lengths that do not broadcast may meet."""
    shapes = [a.kind.dims for a in dict.fromkeys(e.args) if isinstance(a.kind, Array)]
    if len(shapes) < 2:
        return False
    rank = max(map(len, shapes))
    for axis in range(1, rank + 1):
        labels = {s[-axis] for s in shapes if len(s) >= axis} - {1}
        if len(labels) > 1 or (None in labels and sum(len(s) >= axis and s[-axis] != 1 for s in shapes) > 1):
            return True
    return False
