"""Cotangents that are divided by a constant, or arrays of them by a number: multiplied by its reciprocal.

That takes a third of the time. The two differ in the last digit. Values of the program are divided as they are in
Python, since they may decide which way it goes. Where a number turns out to have no reciprocal that is as precise, the
interpreter takes over.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

from zygote_nb.analysis.cost import content_reads
from zygote_nb.dataclass import replace
from zygote_nb.ir.core import Accumulate, Apply, Assign, Const, Expr, Invoke, Name, Stmt, Store
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import FLOAT, Array, Scalar
from zygote_nb.ir.walk import (
    blocks,
    expressions,
    map_expressions,
    rebuild,
    root,
    statements,
    subexpressions,
    with_blocks,
)
from zygote_nb.runtime import checked

LEAST = 1e-300
"""Below, and above its reciprocal, numbers lose digits or have infinite reciprocals."""


def with_reciprocals(function: Generated, checks: bool) -> Generated:
    """The function, which multiplies cotangents by reciprocals; of numbers only if the text ``checks`` them."""
    whole = [*function.results, *(e for stmt in statements(function.backward) for e in expressions(stmt))]
    if not any(reciprocal(e, checks) for expr in whole for e in subexpressions(expr)):
        return function
    known = cotangents(function)

    def multiplied(expr: Expr) -> Expr:
        return rebuild(expr, lambda e: product(e, known, checks))

    backward = tuple(in_statement(s, multiplied) for s in function.backward)
    return replace(function, backward=backward, results=tuple(map(multiplied, function.results)))


def cotangents(function: Generated) -> set[str]:
    """Variables of the backward sweep that hold cotangents, or what is made of some."""
    found = set(function.params[function.arguments : function.arguments + function.seeds])
    found |= {s.target for s in statements(function.backward) if isinstance(s, Accumulate)}
    before = 0
    while len(found) > before:
        before = len(found)
        for stmt in statements(function.backward):
            if not found.isdisjoint(name for e in expressions(stmt) for name in content_reads(e)):
                found.update(targets(stmt))
    return found


def targets(stmt: Stmt) -> tuple[str, ...]:
    match stmt:
        case Assign(target=target):
            return (target,)
        case Invoke():
            return stmt.targets
        case Store(base=base) | Accumulate(base=Name() | Apply() as base):
            name = root(base)
            return () if name is None else (name,)
    return ()


def in_statement(stmt: Stmt, change: Callable[[Expr], Expr]) -> Stmt:
    new = map_expressions(stmt, change)
    return with_blocks(new, tuple(tuple(in_statement(s, change) for s in block) for block in blocks(new)))


def product(expr: Expr, known: set[str], checks: bool) -> Expr:
    by = reciprocal(expr, checks)
    if by is None or not isinstance(expr, Apply) or known.isdisjoint(content_reads(expr.args[0])):
        return expr
    return replace(expr, fn=operator.mul, args=(expr.args[0], by))


def reciprocal(expr: Expr, checks: bool) -> Expr | None:
    """What numbers are multiplied by instead of being divided."""
    match expr:
        case Apply(fn=operator.truediv, args=(_, Const(value=divisor)), kind=Scalar() | Array()):
            return of_constant(divisor) if expr.kind.dtype == "float64" else None
        case Apply(fn=operator.truediv, args=(Apply() | Name() as over, by), kind=Array(dtype="float64")) if checks:
            return of_number(by) if isinstance(over.kind, Array) and over.kind.ndim > 0 else None
    return None


def of_constant(divisor: object) -> Const | None:
    """None for what has no reciprocal that is as precise, and for powers of two, which LLVM knows."""
    if not isinstance(divisor, int | float) or isinstance(divisor, bool) or not LEAST <= abs(divisor) <= 1 / LEAST:
        return None
    return None if abs(math.frexp(divisor)[0]) == 0.5 else Const(1 / divisor, FLOAT)


def of_number(divisor: Expr) -> Expr | None:
    """The reciprocal of a number that is found once for all entries of an array."""
    if not isinstance(divisor.kind, Scalar) or divisor.kind.dtype != "float64":
        return None
    return Apply(checked.reciprocal, (divisor,), (), replace(divisor.kind, weak=False))
