"""Divisions for which the next iteration of the backward sweep waits: by a reciprocal, which doesn't wait for anything.

In ``d_x[i - 1] += d_x[i] / c[i]`` the cotangent comes late and the divisor is there: a product takes a quarter of the
time of a division, and several divisions by one number share its reciprocal. LLVM vectorises no such loop, so that
it costs nothing to ask for each number whether its reciprocal is as precise.
"""

from __future__ import annotations

import operator

from zygote_nb.backend.reciprocals import cotangents
from zygote_nb.dataclass import replace
from zygote_nb.ir.core import Accumulate, Apply, Assign, Block, Const, Expr, For, Name, Stmt, is_getitem
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Scalar
from zygote_nb.ir.walk import (
    blocks,
    expressions,
    map_expressions,
    names,
    rebuild,
    statements,
    subexpressions,
    with_blocks,
)
from zygote_nb.runtime import checked


def with_quotients(function: Generated) -> Generated:
    """The function, in whose backward sweep such divisions of cotangents are products where that is as precise."""
    if not any(
        is_quotient(e) for s in statements(function.backward) for x in expressions(s) for e in subexpressions(x)
    ):
        return function
    known = cotangents(function)
    return replace(function, backward=tuple(within(s, known) for s in function.backward))


def within(stmt: Stmt, known: set[str]) -> Stmt:
    if isinstance(stmt, For) and not any(map(blocks, stmt.body)):
        late = carried(stmt) & known
        return replace(stmt, body=tuple(in_turn(s, late) for s in stmt.body)) if late else stmt
    return with_blocks(stmt, tuple(tuple(within(s, known) for s in block) for block in blocks(stmt)))


def carried(loop: For) -> set[str]:
    """What an iteration hands to the next one, and what is made of it: numbers, and arrays by another element."""
    found = handed_on(loop.body) | {
        s.target for s in loop.body if isinstance(s, Accumulate) and reads_another(loop, s.target, s.index)
    }
    before = 0
    while len(found) > before:
        before = len(found)
        for stmt in loop.body:
            if isinstance(stmt, Assign) and not found.isdisjoint(names(stmt.value)):
                found.add(stmt.target)
    return found


def handed_on(body: Block) -> set[str]:
    """Numbers that are read before they are bound."""
    read, found = set[str](), set[str]()
    for stmt in body:
        read |= {n for e in expressions(stmt) for n in names(e)}
        if isinstance(stmt, Assign) and stmt.target in read and isinstance(stmt.value.kind, Scalar):
            found.add(stmt.target)
    return found


def reads_another(loop: For, array: str, index: Expr | None) -> bool:
    """Whether the loop reads an element of the array whose place goes along with it, but is not this one."""
    if index is None or loop.var not in names(index):
        return False
    places = (
        e.args[1]
        for s in loop.body
        for x in expressions(s)
        for e in subexpressions(x)
        if isinstance(e, Apply) and is_getitem(e) and e.args[0] == Name(array)
    )
    return any(loop.var in names(p) and p != index for p in places)


def in_turn(stmt: Stmt, late: set[str]) -> Stmt:
    return map_expressions(stmt, lambda e: rebuild(e, lambda part: quotient(part, late)))


def quotient(expr: Expr, late: set[str]) -> Expr:
    if not isinstance(expr, Apply) or not is_quotient(expr):
        return expr
    over, by = expr.args
    waits = not late.isdisjoint(names(over)) and late.isdisjoint(names(by))
    return replace(expr, fn=checked.over) if waits else expr


def is_quotient(expr: Expr) -> bool:
    """Whether it is one of numbers, by what may change from one iteration to the next."""
    if not isinstance(expr, Apply) or expr.fn is not operator.truediv or isinstance(expr.args[1], Const):
        return False
    return all(isinstance(e.kind, Scalar) and e.kind.dtype == "float64" for e in (expr, *expr.args))
