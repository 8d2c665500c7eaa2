"""Exceptions that can be seen coming: what an operation raises, and the test that says so beforehand.

Only what Python itself raises stands here, with its class. Whatever else is raised in compiled code leads to the
interpreter.
"""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from zygote_nb.frontend.raising import ARITHMETIC, is_harmless
from zygote_nb.ir import integers
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import (
    INT_ZERO,
    ZERO,
    Append,
    Apply,
    Assign,
    Choice,
    Const,
    Expr,
    Invoke,
    Name,
    Pop,
    Stmt,
    Store,
    Tuple,
    logical_and,
    logical_or,
)
from zygote_nb.ir.kinds import BOOL, FLOAT, INT, Array, ListOf, Scalar
from zygote_nb.ir.walk import children

Foreseen = Iterator[tuple[type[BaseException], Expr]]
Risks = Iterator[tuple[type[BaseException], Expr] | None]
"""The same with None in place of what may raise and can't be seen coming: what comes after it may not come to pass."""
Test = Callable[[Expr], Expr]

LARGEST_EXPONENT = 709.782712893384
"""The largest number of which ``math.exp`` is finite."""


def by(fn: Any, bound: float) -> Test:
    return lambda x: compared(fn, x, Const(bound, FLOAT))


def size_by(fn: Any, bound: float) -> Test:
    return lambda x: compared(fn, Apply(abs, (x,), (), FLOAT), Const(bound, FLOAT))


def overflows(x: Expr) -> Expr:
    return both(by(operator.gt, LARGEST_EXPONENT)(x), by(operator.lt, math.inf)(x))


OF_MATH: dict[Any, tuple[type[Exception], Test]] = {
    math.log: (ValueError, by(operator.le, 0.0)),
    math.log2: (ValueError, by(operator.le, 0.0)),
    math.log10: (ValueError, by(operator.le, 0.0)),
    math.log1p: (ValueError, by(operator.le, -1.0)),
    math.sqrt: (ValueError, by(operator.lt, 0.0)),
    math.acosh: (ValueError, by(operator.lt, 1.0)),
    math.asin: (ValueError, size_by(operator.gt, 1.0)),
    math.acos: (ValueError, size_by(operator.gt, 1.0)),
    math.atanh: (ValueError, size_by(operator.ge, 1.0)),
    math.sin: (ValueError, size_by(operator.eq, math.inf)),
    math.cos: (ValueError, size_by(operator.eq, math.inf)),
    math.tan: (ValueError, size_by(operator.eq, math.inf)),
    math.exp: (OverflowError, overflows),
}
DIVISIONS = {operator.truediv, operator.floordiv, operator.mod, divmod}


def compared(fn: Any, a: Expr, b: Expr) -> Expr:
    return Apply(fn, (a, b), (), BOOL)


def both(a: Expr, b: Expr) -> Expr:
    return Apply(logical_and, (a, b), (), BOOL)


def either(a: Expr, b: Expr) -> Expr:
    return Apply(logical_or, (a, b), (), BOOL)


def of_statement(stmt: Stmt) -> Foreseen:
    """The exceptions of a statement, in the order in which they may be raised, up to what can't be seen coming."""
    for risk in risks(stmt):
        if risk is None:
            return
        yield risk


def risks(stmt: Stmt) -> Risks:
    match stmt:
        case Assign() | Append():
            yield from of_expression(stmt.value)
        case Invoke():
            for arg in stmt.args:
                yield from of_expression(arg)
        case Store():
            yield from of_expression(stmt.value)
            yield from of_expression(stmt.base)
            yield from of_expression(stmt.index)
            yield from of_place(stmt.base, stmt.index)
        case Pop():
            yield IndexError, compared(operator.eq, Apply(len, (Name(stmt.base, ListOf(None)),), (), INT), INT_ZERO)


