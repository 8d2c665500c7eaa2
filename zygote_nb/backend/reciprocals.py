"""Cotangents that are divided by a constant: multiplied by its reciprocal, which takes a third of the time.

A loop that hands cotangents from one iteration to the next waits for each of these divisions. The two differ in the
last digit. Values of the program are divided as they are in Python, since they may decide which way it goes.
"""

from __future__ import annotations

import math
import operator

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

LEAST = 1e-300
"""Below, and above its reciprocal, numbers lose digits or have infinite reciprocals."""


def with_reciprocals(function: Generated) -> Generated:
    """The function, which multiplies cotangents by the reciprocals of constants."""
    whole = [*function.results, *(e for stmt in statements(function.backward) for e in expressions(stmt))]
    if not any(reciprocal(e) for expr in whole for e in subexpressions(expr)):
        return function
    known = cotangents(function)
    backward = tuple(in_statement(s, known) for s in function.backward)
    return replace(function, backward=backward, results=tuple(multiplied(e, known) for e in function.results))


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


def in_statement(stmt: Stmt, known: set[str]) -> Stmt:
    new = map_expressions(stmt, lambda e: multiplied(e, known))
    return with_blocks(new, tuple(tuple(in_statement(s, known) for s in block) for block in blocks(new)))


def multiplied(expr: Expr, known: set[str]) -> Expr:
    def change(one: Expr) -> Expr:
        by = reciprocal(one)
        if by is None or not isinstance(one, Apply) or known.isdisjoint(content_reads(one.args[0])):
            return one
        return replace(one, fn=operator.mul, args=(one.args[0], by))

    return rebuild(expr, change)


def reciprocal(expr: Expr) -> Const | None:
    """What a number or an array is multiplied by instead of being divided, where the divisor is a plain constant.

    None for what has no reciprocal that is as precise, and for powers of two, which LLVM knows.
    """
    match expr:
        case Apply(fn=operator.truediv, args=(_, Const(value=int() | float() as divisor)), kind=Scalar() | Array()):
            pass
        case _:
            return None
    if expr.kind.dtype != "float64" or not LEAST <= abs(divisor) <= 1 / LEAST or isinstance(divisor, bool):
        return None
    return None if abs(math.frexp(divisor)[0]) == 0.5 else Const(1 / divisor, FLOAT)
