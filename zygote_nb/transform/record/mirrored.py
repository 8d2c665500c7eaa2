"""Loops of the backward sweep: the iterations of a loop from the last to the first."""

from __future__ import annotations

import operator
from collections.abc import Callable

from zygote_nb.analysis.exposed import exposed
from zygote_nb.ir.core import (
    INT_ONE,
    INT_ZERO,
    Accumulate,
    Apply,
    Assign,
    Block,
    Const,
    Expr,
    For,
    If,
    Name,
    Stmt,
    While,
)
from zygote_nb.ir.integers import plus_constant
from zygote_nb.ir.kinds import INT
from zygote_nb.ir.walk import bound, expressions, names, statements


def mirrored_loop(stmt: For | While, body: Block, crossing: frozenset[str], fresh: Callable[[str], str]) -> Stmt:
    if isinstance(stmt, While):
        return For("_", INT_ZERO, Name(stmt.count, INT), INT_ONE, body, None, stmt.span)
    down = Const(-1, INT)
    if stmt.count is None and independent(body, crossing):
        return For(stmt.var, stmt.start, stmt.stop, stmt.step, body, None, stmt.span)
    if stmt.count is None:
        match stmt.step:
            case Const(value=1):
                last = plus_constant(stmt.stop, -1)
                return For(stmt.var, last, plus_constant(stmt.start, -1), down, body, None, stmt.span)
            case Const(value=-1):
                return For(
                    stmt.var, plus_constant(stmt.stop, 1), plus_constant(stmt.start, 1), INT_ONE, body, None, stmt.span
                )
    if stmt.count is not None and stmt.start == INT_ZERO and stmt.step == INT_ONE:
        return For(stmt.var, plus_constant(Name(stmt.count, INT), -1), down, down, body, None, stmt.span)
    return counted_back(stmt, body, fresh, down)


def independent(body: Block, crossing: frozenset[str]) -> bool:
    """Whether the iterations only add to adjoints that none of them reads, so that their order does not matter.

    Where one binds an adjoint that is ``crossing``, the last one that does so decides.
    """
    below = list(statements(body))
    if not all(isinstance(s, (Assign, Accumulate, If, For)) for s in below):
        return False
    added = {s.target for s in below if isinstance(s, Accumulate)}
    read_ = set().union(*(names(e) for s in below for e in values_read(s))) if below else set()
    bound_ = {n for s in below if isinstance(s, Assign) for n in bound(s)}
    return not added & (read_ | bound_) and not (exposed(list(body)) | crossing) & bound_


def values_read(stmt: Stmt) -> tuple[Expr, ...]:
    """The expressions of a statement, without the adjoint that it adds to."""
    if isinstance(stmt, Accumulate):
        return (stmt.value,) if stmt.index is None else (stmt.value, stmt.index)
    return expressions(stmt)


def counted_back(stmt: For, body: Block, fresh: Callable[[str], str], down: Expr) -> Stmt:
    """Any step, or a loop that broke: by the number of the iteration."""
    k = Name(fresh("k"), INT)
    whole = Apply(range, (stmt.start, stmt.stop, stmt.step), (), INT)
    count: Expr = Name(stmt.count, INT) if stmt.count is not None else Apply(len, (whole,), (), INT)
    offset: Expr = k if stmt.step == INT_ONE else Apply(operator.mul, (k, stmt.step), (), INT)
    value = offset if stmt.start == INT_ZERO else Apply(operator.add, (stmt.start, offset), (), INT)
    return For(k.id, plus_constant(count, -1), down, down, (Assign(stmt.var, value), *body), None, stmt.span)