def of_expression(expr: Expr) -> Risks:
    """The exceptions of an evaluation; of what may not be evaluated, none is foreseen."""
    match expr:
        case Choice():
            yield from of_expression(expr.test)
            yield from unforeseen((expr.body, expr.orelse))
        case Apply(fn=fn) if fn in (logical_and, logical_or):
            yield from of_expression(expr.args[0])
            yield from unforeseen(expr.args[1:])
        case Apply():
            for part in children(expr):
                yield from of_expression(part)
            yield from of_operation(expr)
            if may_raise_otherwise(expr):
                yield None
        case _:
            for part in children(expr):
                yield from of_expression(part)


def unforeseen(parts: tuple[Expr, ...]) -> Risks:
    if any(True for part in parts for _ in of_expression(part)):
        yield None


def may_raise_otherwise(e: Apply) -> bool:
    """Whether an operation may raise something that is not foreseen; NumPy's numbers don't raise."""
    if is_harmless(e) or isinstance(e.fn, Attribute) or (e.fn in OF_MATH and real(*e.args)):
        return False
    if e.fn is operator.getitem:
        return not any(of_place(*e.args)) and not all(map(is_slice, indices(e.args[1])))
    if e.fn is operator.pow and all(map(is_pythons, e.args)):
        return True
    known = e.fn in ARITHMETIC | DIVISIONS | {int, operator.pow} or isinstance(e.fn, np.ufunc)
    return not (known and all(isinstance(a.kind, Scalar) for a in e.args))


def of_operation(expr: Apply) -> Foreseen:
    match expr:
        case Apply(fn=fn, args=(_, divisor)) if fn in DIVISIONS and all(map(is_pythons, expr.args)):
            yield ZeroDivisionError, compared(operator.eq, divisor, zero_like(divisor))
        case Apply(fn=operator.pow, args=(base, exponent)) if all(map(is_pythons, expr.args)) and real(*expr.args):
            vanishes = compared(operator.eq, base, zero_like(base))
            yield ZeroDivisionError, both(vanishes, compared(operator.lt, exponent, zero_like(exponent)))
        case Apply(fn=fn, args=(x,)) if fn in OF_MATH and real(x):
            error, test = OF_MATH[fn]
            yield error, test(x)
        case Apply(fn=builtins.int, args=(x,)) if real(x) and x.kind.dtype[0] == "f":  # type: ignore[union-attr]
            yield ValueError, compared(operator.ne, x, x)
            yield OverflowError, size_by(operator.eq, math.inf)(x)
        case Apply(fn=operator.getitem, args=(base, index)):
            yield from of_place(base, index)


def is_pythons(expr: Expr) -> bool:
    """Whether it is surely a number of Python's: NumPy's do not raise."""
    return isinstance(expr.kind, Scalar) and expr.kind.weak is True


def real(*operands: Expr) -> bool:
    return all(isinstance(x.kind, Scalar) and x.kind.dtype[0] in "fiub" for x in operands)


def zero_like(expr: Expr) -> Expr:
    return INT_ZERO if isinstance(expr.kind, Scalar) and expr.kind.dtype[0] in "iub" else ZERO


def of_place(base: Expr, index: Expr) -> Foreseen:
    """Whole numbers that index an array or a list, each axis by itself."""
    if not isinstance(base, Name) or not isinstance(base.kind, Array | ListOf):
        return
    places = indices(index)
    axes = base.kind.ndim if isinstance(base.kind, Array) else 1
    if len(places) > axes or not all(isinstance(p.kind, Scalar) and p.kind.dtype[0] in "iu" for p in places):
        return
    for axis, place in enumerate(places):
        count = length(base, axis)
        below = compared(operator.lt, place, Apply(operator.neg, (count,), (), INT))
        above = compared(operator.ge, place, count)
        is_counted = isinstance(place, Const) and place.value >= 0
        yield IndexError, above if is_counted else either(below, above)


def indices(index: Expr) -> tuple[Expr, ...]:
    return index.items if isinstance(index, Tuple) and index.cls is tuple else (index,)


def is_slice(index: Expr) -> bool:
    return isinstance(index, Apply) and index.fn is slice


def length(base: Name, axis: int) -> Expr:
    if isinstance(base.kind, ListOf):
        return Apply(len, (base,), (), INT)
    return integers.length(base, axis)
